// What the models with a view service have in common in their parameters, and what tells them
// apart.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <faultline/model/catalog.hpp>
#include <faultline/model/durable.hpp>
#include <faultline/view_service/store.hpp>
#include <faultline/view_service/view_service.hpp>

namespace faultline::view_service {

/// The base of a model's Parameters; meanings in words below. After settle() every optional has a
/// value.
struct Terms {
  std::int64_t view_service = 0;
  Duration heartbeat = std::chrono::milliseconds(100);
  Duration dead_after = std::chrono::seconds(1);
  std::optional<Duration> lease;
  double clock_drift = 0.0002;
  Duration timeout = std::chrono::seconds(1);
  Duration work{0};
  Duration update_work{0};
  Durability durability = Durability::memory;
  std::int64_t catch_up_batch = 1000;
};

/// The lines of a ParameterTable<P> for the members of Terms; each model lists them among its own.
template <class P>
struct TermLines {
  static Parameter<P> view_service() {
    return integer<P, std::int64_t>(
               "view_service", &P::view_service,
               "number of the node that is the view service: it decides who the members are, and "
               "holds no data; while it is down, nobody who fails is replaced")
        .between(0, 100'000);
  }
  static Parameter<P> heartbeat() {
    return duration<P, Duration>(
               "heartbeat", &P::heartbeat,
               "how often a replica reports to the view service, and talks to its successor")
        .above(Duration::zero());
  }
  static Parameter<P> dead_after() {
    return duration<P, Duration>("dead_after", &P::dead_after,
                                 "silence after which the view service leaves a replica out")
        .above(Duration::zero());
  }
  static Parameter<P> lease(const std::string& sentence) {
    return duration<P, std::optional<Duration>>("lease", &P::lease, sentence);
  }
  static Parameter<P> clock_drift() {
    return number<P, double>("clock_drift", &P::clock_drift, Unit::fraction,
                             "the most that a clock is assumed to gain or lose, seconds per "
                             "second; bounds the lease")
        .between(0, 0.5);
  }
  static Parameter<P> timeout() {
    return duration<P, Duration>("timeout", &P::timeout,
                                 "how long a node waits for others on a request")
        .above(Duration::zero());
  }
  static Parameter<P> work() {
    return duration<P, Duration>(
        "work", &P::work,
        "CPU time of a request: of a write on the first member, of a read on the one that answers");
  }
  static Parameter<P> update_work() {
    return duration<P, Duration>("update_work", &P::update_work,
                                 "CPU time of an update on every other member");
  }
  static Parameter<P> durability() {
    return durability_choice<P>(&P::durability,
                                "what an update has to survive before it is passed on");
  }
  static Parameter<P> catch_up_batch() {
    return integer<P, std::int64_t>("catch_up_batch", &P::catch_up_batch,
                                    "updates that a successor which is behind gets at once")
        .between(1, 1'000'000);
  }
};

/// What is wrong with the terms, or follows from them. `replicas`: the fewest the model can be.
void settle_terms(Terms& terms, const ServiceView& service, std::size_t replicas, Settlement& out);

/// All nodes of a service but the view service.
std::vector<EndpointId> replicas_of(const Terms& terms, const ServiceView& service);

/// What tells chain replication and primary and backup apart, below their reads.
struct Style {
  std::size_t most_members = 2;
  End acknowledges = End::first;  ///< whose word acknowledges a view
  End answers = End::first;       ///< which member tells a client that its write is done

  // Broken on purpose, each in one line of replica.hpp; see the models' Flaw.
  bool answers_at_once = false;  ///< the first member answers when it has an update itself
  bool forgets_pending = false;  ///< a new successor is not sent what the old one may have lost
  bool joins_empty = false;      ///< a new member is not sent the data
  bool trusts_lease_forever = false;
  bool impatient = false;  ///< see ViewService::Rules
};

/// What a node keeps on its disk.
struct Durable final : DurableState {
  /// Replaced as a whole when it is to be empty.
  struct Disk {
    explicit Disk(DurableState& owner) : store(owner), holds(owner), known(owner), memory(owner) {}
    Store store;
    DurableCell<ViewNumber> holds;  ///< the membership whose data is in the store
    DurableCell<View> known;
    DurableCell<ViewService::Memory> memory;  ///< of the view service; none if its view is 0
  };
  std::unique_ptr<Disk> disk = std::make_unique<Disk>(*this);
};

}  // namespace faultline::view_service
