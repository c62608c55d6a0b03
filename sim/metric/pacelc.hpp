// The PACELC class that a run was measured to have, as opposed to the one its parameters claim.
//
// Abadi, "Consistency tradeoffs in modern distributed database system design" (IEEE Computer 45(2),
// 2012): if there is a Partition, how does the system trade Availability against Consistency; Else,
// how does it trade Latency against Consistency?
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace faultline {

/// What is measured of a run, apart for the time in which a partition lasted and for the rest.
struct PacelcEvidence {
  bool partitioned = false;  ///< whether there was a partition at all
  /// Of the workload's regions, the least share of operations that were answered well during it.
  std::optional<double> worst_region_availability;
  bool linearizable = false;  ///< the whole history, as judged
  double stale_fraction_during = 0;
  double stale_fraction_otherwise = 0;
  /// Median latency without partitions, in seconds, and the typical round trip to the nearest node
  /// of another region (0 with one region): who never waits for another region chose latency.
  double median_latency_otherwise = 0;
  double nearest_region_round_trip = 0;
};

struct PacelcClass {
  /// "A", "C", "-" (neither) or nothing (no partition happened).
  std::optional<std::string> partition;
  std::string otherwise;         ///< "L", "C" or "-"
  std::vector<std::string> why;  ///< a sentence for each letter
};

/// During a partition a region counts as served if at least this share of its operations went well.
inline constexpr double served = 0.9;

PacelcClass classify(const PacelcEvidence& evidence);

}  // namespace faultline
