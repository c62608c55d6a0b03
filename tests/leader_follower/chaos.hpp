// Chaos over leader_follower: what it does not promise to survive, and what only it can be asked.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "cluster.hpp"
#include "model/chaos.hpp"

namespace faultline::leader_follower {

struct Chaos : testing::Chaos {
  Parameters parameters = quick();
};

class ChaosRun final : public testing::ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : testing::ChaosRun(model<LeaderFollower>(), std::make_shared<Parameters>(chaos.parameters),
                          chaos),
        crash_empties_(chaos.fate == DiskFate::lost ||
                       chaos.parameters.durability == Durability::memory) {}

 private:
  /// Lost disks come one at a time: whoever loses a majority of them has lost the data.
  bool may_crash(std::size_t node) override {
    return testing::ChaosRun::may_crash(node) && !(crash_empties_ && some_node_is_recovering());
  }
  bool some_node_is_recovering() {
    if (some_node_is_down()) return true;
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      const Node* member = cluster().service->node(node);
      if (!static_cast<const LeaderFollower*>(member)->taking_part()) return true;
    }
    return false;
  }

  const bool crash_empties_;
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

inline bool one_leader_a_term(const testing::Aftermath& aftermath) {
  std::vector<std::uint64_t> terms = aftermath.numbers_of(EventKind::leader_elected);
  std::sort(terms.begin(), terms.end());
  return std::adjacent_find(terms.begin(), terms.end()) == terms.end();
}

}  // namespace faultline::leader_follower
