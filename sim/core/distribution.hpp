// Probability distributions as values: how long, how many, how large.
//
// Written in scenarios as text: "lognormal(0.25ms, 0.3)", "40ms + exponential(2ms)",
// "mixture(0.91: pareto(0.235ms, 10), 0.09: exponential(0.6ms))", or just "40ms".
// Our own, not the standard library's, because theirs differ from one library to the next.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/core/time.hpp>
#include <faultline/core/units.hpp>

namespace faultline {

/// A value: copies are cheap, and a draw neither allocates nor calls a virtual function. Whoever
/// makes one in code keeps to what parse() demands: finite parameters; means, medians, scales and
/// shapes above zero; deviations and sigmas not below; low <= high.
class Distribution {
 public:
  /// Always `value`.
  static Distribution constant(double value);
  static Distribution uniform(double low, double high);
  static Distribution exponential(double mean);
  static Distribution normal(double mean, double deviation);
  /// exp of a normal: `median` is exp(mu), `sigma` the deviation of the logarithm.
  static Distribution lognormal(double median, double sigma);
  /// P(X > x) = (scale / x)^shape for x >= scale.
  static Distribution pareto(double scale, double shape);
  /// P(X > x) = exp(-(x / scale)^shape).
  static Distribution weibull(double scale, double shape);
  static Distribution gamma(double shape, double scale);
  /// Draws one of `values`, each as likely as it is frequent: stepwise, nothing in between. Throws
  /// BadValue if there are none.
  static Distribution empirical(std::vector<double> values, std::string source);
  /// Draws from one of several, by weight; weights need not add up to 1. Throws BadValue if one is
  /// negative or none is above zero.
  static Distribution mixture(std::vector<std::pair<double, Distribution>> parts);
  /// The same, `offset` later.
  Distribution shifted(double offset) const;

  /// Reads the text form; quantities carry units of `unit`. "empirical(FILE, COLUMN)" reads a CSV
  /// file (its path relative to `folder`, ten million values at most), plain numbers in the unit
  /// that the heading ends with ("rtt_ms"). Throws BadValue with the offset of the fault.
  static Distribution parse(std::string_view text, Unit unit, const std::string& folder = ".");
  /// The text form; parse() reads it back as the same distribution.
  std::string to_string(Unit unit) const;

  double sample(RandomStream& random) const;
  /// Seconds as a span; draws below zero (a normal has them) become zero.
  Duration sample_duration(RandomStream& random) const {
    const double drawn = sample(random);
    return drawn > 0 ? from_seconds(drawn) : Duration::zero();
  }

  bool is_constant() const { return kind_ == Kind::constant; }
  double mean() const;      ///< infinite for a Pareto with shape <= 1
  double variance() const;  ///< infinite where it, or the mean, is
  /// No draw is lower; minus infinity for a normal.
  double lowest() const;
  /// P(X <= x).
  double cdf(double x) const;
  /// The least x with P(X <= x) >= p, found by bisection of cdf(). Precondition: 0 < p < 1.
  double quantile(double p) const;

 private:
  enum class Kind {
    constant,
    uniform,
    exponential,
    normal,
    lognormal,
    pareto,
    weibull,
    gamma,
    empirical,
    mixture
  };
  struct Parts {
    std::vector<double> values;  ///< of an empirical one, ascending
    std::string source;
    std::vector<std::pair<double, Distribution>> mixed;
    std::vector<double> cumulative;
  };
  Distribution(Kind kind, double first, double second)
      : kind_(kind), first_(first), second_(second) {}
  double sample_gamma(RandomStream& random) const;
  double sample_mixture(RandomStream& random) const;
  double base_mean() const;

  Kind kind_;
  double first_;
  double second_;
  double offset_ = 0;
  std::shared_ptr<const Parts> parts_;
};

/// How a family is written: its name and its arguments, in order.
struct DistributionFamily {
  std::string name;
  std::vector<std::string> arguments;
};
/// The families that take numbers; "empirical" and "mixture" have forms of their own.
std::vector<DistributionFamily> distribution_families();

}  // namespace faultline
