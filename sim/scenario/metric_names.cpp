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
