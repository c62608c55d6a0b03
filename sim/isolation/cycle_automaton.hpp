// Automata that read the kinds of the edges of a walk; see cycles.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <faultline/isolation/dependency_graph.hpp>

namespace faultline::isolation {

/// What binds transactions together besides data.
enum class Tie : std::uint8_t { none, process, realtime };

class CycleAutomaton {
 public:
  using State = std::uint8_t;
  static constexpr State rejected = 255;

  /// Walks of overwrites alone.
  static constexpr CycleAutomaton of_overwrites(Tie tie) {
    CycleAutomaton result(1);
    result.allow(EdgeKind::ww);
    result.allow_tie(tie);
    return result;
  }
  /// ... of overwrites and reads.
  static constexpr CycleAutomaton of_dependencies(Tie tie) {
    CycleAutomaton result = of_overwrites(tie);
    result.allow(EdgeKind::wr);
    return result;
  }
  /// ... of everything.
  static constexpr CycleAutomaton of_anything(Tie tie) {
    CycleAutomaton result = of_dependencies(tie);
    result.allow(EdgeKind::rw);
    return result;
  }
  /// ... with at most one anti-dependency: state 1 has seen it.
  static constexpr CycleAutomaton of_one_antidependency(Tie tie) {
    CycleAutomaton result = of_dependencies(tie).widened(2);
    result.at(0, EdgeKind::rw) = 1;
    return result;
  }
  /// ... without anti-dependencies in a row: in state 1 the last edge was one.
  static constexpr CycleAutomaton of_nonadjacent(Tie tie) {
    CycleAutomaton result = of_dependencies(tie).widened(2);
    result.reset(1);
    result.at(0, EdgeKind::rw) = 1;
    return result;
  }
  /// ... that end in state 2 if they have anti-dependencies in a row; state 1 as above.
  static constexpr CycleAutomaton of_adjacent(Tie tie) {
    CycleAutomaton result = of_dependencies(tie).widened(3);
    result.reset(1);
    result.at(0, EdgeKind::rw) = 1;
    result.at(1, EdgeKind::rw) = result.at(2, EdgeKind::rw) = 2;
    return result;
  }

  constexpr std::uint32_t states() const { return states_; }
  constexpr State next(State state, EdgeKind kind) const {
    return table_[state][static_cast<std::size_t>(kind)];
  }

 private:
  static constexpr std::size_t most_states = 3;

  constexpr explicit CycleAutomaton(std::uint32_t states) : states_(states) {
    for (auto& row : table_) row.fill(rejected);
    at(0, EdgeKind::pass) = 0;
  }
  constexpr State& at(State state, EdgeKind kind) {
    return table_[state][static_cast<std::size_t>(kind)];
  }
  constexpr void allow(EdgeKind kind) { at(0, kind) = 0; }
  constexpr void allow_tie(Tie tie) {
    if (tie == Tie::process) allow(EdgeKind::process);
    if (tie == Tie::realtime) allow(EdgeKind::realtime);
  }
  /// More states, each kept by whatever was allowed.
  constexpr CycleAutomaton widened(std::uint32_t states) const {
    CycleAutomaton result = *this;
    result.states_ = states;
    for (State state = 1; state < states; ++state) {
      for (std::size_t kind = 0; kind < edge_kind_count; ++kind) {
        result.table_[state][kind] = table_[0][kind] == rejected ? rejected : state;
      }
    }
    return result;
  }
  /// Everything but the passing of helpers leads from `state` where it leads from 0.
  constexpr void reset(State state) {
    for (std::size_t kind = 0; kind < edge_kind_count; ++kind) {
      if (static_cast<EdgeKind>(kind) != EdgeKind::pass) table_[state][kind] = table_[0][kind];
    }
  }

  std::uint32_t states_;
  std::array<std::array<State, edge_kind_count>, most_states> table_{};
};

}  // namespace faultline::isolation
