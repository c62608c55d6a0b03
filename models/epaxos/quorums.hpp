// How many replicas decide. Plain functions without a Context.
#pragma once

#include <algorithm>
#include <cstddef>

#include <faultline/model/majority.hpp>

namespace faultline::epaxos {

/// The optimised fast quorum, of 2f + 1 replicas: f + floor((f + 1) / 2), the leader included (SOSP
/// 2013, section 4.4). Of e replicas outside of it and a majority m that recovers, m >= 2e - 1 must
/// hold, or two commands could each look as if it had been committed (Ryabinin, Gotsman and Sutra
/// 2025, whose bound n >= 2e + f - 1 this is); for even numbers of replicas that is the rule, too.
constexpr std::size_t optimised_fast_quorum(std::size_t replicas) {
  const std::size_t outside = (majority(replicas) + 1) / 2;
  return std::max(majority(replicas), replicas - std::min(outside, replicas));
}

/// The fast quorum of the basic protocol: all but one, which is 2f of 2f + 1 (section 4.3).
constexpr std::size_t simple_fast_quorum(std::size_t replicas) {
  return std::max(majority(replicas), replicas - 1);
}

}  // namespace faultline::epaxos
