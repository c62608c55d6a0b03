// The arithmetic of majorities: how many are needed, what they have reached, and for how long their
// silence may be relied on. Plain functions without a Context.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include <faultline/core/time.hpp>

namespace faultline {

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

/// How long a lease of `length` may be used by its holder, counted on the holder's clock from
/// before the followers granted it on theirs. Clocks gain or lose at most `drift` seconds a second:
/// the holder's may be slow, the followers' fast (Gray and Cheriton, "Leases: an efficient
/// fault-tolerant mechanism for distributed file cache consistency", SOSP 1989, section 5).
inline Duration usable_lease(Duration length, double drift) {
  return from_seconds(seconds(length) * (1 - drift) / (1 + drift));
}

}  // namespace faultline
