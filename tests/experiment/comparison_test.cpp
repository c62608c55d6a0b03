// Comparisons of made-up trials, with differences that are known.
#include <cmath>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/experiment/comparison.hpp>

#include "close_to.hpp"

namespace faultline {
namespace {

using testing::close_to;

/// A trial of one phase with these figures.
Trial with_figures(double goodput, std::optional<double> availability = std::nullopt) {
  Trial trial;
  Json& all = trial.measured["workloads"]["clients"]["phases"]["all"];
  all["goodput"] = goodput;
  all["availability"] = availability ? Json(*availability) : Json(nullptr);
  trial.latencies = [](const std::string&) { return std::vector<Duration>(); };
  return trial;
}

Json compare(const std::vector<Trial>& first, const std::vector<Trial>& other) {
  Scenario a;
  a.name = "first";
  Scenario b;
  b.name = "other";
  return compare_trials({{&a, &first}, {&b, &other}});
}

TEST_CASE("a difference is judged by pairs, which noise common to both does not touch") {
  RandomStream random(1, "noise");
  std::vector<Trial> first;
  std::vector<Trial> other;
  for (int trial = 0; trial < 10; ++trial) {
    const double common = 100 * random.normal();
    first.push_back(with_figures(1000 + common));
    other.push_back(with_figures(1002 + common + 0.5 * random.normal()));
  }
  const Json result = compare(first, other);
  REQUIRE(result["comparisons"] == 1);  // nobody has any other figure
  const Json& difference = result["differences"][0];
  CHECK(difference["metric"] == "goodput");
  CHECK(difference["differs"] == true);
  CHECK(difference["low"] < 2.0);
  CHECK(difference["high"] > 2.0);
  // 0.5^2 of the noise instead of twice 100^2.
  CHECK(difference["variance_ratio"] < 1e-4);
}

TEST_CASE("pairs that share no noise have the variance of both") {
  RandomStream random(1, "noise");
  std::vector<Trial> first;
  std::vector<Trial> other;
  for (int trial = 0; trial < 4000; ++trial) {
    first.push_back(with_figures(random.normal()));
    other.push_back(with_figures(random.normal()));
  }
  const Json result = compare(first, other);
  const Json& difference = result["differences"][0];
  // The correlation of independent values has a standard deviation of 1 / sqrt(4000); four of them.
  CHECK(std::abs(difference["variance_ratio"].get<double>() - 1) < 4 / std::sqrt(4000));
}

TEST_CASE("what is the same in every trial does not differ") {
  const std::vector<Trial> trials{with_figures(5, 1), with_figures(6, 1), with_figures(7, 1)};
  const Json result = compare(trials, trials);
  REQUIRE(result["comparisons"] == 2);
  for (const Json& difference : result["differences"]) {
    CHECK(difference["value"] == 0.0);
    CHECK(difference["chance"] == 1.0);
    CHECK(difference["differs"] == false);
  }
  CHECK(result["differences"][0]["variance_ratio"].is_null());  // nothing varies
}

TEST_CASE("only trials in which both have a figure count") {
  const std::vector<Trial> first{with_figures(1, 0.5), with_figures(1), with_figures(1, 0.7)};
  const std::vector<Trial> other{with_figures(1, 0.6), with_figures(1, 0.9), with_figures(1)};
  const Json result = compare(first, other);
  const Json& availability = result["differences"][0];
  CHECK(availability["metric"] == "availability");
  CHECK(availability["trials"] == 1);
  CHECK(availability["value"] == close_to(0.1));
  CHECK(availability["low"].is_null());
  CHECK(availability["differs"] == false);
}

TEST_CASE("a difference must hold among all comparisons, not alone") {
  // Ten trials in which goodput differs with a chance of 0.03 alone: t = 2.57 with 9 degrees.
  std::vector<Trial> first;
  std::vector<Trial> other;
  for (int trial = 0; trial < 10; ++trial) {
    const double spread = trial % 2 == 0 ? 1 : -1;
    first.push_back(with_figures(0, 0.5));
    other.push_back(with_figures(2.57 / 3 + spread, 0.5));
  }
  const Json result = compare(first, other);
  const Json& goodput = result["differences"][1];
  CHECK(goodput["chance"] == close_to(0.0302, 0.01));
  CHECK(goodput["adjusted"] == close_to(2 * goodput["chance"].get<double>()));
  CHECK(goodput["differs"] == false);
}

}  // namespace
}  // namespace faultline
