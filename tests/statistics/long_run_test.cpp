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

/// A run in which each short stretch adds what `part` and `whole` say of its number.
template <class Part, class Whole>
std::vector<Stretch> stretches_of(const Part& part, const Whole& whole) {
  std::vector<Stretch> stretches(short_stretches);
  for (std::size_t i = 0; i < stretches.size(); ++i) stretches[i] = {part(i), whole(i)};
  return stretches;
}

TEST_CASE("the figure of stretches is that of their sums, with the interval of a ratio") {
  // Of the twenty long stretches every other one adds 3 by 1 a short one, the others 1 by 1: a
  // ratio of 2, off by 20 in each long one. Student's 2.0930 for 20, by hand.
  const auto parts = [](std::size_t i) { return i / 20 % 2 == 0 ? 3.0 : 1.0; };
  const auto ones = [](std::size_t) { return 1.0; };
  const Estimate ratio = ratio_of_stretches(stretches_of(parts, ones));
  CHECK(ratio.value == close_to(2.0));
  CHECK(ratio.half_width() == close_to(2.0930 * 20 / std::sqrt(19.0) / 20, 0.0001));
  CHECK(ratio.values == long_stretches);
  // What grows in step with what it is divided by is sure.
  const auto uneven = [](std::size_t i) { return static_cast<double>(i % 7); };
  const auto twice = [](std::size_t i) { return 2.0 * static_cast<double>(i % 7); };
  const Estimate sure = ratio_of_stretches(stretches_of(twice, uneven));
  CHECK(sure.value == close_to(2.0));
  CHECK(sure.half_width() < 1e-12);
}

TEST_CASE("stretches depend on each other as their autocorrelation says") {
  const auto ones = [](std::size_t) { return 1.0; };
  RandomStream random(1, "dependence");
  for (const double persistence : {0.0, 0.5, 0.9}) {
    CAPTURE(persistence);
    double now = random.normal() / std::sqrt(1 - persistence * persistence);
    const double found = dependence(
        stretches_of([&](std::size_t) { return now = persistence * now + random.normal(); }, ones));
    // Bartlett's standard error of it, of 400; four of them.
    const double error = std::sqrt((1 - persistence * persistence) / short_stretches);
    CHECK(std::abs(found - persistence) < 4 * error + 4.0 / short_stretches);
  }
  CHECK(dependence(stretches_of(ones, ones)) == 0.0);
  // A trend is dependence, too.
  const auto rising = [](std::size_t i) { return static_cast<double>(i); };
  CHECK(dependence(stretches_of(rising, ones)) > most_dependence);
}

TEST_CASE("a quantile's bounds are values as many ranks away as its share is uncertain") {
  // 8,000 values 1 s, 2 s, ...; half of each long stretch's 400 exceed the median, give or take 40.
  std::vector<Duration> sorted(8000);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sorted[i] = std::chrono::seconds(static_cast<std::int64_t>(i) + 1);
  }
  const auto beyond = [](std::size_t i) { return i / 20 % 2 == 0 ? 12.0 : 8.0; };
  const auto twenty = [](std::size_t) { return 20.0; };
  const std::vector<Stretch> stretches = stretches_of(beyond, twenty);
  const Estimate median = quantile_of_stretches(sorted, 0.5, stretches);
  const double ranks = 2.0930 * 40 / std::sqrt(19.0) * 20;
  CHECK(median.value == close_to(4000.0));
  CHECK(median.low == close_to(std::ceil(4000 - ranks)));
  CHECK(median.high == close_to(std::ceil(4000 + ranks)));
  // No value is that far beyond the last but one percent.
  CHECK(std::isinf(quantile_of_stretches(sorted, 0.99, stretches).high));
}

}  // namespace
}  // namespace faultline
