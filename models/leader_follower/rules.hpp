// The arithmetic of leading and following: ballots, and who yields to whom. Plain functions without
// a Context. Majorities and leases, which others need too, are in sim/model/majority.hpp.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include <faultline/leader_follower/log.hpp>

namespace faultline::leader_follower {

/// The next term after `term` that node `number` of `nodes` may use without asking anybody: terms
/// are dealt out like ballots in Paxos, so that no two nodes ever use the same (Lamport, "Paxos
/// made simple", 2001).
constexpr Term own_term_after(Term term, std::uint32_t number, std::size_t nodes) {
  const Term round = term / nodes;
  const Term candidate = round * nodes + number;
  return candidate > term ? candidate : candidate + nodes;
}

/// Which of two rival leaders stays when their sides meet again: the one that more nodes follow, so
/// that the fewest have to change sides; then the later term.
struct Standing {
  std::uint32_t following = 0;
  Term term = 0;
  friend auto operator<=>(const Standing&, const Standing&) = default;
};

}  // namespace faultline::leader_follower
