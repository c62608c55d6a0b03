// What figures are measured in, and bounds on them as people write them.
#include <algorithm>

#include <doctest/doctest.h>

#include <faultline/scenario/metric_names.hpp>

#include "close_to.hpp"

namespace faultline::testing {
namespace {

std::vector<std::string> measured_in(Unit unit, const std::vector<std::string>& metrics) {
  std::vector<std::string> found;
  std::copy_if(metrics.begin(), metrics.end(), std::back_inserter(found),
               [&](const std::string& metric) { return unit_of_metric(metric) == unit; });
  return found;
}

std::string refusal(const std::string& text, const std::string& metric) {
  try {
    parse_bound(text, metric);
  } catch (const BadValue& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("every figure that is not a plain number has the unit of its kind") {
  const std::vector<std::string> spans{"latency.mean",        "latency.p50",       "latency.p90",
                                       "latency.p99",         "latency.p999",      "latency.max",
                                       "staleness.time_mean", "staleness.time_max"};
  CHECK(measured_in(Unit::duration, workload_metrics()) == spans);
  CHECK(measured_in(Unit::fraction, workload_metrics()) ==
        std::vector<std::string>{"availability", "stale_fraction"});
  CHECK(measured_in(Unit::rate, workload_metrics()) ==
        std::vector<std::string>{"throughput", "goodput"});
  CHECK(measured_in(Unit::size, workload_metrics()).empty());
  CHECK(measured_in(Unit::duration, service_metrics()) ==
        std::vector<std::string>{"time_without_leader", "replication_lag_mean",
                                 "replication_lag_max", "divergence_mean", "divergence_max",
                                 "detection_first", "detection_last"});
  CHECK(measured_in(Unit::size, service_metrics()) ==
        std::vector<std::string>{"bytes", "bytes_per_operation"});
  CHECK(unit_of_metric("kinds.get.latency.p99") == Unit::duration);
  CHECK(unit_of_metric("regions.latency.ok") == Unit::none);
}

TEST_CASE("a bound has the unit of its figure") {
  CHECK(parse_bound("50ms", "latency.p99") == close_to(0.05));
  CHECK(parse_bound("50 ms", "latency.p99") == close_to(0.05));
  CHECK(parse_bound("5%", "availability") == close_to(0.05));
  CHECK(parse_bound("0.05", "availability") == close_to(0.05));
  CHECK(parse_bound("100/s", "goodput") == close_to(100));
  CHECK(parse_bound("4KiB", "bytes") == close_to(4096));
  CHECK(parse_bound("3", "lost_updates") == close_to(3));
  CHECK(parse_bound("0", "latency.p99") == 0);
}

TEST_CASE("a bound without a unit, or with another, is refused with what would be one") {
  CHECK(refusal("50", "latency.p99") ==
        "50 is no bound on latency.p99, which is a span of time such as \"200ms\"");
  CHECK(refusal("5%", "latency.p99").find("is no bound on latency.p99") != std::string::npos);
  CHECK(refusal("50ms", "availability").find("is no bound on availability") != std::string::npos);
  CHECK(refusal("5%", "lost_updates") == "5% is no bound on lost_updates, which is a plain number");
  CHECK(refusal("100", "goodput").find("is no bound on goodput") != std::string::npos);
}

}  // namespace
}  // namespace faultline::testing
