// Time series: one figure an interval, in long form (time, scope, name, metric, value), which is
// what a plotting tool wants and grows by rows, not by columns.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include <faultline/core/time.hpp>
#include <faultline/history/operation.hpp>
#include <faultline/metric/tally.hpp>

namespace faultline {

struct SeriesRow {
  Time at{};          ///< the start of the interval
  std::string scope;  ///< workload, region, service, host
  std::string name;   ///< "shoppers", "shoppers@eu-west-1", "store", "us-east-1/0"
  std::string metric;
  double value = 0;
};
using Series = std::vector<SeriesRow>;

/// A readable span near a 120th of `duration`: 1, 2 or 5 times a power of ten.
Duration default_interval(Duration duration);

/// How far what an operation returned was behind; nothing unless it was a stale read.
struct ReadBehind {
  Duration time{};
  std::uint32_t versions = 0;
};

/// Rates, availability, latencies and staleness of one workload, and the first three of its
/// regions, up to `end`. `reads` are by position in the history, one for each operation.
Series workload_series(const History& history, std::uint16_t workload, Duration interval, Time end,
                       const std::vector<ReadBehind>& reads);

/// As CSV, by time; rows of one instant keep their order.
void write_series(Series series, std::ostream& out);

}  // namespace faultline
