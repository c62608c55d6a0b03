// What a partitioner costs and is worth, in figures that all have alike: how even it is, what it
// needs, and what a bucket more or less moves.
#pragma once

#include <cstddef>
#include <cstdint>

#include <faultline/placement/partitioner.hpp>

namespace faultline {

/// Of keys 0 .. keys-1, all as popular.
struct PlacementFigures {
  std::uint64_t keys = 0;
  std::uint32_t buckets = 0;
  double max_over_mean = 0;  ///< of the keys of a bucket
  double deviation = 0;      ///< the standard deviation of a bucket's keys, over their mean
  std::size_t bytes = 0;
  double steps = 0;          ///< of a look-up, on average
  double moved_by_join = 0;  ///< the share of keys with another owner when one bucket more is there
  double least_by_join = 0;  ///< what the newcomer has of that: the rest moves between old ones
  double moved_by_leave = 0;  ///< the same when the middle one of the buckets is gone
  double least_by_leave = 0;  ///< what the leaver had
};

/// Looks up every key a few times. Precondition: keys > 0. Throws BadValue if there is no room for
/// a bucket more, or none can leave.
PlacementFigures figures_of(const Partitioner& partitioner, std::uint64_t keys);

}  // namespace faultline
