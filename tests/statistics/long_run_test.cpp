// Warm-ups of known length, and the definition of MSER-5 counted out as its oracle.
#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/statistics/long_run.hpp>

#include "close_to.hpp"

namespace faultline {
namespace {

using testing::close_to;

std::vector<double> with_warm_up(std::size_t length, std::size_t n, RandomStream& random) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = random.normal() + (i < length ? 20 : 0);
  return values;
}

/// MSER-5 of single values.
std::optional<std::size_t> warm_up_of(const std::vector<double>& values) {
  std::vector<double> fives;
  for (std::size_t i = 0; i + 5 <= values.size(); i += 5) {
    fives.push_back(std::accumulate(&values[i], &values[i] + 5, 0.0) / 5);
  }
  const auto cut = warm_up_by_mser(fives);
  if (!cut) return std::nullopt;
  return *cut * 5;
}

/// The formula of White (1997) as printed: the cut with the least sum of squares over (n - d)^2,
/// and none if it lies in the second half.
std::optional<std::size_t> counted_out(const std::vector<double>& values) {
  std::vector<double> fives;
  for (std::size_t i = 0; i + 5 <= values.size(); i += 5) {
    fives.push_back(std::accumulate(&values[i], &values[i] + 5, 0.0) / 5);
  }
  std::size_t best = 0;
  double least = INFINITY;
  for (std::size_t d = 0; d + 5 <= fives.size(); ++d) {
    const auto remaining = static_cast<double>(fives.size() - d);
    double mean = 0;
    for (std::size_t i = d; i < fives.size(); ++i) mean += fives[i] / remaining;
    double squares = 0;
    for (std::size_t i = d; i < fives.size(); ++i) squares += std::pow(fives[i] - mean, 2);
    if (squares / (remaining * remaining) >= least) continue;
    least = squares / (remaining * remaining);
    best = d;
  }
  if (best > fives.size() / 2) return std::nullopt;
  return best * 5;
}

TEST_CASE("MSER-5 cuts what the formula says") {
  RandomStream random(1, "formula");
  for (int round = 0; round < 50; ++round) {
    const std::vector<double> values = with_warm_up(random.below(100), 403, random);
    CHECK(warm_up_of(values) == counted_out(values));
  }
}

TEST_CASE("MSER-5 finds a warm-up of known length") {
  RandomStream random(1, "warm-up");
  for (const std::size_t length : {50U, 200U, 800U}) {
    for (int round = 0; round < 20; ++round) {
      CAPTURE(length);
      const auto cut = warm_up_of(with_warm_up(length, 2000, random));
      REQUIRE(cut.has_value());
      CHECK(*cut >= length);
    }
  }
}

TEST_CASE("a run that never settles has no end of its warm-up") {
  std::vector<double> rising(1000);
  std::iota(rising.begin(), rising.end(), 0.0);
  CHECK(!warm_up_of(rising));
  CHECK(!warm_up_of({}));
  RandomStream random(1, "late");
  CHECK(!warm_up_of(with_warm_up(700, 1000, random)));
}

TEST_CASE("constant values need no cut") {
  CHECK(warm_up_of(std::vector<double>(1000, 3.0)) == 0U);
}

TEST_CASE("batch means are the mean of means, the front left out") {
  // 1 is left out; (2, 3) and (4, 5) have means of 2.5 and 4.5, an error of 1, and
  // Student's 12.706.
  const std::vector<double> values{1, 2, 3, 4, 5};
  const Estimate mean = batch_means(values, 2);
  CHECK(mean.value == close_to(3.5));
  CHECK(mean.half_width() == close_to(12.706, 0.0001));
  CHECK(mean.values == 2);
}

}  // namespace
}  // namespace faultline
