// A guess at the order in which the store carried out its transactions.
//
// Where reads leave the order of versions open, a level is certainly kept if it is kept under some
// order of them. This finds an order to try: one that respects all known dependencies, if there is
// one, and in which writes that are otherwise free to choose follow each other as their zones do.
#pragma once

#include <cstdint>
#include <vector>

#include <faultline/isolation/dependency_graph.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {

/// Whether some version is followed by two whose order is not known. Precondition: successions are
/// sorted.
bool has_open_order(const Observations& observations);

/// Puts all versions of each key in one order, by adding successions that nothing shows.
void suppose_order(const TransactionHistory& history, const DependencyGraph& graph,
                   Observations& observations);

}  // namespace faultline::isolation
