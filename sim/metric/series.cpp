#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <faultline/metric/series.hpp>

namespace faultline {
namespace {

/// What happened in one interval.
struct Bucket {
  Tally all;
  StalenessTally staleness;
  std::vector<Tally> regions;
};

class WorkloadSeries {
 public:
  WorkloadSeries(const History& history, std::uint16_t workload, Duration interval)
      : history_(history), name_(history.workloads[workload]), interval_(interval) {}

  Series rows(std::vector<Bucket>& buckets) {
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      at_ = Time{interval_ * static_cast<Duration::rep>(i)};
      add_workload(buckets[i]);
      for (std::size_t region = 0; region < buckets[i].regions.size(); ++region) {
        add_region(buckets[i].regions[region], history_.regions[region]);
      }
    }
    return std::move(rows_);
  }

 private:
  double rate(std::uint64_t count) const { return static_cast<double>(count) / seconds(interval_); }
  void add(const char* scope, const std::string& name, const char* metric, double value) {
    rows_.push_back({at_, scope, name, metric, value});
  }

  void add_workload(Bucket& bucket) {
    Tally& tally = bucket.all;
    if (tally.operations == 0) return;
    add("workload", name_, "operations", rate(tally.operations));
    add("workload", name_, "goodput", rate(tally.ok));
    add("workload", name_, "failed", rate(tally.failed));
    add("workload", name_, "unknown", rate(tally.unknown));
    add("workload", name_, "availability", *tally.availability());
    if (const LatencySummary latency = summarise(tally.latencies); latency.count > 0) {
      add("workload", name_, "latency_p50", latency.p50);
      add("workload", name_, "latency_p99", latency.p99);
      add("workload", name_, "latency_max", latency.max);
    }
    add_staleness(bucket.staleness);
  }

  void add_staleness(const StalenessTally& tally) {
    if (tally.reads == 0) return;
    add("workload", name_, "stale_fraction", *tally.fraction());
    if (tally.stale == 0) return;
    add("workload", name_, "staleness_mean", tally.time_total / static_cast<double>(tally.stale));
    add("workload", name_, "staleness_max", tally.time_max);
  }

  void add_region(Tally& tally, const std::string& region) {
    if (tally.operations == 0) return;
    const std::string name = name_ + "@" + region;
    add("region", name, "goodput", rate(tally.ok));
    add("region", name, "availability", *tally.availability());
    if (const LatencySummary latency = summarise(tally.latencies); latency.count > 0) {
      add("region", name, "latency_p50", latency.p50);
      add("region", name, "latency_p99", latency.p99);
    }
  }

  const History& history_;
  const std::string& name_;
  Duration interval_;
  Time at_{};
  Series rows_;
};

}  // namespace

Duration default_interval(Duration duration) {
  const double wanted = std::max(seconds(duration) / 120, 1e-6);
  const double decade = std::pow(10, std::floor(std::log10(wanted)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= wanted * 0.999) return from_seconds(step * decade);
  }
  return from_seconds(10 * decade);
}

Series workload_series(const History& history, std::uint16_t workload, Duration interval, Time end,
                       const std::vector<ReadBehind>& reads) {
  const auto count = static_cast<std::size_t>((end - Time{} + interval - Duration{1}) / interval);
  std::vector<Bucket> buckets(count);
  for (Bucket& bucket : buckets) bucket.regions.resize(history.regions.size());
  for (std::size_t id = 0; id < history.operations.size(); ++id) {
    const Operation& operation = history.operations[id];
    if (operation.workload != workload || operation.intended >= end) continue;
    Bucket& bucket = buckets[static_cast<std::size_t>((operation.intended - Time{}) / interval)];
    if (operation.reads() && operation.outcome == Outcome::ok) {
      ++bucket.staleness.reads;
      if (reads[id].versions > 0) bucket.staleness.add(reads[id].time, reads[id].versions);
    }
    if (operation.part) continue;
    bucket.all.add(operation);
    bucket.regions[operation.region].add(operation);
  }
  return WorkloadSeries(history, workload, interval).rows(buckets);
}

void write_series(Series series, std::ostream& out) {
  std::stable_sort(series.begin(), series.end(),
                   [](const SeriesRow& a, const SeriesRow& b) { return a.at < b.at; });
  out << "time,scope,name,metric,value\n";
  for (const SeriesRow& row : series) {
    fmt::print(out, "{},{},{},{},{}\n", seconds(row.at), row.scope, row.name, row.metric,
               row.value);
  }
}

}  // namespace faultline
