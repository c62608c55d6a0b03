// Who sends writes to whom, and who passes on whose (Kleppmann, "Designing data-intensive
// applications", 2017, chapter 5, figure 5-8). Plain class without a Context.
//
//   all_to_all  every leader sends its own writes to every other one: nobody depends on a third,
//   but
//               two ways to a leader differ in length, and an answer may overtake its question.
//   ring        every leader sends to the next one, its own writes and what it has got, until a
//               write has come back to where it was made.
//   star        the first leader is the hub: the others send to it, it passes on to all others.
//
// On a ring and a star there is one way from each leader to each other, and a leader sends what it
// writes after what it had got before; so nothing overtakes what it depends on. But who stands in
// the middle of a way and is silent cuts it.
#pragma once

#include <cstdint>
#include <vector>

namespace faultline::multi_leader {

/// A leader's number in its service.
using NodeNumber = std::uint32_t;

enum class Shape : std::uint8_t { all_to_all, ring, star };

class Paths {
 public:
  static constexpr NodeNumber hub = 0;

  Paths(Shape shape, std::size_t nodes) : shape_(shape), nodes_(static_cast<NodeNumber>(nodes)) {}

  /// Whether `from` sends to `to` at all.
  bool joined(NodeNumber from, NodeNumber to) const {
    if (from == to) return false;
    switch (shape_) {
      case Shape::ring:
        return (from + 1) % nodes_ == to;
      case Shape::star:
        return from == hub || to == hub;
      default:
        return true;
    }
  }
  /// To whom `from` sends, ascending.
  std::vector<NodeNumber> targets(NodeNumber from) const {
    std::vector<NodeNumber> all;
    for (NodeNumber to = 0; to < nodes_; ++to) {
      if (joined(from, to)) all.push_back(to);
    }
    return all;
  }
  /// Who sends to `to`, ascending.
  std::vector<NodeNumber> sources(NodeNumber to) const {
    std::vector<NodeNumber> all;
    for (NodeNumber from = 0; from < nodes_; ++from) {
      if (joined(from, to)) all.push_back(from);
    }
    return all;
  }
  /// Whether `node` passes on to `target` what it has got from `source` and `origin` had sent
  /// first.
  bool passes_on(NodeNumber node, NodeNumber source, NodeNumber origin, NodeNumber target) const {
    if (shape_ == Shape::all_to_all || origin == node) return false;
    return joined(node, target) && (shape_ == Shape::ring || target != source);
  }
  /// How many messages carry a write from one to another.
  std::uint32_t hops(NodeNumber from, NodeNumber to) const {
    if (from == to) return 0;
    if (shape_ == Shape::ring) return (to + nodes_ - from) % nodes_;
    return joined(from, to) ? 1 : 2;
  }

 private:
  Shape shape_;
  NodeNumber nodes_;
};

}  // namespace faultline::multi_leader
