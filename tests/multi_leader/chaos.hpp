// Chaos over leaders, each a site of its own, with clients that stay with theirs.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <faultline/multi_leader/multi_leader.hpp>

#include "model/flaws.hpp"

namespace faultline::multi_leader {

using namespace std::chrono_literals;

/// Parameters for short tests: everything faster than the defaults.
inline Parameters quick(Conflicts conflicts = Conflicts::last_writer_wins) {
  Parameters parameters;
  parameters.conflicts = conflicts;
  parameters.resend_after = 100ms;
  return parameters;
}

struct Chaos : testing::Chaos {
  Chaos() {
    clients = 6;
    keys = 4;
    faithful = true;
  }
  Parameters parameters = quick();
};

class ChaosRun final : public testing::ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : testing::ChaosRun(model<MultiLeader>(), std::make_shared<Parameters>(chaos.parameters),
                          chaos) {}

 private:
  /// In the end nothing is kept for others.
  void inspect() override {
    if (cluster().queue.now() < Time{} + chaos().length + chaos().calm) return;
    if (some_node_is_down()) return;
    for (std::size_t number = 0; number < chaos().nodes; ++number) {
      const auto* node = static_cast<const MultiLeader*>(cluster().service->node(number));
      if (node->kept_for_others() > 0) broken("an outbox is not empty in the end");
    }
  }
};

inline testing::Aftermath live_through(const Chaos& chaos) {
  ChaosRun run(chaos);
  return run.run();
}

/// Siblings: each acknowledged write is returned by the last read of its key, or some session wrote
/// that had read it or written it itself, or it was dropped for want of room, which the leader
/// said.
inline testing::Judge loses_no_sibling() {
  return [](const testing::Aftermath& aftermath) -> std::string {
    const History& history = aftermath.history;
    std::map<Key, std::set<Value>> last_read;
    std::set<Value> accounted;  // replaced by somebody who had seen it, or dropped
    std::map<std::pair<std::uint32_t, Key>, std::set<Value>> seen;
    for (const Operation& operation : history.operations) {
      auto& known = seen[{operation.session, operation.key}];
      if (operation.writes()) accounted.merge(known);
      if (operation.outcome != Outcome::ok) continue;
      if (operation.writes()) {
        known.insert(operation.written);
      } else {
        std::set<Value> values{operation.observed};
        for (const Value value : history.siblings(operation)) values.insert(value);
        last_read[operation.key] = values;
        known.merge(values);
      }
    }
    for (const Value value : aftermath.numbers_of(EventKind::lost_write)) accounted.insert(value);
    for (const Operation& write : history.operations) {
      if (!write.writes() || write.outcome != Outcome::ok) continue;
      if (accounted.contains(write.written) || last_read[write.key].contains(write.written))
        continue;
      return "key " + std::to_string(write.key) + ": " + std::to_string(write.written) +
             " is gone, though nobody who had read it wrote";
    }
    return {};
  };
}

}  // namespace faultline::multi_leader
