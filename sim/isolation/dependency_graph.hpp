// The graph of which transaction must stand before which (Adya's direct serialization graph, with
// the order of processes and of real time added).
//
// It has linearly many edges even where dependencies are quadratically many (all readers of a
// version before each of several possible successors; all that ended before all that began later):
// these go by way of helper vertices.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <faultline/history/transaction.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {

/// Dependency, and `pass` for edges that leave a helper vertex and continue the dependency that led
/// there.
enum class EdgeKind : std::uint8_t { ww, wr, rw, process, realtime, pass };
inline constexpr std::size_t edge_kind_count = 6;

class GraphEdge {
 public:
  static constexpr std::size_t most_vertices = std::size_t{1} << 29U;

  GraphEdge(std::uint32_t to, EdgeKind kind) : bits_(to << 3U | static_cast<std::uint32_t>(kind)) {}

  std::uint32_t to() const { return bits_ >> 3U; }
  EdgeKind kind() const { return static_cast<EdgeKind>(bits_ & 7U); }

 private:
  std::uint32_t bits_;
};

class DependencyGraph {
 public:
  /// Vertices below `transactions` are transactions, those above are helpers. `list` is called
  /// twice, first to count and then to store: list(add) must call add(from, edge) for the same
  /// edges in the same order both times.
  template <typename List>
  DependencyGraph(std::size_t transactions, List&& list);

  std::size_t vertices() const { return begins_.size() - 1; }
  std::size_t transactions() const { return transactions_; }
  std::size_t edges() const { return edges_.size(); }
  bool is_transaction(std::uint32_t vertex) const { return vertex < transactions_; }
  std::span<const GraphEdge> from(std::uint32_t vertex) const {
    return std::span(edges_).subspan(begins_[vertex], begins_[vertex + 1] - begins_[vertex]);
  }

 private:
  std::size_t transactions_;
  std::vector<std::uint32_t> begins_;  ///< by vertex, and one more
  std::vector<GraphEdge> edges_;
};

template <typename List>
DependencyGraph::DependencyGraph(std::size_t transactions, List&& list)
    : transactions_(transactions), begins_(transactions + 1) {
  const auto grow = [&](std::uint32_t vertex) {
    if (vertex + std::size_t{2} > begins_.size()) begins_.resize(vertex + std::size_t{2});
  };
  list([&](std::uint32_t from, GraphEdge edge) {
    grow(std::max(from, edge.to()));
    ++begins_[from + 1];
  });
  for (std::size_t vertex = 1; vertex < begins_.size(); ++vertex) {
    begins_[vertex] += begins_[vertex - 1];
  }
  edges_.resize(begins_.back(), GraphEdge(0, EdgeKind::pass));
  std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
  list([&](std::uint32_t from, GraphEdge edge) { edges_[next[from]++] = edge; });
}

/// All dependencies of committed transactions. Precondition: successions and reads are sorted.
DependencyGraph build_dependency_graph(const TransactionHistory& history,
                                       const Observations& observations);

}  // namespace faultline::isolation
