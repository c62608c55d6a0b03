// The arithmetic of leading and following: majorities, ballots, acknowledgements, leases. Plain
// functions without a Context.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <faultline/core/time.hpp>
#include <faultline/leader_follower/log.hpp>

namespace faultline::leader_follower {

/// The fewest nodes of which any two sets of that size share one.
constexpr std::size_t majority(std::size_t nodes) { return nodes / 2 + 1; }

/// The largest value that at least `count` of `values` have reached. `values` gets reordered.
/// Precondition: 1 <= count <= values.size().
template <class T>
T reached_by(std::size_t count, std::vector<T>& values) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(count - 1);
  std::nth_element(values.begin(), place, values.end(), std::greater<>());
  return *place;
}

/// The next term after `term` that node `number` of `nodes` may use without asking anybody: terms
/// are dealt out like ballots in Paxos, so that no two nodes ever use the same (Lamport, "Paxos
/// made simple", 2001).
constexpr Term own_term_after(Term term, std::uint32_t number, std::size_t nodes) {
  const Term round = term / nodes;
  const Term candidate = round * nodes + number;
  return candidate > term ? candidate : candidate + nodes;
}

/// How long a lease of `length` may be used by its holder, counted on the holder's clock from
/// before the followers granted it on theirs. Clocks gain or lose at most `drift` seconds a second:
/// the holder's may be slow, the followers' fast (Gray and Cheriton, "Leases: an efficient
/// fault-tolerant mechanism for distributed file cache consistency", SOSP 1989, section 5).
inline Duration usable_lease(Duration length, double drift) {
  return from_seconds(seconds(length) * (1 - drift) / (1 + drift));
}

/// Which of two rival leaders stays when their sides meet again: the one that more nodes follow, so
/// that the fewest have to change sides; then the later term.
struct Standing {
  std::uint32_t following = 0;
  Term term = 0;
  friend auto operator<=>(const Standing&, const Standing&) = default;
};

}  // namespace faultline::leader_follower
