// A small scenario to sweep, and trials made up so that every answer is known.
#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include <faultline/models/catalog.hpp>
#include <faultline/sweep/plan.hpp>

namespace faultline::testing {

inline SweepPlan made_up_plan(const std::string& sweep) {
  const std::string text = R"({
    "name": "made up", "seed": 4, "duration": "2s",
    "topology": {"regions": {"here": 3}},
    "services": {"store": {"model": "quorum"}},
    "workloads": {"clients": {"target": "store", "arrivals": {"poisson": "200/s"}}},
    "sweep": )" + sweep + "}";
  return {Document::parse(text, "made-up.json"), catalog(), "."};
}

/// A trial with this figure of the clients, and a latency for its p50.
inline Trial made_up_trial(std::uint64_t seed, double goodput, int milliseconds = 1) {
  const std::vector<Duration> latencies{std::chrono::milliseconds(milliseconds)};
  Trial trial;
  trial.seed = seed;
  Json& all = trial.measured["workloads"]["clients"]["phases"]["all"];
  all["goodput"] = goodput;
  all["latency"]["p50"] = seconds(latencies.front());
  trial.verdicts = {{"linearizable", goodput > 0 ? "valid" : "invalid"}};
  trial.expectations = Json::array({{{"text", "it is fast"}, {"met", goodput > 15}}});
  trial.latencies = [latencies](const std::string&) { return latencies; };
  return trial;
}

}  // namespace faultline::testing
