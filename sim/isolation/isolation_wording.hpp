// How witnesses speak of cycles: why each dependency of one holds.
#pragma once

#include <faultline/isolation/cycles.hpp>
#include <faultline/isolation/isolation.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {

/// A cycle with the reason for each of its dependencies. Precondition: successions are sorted.
AnomalyWitness witness_of(const TransactionHistory& history, const Observations& observations,
                          Anomaly anomaly, const Cycle& cycle);

}  // namespace faultline::isolation
