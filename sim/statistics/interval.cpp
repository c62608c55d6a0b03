#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <faultline/statistics/interval.hpp>

namespace faultline {
namespace {

namespace bm = boost::math;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The mean square of how far the values are from `centre`, one degree of freedom taken away.
double variance_about(double centre, std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return squares / (static_cast<double>(values.size()) - 1);
}

/// The standard error of `whole`, from the spread of the sections about it.
double standard_error(double whole, std::span<const double> sections) {
  return std::sqrt(variance_about(whole, sections) / static_cast<double>(sections.size()));
}

double mean(std::span<const double> values) {
  // From the first value on, so that equal values have exactly themselves as their mean.
  double above = 0;
  for (const double value : values) above += value - values.front();
  return values.front() + above / static_cast<double>(values.size());
}

bm::students_t student(std::size_t values) {
  return bm::students_t(static_cast<double>(values - 1));
}

}  // namespace

double Estimate::half_width() const { return std::max(high - value, value - low); }

double variance(std::span<const double> values) { return variance_about(mean(values), values); }

Estimate mean_interval(std::span<const double> values, double confidence) {
  return sectioned(mean(values), values, confidence);
}

Estimate sectioned(double whole, std::span<const double> sections, double confidence) {
  if (sections.size() < 2) return {whole, -infinity, infinity, sections.size()};
  const double factor =
      bm::quantile(bm::complement(student(sections.size()), (1 - confidence) / 2));
  const double half = factor * standard_error(whole, sections);
  return {whole, whole - half, whole + half, sections.size()};
}

double chance_of_zero(double whole, std::span<const double> sections) {
  if (whole == 0 || sections.size() < 2) return 1;
  const double error = standard_error(whole, sections);
  constexpr double rounding = 1e-12;  // of differences that are the same in truth
  if (error <= rounding * std::abs(whole))
    return std::ldexp(1.0, 1 - static_cast<int>(sections.size()));
  return 2 * bm::cdf(bm::complement(student(sections.size()), std::abs(whole) / error));
}

Estimate proportion_interval(std::uint64_t successes, std::uint64_t trials, double confidence) {
  const double tail = (1 - confidence) / 2;
  const auto k = static_cast<double>(successes);
  const auto n = static_cast<double>(trials);
  Estimate share{k / n, 0, 1, trials};
  if (successes > 0) share.low = bm::quantile(bm::beta_distribution<>(k, n - k + 1), tail);
  if (successes < trials) {
    share.high = bm::quantile(bm::complement(bm::beta_distribution<>(k + 1, n - k), tail));
  }
  return share;
}

std::size_t nearest_rank(std::size_t values, double p) {
  const auto size = static_cast<double>(values);
  // p * size may come out a hair above a whole number (0.07 * 100); that must not cost a rank.
  const double rank = std::ceil(p * size - 1e-9);
  return static_cast<std::size_t>(std::clamp(rank, 1.0, size)) - 1;
}

Estimate quantile_interval(std::span<const double> sorted, double p, double confidence) {
  const std::size_t n = sorted.size();
  const double tail = (1 - confidence) / 2;
  // How many values lie below the quantile is binomial.
  const bm::binomial_distribution<> below(static_cast<double>(n), p);
  const auto at_most = [&](std::size_t count) {
    return bm::cdf(below, static_cast<double>(count));
  };
  const auto more_than = [&](std::size_t count) {
    return bm::cdf(bm::complement(below, static_cast<double>(count)));
  };
  // The first count in 0 .. n for which a monotone condition does not hold.
  const auto first_not = [&](const auto& holds) {
    std::size_t from = 0;
    for (std::size_t to = n; from < to;) {
      const std::size_t middle = from + (to - from) / 2;
      (holds(middle) ? from : to) = holds(middle) ? middle + 1 : middle;
    }
    return from;
  };
  // Ranks from 1; 0 and n + 1 stand for no bound.
  const std::size_t low = first_not([&](std::size_t count) { return at_most(count) <= tail; });
  const std::size_t high =
      first_not([&](std::size_t count) { return more_than(count) > tail; }) + 1;
  return {sorted[nearest_rank(n, p)], low == 0 ? -infinity : sorted[low - 1],
          high > n ? infinity : sorted[high - 1], n};
}

}  // namespace faultline
