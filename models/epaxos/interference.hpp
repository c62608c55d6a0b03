// Which instances interfere with a command: for each key and each replica's row the latest that
// reads it and the latest that writes it. It never forgets one, not even if the instance becomes a
// no-op: what a replica once answered it must be able to answer again. Plain data structure without
// a Context.
#pragma once

#include <algorithm>
#include <array>
#include <unordered_map>

#include <faultline/epaxos/instance.hpp>

namespace faultline::epaxos {

class Interference {
 public:
  /// From now on `id` is among the dependencies of what interferes with it.
  void record(InstanceId id, const Action& action, Sequence sequence) {
    if (!action.touches()) return;
    for (Key key = action.command.key; key < action.end(); ++key) {
      Latest& latest = keys_[key];
      auto& rows = action.writes() ? latest.writes : latest.reads;
      rows.until[id.replica] = std::max(rows.until[id.replica], id.number);
      Sequence& highest = action.writes() ? latest.written : latest.read;
      highest = std::max(highest, sequence);
    }
  }

  /// What `id` depends on by all that was recorded. Instances of its own row depend on it if they
  /// come later, so only earlier ones count.
  Attributes attributes(InstanceId id, const Action& action) const {
    Attributes found;
    if (!action.touches()) return found;
    for (Key key = action.command.key; key < action.end(); ++key) {
      const auto place = keys_.find(key);
      if (place == keys_.end()) continue;
      const Latest& latest = place->second;
      found.join({latest.writes, latest.written});
      if (action.writes()) found.join({latest.reads, latest.read});
    }
    Number& own = found.dependencies.until[id.replica];
    own = std::min(own, id.number - 1);
    ++found.sequence;
    return found;
  }

  /// From now on all that `others` has is among the dependencies, too.
  void join(const Interference& others) {
    for (const auto& [key, theirs] : others.keys_) {
      Latest& ours = keys_[key];
      ours.writes.join(theirs.writes);
      ours.reads.join(theirs.reads);
      ours.written = std::max(ours.written, theirs.written);
      ours.read = std::max(ours.read, theirs.read);
    }
  }
  Bytes bytes() const { return (8 + sizeof(Latest)) * keys_.size(); }

 private:
  struct Latest {
    Dependencies writes;
    Dependencies reads;
    Sequence written = 0;
    Sequence read = 0;
  };
  std::unordered_map<Key, Latest> keys_;
};

}  // namespace faultline::epaxos
