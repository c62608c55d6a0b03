// Cycles of dependencies, by kind.
//
// Which kind a cycle is depends on the kinds of its edges alone, so each kind is a small automaton
// that reads a walk edge by edge (class CycleAutomaton). The strongly connected components of the
// product of graph and automaton tell in linear time whether a cycle exists that the automaton
// accepts; breadth-first search within a component finds a short one. That makes snapshot isolation
// as easy to judge as serializability: it excludes the cycles in which no two anti-dependencies are
// adjacent (Fekete et al., "Making snapshot isolation serializable", TODS 2005; Cerone and Gotsman,
// "Analysing snapshot isolation", JACM 2018), and "the last edge was an anti-dependency" is one bit
// of memory. Only cycles with exactly one anti-dependency take a search that may be long: a closed
// walk may use up its one anti-dependency anywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <faultline/isolation/components.hpp>
#include <faultline/isolation/dependency_graph.hpp>
#include <faultline/isolation/isolation_level.hpp>

namespace faultline::isolation {

/// A dependency between two transactions of a cycle.
struct Hop {
  TransactionId from;
  TransactionId to;
  EdgeKind kind;

  friend auto operator<=>(const Hop&, const Hop&) = default;
};

/// Each hop begins where the one before ends, the first where the last ends; no transaction occurs
/// twice.
using Cycle = std::vector<Hop>;

struct FoundCycles {
  std::size_t count = 0;  ///< components in which such a cycle was found
  std::vector<Cycle> shortest;
};

struct CycleReport {
  std::array<FoundCycles, anomaly_count> found;  ///< by Anomaly
  /// The search for cycles with one anti-dependency ended at its bound.
  bool bound_reached = false;
  /// By transaction: which component of mutual dependency it is in, time and processes left aside;
  /// empty if there is none.
  std::vector<std::uint32_t> components;
};

struct CycleSettings {
  std::size_t witnesses;  ///< the most cycles kept of a kind
  std::uint64_t bound;    ///< about how many edges to look at for each kind
};

/// Finds cycles of every kind that there is. `doubtful` says by transaction which ones committed
/// only if nobody read what had failed: a cycle of overwrites that needs one of them is no G0, but
/// it is a G1c, since G1a is no better.
CycleReport find_cycles(const DependencyGraph& graph, const std::vector<bool>& doubtful,
                        const CycleSettings& settings);

}  // namespace faultline::isolation
