// Chaos over EPaxos, watched from inside: what is committed is the same everywhere, and commands
// that interfere are executed in one order.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <faultline/epaxos/epaxos.hpp>

#include "model/chaos.hpp"

namespace faultline::epaxos {

using namespace std::chrono_literals;

/// Parameters for short tests: everything several times faster than the defaults.
inline Parameters quick() {
  Parameters parameters;
  parameters.fast_timeout = 50ms;
  parameters.heartbeat = 20ms;
  parameters.suspect_after = 100ms;
  parameters.recover_after = 100ms;
  parameters.timeout = 200ms;
  parameters.durability = Durability::write;
  return parameters;
}

struct Chaos : testing::Chaos {
  /// Nobody crashes while another is down or has not caught up: whoever has lost its disk has
  /// forgotten its promises, and the others must be a majority that has not.
  bool one_at_a_time = false;
  Parameters parameters = quick();
};

class ChaosRun final : public testing::ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : testing::ChaosRun(model<Epaxos>(), std::make_shared<Parameters>(chaos.parameters), chaos),
        one_at_a_time_(chaos.one_at_a_time),
        forgets_(chaos.parameters.checkpoint_threshold < Parameters{}.checkpoint_threshold) {}

  std::size_t no_ops() const {
    std::size_t count = 0;
    for (const auto& [id, fact] : committed_) count += fact.action.touches() ? 0 : 1;
    return count;
  }

  /// The most instances that a replica kept when somebody looked.
  std::size_t most_kept() const { return most_kept_; }
  /// Of those that are known to be committed.
  std::size_t instances() const { return committed_.size(); }

 private:
  bool may_crash(std::size_t node) override {
    if (!testing::ChaosRun::may_crash(node)) return false;
    for (std::size_t other = 0; one_at_a_time_ && other < chaos().nodes; ++other) {
      if (server(other) == nullptr || !server(other)->complete()) return false;
    }
    return true;
  }
  const Epaxos* server(std::size_t number) {
    return static_cast<const Epaxos*>(cluster().service->node(number));
  }
  static std::string name(InstanceId id) {
    return "instance " + std::to_string(id.replica) + "." + std::to_string(id.number);
  }

  void inspect() override {
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      if (server(node) != nullptr) check_committed(*server(node));
    }
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      // What is forgotten leaves holes in the order, here and there others.
      if (server(node) != nullptr && !forgets_) check_executed(node, *server(node));
    }
    for (std::size_t node = 0; node < chaos().nodes; ++node) {
      if (server(node) != nullptr) most_kept_ = std::max(most_kept_, server(node)->kept());
    }
  }

  /// Consistency: no two replicas commit different commands or attributes for an instance.
  void check_committed(const Epaxos& replica) {
    for (const InstanceId id : replica.committed()) {
      const Instance& instance = replica.instance(id);
      const auto [known, is_new] = committed_.try_emplace(id, instance);
      if (is_new || same(known->second, instance)) continue;
      broken(name(id) + " is committed with two commands or attributes");
      return;
    }
  }
  static bool same(const Instance& a, const Instance& b) {
    return a.action.kind == b.action.kind && a.action.command.value == b.action.command.value &&
           a.action.command.key == b.action.command.key && a.attributes == b.attributes;
  }

  /// Execution consistency: of two commands that interfere, the same one comes first everywhere. A
  /// replica's order on a key is cut into writes and what was read between them.
  void check_executed(std::size_t node, const Epaxos& replica) {
    std::map<Key, std::vector<InstanceId>> writes;
    for (const InstanceId id : replica.executed()) {
      const Action& action = replica.instance(id).action;
      std::vector<InstanceId>& so_far = writes[action.command.key];
      if (action.writes()) {
        so_far.push_back(id);
      } else {
        const auto [known, is_new] = read_after_.try_emplace(id, so_far.size());
        if (!is_new && known->second != so_far.size()) {
          broken(name(id) + " reads elsewhere in the order of writes on node " +
                 std::to_string(node));
        }
      }
    }
    for (const auto& [key, order] : writes) {
      std::vector<InstanceId>& longest = orders_[key];
      const std::size_t both = std::min(longest.size(), order.size());
      if (!std::equal(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(both),
                      longest.begin())) {
        broken("writes of key " + std::to_string(key) + " have another order on node " +
               std::to_string(node));
      }
      if (order.size() > longest.size()) longest = order;
    }
  }

  const bool one_at_a_time_;
  const bool forgets_;
  std::size_t most_kept_ = 0;
  std::map<InstanceId, Instance> committed_;
  std::map<Key, std::vector<InstanceId>> orders_;
  std::map<InstanceId, std::size_t> read_after_;
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

}  // namespace faultline::epaxos
