// Latencies summarised exactly: the history holds every one, so quantiles are order statistics, not
// estimates from buckets.
#pragma once

#include <span>
#include <vector>

#include <boost/sort/spreadsort/integer_sort.hpp>

#include <faultline/core/time.hpp>

namespace faultline {

/// Of a population of latencies, in seconds. All zero when it is empty; look at `count`.
struct LatencySummary {
  std::size_t count = 0;
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};

/// The smallest value that at least a share `p` of `sorted` does not exceed (nearest rank; `p` in
/// 0..1). Precondition: `sorted` is ascending and not empty.
Duration quantile(std::span<const Duration> sorted, double p);

/// Sorts in place by `latency_of` each, by its digits: histories hold millions. What is sorted
/// already costs one look at each.
template <class T, class LatencyOf>
void sort_by_latency(std::vector<T>& items, LatencyOf latency_of) {
  boost::sort::spreadsort::integer_sort(
      items.begin(), items.end(),
      [&](const T& item, unsigned shift) { return latency_of(item).count() >> shift; },
      [&](const T& a, const T& b) { return latency_of(a) < latency_of(b); });
}

/// Sorts `latencies` in place.
LatencySummary summarise(std::vector<Duration>& latencies);

/// Quantiles for a distribution chart, dense towards the tail as far as the population bears it (a
/// quantile is given if at least ten values lie beyond it, and the maximum).
struct QuantilePoint {
  double quantile;
  double seconds;
};
std::vector<QuantilePoint> distribution_of(std::span<const Duration> sorted);

}  // namespace faultline
