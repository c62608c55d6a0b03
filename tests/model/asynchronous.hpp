// Chaos over models that answer first and send on later, from outboxes that are bounded: what all
// of them must keep, and expectations over many seeds. A model's own struct Chaos has its
// `parameters`, and live_through(chaos).
#pragma once

#include <initializer_list>
#include <memory>

#include <doctest/doctest.h>

#include "model/chaos.hpp"

namespace faultline::testing {

/// `M` is the model's node and has longest_outbox().
template <class M>
class AsynchronousChaosRun : public ChaosRun {
 public:
  /// No outbox may ever hold more than `longest`.
  AsynchronousChaosRun(const typename M::Parameters& parameters, const Chaos& chaos,
                       std::int64_t longest)
      : ChaosRun(model<M>(), std::make_shared<typename M::Parameters>(parameters), chaos),
        longest_(static_cast<std::size_t>(longest)) {}

 protected:
  /// In the end nothing is kept for others.
  void inspect() override {
    const bool at_rest = cluster().queue.now() >= Time{} + chaos().length + chaos().calm;
    const std::size_t allowed = at_rest && !some_node_is_down() ? 0 : longest_;
    for (std::size_t number = 0; number < chaos().nodes; ++number) {
      const M* node = this->node(number);
      if (node == nullptr || node->longest_outbox() <= allowed) continue;
      broken(allowed == 0 ? "an outbox is not empty in the end" : "an outbox is too long");
    }
  }
  /// Null while it is down.
  const M* node(std::size_t number) {
    return static_cast<const M*>(cluster().service->node(number));
  }

 private:
  std::size_t longest_;
};

/// Every run must keep its promises, and enough must have happened for that to mean something:
/// `ok` operations in a run.
template <class Chaos>
void expect_kept(std::initializer_list<const char*> checks, std::size_t seeds, Chaos chaos,
                 std::size_t ok = 300) {
  Tally tally;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    const Aftermath aftermath = live_through(chaos);
    for (const char* check : checks) add(tally, aftermath, check, chaos.seed);
  }
  CAPTURE(tally.first);
  CHECK(tally.violated == 0);
  CHECK(tally.diverged == 0);
  CHECK(tally.with_broken_invariants == 0);
  CHECK(tally.ok > ok * tally.runs);
}

/// How many of the seeds' runs break a promise.
template <class Chaos>
std::size_t runs_that_break(const char* check, std::size_t seeds, Chaos chaos) {
  std::size_t broken = 0;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    if (live_through(chaos).check(check).verdict == Verdict::invalid) ++broken;
  }
  return broken;
}

/// Writes that were refused because an outbox was full.
inline std::size_t refused_for_want_of_room(const Aftermath& aftermath) {
  const auto& operations = aftermath.history.operations;
  return static_cast<std::size_t>(std::count_if(
      operations.begin(), operations.end(),
      [](const Operation& operation) { return operation.error == Error::overloaded; }));
}

}  // namespace faultline::testing
