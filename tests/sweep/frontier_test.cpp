// The search for the cheapest point: how bounds and costs are read, and when a point is decided.
#include <cmath>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/sweep/frontier.hpp>

#include "close_to.hpp"
#include "sweep/made_up_plan.hpp"

namespace faultline {
namespace {

using testing::made_up_plan;
using testing::made_up_trial;

const SweepPlan& plan() {
  static const SweepPlan the_plan = made_up_plan(
      R"({"vary": {"/services/store/read_quorum": [1, 2, 3],
          "/services/store/write_quorum": [1, 2], "/services/store/timeout": ["10ms", "20ms"]}})");
  return the_plan;
}

std::string refusal_of_bound(const std::string& text) {
  try {
    read_frontier_bound(text, plan().base());
    return "";
  } catch (const BadValue& error) {
    return error.what();
  }
}

TEST_CASE("a bound names a figure, of whom, and when") {
  const FrontierBound plain = read_frontier_bound("latency.p99 < 50ms", plan().base());
  CHECK(plain.figure.pointer == "/workloads/clients/phases/all/latency/p99");
  CHECK(plain.below);
  CHECK(plain.bound == 0.05);
  const FrontierBound whole =
      read_frontier_bound("availability of clients, steady >= 99%", plan().base());
  CHECK(whole.figure.pointer == "/workloads/clients/phases/steady/availability");
  CHECK_FALSE(whole.below);
  CHECK(whole.bound == 0.99);
  CHECK(read_frontier_bound("messages of store<1000", plan().base()).figure.pointer ==
        "/services/store/phases/all/messages");
  CHECK(read_frontier_bound("stale_reads < 0.1%", plan().base()).figure.metric == "stale_fraction");
  CHECK(read_frontier_bound("stale_reads < 3", plan().base()).figure.metric == "stale_reads");
}

TEST_CASE("what is no bound is refused with what would be one") {
  CHECK(refusal_of_bound("latency.p99").find("latency.p99 < 50ms") != std::string::npos);
  CHECK(refusal_of_bound("latency.p9 < 1ms").find("did you mean \"latency.p90\"") !=
        std::string::npos);
  CHECK(refusal_of_bound("latency.p99 of client < 1ms").find("\"clients\"") != std::string::npos);
  CHECK(refusal_of_bound("latency.p99, stedy < 1ms").find("\"steady\"") != std::string::npos);
  CHECK(refusal_of_bound("latency.p99 < fast").find("no bound on latency.p99") !=
        std::string::npos);
  CHECK(refusal_of_bound("latency.p99 < 50") ==
        "50 is no bound on latency.p99, which is a span of time such as \"200ms\"");
  CHECK(refusal_of_bound("latency.p99 < 50 ms").empty());
}

TEST_CASE("points come in tiers of equal cost, the cheapest first") {
  const FrontierCost sum =
      read_frontier_cost("/services/store/read_quorum + 10*/services/store/write_quorum", plan());
  CHECK(cost_of_point(sum, plan(), 1) == 11);
  const FrontierCost timeout = read_frontier_cost("/services/store/timeout", plan());
  CHECK(cost_of_point(timeout, plan(), 2) == 0.02);
  const auto tiers = cost_tiers({sum}, plan(), {1, 2, 3, 5});
  CHECK(tiers == std::vector<std::vector<std::uint64_t>>{{1, 2}, {5}, {3}});
  const auto finer = cost_tiers({sum, timeout}, plan(), {2, 1, 3});
  CHECK(finer == std::vector<std::vector<std::uint64_t>>{{1}, {2}, {3}});
  CHECK_THROWS_AS(read_frontier_cost("/services/store/replicas", plan()), BadValue);
  CHECK(read_frontier_cost("latency.mean", plan()).figure.has_value());
}

TEST_CASE("looks double up to the most") {
  CHECK(frontier_looks(10, 160) == std::vector<std::uint64_t>{10, 20, 40, 80, 160});
  CHECK(frontier_looks(10, 30) == std::vector<std::uint64_t>{10, 20, 30});
  CHECK(frontier_looks(10, 10) == std::vector<std::uint64_t>{10});
}

