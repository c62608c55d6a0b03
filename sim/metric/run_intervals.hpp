// How sure the figures of a single run are: intervals from stretches of it
// (statistics/long_run.hpp). For the phase before the first fault alone: a fault is one event,
// whatever its length, and what it does to a system only trials can show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <faultline/metric/tally.hpp>
#include <faultline/statistics/interval.hpp>

namespace faultline {

/// A figure of a workload and its interval, or why it has none.
struct RunFigure {
  std::string metric;  ///< "latency.p99", as scenario/metric_names.hpp
  std::optional<Estimate> estimate;
  std::string why;  ///< there is no estimate
};

/// Whether figures of the phase may have intervals: no fault has been before its end.
bool is_undisturbed(const Phase& phase);

/// Availability, throughput, goodput, attempts, and the mean and quantiles of latencies. `tally` is
/// that of the workload in the phase, latencies ascending.
std::vector<RunFigure> intervals_of_run(const History& history, std::uint16_t workload,
                                        const Phase& phase, const Tally& tally);

}  // namespace faultline
