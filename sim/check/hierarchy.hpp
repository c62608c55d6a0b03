// The hierarchy of consistency: which promises a history kept, the strongest first (Viotti and
// Vukolic, "Consistency in non-transactional distributed storage systems", ACM Computing Surveys
// 49(1), 2016).
//
//                          linearizable
//                   /                      \                       .
//              sequential          read your writes, monotonic reads,
//              /        \           monotonic writes, writes follow
//      causal memory   causal+      reads; bounded staleness
//         /     \      /
//      pram      causal                                  convergence
//
// A line says that what keeps the upper promise keeps the lower one. These are the lines that hold
// for the promises as they are judged here, which differs from some textbooks in two places. The
// promises to sessions and about staleness take real time for the order of writes as far as it
// proves one (see sessions.hpp), and so does linearizability; what stands on the left knows no real
// time, so a store may keep it and yet let a session step back behind the clock. And causal+ does
// not imply PRAM: its arbitration may hide a write that a session had not seen yet (see
// causal.hpp). Convergence is about replicas in the end, not about what was read on the way.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/replica_states.hpp>

namespace faultline {

/// One promise of the hierarchy.
struct ConsistencyLevel {
  std::string_view name;  ///< of its check
  /// The promises just below it: what keeps this one keeps those.
  std::vector<std::string_view> implies;
};

/// The strongest first: none implies one that stands before it.
std::span<const ConsistencyLevel> consistency_levels();

/// What became of one promise.
struct ConsistencyVerdict {
  CheckResult result;
  /// The promise from whose verdict this one follows, so that it was not judged by itself; empty if
  /// it was. A promise broken because a weaker one is has the weaker one's witnesses.
  std::string_view because;
};

struct Hierarchy {
  std::vector<ConsistencyVerdict> levels;  ///< in the order of consistency_levels()
  /// The smallest bounds of staleness that held: how many versions, and for how long.
  StalenessBound staleness;

  const ConsistencyVerdict* find(std::string_view name) const;
  /// The promises that held while nothing that implies them did. Without bounded staleness, which
  /// some bound always keeps, and without convergence unless it is all there is.
  std::vector<std::string_view> strongest() const;
};

/// Judges all promises; what follows from others is not judged again. With `states`, those of the
/// replicas in the end, convergence is one of them. Bounded staleness is judged against
/// options.staleness.
Hierarchy judge_hierarchy(const History& history, const CheckOptions& options = {},
                          const ReplicaStates* states = nullptr);

}  // namespace faultline
