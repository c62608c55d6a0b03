// The view service: decides who the members of a replicated service are, and in which order.
//
// Plain class without a Context. The idea is old (Cristian, "Reaching agreement on processor group
// membership in synchronous distributed systems", Distributed Computing 4(4), 1991), and so are its
// two uses here: the master of chain replication (van Renesse and Schneider, OSDI 2004, section 3),
// and the view service of primary and backup as it is taught at MIT (6.824, laboratory 2). Replicas
// report to it all the time. Whoever is silent for too long is left out of the next view; whoever
// reports and does not belong joins at the end, one at a time.
//
// It cannot tell a dead replica from one that it does not hear, and need not, because of three
// rules:
//
// 1. A member is left out only after a silence as long as its *lease*: what a member does on its
// own
//    authority, it does only while its last report is younger than that.
// 2. A view counts as *acknowledged* when its first member (the primary) or its last one (the tail
//    of a chain) says that the member who joined with it has all the data. Before that nobody else
//    joins, and the one who did is trusted with nothing: the first member of every view belonged to
//    the last acknowledged one. So the data is never entrusted to somebody who has not got it.
// 3. If that leaves nobody, there is no next view. A service whose data is out of reach stands
// still
//    rather than begin anew without it.
//
// There is one view service. When it dies, the view stays as it is: the replicas go on in it as far
// as they can without leases, and nobody who fails after that is replaced. When it returns, it goes
// on from what its disk says; if that is lost, it asks all replicas for the latest view they know,
// and has to wait for every one of them (see recall()).
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include <faultline/core/time.hpp>
#include <faultline/view_service/view.hpp>

namespace faultline::view_service {

/// An end of a view.
enum class End : std::uint8_t { first, last };

/// What a replica tells the view service.
struct Report {
  View known;  ///< the latest view it has heard of
  ViewNumber acknowledges =
      0;                 ///< the view in which it has taken its place, and so has all the data
  ViewNumber holds = 0;  ///< the membership (Member::since) whose data it has; 0: an empty disk
};

class ViewService {
 public:
  struct Rules {
    std::size_t most_members = 2;
    Duration dead_after = std::chrono::seconds(1);  ///< a silence this long
    End acknowledged_by = End::first;
    bool impatient =
        false;  ///< broken on purpose: trusts members before their view is acknowledged
  };
  /// What has to outlive a crash.
  struct Memory {
    View view;
    View acknowledged;
  };

  /// `replicas`: the nodes that it looks after; the first of them are the first view, and as their
  /// data is empty, they have all of it.
  ViewService(const Rules& rules, std::vector<NodeNumber> replicas, Time now);
  /// After a crash, with its memory. Nobody counts as silent before now.
  void resume(const Memory& memory);
  /// After a crash that took its memory: knows nothing until all replicas have reported. No older
  /// view than the latest of theirs can come to life any more, provided that no message is on its
  /// way for longer than the service was away.
  void recall();
  bool knows() const { return missing_ == 0; }

  void heard(NodeNumber node, const Report& report, Time now);
  /// Forms the next view if there is a reason and the rules allow it; whether it did.
  bool form_next(Time now);

  const View& view() const { return memory_.view; }
  const Memory& memory() const { return memory_; }
  bool acknowledged() const { return memory_.acknowledged.number == memory_.view.number; }

 private:
  struct Replica {
    NodeNumber node = 0;
    Time heard{};
    bool lost_data = false;  ///< it belongs and was trusted with the data, but has it no more
    bool reported = false;   ///< since this service began
    ViewNumber holds = 0;
    ViewNumber acknowledges = 0;
  };
  Replica* find(NodeNumber node);
  bool alive(NodeNumber node, Time now);
  bool trusted(const Member& member) const;
  const Member& judge() const;
  std::optional<NodeNumber> spare(Time now) const;
  void distrust(const Member& member);
  void take_recall(const Report& report);

  Rules rules_;
  std::vector<Replica> replicas_;
  Memory memory_;
  std::size_t missing_ = 0;  ///< reports that recall() waits for
};

}  // namespace faultline::view_service
