#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <faultline/history/operation.hpp>
#include <faultline/scenario/metric_names.hpp>

namespace faultline {

const std::vector<std::string>& workload_metrics() {
  static const std::vector<std::string> names{"operations",
                                              "ok",
                                              "failed",
                                              "unknown",
                                              "availability",
                                              "throughput",
                                              "goodput",
                                              "latency.mean",
                                              "latency.p50",
                                              "latency.p90",
                                              "latency.p99",
                                              "latency.p999",
                                              "latency.max",
                                              "stale_reads",
                                              "stale_fraction",
                                              "staleness.time_mean",
                                              "staleness.time_max",
                                              "staleness.versions_mean",
                                              "lost_updates",
                                              "staleness.versions_max",
                                              "attempts"};
  return names;
}

const std::vector<std::string>& service_metrics() {
  static const std::vector<std::string> names{"messages",
                                              "bytes",
                                              "leader_changes",
                                              "messages_per_operation",
                                              "bytes_per_operation",
                                              "time_without_leader",
                                              "replication_lag_mean",
                                              "replication_lag_max",
                                              "conflicts",
                                              "lost_writes",
                                              "read_repairs",
                                              "hints_stored",
                                              "hints_delivered",
                                              "anti_entropy_repairs",
                                              "divergence_mean",
                                              "divergence_max",
                                              "suspicions",
                                              "false_suspicions",
                                              "false_deaths",
                                              "members_returned",
                                              "detection_first",
                                              "detection_last"};
  return names;
}

const std::vector<std::string>& grouped_metrics() {
  static const std::vector<std::string> names{
      "operations",  "ok",          "failed",      "unknown",      "availability", "latency.mean",
      "latency.p50", "latency.p90", "latency.p99", "latency.p999", "latency.max"};
  return names;
}

Unit unit_of_metric(std::string_view metric) {
  const std::size_t dot = metric.rfind('.');
  const std::string_view group = dot == std::string_view::npos ? "" : metric.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? metric : metric.substr(dot + 1);
  const auto is_one_of = [&](const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  static constexpr std::array<std::string_view, 9> spans{
      "time_mean",       "time_max",       "time_without_leader", "replication_lag_mean",
      "divergence_mean", "divergence_max", "replication_lag_max", "detection_first",
      "detection_last"};
  static constexpr std::array<std::string_view, 2> shares{"availability", "stale_fraction"};
  static constexpr std::array<std::string_view, 2> rates{"throughput", "goodput"};
  static constexpr std::array<std::string_view, 2> sizes{"bytes", "bytes_per_operation"};
  static constexpr std::array<std::string_view, 6> latencies{"mean", "p50",  "p90",
                                                             "p99",  "p999", "max"};
  // A region may be called "latency", too, and has figures of other names.
  if (is_one_of(spans) || (group.ends_with("latency") && is_one_of(latencies))) {
    return Unit::duration;
  }
  if (is_one_of(shares)) return Unit::fraction;
  if (is_one_of(rates)) return Unit::rate;
  return is_one_of(sizes) ? Unit::size : Unit::none;
}

double parse_bound(std::string_view text, const std::string& metric) {
  const Unit unit = unit_of_metric(metric);
  try {
    if (parse_quantity(text, Unit::none) == 0) return 0;
  } catch (const BadValue&) {
    // It has a unit.
  }
  try {
    return parse_quantity(text, unit);
  } catch (const BadValue&) {
    throw BadValue(fmt::format("{} is no bound on {}, which is {}", text, metric,
                               unit == Unit::none ? "a plain number" : example_of(unit)));
  }
}

std::vector<std::string> all_workload_metrics(const std::vector<std::string>& regions) {
  std::vector<std::string> names = workload_metrics();
  for (const std::string& metric : grouped_metrics()) {
    for (const OperationKind kind : {OperationKind::get, OperationKind::put, OperationKind::insert,
                                     OperationKind::scan, OperationKind::read_modify_write}) {
      names.push_back("kinds." + std::string(name_of(kind)) + "." + metric);
    }
    for (const std::string& region : regions) names.push_back("regions." + region + "." + metric);
  }
  return names;
}

}  // namespace faultline
