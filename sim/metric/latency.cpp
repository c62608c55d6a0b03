#include <algorithm>

#include <faultline/metric/latency.hpp>
#include <faultline/statistics/interval.hpp>

namespace faultline {

Duration quantile(std::span<const Duration> sorted, double p) {
  return sorted[nearest_rank(sorted.size(), p)];
}

LatencySummary summarise(std::vector<Duration>& latencies) {
  LatencySummary summary;
  summary.count = latencies.size();
  if (latencies.empty()) return summary;
  sort_by_latency(latencies, [](Duration latency) { return latency; });
  // Summed in whole nanoseconds, so that no order of addition can show in the last digit.
  Duration::rep total = 0;
  for (const Duration latency : latencies) total += latency.count();
  summary.mean = static_cast<double>(total) * 1e-9 / static_cast<double>(latencies.size());
  summary.p50 = seconds(quantile(latencies, 0.5));
  summary.p90 = seconds(quantile(latencies, 0.9));
  summary.p99 = seconds(quantile(latencies, 0.99));
  summary.p999 = seconds(quantile(latencies, 0.999));
  summary.max = seconds(latencies.back());
  return summary;
}

std::vector<QuantilePoint> distribution_of(std::span<const Duration> sorted) {
  std::vector<QuantilePoint> points;
  if (sorted.empty()) return points;
  const auto add = [&](double p) { points.push_back({p, seconds(quantile(sorted, p))}); };
  for (int percent = 0; percent < 90; percent += 5) add(percent / 100.0);
  // Nine points a decade: 0.90, 0.91 ... 0.99, 0.991 ... 0.9999.
  double beyond = 0.1;
  for (int decade = 0; decade < 4; ++decade, beyond /= 10) {
    for (int step = 10; step > 1; --step) {
      const double tail = beyond * step / 10;
      if (tail * static_cast<double>(sorted.size()) < 10 && tail < 0.0999) break;
      add(1 - tail);
    }
  }
  points.push_back({1, seconds(sorted.back())});
  return points;
}

}  // namespace faultline
