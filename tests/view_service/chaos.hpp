// Chaos over services with a view service: what they do not promise to survive, and what must hold
// along the line of a view's members at every moment.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <faultline/view_service/replica.hpp>

#include "model/chaos.hpp"
#include "view_service/scene.hpp"

namespace faultline::view_service {

/// Parameters for short tests, that survive a crash of any node.
template <class Parameters>
Parameters quick() {
  Parameters parameters = quick_in_memory<Parameters>();
  parameters.durability = Durability::write;
  return parameters;
}

template <class M>
class ChaosRun final : public testing::ChaosRun {
 public:
  ChaosRun(const typename M::Parameters& parameters, const testing::Chaos& chaos)
      : testing::ChaosRun(model<M>(), std::make_shared<typename M::Parameters>(parameters), chaos),
        crash_empties_(chaos.fate == DiskFate::lost ||
                       parameters.durability == Durability::memory) {}

 private:
  const M* node(std::size_t number) {
    return static_cast<const M*>(cluster().service->node(number));
  }

  /// Data that one node alone has is lost with that node's disk.
  bool may_crash(std::size_t number) override {
    if (!testing::ChaosRun::may_crash(number)) return false;
    if (!crash_empties_) return true;
    ViewNumber present = 0;
    for (std::size_t other = 0; other < chaos().nodes; ++other) {
      if (node(other) == nullptr) return false;
      if (node(other)->acknowledged()) present = node(other)->view().number;
    }
    for (std::size_t other = 0; other < chaos().nodes; ++other) {
      const M& replica = *node(other);
      if (other == number || replica.is_view_service()) continue;
      if (!replica.in_place() || replica.view().number != present) return false;
    }
    return present > 0;
  }

  /// Who is before another in their view has all that that one has, and the two have the same.
  void inspect() override {
    for (std::size_t before = 0; before < chaos().nodes; ++before) {
      for (std::size_t behind = 0; behind < chaos().nodes; ++behind) {
        if (node(before) == nullptr || node(behind) == nullptr) continue;
        if (!neighbours(*node(before), before, *node(behind), behind)) continue;
        compare(node(before)->store(), node(behind)->store());
      }
    }
  }
  static bool neighbours(const M& before, std::size_t place, const M& behind, std::size_t other) {
    const View& view = before.view();
    if (view.number == 0 || view.number != behind.view().number) return false;
    if (!before.holds_data() || !behind.holds_data()) return false;
    return *view.place_of(static_cast<NodeNumber>(place)) + 1 ==
           *view.place_of(static_cast<NodeNumber>(other));
  }
  void compare(const Store& before, const Store& behind) {
    if (before.last() < behind.last())
      broken("a successor has updates that its predecessor has not");
    const Index first = std::max(before.forgotten(), behind.forgotten()) + 1;
    for (Index index = first; index <= std::min(before.last(), behind.last()); ++index) {
      if (before.at(index).value != behind.at(index).value) {
        broken("update " + std::to_string(index) + " is not the same for two neighbours");
      }
    }
  }

  const bool crash_empties_;
};

template <class M>
testing::Aftermath survive(const typename M::Parameters& parameters, const testing::Chaos& chaos) {
  ChaosRun<M> run(parameters, chaos);
  testing::Aftermath aftermath = run.run();
  std::map<std::uint64_t, std::size_t> firsts;  // by view; a node that restarts says it again
  for (const testing::Event& event : aftermath.events) {
    if (event.kind != EventKind::leader_elected) continue;
    if (firsts.emplace(event.number, event.node).first->second != event.node) {
      aftermath.broken.emplace_back("two nodes were the first in one view");
    }
  }
  return aftermath;
}

struct Sum : testing::Tally {
  std::size_t views = 0;  ///< with a new first member
  std::size_t joined = 0;
};

template <class M>
Sum over(std::size_t seeds, const typename M::Parameters& parameters, testing::Chaos chaos) {
  Sum sum;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    const testing::Aftermath aftermath = survive<M>(parameters, chaos);
    testing::add(sum, aftermath, "linearizable", chaos.seed);
    sum.views += aftermath.count(EventKind::leader_elected);
    sum.joined += aftermath.count(EventKind::caught_up);
  }
  return sum;
}

}  // namespace faultline::view_service
