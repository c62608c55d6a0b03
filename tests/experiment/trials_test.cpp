// Figures of several trials, on trials made up so that every answer is known.
#include <cmath>
#include <filesystem>
#include <set>

#include <doctest/doctest.h>
#include <unistd.h>

#include <faultline/experiment/trial_file.hpp>
#include <faultline/experiment/trials.hpp>

#include "close_to.hpp"
#include "experiment/whole_run.hpp"

namespace faultline {
namespace {

using testing::close_to;

const std::string at_all = "/workloads/clients/phases/all";

/// A trial whose latencies are these milliseconds, ascending.
Trial made_up(double goodput, const std::vector<int>& milliseconds) {
  std::vector<Duration> latencies;
  for (const int each : milliseconds) latencies.push_back(std::chrono::milliseconds(each));
  Trial trial;
  Json& all = trial.measured["workloads"]["clients"]["phases"]["all"];
  all["goodput"] = goodput;
  all["availability"] = milliseconds.empty() ? Json(nullptr) : Json(1.0);
  const LatencySummary summary = summarise(latencies);
  all["latency"]["mean"] = milliseconds.empty() ? Json(nullptr) : Json(summary.mean);
  all["latency"]["p50"] = milliseconds.empty() ? Json(nullptr) : Json(summary.p50);
  trial.verdicts["linearizable"] = goodput > 0 ? "valid" : "invalid";
  trial.expectations = Json::array({{{"text", "it is fast"}, {"met", goodput > 15}}});
  trial.latencies = [latencies](const std::string& pointer) {
    return pointer == at_all + "/latency" ? latencies : std::vector<Duration>();
  };
  return trial;
}

Scenario one_workload() {
  Scenario scenario;
  scenario.name = "made up";
  scenario.workloads.resize(1);
  scenario.workloads[0].name = "clients";
  return scenario;
}

TEST_CASE("a figure of trials is their mean with Student's interval") {
  const std::vector<Trial> trials{made_up(10, {1}), made_up(20, {1}), made_up(30, {1})};
  const auto goodput = estimate_of(pointers_to(trials), at_all + "/goodput");
  REQUIRE(goodput.has_value());
  CHECK(goodput->value == close_to(20));
  CHECK(goodput->high == close_to(20 + 4.3027 * 10 / std::sqrt(3), 1e-4));
  CHECK(goodput->low == 0);  // below which no figure can be
}

TEST_CASE("a quantile is of all latencies together, not the average of the trials' quantiles") {
  // Medians of 1, 1 and 9; the median of all seven values is 8, their average not 4.
  const std::vector<Trial> trials{made_up(1, {1}), made_up(1, {1}), made_up(1, {2, 8, 9, 10, 11})};
  const auto median = estimate_of(pointers_to(trials), at_all + "/latency/p50");
  REQUIRE(median.has_value());
  CHECK(median->value == close_to(0.008));
  CHECK(median->values == 3);
  // About 8: deviations of 7, 7 and 1.
  CHECK(median->high == close_to(0.008 + 4.3027 * std::sqrt(99.0 / 2 / 3) * 0.001, 1e-4));
}

TEST_CASE("a figure counts the trials that have it") {
  const std::vector<Trial> trials{made_up(10, {}), made_up(20, {3}), made_up(30, {})};
  const Json summary = summarise_trials(one_workload(), trials);
  const Json& all = summary.at(Json::json_pointer(at_all));
  CHECK(all["goodput"]["trials"] == 3);
  CHECK(all["latency"]["p50"]["trials"] == 1);
  CHECK(all["latency"]["p50"]["value"] == 0.003);
  CHECK(all["latency"]["p50"]["low"].is_null());
  const std::vector<Trial> empty{made_up(10, {}), made_up(20, {})};
  const Json nothing = summarise_trials(one_workload(), empty);
  CHECK(nothing.at(Json::json_pointer(at_all))["latency"]["p50"]["value"].is_null());
}

TEST_CASE("a phase that only some trials have is a figure of those") {
  std::vector<Trial> trials{made_up(10, {1}), made_up(20, {1})};
  trials[1].measured["workloads"]["clients"]["phases"]["after crash"]["goodput"] = 5;
  const Json summary = summarise_trials(one_workload(), trials);
  const Json& figure = summary["workloads"]["clients"]["phases"]["after crash"]["goodput"];
  CHECK(figure["value"] == 5);
  CHECK(figure["trials"] == 1);
}

TEST_CASE("checks and expectations say in what share of the trials they held") {
  std::vector<Trial> trials{made_up(0, {1}), made_up(20, {1}), made_up(20, {1}), made_up(20, {1})};
  trials[3].verdicts["linearizable"] = "unknown";
  const Json summary = summarise_trials(one_workload(), trials);
  const Json& check = summary["checks"]["linearizable"];
  CHECK(check["valid"] == 2);
  CHECK(check["unknown"] == 1);
  CHECK(check["held"]["value"] == 2.0 / 3);  // of those that could be decided
  CHECK(check["held"]["low"] == close_to(0.0943, 0.001));
  CHECK(summary["expectations"][0]["met"]["value"] == 0.75);
}

TEST_CASE("the first trial has the scenario's seed, and all have their own") {
  CHECK(seed_of_trial(7, 1) == 7);
  std::set<std::uint64_t> seeds;
  for (std::size_t trial = 1; trial <= 1000; ++trial) seeds.insert(seed_of_trial(7, trial));
  for (std::size_t trial = 2; trial <= 1000; ++trial) seeds.insert(seed_of_trial(8, trial));
  CHECK(seeds.size() == 1999);
  CHECK(*seeds.rbegin() < std::uint64_t{1} << 53U);
}

TEST_CASE("precision is half an interval over its value") {
  const std::vector<Trial> trials{made_up(19, {1}), made_up(20, {1}), made_up(21, {1})};
  const double share = 4.3027 / std::sqrt(3) / 20;
  Precision precision{share * 1.001, {"goodput", "availability"}};
  CHECK(judge_precision(one_workload(), trials, precision)["reached"] == true);
  precision.share = share * 0.999;
  const Json judged = judge_precision(one_workload(), trials, precision);
  CHECK(judged["reached"] == false);
  CHECK(judged["figures"][0]["share"] == close_to(share, 1e-4));
  CHECK(judged["figures"][1]["share"] == 0.0);  // all trials alike
}

TEST_CASE("one trial is never precise, and what nobody measured is not waited for") {
  const std::vector<Trial> one{made_up(19, {})};
  CHECK(judge_precision(one_workload(), one, {0.5, {"goodput"}})["reached"] == false);
  CHECK(judge_precision(one_workload(), one, {0.5, {"latency.p50"}})["reached"] == true);
}

TEST_CASE("what a trial hands over is what its result says, down to every latency") {
  const testing::WholeRun world(R"({"duration": "5s",
      "topology": {"regions": {"near": 2, "far": 1},
                   "links": [{"between": ["near", "far"], "latency": "10ms"}]},
      "services": {"store": {"model": "quorum"}},
      "workloads": {"clients~1": {"target": "store", "arrivals": {"poisson": "100/s"}}},
      "faults": [{"at": "2s", "for": "1s", "crash": "store/0"}]})");
  const Analysis analysis = world.analysis();
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("faultline-trial-" + std::to_string(getpid()));
  write_trial(world.run(), analysis, path.string());
  const Trial trial = read_trial(path.string());
  CHECK(trial.verdicts["convergence"] == analysis.result["checks"]["convergence"]["verdict"]);
  const std::vector<const Trial*> alone{&trial};
  int quantiles = 0;
  const Json figures = analysis.result.flatten();
  for (const auto& [pointer, value] : figures.items()) {
    const Json::json_pointer at(pointer);
    if (!pointer.starts_with("/workloads/clients~01/phases")) continue;
    CAPTURE(pointer);
    CHECK(trial.measured.at(at) == value);
    if (!value.is_number()) continue;
    CHECK(figure_of(alone, pointer).whole == value.get<double>());
    if (at.back() == "p99") ++quantiles;
  }
  CHECK(quantiles > 10);  // phases, kinds and regions have theirs
  CHECK(figure_of(alone, "/workloads/nobody/latency/p99").each.empty());
  Trial without_latencies = trial;
  without_latencies.latencies = [](const std::string&) { return std::vector<Duration>(); };
  const std::vector<const Trial*> bare{&without_latencies};
  CHECK_THROWS_AS(figure_of(bare, "/workloads/clients~01/phases/all/latency/p99"),
                  std::invalid_argument);
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_trial(path.string()), std::runtime_error);
}

}  // namespace
}  // namespace faultline
