// Strongly connected components (Tarjan, "Depth-first search and linear graph algorithms", SIAM
// Journal on Computing 1(2), 1972), with a stack of its own, so that long paths do no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace faultline::isolation {

inline constexpr std::uint32_t no_node = std::numeric_limits<std::uint32_t>::max();

/// The components of more than one node: only they hold cycles, in a graph whose edges lead from
/// one node to another.
struct Components {
  static constexpr std::uint32_t alone = no_node - 1;

  std::vector<std::uint32_t> of;  ///< by node: the number of its component, or `alone`
  std::uint32_t count = 0;

  bool in_cycle(std::uint32_t node) const { return of[node] != alone; }
  bool together(std::uint32_t a, std::uint32_t b) const { return in_cycle(a) && of[a] == of[b]; }
};

/// `next(node, cursor)` returns the node's next successor and moves the cursor, which begins at 0;
/// no_node when there are no more.
template <typename Next>
Components find_components(std::size_t nodes, Next&& next) {
  struct Frame {
    std::uint32_t node;
    std::uint32_t cursor;
    std::uint32_t lowest;  ///< the first visited node that is known to be reached from here
  };
  Components result;
  result.of.assign(nodes, no_node);                    // until a component is complete
  std::vector<std::uint32_t> visited(nodes, no_node);  // when
  std::vector<std::uint32_t> open;                     // visited nodes without a component
  std::vector<Frame> path;
  std::uint32_t visits = 0;
  const auto enter = [&](std::uint32_t node) {
    visited[node] = visits;
    open.push_back(node);
    path.push_back({node, 0, visits++});
  };
  const auto complete = [&](std::uint32_t root) {
    const bool single = open.back() == root;
    const std::uint32_t number = single ? Components::alone : result.count++;
    std::uint32_t node = no_node;
    do {
      node = open.back();
      open.pop_back();
      result.of[node] = number;
    } while (node != root);
  };
  for (std::uint32_t start = 0; start < nodes; ++start) {
    if (visited[start] != no_node) continue;
    enter(start);
    while (!path.empty()) {
      Frame& frame = path.back();
      const std::uint32_t to = next(frame.node, frame.cursor);
      if (to != no_node && visited[to] == no_node) {
        enter(to);
      } else if (to != no_node) {
        if (result.of[to] == no_node && visited[to] < frame.lowest) frame.lowest = visited[to];
      } else {
        const Frame done = frame;
        path.pop_back();
        if (done.lowest == visited[done.node]) complete(done.node);
        if (!path.empty() && done.lowest < path.back().lowest) path.back().lowest = done.lowest;
      }
    }
  }
  return result;
}

}  // namespace faultline::isolation
