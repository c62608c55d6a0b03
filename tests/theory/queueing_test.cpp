// One server under Poisson arrivals, through the whole of the simulator: scenario, clients,
// network, model, cores, history. Oracle: the M/D/1 queue (Erlang 1909; Kleinrock, "Queueing
// Systems" 1, 1975, section 5.8): a request waits rho / (2 (1 - rho)) services in the mean.
#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "experiment/whole_run.hpp"
#include "figures.hpp"

namespace faultline::testing {
namespace {

constexpr double service = 1e-3;  // seconds
constexpr int batches = 20;
constexpr double student_995_19 = 2.861;  // 99 % of the t distribution with 19 degrees of freedom

/// Waiting times of all reads, in units of the service time, in order of arrival; the first tenth,
/// in which the queue fills, left out.
std::vector<double> waiting_times(double load, int operations) {
  const WholeRun world(R"json({
      "seed": 11, "duration": ")json" +
                       std::to_string(operations * service / load + 1) + R"json(s",
      "topology": {"regions": {"here": {"hosts": 1, "host": {"cores": 1}}},
                   "within": {"latency": "100us"}},
      "network": {"overhead": "0B"},
      "services": {"server": {"model": "leader_follower", "failover": "none", "work": "1ms"}},
      "workloads": {"clients": {"target": "server", "mix": {"get": 1}, "sessions": 1000,
                                "timeout": "1h", "most_operations": )json" +
                       std::to_string(operations) + R"json(,
                                "arrivals": {"poisson": ")json" +
                       std::to_string(load / service) + R"json(/s"}}}})json");
  std::vector<double> waits;
  for (const Operation& operation : world.history().operations) {
    REQUIRE(operation.outcome == Outcome::ok);
    const double way = 2 * 100e-6;
    waits.push_back((seconds(operation.completed - operation.intended) - way) / service - 1);
  }
  waits.erase(waits.begin(), waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 10));
  return waits;
}

/// Mean over batches, and half of its 99 % confidence interval.
std::pair<double, double> estimate(const std::vector<double>& means) {
  double mean = 0;
  for (const double m : means) mean += m / batches;
  double squares = 0;
  for (const double m : means) squares += (m - mean) * (m - mean);
  return {mean, student_995_19 * std::sqrt(squares / (batches - 1) / batches)};
}

/// Of consecutive batches, long enough to be independent of each other, what `figure` says.
template <class Figure>
std::vector<double> in_batches(const std::vector<double>& waits, Figure figure) {
  std::vector<double> results;
  const auto size = static_cast<std::ptrdiff_t>(waits.size() / batches);
  for (int i = 0; i < batches; ++i) {
    results.push_back(
        figure(std::vector<double>(waits.begin() + i * size, waits.begin() + (i + 1) * size)));
  }
  return results;
}

void check_against_theory(double load, double wait_p95) {
  const std::vector<double> waits = waiting_times(load, 300'000);
  const auto mean_of = [](const std::vector<double>& some) {
    double mean = 0;
    for (const double wait : some) mean += wait / static_cast<double>(some.size());
    return mean;
  };
  const auto [mean, error] = estimate(in_batches(waits, mean_of));
  const double expected = load / (2 * (1 - load));
  CAPTURE(error);
  CHECK(std::abs(mean - expected) < error);
  CHECK(error < 0.1 * expected);  // else the check above says nothing
  // The share that waits longer than the published 95 % quantile.
  const auto beyond = [&](const std::vector<double>& some) {
    const auto count =
        std::count_if(some.begin(), some.end(), [&](double wait) { return wait > wait_p95; });
    return static_cast<double>(count) / static_cast<double>(some.size());
  };
  const auto [share, share_error] = estimate(in_batches(waits, beyond));
  CAPTURE(share_error);
  const std::string queue = fmt::format("M/D/1 at load {}", load);
  note_figure("Erlang 1909, Crommelin 1932: queues", queue + ": mean wait", "services", expected,
              mean);
  note_figure("Erlang 1909, Crommelin 1932: queues",
              fmt::format("{}: share that waits over {} services", queue, wait_p95), "", 0.05,
              share);
  CHECK(std::abs(share - 0.05) < share_error);
  CHECK(share_error < 0.02);
}

// The quantiles are those of Crommelin's distribution of the wait (1932).
TEST_CASE("a server at half load waits as M/D/1 does") { check_against_theory(0.5, 2.0506); }
TEST_CASE("a server at 80 % load waits as M/D/1 does") { check_against_theory(0.8, 6.6203); }

}  // namespace
}  // namespace faultline::testing
