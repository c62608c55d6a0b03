// Yardsticks for statistical tests: how far chance may carry a result. Seeds are fixed, so a test
// that passes once passes always; the bounds are such that a correct program fails one seed in a
// thousand.
#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace faultline::testing {

/// Two-sided 99.9 % point of the standard normal.
inline constexpr double z_999 = 3.2905;

/// 99.9 % point of chi-square with `degrees` of freedom (Wilson and Hilferty 1931).
inline double chi_square_999(double degrees) {
  const double a = 2 / (9 * degrees);
  const double root = 1 - a + 3.0902 * std::sqrt(a);
  return degrees * root * root * root;
}

/// Pearson's statistic of counts against probabilities.
struct ChiSquare {
  double statistic = 0;
  double degrees = 0;
  double bound() const { return degrees > 0 ? chi_square_999(degrees) : 1e-9; }
};

/// Cells that expect fewer than 5 are pooled into their successors.
inline ChiSquare chi_square(std::span<const double> observed,
                            std::span<const double> probabilities) {
  double total = 0;
  for (const double count : observed) total += count;
  ChiSquare result;
  double seen = 0;
  double expected = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    seen += observed[i];
    expected += total * probabilities[i];
    if (expected < 5 && i + 1 < observed.size()) continue;
    if (expected > 0) {
      result.statistic += (seen - expected) * (seen - expected) / expected;
      result.degrees += 1;
    }
    seen = expected = 0;
  }
  result.degrees -= 1;
  return result;
}

struct Sample {
  double mean = 0;
  double standard_error = 0;
};

inline Sample summarise(const std::vector<double>& values) {
  Sample sample;
  for (const double value : values) sample.mean += value;
  const auto n = static_cast<double>(values.size());
  sample.mean /= n;
  double squares = 0;
  for (const double value : values) squares += (value - sample.mean) * (value - sample.mean);
  sample.standard_error = std::sqrt(squares / (n - 1) / n);
  return sample;
}

}  // namespace faultline::testing
