// Chain replication: a line of replicas. Writes enter at one end, reads are answered at the other
// (van Renesse and Schneider, "Chain replication for supporting high throughput and availability",
// OSDI 2004).
//
//      write          update           update          update
//     ------>  head  ------->  node  ------->  node  ------->  tail  ------> "done"
//                    <-------        <-------        <-------        <-----> reads
//                    committed       committed       committed
//
// The head gives writes their order. Each node passes every update on to its successor when it has
// it; what has reached the tail is with all, so the tail tells the client that the write is done.
// The tail also answers the reads: what it has is exactly what is done, so a read needs no other
// node, and is linearizable. A write costs one hop a node, twice for the slowest part of it, but
// each node sends and receives an update only once: the head of a long chain works no harder than
// that of a short one. And the head orders writes while the tail serves reads, where a leader would
// do both.
//
// Reads at every node: `reads`. The tail of one chain is one node's worth of reads. CRAQ (Terrace
// and Freedman, "Object storage on CRAQ", USENIX ATC 2009) lets all nodes answer. A node keeps the
// updates that are still on their way as *dirty* versions of a key, on top of the last one known to
// be committed. A key without dirty versions is *clean*, and any node may answer for it: had
// anything newer been committed, it would have passed here first. For a dirty key the node asks the
// tail which version is the last (section 2.3). With any_eventual it does not even ask (section
// 2.4).
//
// Failures. A master, here the view service, notices silent nodes and takes them out (van Renesse
// and Schneider, section 3). The head dies: the next one has all that any node behind it has, and
// becomes the head; what only the old head had was never acknowledged. The tail dies: the one
// before it has at least as much, and becomes the tail; what was pending becomes done. A node in
// the middle dies: its predecessor sends its new successor what that one lacks, which is why each
// node keeps what it has sent until the tail has it. A node that comes back joins behind the tail,
// which goes on as the tail until it has given the new one all the data.
//
// The paper assumes fail-stop: everybody learns of a death at once. Here nodes are only silent, and
// may be alive, cut off, or asleep. So all messages carry the number of the view they belong to,
// and nodes of another view do not listen: a deposed head cannot change anything. And a node
// answers reads on its own authority only while it holds a *lease*, for which the view service
// waits before it takes the node out; without a lease it asks the view service first.
//
// Where to find it: ../view_service/view_service.hpp who belongs, replica.hpp and line.hpp there
// how updates travel and how the chain heals, store.hpp the versions; here the reads.
#pragma once

#include <string_view>
#include <vector>

#include <faultline/view_service/replica.hpp>

namespace faultline::chain_replication {

using view_service::Index;
using view_service::Version;
using view_service::ViewNumber;

enum class Reads : std::uint8_t { tail, any, any_eventual };

/// Broken on purpose, for tests: see flaws_test.cpp. Not a parameter.
enum class Flaw : std::uint8_t {
  none,
  reads_dirty,         ///< a node answers with its newest version, done or not
  head_acknowledges,   ///< a write is "done" when the head has it
  forgets_pending,     ///< nobody sends on what a dead node had not
  tail_without_lease,  ///< a tail that was taken out goes on answering
  joins_empty,         ///< a new tail does not get the data
};

/// See parameters() for meanings, ranges and defaults in words.
struct Parameters : view_service::Terms {
  Reads reads = Reads::tail;
  std::optional<std::int64_t> length;
  Flaw flaw = Flaw::none;
};

/// A node asks the tail which version of a key is the last.
struct Versioned {
  static constexpr std::string_view name = "version";
  bool known = false;
  Index index = 0;
};
struct VersionQuery {
  static constexpr std::string_view name = "version query";
  using Reply = Versioned;
  Bytes bytes() const { return 16; }
  ViewNumber view = 0;
  Key key = 0;
};

class ChainReplication : public view_service::Replica<ChainReplication> {
 public:
  using Base = view_service::Replica<ChainReplication>;
  using Parameters = chain_replication::Parameters;
  using Durable = view_service::Durable;
  static constexpr std::string_view name = "chain_replication";
  static constexpr std::string_view summary =
      "Writes pass down a chain of nodes from head to tail; reads at the tail, or at any node with "
      "CRAQ; a view service mends the chain.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key) {
    return view_service::replicas_of(parameters, service);
  }

  /// `parameters` must be settled.
  ChainReplication(Context& context, const Parameters& parameters, Durable& durable);

  using Base::on;
  Task<Response> on(EndpointId from, view_service::Query query);
  Task<Versioned> on(EndpointId from, VersionQuery query);

 protected:
  Task<Response> read(Request request) override;

 private:
  Task<Response> read_as_tail(Request request);
  Task<Response> read_here(Request request);
  Task<Response> pass_on(EndpointId node, Request request);
  Task<bool> sure_to_be_tail();
  bool tail() const { return acts_as_last() && in_place(); }
  /// Has joined behind the tail and has not got the data yet; what `from` wants, the tail knows.
  bool joins_behind(EndpointId from) const {
    return is_last() && !in_place() && predecessor() && predecessor() != from;
  }
  EndpointId nearest_member();

  const Parameters& parameters_;
};

}  // namespace faultline::chain_replication
