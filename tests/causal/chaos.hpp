// Chaos over a causal store: three regions of two nodes, or what a test wants.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <faultline/causal/causal.hpp>

#include "model/chaos.hpp"

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

class ChaosRun final : public testing::ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : testing::ChaosRun(model<Causal>(), std::make_shared<Parameters>(chaos.parameters), chaos) {}

  /// Of all nodes together, since their latest starts.
  std::size_t markers() { return sum(&Causal::markers); }

 private:
  /// In the end everything is shown, and nothing is kept for others.
  void inspect() override {
    if (cluster().queue.now() < Time{} + chaos().length + chaos().calm) return;
    if (sum(&Causal::hidden) > 0) broken("an update is hidden in the end");
    if (sum(&Causal::kept_for_others) > 0) broken("an outbox is not empty in the end");
  }
  std::size_t sum(std::size_t (Causal::*of)() const) {
    std::size_t all = 0;
    for (std::size_t number = 0; number < chaos().nodes; ++number) {
      const auto* node = static_cast<const Causal*>(cluster().service->node(number));
      if (node != nullptr) all += (node->*of)();
    }
    return all;
  }
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::causal
