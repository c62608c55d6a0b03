// Breadth-first search for the shortest walk that closes a cycle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <faultline/isolation/components.hpp>
#include <faultline/isolation/cycle_automaton.hpp>
#include <faultline/isolation/cycles.hpp>

namespace faultline::isolation {

/// What a walk is to do: it has taken `first` from `start`, is now in state `state`, and must come
/// back to `start` in one of the states `accepted` (bits) with at most `most_hops` hops in all.
struct CycleRequest {
  std::uint32_t start;
  GraphEdge first;
  CycleAutomaton::State state;
  unsigned accepted;
  std::size_t most_hops;
};

class CycleSearch {
 public:
  explicit CycleSearch(const DependencyGraph& graph);

  /// The cycle that a shortest such walk makes (all of the walk if it is simple, else a part that
  /// is), or an empty one if there is none. Stays within the start's component in `region`.
  Cycle find(const CycleRequest& request, const CycleAutomaton& automaton,
             const Components& region);

  /// The edges looked at so far.
  std::uint64_t work() const { return work_; }

 private:
  static constexpr std::uint32_t unreached = std::numeric_limits<std::uint32_t>::max();

  struct Arrival {
    std::uint32_t hops = unreached;
    std::uint32_t before = 0;  ///< the node that this one was reached from
    EdgeKind by = EdgeKind::pass;
  };

  void reach(std::uint32_t node, const Arrival& arrival);
  Cycle trace(std::uint32_t last, const CycleRequest& request, std::uint32_t states) const;

  const DependencyGraph& graph_;
  std::uint64_t work_ = 0;
  std::vector<Arrival> arrivals_;  ///< by node: vertex * states + state
  std::vector<std::uint32_t> reached_;
  std::vector<std::uint32_t> current_;
  std::vector<std::uint32_t> next_;
};

/// Whether a cycle has no two anti-dependencies in a row.
bool is_nonadjacent(const Cycle& cycle);

}  // namespace faultline::isolation
