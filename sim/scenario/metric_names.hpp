// The figures that result.json has of workloads and services in each phase: what an expectation may
// name. A test holds the lists to what results have.
#pragma once

#include <string>
#include <vector>

namespace faultline {

/// Dotted paths within a phase of a workload: "availability", "latency.p99".
const std::vector<std::string>& workload_metrics();
/// The same of a service: "leader_changes".
const std::vector<std::string>& service_metrics();
/// Those that a workload has for each kind of operation and for each region, too:
/// "kinds.get.latency.p99", "regions.us-east-1.availability".
const std::vector<std::string>& grouped_metrics();

/// All that may be said of a workload whose clients stand in some of `regions`.
std::vector<std::string> all_workload_metrics(const std::vector<std::string>& regions);

}  // namespace faultline
