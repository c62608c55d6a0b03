// Chaos over a causal store: three regions of two nodes, or what a test wants.
#pragma once

#include <faultline/causal/causal.hpp>

#include "model/asynchronous.hpp"

namespace faultline::causal {

using namespace std::chrono_literals;

/// Parameters for short tests: everything faster than the defaults.
inline Parameters quick() {
  Parameters parameters;
  parameters.resend_after = 100ms;
  parameters.timeout = 200ms;
  return parameters;
}

struct Chaos : testing::Chaos {
  Chaos() {
    nodes = 6;
    regions = {0, 0, 1, 1, 2, 2};
    clients = 6;
    keys = 4;
    faithful = true;
  }
  Parameters parameters = quick();
};

class ChaosRun final : public testing::AsynchronousChaosRun<Causal> {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : AsynchronousChaosRun(chaos.parameters, chaos, chaos.parameters.outbox_limit) {}

  /// Of all nodes together, since their latest starts.
  std::size_t markers() { return sum(&Causal::markers); }

 private:
  /// And in the end everything is shown.
  void inspect() override {
    AsynchronousChaosRun::inspect();
    if (cluster().queue.now() < Time{} + chaos().length + chaos().calm) return;
    if (sum(&Causal::hidden) > 0) broken("an update is hidden in the end");
  }
  std::size_t sum(std::size_t (Causal::*of)() const) {
    std::size_t all = 0;
    for (std::size_t number = 0; number < chaos().nodes; ++number) {
      if (node(number) != nullptr) all += (node(number)->*of)();
    }
    return all;
  }
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::causal
