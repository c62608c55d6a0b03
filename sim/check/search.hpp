// The general search for a linearization: which order of concurrent calls can an object have seen?
//
// Wing and Gong ("Testing and verifying concurrent objects", JPDC 17, 1993): take any call that no
// other was over before, let it take effect, go on with the rest; step back where that leads
// nowhere. Lowe ("Testing for linearizability", Concurrency and Computation 29(4), 2017): remember
// what has been tried, as the set of calls taken and the state they led to. Three things keep the
// search short without losing an answer:
//   * a call that never changes anything (a read) is taken as soon as it fits: nothing is lost by
//     it, so no other choice is tried in its place;
//   * a call of unknown outcome is taken only where it changes something, and only right before one
//     that it makes a difference to;
//   * of several such calls that do the same, the earliest is taken first.
// The set of calls is remembered by a 128-bit hash: that two different sets meet in it is less
// likely than a fault of the machine.
//
// The problem is NP-complete (Gibbons and Korach 1997), hence the bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/objects.hpp>
#include <faultline/history/real_time.hpp>

namespace faultline {

/// A call as the search sees it.
struct SearchedCall {
  Moment called;
  Moment answered;          ///< `endless` if the outcome is unknown
  bool observes = false;    ///< never changes the object, whatever its state
  std::uint32_t alike = 0;  ///< calls of unknown outcome that do the same have the same number
};

struct SearchResult {
  Verdict verdict = Verdict::valid;  ///< unknown: the bound was reached
  std::size_t configurations = 0;    ///< tried
  std::size_t looked_at = 0;         ///< calls and answers, again for each time; what it cost
  /// If invalid: the first call whose answer no order explains, and the states in which the object
  /// may have been just before.
  std::size_t blocked = 0;
  std::vector<ObjectState> states_before;
};

/// Searches for an order of `calls` (positions agree with those of `object`) that respects real
/// time and that the object allows; calls of unknown outcome may be left out. Gives up after
/// `bound` configurations, each of which takes 32 bytes of memory at most (beside the states that
/// the object keeps), or after looking at 64 times as many calls and answers.
SearchResult search_linearization(SequentialObject& object, std::vector<SearchedCall> calls,
                                  std::size_t bound);

}  // namespace faultline
