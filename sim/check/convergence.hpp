// Convergence: once writes have stopped and faults have healed, all replicas of a key hold the
// same. This is the promise that is left of consistency in an eventually consistent store (Vogels,
// "Eventually consistent", CACM 52(1), 2009).
#pragma once

#include <faultline/check/check.hpp>
#include <faultline/check/replica_states.hpp>

namespace faultline {

/// `checked` counts keys, `violations` those whose live replicas differ. Witnesses name keys,
/// smallest first, and no operations. Ignores options.workloads.
CheckResult check_convergence(const ReplicaStates& states, const CheckOptions& options = {});

/// The keys whose live replicas differ, ascending.
std::vector<Key> diverged_keys(const ReplicaStates& states);

}  // namespace faultline
