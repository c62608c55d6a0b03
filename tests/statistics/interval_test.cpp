// Intervals held to published values. Whether they cover what they claim is in coverage_test.cpp.
#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/statistics/holm.hpp>
#include <faultline/statistics/interval.hpp>

#include "close_to.hpp"

namespace faultline {
namespace {

using testing::close_to;

std::vector<double> one_to(std::size_t n) {
  std::vector<double> values(n);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST_CASE("Student's interval of a mean has the factors of his table") {
  // The 97.5 % points of t for 1, 4, 9 and 29 degrees of freedom, as printed in any textbook.
  const std::vector<std::pair<std::size_t, double>> table{
      {2, 12.706}, {5, 2.776}, {10, 2.262}, {30, 2.045}};
  for (const auto& [n, factor] : table) {
    CAPTURE(n);
    const std::vector<double> values = one_to(n);
    const auto size = static_cast<double>(n);
    const Estimate mean = mean_interval(values);
    const double variance = size * (size + 1) / 12;  // of 1 ... n, divided by n - 1
    CHECK(mean.value == close_to((size + 1) / 2));
    CHECK(mean.half_width() / std::sqrt(variance / size) == close_to(factor, 0.0005 / factor));
    CHECK(mean.high - mean.value == close_to(mean.value - mean.low));
    CHECK(mean.values == n);
  }
}

TEST_CASE("one value says nothing about its spread") {
  const std::vector<double> alone{3};
  CHECK(mean_interval(alone).value == 3);
  CHECK(std::isinf(mean_interval(alone).low));
  CHECK(std::isinf(mean_interval(alone).high));
  CHECK(chance_of_zero(3, alone) == 1);
}

TEST_CASE("equal values have exactly themselves as their mean") {
  const std::vector<double> same(7, 0.1);
  const Estimate mean = mean_interval(same);
  CHECK(mean.value == 0.1);
  CHECK(mean.half_width() == 0);
}

TEST_CASE("the interval of a proportion is that of Clopper and Pearson") {
  // Newcombe, "Two-Sided Confidence Intervals for the Single Proportion", Statistics in Medicine
  // 17, 1998, Table I, method 5.
  struct Row {
    std::uint64_t successes, trials;
    double low, high;
  };
  for (const Row& row : {Row{81, 263, 0.2527, 0.3676}, Row{15, 148, 0.0578, 0.1617},
                         Row{0, 20, 0, 0.1684}, Row{1, 29, 0.0009, 0.1776}}) {
    CAPTURE(row.successes);
    const Estimate share = proportion_interval(row.successes, row.trials);
    CHECK(std::abs(share.low - row.low) <= 0.00005);
    CHECK(std::abs(share.high - row.high) <= 0.00005);
  }
  const Estimate all = proportion_interval(20, 20);
  CHECK(all.high == 1);
  CHECK(all.low == close_to(1 - proportion_interval(0, 20).high));
}

TEST_CASE("the interval of a median ends at the ranks of the tables") {
  // Ranks for 95 % from Conover, "Practical Nonparametric Statistics", and the sign test's table.
  struct Row {
    std::size_t n;
    double low, high;
  };
  for (const Row& row :
       {Row{6, 1, 6}, Row{10, 2, 9}, Row{20, 6, 15}, Row{25, 8, 18}, Row{100, 40, 61}}) {
    CAPTURE(row.n);
    const Estimate median = quantile_interval(one_to(row.n), 0.5);
    CHECK(median.low == row.low);
    CHECK(median.high == row.high);
  }
}

TEST_CASE("too few values have no bound for a quantile") {
  CHECK(std::isinf(quantile_interval(one_to(5), 0.5).low));
  CHECK(std::isinf(quantile_interval(one_to(5), 0.5).high));
  // The largest of n values lies above the 99th percentile with probability 1 - 0.99^n, which
  // first exceeds 97.5 % at 368 values.
  CHECK(std::isinf(quantile_interval(one_to(367), 0.99).high));
  CHECK(quantile_interval(one_to(368), 0.99).high == 368);
  CHECK(quantile_interval(one_to(1), 0.5).value == 1);
}

TEST_CASE("sections spread about the whole, not about their own mean") {
  // Sections that all miss the whole by 1 have an error of 1 at least: the root of
  // (1 + 1 + 1) / 2 / 3, times Student's 4.303 for two degrees of freedom.
  const std::vector<double> sections{9, 9, 9};
  const Estimate estimate = sectioned(10, sections);
  CHECK(estimate.value == 10);
  CHECK(estimate.half_width() == close_to(4.303 * std::sqrt(0.5), 0.0002));
}

TEST_CASE("the chance of no difference is that of Student's test") {
  // "Student", "The Probable Error of a Mean", Biometrika 6(1), 1908, section IX: hours of sleep
  // gained by ten patients under two drugs. t = 4.0621 with 9 degrees of freedom, p = 0.002833.
  const std::vector<double> differences{1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  const Estimate gain = mean_interval(differences);
  CHECK(gain.value == close_to(1.58));
  CHECK(gain.low == close_to(0.7001142, 1e-6));
  CHECK(gain.high == close_to(2.4598858, 1e-6));
  CHECK(chance_of_zero(gain.value, differences) == close_to(0.002833, 0.0002));
}

TEST_CASE("differences without any spread are judged by their signs") {
  const std::vector<double> same(10, 0.5);
  CHECK(chance_of_zero(0.5, same) == close_to(std::pow(0.5, 9)));
  const std::vector<double> none(10, 0.0);
  CHECK(chance_of_zero(0, none) == 1);
}

TEST_CASE("Holm's correction multiplies the smallest by all, the next by one less") {
  // Worked by hand from the paper's procedure; R's p.adjust(method = "holm") gives the same.
  const std::vector<double> chances{0.01, 0.04, 0.03, 0.005};
  const std::vector<double> adjusted = holm_adjusted(chances);
  const std::vector<double> expected{0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(adjusted[i] == close_to(expected[i]));
  const std::vector<double> hopeless{0.9, 0.8};
  CHECK(holm_adjusted(hopeless) == std::vector<double>{1, 1});
  CHECK(holm_adjusted({}).empty());
}

}  // namespace
}  // namespace faultline