FrontierBound goodput_above(double bound) {
  FrontierBound above = read_frontier_bound("goodput > 1/s", plan().base());
  above.bound = bound;
  return above;
}

TEST_CASE("a point is decided when the whole interval is on one side") {
  // 10, 20, 30: the mean is 20, its 95 % interval ends 4.3027 * 10 / sqrt(3) = 24.84 from it, cut
  // off at zero.
  const std::vector<Trial> trials{made_up_trial(1, 10), made_up_trial(2, 20), made_up_trial(3, 30)};
  CHECK(judge_point({goodput_above(44.8)}, trials, 0.95) == FrontierVerdict::undecided);
  CHECK(judge_point({goodput_above(44.9)}, trials, 0.95) == FrontierVerdict::fails);
  CHECK(judge_point({goodput_above(44.9)}, trials, 0.99) == FrontierVerdict::undecided);
  CHECK(judge_point({goodput_above(-1)}, trials, 0.95) == FrontierVerdict::meets);
  // One that fails decides; one that is undecided leaves all undecided.
  CHECK(judge_point({goodput_above(-1), goodput_above(20)}, trials, 0.95) ==
        FrontierVerdict::undecided);
  CHECK(judge_point({goodput_above(20), goodput_above(50)}, trials, 0.95) ==
        FrontierVerdict::fails);
  CHECK(judge_point({goodput_above(5)}, {trials[0]}, 0.95) == FrontierVerdict::undecided);
  const auto unknown = read_frontier_bound("latency.p99 < 1s", plan().base());
  CHECK(judge_point({unknown}, trials, 0.95) == FrontierVerdict::undecided);
}

TEST_CASE("that nothing happened in few operations does not prove that it is rare") {
  // No stale read among n: Clopper and Pearson's 95 % interval ends at 1 - 0.025^(1/n).
  const FrontierBound rare = read_frontier_bound("stale_reads < 1%", plan().base());
  const auto trials_of = [](std::uint64_t reads) {
    std::vector<Trial> trials{made_up_trial(1, 10), made_up_trial(2, 10), made_up_trial(3, 10)};
    for (Trial& trial : trials) {
      Json& all = trial.measured["workloads"]["clients"]["phases"]["all"];
      all["stale_fraction"] = 0.0;
      all["stale_reads"] = 0U;
      all["kinds"]["get"]["ok"] = reads;
    }
    return trials;
  };
  CHECK(judge_point({rare}, trials_of(122), 0.95) == FrontierVerdict::undecided);  // 1.002 %
  CHECK(judge_point({rare}, trials_of(123), 0.95) == FrontierVerdict::meets);      // 0.995 %
  const auto estimate = estimate_of_figure(rare.figure, trials_of(100), 0.95);
  REQUIRE(estimate.has_value());
  CHECK(estimate->value == 0);
  CHECK(estimate->high == testing::close_to(1 - std::pow(0.025, 1.0 / 300)));
}

// Points exactly on the bound are never to be decided: with the corrected confidence a search of
// ten of them, looking five times, decides some in at most 5 of 100 searches. Without the
// correction it would be most of them, which shows that this test can fail.
TEST_CASE("a search is wrong about any of its points as rarely as it says") {
  const auto searches_with_errors = [](double confidence) {
    int wrong = 0;
    for (std::uint64_t search = 0; search < 200; ++search) {
      RandomStream random(search, "frontier");
      bool any = false;
      for (int point = 0; point < 10 && !any; ++point) {
        std::vector<Trial> trials;
        for (const std::uint64_t look : frontier_looks(5, 40)) {
          while (trials.size() < look) {
            trials.push_back(made_up_trial(trials.size() + 1, 100 + random.normal()));
          }
          any = any ||
                judge_point({goodput_above(100)}, trials, confidence) != FrontierVerdict::undecided;
        }
      }
      wrong += any ? 1 : 0;
    }
    return wrong;
  };
  // 18 or more of 200 have a chance of 1 in 100 if each has one of 5 %.
  CHECK(searches_with_errors(1 - 0.05 / (10 * 4)) < 18);
  CHECK(searches_with_errors(0.95) > 100);
}

}  // namespace
}  // namespace faultline
