// How sure a figure is: confidence intervals from independent values (trials with seeds of their
// own, or batches of one long run). Used wherever a metric is estimated from more than one run.
//
// Which interval for what:
//   mean_interval       the mean of independent values: Student (1908)
//   proportion_interval the share of trials in which something held: Clopper and Pearson (1934)
//   quantile_interval   a quantile of independent values: order statistics, no assumption about
//                       their distribution (David and Nagaraja, "Order Statistics", section 7.1)
//   sectioned           a figure of all trials' values taken together, such as a quantile of
//                       latencies, which depend on each other within a trial: sectioning (Asmussen
//                       and Glynn, "Stochastic Simulation", section III.5a; for quantiles Nakayama,
//                       "Confidence Intervals for Quantiles Using Sectioning When Applying
//                       Variance-Reduction Techniques", ACM TOMACS 24(4), 2014)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace faultline {

inline constexpr double usual_confidence = 0.95;

/// A figure and the interval that holds the true one with the confidence asked for. A bound about
/// which the values say nothing is infinite.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  std::size_t values = 0;  ///< independent ones from which it was estimated

  /// The larger of the two distances from the value to a bound; the h of "value ± h".
  double half_width() const;
};

/// The sample variance. Precondition: two values or more.
double variance(std::span<const double> values);

/// The mean of independent values and Student's interval: exact if they are normal, near it if
/// they are many or not too skewed. One value alone has an infinite interval. Precondition: there
/// are values.
Estimate mean_interval(std::span<const double> values, double confidence = usual_confidence);

/// `successes` of `trials` and the interval of Clopper and Pearson, which never covers less than
/// it says, not for a handful of trials and not near 0 or 1, either. Precondition:
/// successes <= trials, trials > 0.
Estimate proportion_interval(std::uint64_t successes, std::uint64_t trials,
                             double confidence = usual_confidence);

/// Where in `values` ascending values their quantile `p` (0..1) stands, from 0: the first that at
/// least a share `p` of them does not exceed. Precondition: there are values.
std::size_t nearest_rank(std::size_t values, double p);

/// The quantile `p` (nearest rank, 0 < p < 1) of independent values. Its bounds are two of the
/// values, so that many lie below the quantile as rarely as the confidence allows; too few values
/// for that have no bound on that side. Precondition: `sorted` is ascending and not empty.
Estimate quantile_interval(std::span<const double> sorted, double p,
                           double confidence = usual_confidence);

/// A figure `whole` of all values together, and what it is in each section (a trial) alone. The
/// spread of the sections *about the whole* gives the interval: the figure of a section may be
/// biased, as quantiles of few values are, and averaging the sections would keep that bias
/// whatever their number. Precondition: there are sections.
Estimate sectioned(double whole, std::span<const double> sections,
                   double confidence = usual_confidence);

/// How probable a mean at least as far from zero would be if the true one were zero: Student's
/// test, two-sided, of what `sectioned` takes. Sections that are all alike leave no spread to go
/// by; then the sign test's 2^(1 - sections). 1 if the whole is zero, or there is one section.
double chance_of_zero(double whole, std::span<const double> sections);

}  // namespace faultline
