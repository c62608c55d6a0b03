// The figures that result.json has of workloads and services in each phase: what an expectation may
// name. A test holds the lists to what results have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <faultline/core/units.hpp>

namespace faultline {

/// Dotted paths within a phase of a workload: "availability", "latency.p99".
const std::vector<std::string>& workload_metrics();
/// The same of a service: "leader_changes".
const std::vector<std::string>& service_metrics();
/// Those that a workload has for each kind of operation and for each region, too:
/// "kinds.get.latency.p99", "regions.us-east-1.availability".
const std::vector<std::string>& grouped_metrics();

/// What such a figure is measured in.
Unit unit_of_metric(std::string_view metric);

/// A bound on a figure as people write it: "50ms" of latencies, "5%" or "0.05" of shares. In base
/// units. Only 0 may lack a unit that the figure has. Throws BadValue, which names the remedy.
double parse_bound(std::string_view text, const std::string& metric);

/// All that may be said of a workload whose clients stand in some of `regions`.
std::vector<std::string> all_workload_metrics(const std::vector<std::string>& regions);

}  // namespace faultline
