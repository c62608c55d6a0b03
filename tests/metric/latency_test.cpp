#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include <faultline/metric/latency.hpp>

#include "close_to.hpp"

namespace faultline {
namespace {

using testing::close_to;

std::vector<Duration> one_to(int n) {
  std::vector<Duration> values;
  for (int i = 1; i <= n; ++i) values.emplace_back(i);
  return values;
}

TEST_CASE("quantiles are order statistics by nearest rank") {
  const auto hundred = one_to(100);
  CHECK(quantile(hundred, 0.5).count() == 50);
  CHECK(quantile(hundred, 0.07).count() == 7);  // 0.07 * 100 is a hair above 7 in binary
  CHECK(quantile(hundred, 0.99).count() == 99);
  CHECK(quantile(hundred, 0.999).count() == 100);
  CHECK(quantile(hundred, 0).count() == 1);
  CHECK(quantile(hundred, 1).count() == 100);
  CHECK(quantile(one_to(1), 0.5).count() == 1);
}

TEST_CASE("a quantile is the least value that enough of the population does not exceed") {
  // The definition itself, counted out, is the oracle.
  std::mt19937_64 bits(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Duration> values(1 + bits() % 40);
    for (Duration& value : values) value = Duration{static_cast<std::int64_t>(bits() % 20)};
    std::sort(values.begin(), values.end());
    for (const double p : {0.1, 0.25, 0.5, 0.9, 0.99}) {
      const auto covered = [&](Duration candidate) {
        const auto count = std::count_if(values.begin(), values.end(),
                                         [&](Duration value) { return value <= candidate; });
        return static_cast<double>(count) >= p * static_cast<double>(values.size()) - 1e-9;
      };
      const Duration found = quantile(values, p);
      CHECK(covered(found));
      for (const Duration smaller : values) {
        if (smaller < found) CHECK_FALSE(covered(smaller));
      }
    }
  }
}

TEST_CASE("a summary of an empty population says so, and one of a known population is exact") {
  std::vector<Duration> none;
  CHECK(summarise(none).count == 0);
  std::vector<Duration> values;
  for (int i = 1000; i >= 1; --i) values.emplace_back(std::chrono::milliseconds(i));
  const LatencySummary summary = summarise(values);
  CHECK(summary.count == 1000);
  CHECK(summary.mean == close_to(0.5005, 1e-12));
  CHECK(summary.p50 == 0.5);
  CHECK(summary.p90 == 0.9);
  CHECK(summary.p99 == 0.99);
  CHECK(summary.p999 == 0.999);
  CHECK(summary.max == 1);
}

TEST_CASE("a distribution goes as far into the tail as the population bears") {
  const auto deepest = [](int n) {
    const auto values = one_to(n);
    const auto points = distribution_of(values);
    CHECK(std::is_sorted(points.begin(), points.end(), [](const auto& a, const auto& b) {
      return a.quantile < b.quantile && a.seconds <= b.seconds;
    }));
    CHECK(points.back().quantile == 1);
    return points[points.size() - 2].quantile;
  };
  CHECK(deepest(1000) == close_to(0.99));
  CHECK(deepest(100'000) == close_to(0.9999));
  CHECK(deepest(50) < 0.91);
}

}  // namespace
}  // namespace faultline
