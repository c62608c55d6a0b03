// Warm-ups of made-up pilots, whose truth is known, and of M/M/1 queues that start empty: the mean
// time in one is 1 / (1 - load) services (Kleinrock, "Queueing Systems" 1, 1975, section 3.2).
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/experiment/warmup.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/reader.hpp>
#include <faultline/statistics/interval.hpp>

#include "close_to.hpp"

namespace faultline::testing {
namespace {

using namespace std::chrono_literals;

Scenario scenario_with(const std::string& more = "") {
  return read_scenario(Document::parse(R"({
      "duration": "100s", "warmup": "detect",
      "topology": {"regions": {"here": 1}},
      "services": {"store": {"model": "leader_follower", "failover": "none", "nodes": 1}},
      "workloads": {"early": {"target": "store", "stop": "90s"},
                    "late": {"target": "store", "start": "50s"}})" +
                                           more + "}",
                                       "scenario.json"),
                       catalog(), ".");
}

/// A five every 100 ms from `begin` on, of which those before `settled` took ten times as long.
PilotFives settling(double begin, double settled, double end, RandomStream& random) {
  PilotFives fives;
  for (double at = begin; at < end; at += 0.1) {
    fives.begin.push_back(at);
    fives.took.push_back((at < settled ? 10 : 1) + 0.1 * random.normal());
  }
  return fives;
}

std::vector<Pilot> pilots_of(double early_settled, double late_settled) {
  RandomStream random(1, "pilots");
  std::vector<Pilot> pilots;
  for (std::size_t i = 0; i < warmup_pilots; ++i) {
    pilots.push_back(
        {settling(0, early_settled, 90, random), settling(50, late_settled, 100, random)});
  }
  return pilots;
}

std::string why_not(const Scenario& scenario, const std::vector<Pilot>& pilots) {
  try {
    find_warmup(scenario, pilots);
  } catch (const WarmupNotFound& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("the warm-up is that of the workload that settles last") {
  const Scenario scenario = scenario_with();
  const FoundWarmup found = find_warmup(scenario, pilots_of(20, 0));
  const double end = found.detection["workloads"]["early"].get<double>();
  CHECK(end >= 20 - 1e-6);
  CHECK(end < 22);
  CHECK(found.detection["workloads"]["late"].get<double>() < 52);
  CHECK(found.span % 1ms == 0ns);

  const FoundWarmup later = find_warmup(scenario, pilots_of(20, 60));
  CHECK(later.span >= 60s);
  CHECK(later.span < 62s);
  const Scenario settled = with_warmup(scenario, later);
  CHECK(settled.warmup == later.span);
  CHECK(!settled.detect_warmup);
  CHECK(settled.as_run["warmup"] == print_duration(later.span));
  CHECK(settled.warmup_detection["pilots"] == warmup_pilots);
}

TEST_CASE("what has settled from the beginning needs no warm-up") {
  std::vector<Pilot> pilots = pilots_of(0, 0);
  for (Pilot& pilot : pilots) {
    for (PilotFives& fives : pilot) std::fill(fives.took.begin(), fives.took.end(), 1.0);
  }
  CHECK(find_warmup(scenario_with(), pilots).span == 0s);
}

TEST_CASE("what settles in the second half, or never, has no warm-up") {
  const Scenario scenario = scenario_with();
  const std::string late = why_not(scenario, pilots_of(60, 0));
  CHECK(late.find("within 100s, what operations of early take has not settled") == 0);
  CHECK(late.find("make \"duration\" longer") != std::string::npos);
  CHECK(why_not(scenario, pilots_of(20, 90)).find("of late take") != std::string::npos);
  std::vector<Pilot> rising = pilots_of(0, 0);
  for (Pilot& pilot : rising) std::iota(pilot[0].took.begin(), pilot[0].took.end(), 0.0);
  CHECK(!why_not(scenario, rising).empty());
}

TEST_CASE("a workload that asks nothing has no say, and if all are silent nothing is found") {
  const Scenario scenario = scenario_with();
  std::vector<Pilot> pilots = pilots_of(20, 0);
  for (Pilot& pilot : pilots) pilot[1] = {};
  CHECK(!find_warmup(scenario, pilots).detection["workloads"].contains("late"));
  for (Pilot& pilot : pilots) pilot[0] = {};
  CHECK(why_not(scenario, pilots).find("nobody asks anything") == 0);
}

TEST_CASE("pilots end where faults begin, and draw what no trial draws") {
  const Scenario scenario =
      scenario_with(R"(, "faults": [{"at": "40s", "for": "5s", "pause": "store/0"}])");
  const Scenario first = pilot_of(scenario, 1);
  CHECK(first.duration == 40s);
  CHECK(first.faults.empty());
  CHECK(first.workloads[0].stop == Time{40s});
  CHECK(first.seed != scenario.seed);
  CHECK(first.seed != pilot_of(scenario, 2).seed);
  CHECK(why_not(scenario, pilots_of(60, 0)).find("within 40s before the first fault") == 0);
  CHECK_THROWS_AS(
      pilot_of(scenario_with(R"(, "faults": [{"at": "0s", "for": "5s", "pause": "store/0"}])"), 1),
      WarmupNotFound);
}

TEST_CASE("a pilot survives its file, to the last bit") {
  RandomStream random(1, "file");
  const Pilot pilot{settling(0, 3, 10, random), {}};
  const auto folder = std::filesystem::temp_directory_path() / "faultline-pilot";
  std::filesystem::create_directories(folder);
  write_pilot(pilot, folder / "1");
  const Pilot again = read_pilot(folder / "1");
  REQUIRE(again.size() == 2);
  CHECK(again[0].begin == pilot[0].begin);
  CHECK(again[0].took == pilot[0].took);
  CHECK(again[1].took.empty());
  std::filesystem::remove_all(folder);
}

// ---- M/M/1
// ---------------------------------------------------------------------------------------

constexpr double load = 0.9;
constexpr double truth = 1 / (1 - load);

/// How long each of `n` requests to an M/M/1 queue that begins empty takes (Lindley's recursion).
std::vector<double> times_in_queue(std::size_t n, RandomStream& random) {
  std::vector<double> times(n);
  double wait = 0;
  for (double& time : times) {
    time = wait + random.exponential(1);
    wait = std::max(0.0, time - random.exponential(1 / load));
  }
  return times;
}

PilotFives fives_of(const std::vector<double>& times) {
  PilotFives fives;
  for (std::size_t i = 0; i + 5 <= times.size(); i += 5) {
    // By its number instead of its time, so that the cut counts requests.
    fives.begin.push_back(static_cast<double>(i));
    fives.took.push_back(std::accumulate(&times[i], &times[i] + 5, 0.0) / 5);
  }
  return fives;
}

/// Means of runs, whole and cut, as far from the truth.
struct Bias {
  std::vector<double> uncut;
  std::vector<double> cut;

  double mean_uncut() const { return mean_interval(uncut).value; }
  double mean_cut() const { return mean_interval(cut).value; }
  /// By how much the cut has raised the mean, with a confidence of 99.9 %.
  Estimate raised() const {
    std::vector<double> each;
    for (std::size_t i = 0; i < cut.size(); ++i) each.push_back(cut[i] - uncut[i]);
    return mean_interval(each, 0.999);
  }
};

/// Runs of `n` requests, each cut by pilots of its own, or by itself.
Bias bias_of_runs(std::size_t runs, std::size_t n, bool by_itself) {
  Scenario scenario = scenario_with();
  scenario.duration = 10h;  // no cut is beyond
  scenario.workloads.resize(1);
  RandomStream random(1, "bias");
  Bias bias;
  for (std::size_t i = 0; i < runs; ++i) {
    const std::vector<double> run = times_in_queue(n, random);
    std::vector<Pilot> pilots;
    if (by_itself) pilots.push_back({fives_of(run)});
    while (!by_itself && pilots.size() < warmup_pilots) {
      pilots.push_back({fives_of(times_in_queue(n, random))});
    }
    try {
      const FoundWarmup found = find_warmup(scenario, pilots);
      const auto left_out = static_cast<std::ptrdiff_t>(found.span / 1s);
      bias.uncut.push_back(mean_interval(run).value - truth);
      bias.cut.push_back(mean_interval(std::vector(run.begin() + left_out, run.end())).value -
                         truth);
    } catch (const WarmupNotFound&) {
      continue;  // too short to tell
    }
  }
  return bias;
}

TEST_CASE("the mean of a queue that begins empty is nearer the truth after the warm-up") {
  const Bias bias = bias_of_runs(4000, 1000, false);
  REQUIRE(bias.cut.size() > 1000);
  CAPTURE(bias.mean_uncut());
  CAPTURE(bias.mean_cut());
  CHECK(mean_interval(bias.uncut, 0.999).high < 0);  // too low without
  CHECK(bias.raised().low > 0);
  CHECK(std::abs(bias.mean_cut()) < std::abs(bias.mean_uncut()));
}

TEST_CASE("a run cut by itself leans towards what is short, so others do it") {
  const Bias by_itself = bias_of_runs(1000, 10000, true);
  CAPTURE(by_itself.mean_uncut());
  CAPTURE(by_itself.mean_cut());
  CHECK(by_itself.raised().high < 0);  // lowered
  const Bias by_others = bias_of_runs(1000, 10000, false);
  CAPTURE(by_others.mean_cut());
  const Estimate left = mean_interval(by_others.cut, 0.999);
  CHECK(left.low <= 0);
  CHECK(left.high >= 0);
}

}  // namespace
}  // namespace faultline::testing
