// What the replicas of one key hold at some instant, usually the end of a run.
#pragma once

#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline {

struct KeyState {
  Key key = 0;
  /// One for each live replica, always in the same order of replicas: its value, nil if it has
  /// none, for siblings a digest of them.
  std::vector<Value> held;
};

/// One entry for each key that any replica holds, keys ascending.
using ReplicaStates = std::vector<KeyState>;

}  // namespace faultline
