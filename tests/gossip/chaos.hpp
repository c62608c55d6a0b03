// Chaos over gossip: what a member list and a table of epidemics promise.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <faultline/gossip/gossip.hpp>

#include "model/flaws.hpp"

namespace faultline::gossip {

using namespace std::chrono_literals;

/// Parameters for short tests: everything twenty times faster than the defaults, or more.
inline Parameters quick() {
  Parameters parameters;
  parameters.interval = 50ms;
  parameters.rumor_interval = 20ms;
  parameters.timeout = 100ms;
  parameters.period = 50ms;
  parameters.ping_timeout = 22ms;
  parameters.rejoin = 200ms;
  return parameters;
}

struct Chaos : testing::Chaos {
  Parameters parameters = quick();
};

class ChaosRun final : public testing::ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : testing::ChaosRun(model<Gossip>(), std::make_shared<Parameters>(chaos.parameters), chaos),
        end_(Time{} + chaos.length + chaos.calm) {}

  /// How often a node held one for dead that was up.
  std::size_t false_deaths() {
    std::size_t count = 0;
    for (const auto& [member, was_up] : deaths_) count += was_up ? 1 : 0;
    return count;
  }
  void watch_deaths() {
    cluster().when_it_happens = [this](const testing::Event& event) {
      if (event.kind != EventKind::member_dead) return;
      deaths_.emplace_back(event.number, cluster().service->up(event.number));
    };
  }

 private:
  /// In the end everybody is up, and everybody is to know it.
  void inspect() override {
    if (cluster().queue.now() < end_) return;
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      const auto* member = static_cast<const Gossip*>(cluster().service->node(node));
      for (Number other = 0; other < chaos().nodes; ++other) {
        if (member->members().standing(other).status() == Status::alive) continue;
        broken("store/" + std::to_string(node) + " does not hold store/" + std::to_string(other) +
               " for alive, which it is");
      }
    }
  }

  const Time end_;
  std::vector<std::pair<std::uint64_t, bool>> deaths_;
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::gossip
