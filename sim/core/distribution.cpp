#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <faultline/core/distribution.hpp>

namespace faultline {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The regularised lower incomplete gamma function P(a, x): a series below a + 1, Lentz's continued
/// fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31).
double incomplete_gamma(double a, double x) {
  if (x <= 0) return 0;
  const double front = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < 1000 && std::abs(term) > std::abs(sum) * 1e-15; ++n) {
      term *= x / (a + n);
      sum += term;
    }
    return sum * front;
  }
  double b = x + 1 - a;
  double c = 1e300;
  double d = 1 / b;
  double h = d;
  for (int n = 1; n < 1000; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const double step = c * d;
    h *= step;
    if (std::abs(step - 1) < 1e-15) break;
  }
  return 1 - front * h;
}

}  // namespace

Distribution Distribution::constant(double value) { return {Kind::constant, value, 0}; }
Distribution Distribution::uniform(double low, double high) { return {Kind::uniform, low, high}; }
Distribution Distribution::exponential(double mean) { return {Kind::exponential, mean, 0}; }
Distribution Distribution::normal(double mean, double deviation) {
  return {Kind::normal, mean, deviation};
}
Distribution Distribution::lognormal(double median, double sigma) {
  return {Kind::lognormal, median, sigma};
}
Distribution Distribution::pareto(double scale, double shape) {
  return {Kind::pareto, scale, shape};
}
Distribution Distribution::weibull(double scale, double shape) {
  return {Kind::weibull, scale, shape};
}
Distribution Distribution::gamma(double shape, double scale) { return {Kind::gamma, shape, scale}; }

Distribution Distribution::empirical(std::vector<double> values, std::string source) {
  if (values.empty()) throw BadValue("an empirical distribution needs at least one value");
  auto parts = std::make_shared<Parts>();
  parts->values = std::move(values);
  std::sort(parts->values.begin(), parts->values.end());
  parts->source = std::move(source);
  Distribution result(Kind::empirical, 0, 0);
  result.parts_ = std::move(parts);
  return result;
}

Distribution Distribution::mixture(std::vector<std::pair<double, Distribution>> mixed) {
  if (mixed.empty()) throw BadValue("a mixture needs at least one part");
  auto parts = std::make_shared<Parts>();
  double total = 0;
  for (const auto& [weight, part] : mixed) {
    if (!(weight >= 0)) {
      throw BadValue(fmt::format("{} is not a weight of a mixture (zero or above)", weight));
    }
    parts->cumulative.push_back(total += weight);
  }
  if (!(total > 0)) throw BadValue("a mixture needs a weight above zero");
  if (!std::isfinite(total)) throw BadValue("the weights of a mixture add up to infinity");
  parts->mixed = std::move(mixed);
  Distribution result(Kind::mixture, total, 0);
  result.parts_ = std::move(parts);
  return result;
}

Distribution Distribution::shifted(double offset) const {
  Distribution result = *this;
  result.offset_ += offset;
  return result;
}

double Distribution::sample(RandomStream& random) const {
  switch (kind_) {
    case Kind::constant:
      return offset_ + first_;
    case Kind::uniform:
      return offset_ + random.uniform(first_, second_);
    case Kind::exponential:
      return offset_ + random.exponential(first_);
    case Kind::normal:
      return offset_ + first_ + second_ * random.normal();
    case Kind::lognormal:
      return offset_ + first_ * std::exp(second_ * random.normal());
    case Kind::pareto:
      return offset_ + first_ * std::pow(1 - random.uniform(), -1 / second_);
    case Kind::weibull:
      return offset_ + first_ * std::pow(-std::log1p(-random.uniform()), 1 / second_);
    case Kind::gamma:
      return offset_ + sample_gamma(random);
    case Kind::empirical:
      return offset_ + parts_->values[random.below(parts_->values.size())];
    case Kind::mixture:
      return offset_ + sample_mixture(random);
  }
  return 0;
}

/// Marsaglia and Tsang, "A simple method for generating gamma variables" (ACM TOMS 2000).
double Distribution::sample_gamma(RandomStream& random) const {
  const double shape = first_ < 1 ? first_ + 1 : first_;
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  double v;
  for (;;) {
    const double x = random.normal();
    v = 1 + c * x;
    if (v <= 0) continue;
    v = v * v * v;
    const double u = 1 - random.uniform();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) break;
  }
  const double boost = first_ < 1 ? std::pow(1 - random.uniform(), 1 / first_) : 1;
  return d * v * boost * second_;
}

double Distribution::sample_mixture(RandomStream& random) const {
  const double chosen = random.uniform(0, first_);
  const auto place = std::upper_bound(parts_->cumulative.begin(), parts_->cumulative.end(), chosen);
  const auto index = std::min<std::size_t>(
      static_cast<std::size_t>(place - parts_->cumulative.begin()), parts_->mixed.size() - 1);
  return parts_->mixed[index].second.sample(random);
}

double Distribution::base_mean() const {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
    case Kind::normal:
      return first_;
    case Kind::uniform:
      return (first_ + second_) / 2;
    case Kind::lognormal:
      return first_ * std::exp(second_ * second_ / 2);
    case Kind::pareto:
      return second_ > 1 ? first_ * second_ / (second_ - 1) : infinity;
    case Kind::weibull:
      return first_ * std::tgamma(1 + 1 / second_);
    case Kind::gamma:
      return first_ * second_;
    case Kind::empirical: {
      double sum = 0;
      for (const double value : parts_->values) sum += value;
      return sum / static_cast<double>(parts_->values.size());
    }
    case Kind::mixture: {
      double sum = 0;
      for (const auto& [weight, part] : parts_->mixed) {
        if (weight > 0) sum += weight * part.mean();
      }
      return sum / first_;
    }
  }
  return 0;
}

double Distribution::mean() const { return offset_ + base_mean(); }

double Distribution::variance() const {
  if (!std::isfinite(base_mean())) return infinity;
  switch (kind_) {
    case Kind::constant:
      return 0;
    case Kind::uniform:
      return (second_ - first_) * (second_ - first_) / 12;
    case Kind::exponential:
      return first_ * first_;
    case Kind::normal:
      return second_ * second_;
    case Kind::lognormal: {
      const double s = second_ * second_;
      return s == 0 ? 0 : first_ * first_ * std::exp(s) * std::expm1(s);
    }
    case Kind::pareto:
      if (second_ <= 2) return infinity;
      return first_ * first_ * second_ / ((second_ - 1) * (second_ - 1) * (second_ - 2));
    case Kind::weibull: {
      const double m = std::tgamma(1 + 1 / second_);
      return first_ * first_ * (std::tgamma(1 + 2 / second_) - m * m);
    }
    case Kind::gamma:
      return first_ * second_ * second_;
    case Kind::empirical: {
      const double m = base_mean();
      double sum = 0;
      for (const double value : parts_->values) sum += (value - m) * (value - m);
      return sum / static_cast<double>(parts_->values.size());
    }
    case Kind::mixture: {
      const double m = base_mean();
      double sum = 0;
      for (const auto& [weight, part] : parts_->mixed) {
        if (weight == 0) continue;
        const double difference = part.mean() - m;
        sum += weight * (part.variance() + difference * difference);
      }
      return sum / first_;
    }
  }
  return 0;
}

double Distribution::cdf(double at) const {
  const double x = at - offset_;
  switch (kind_) {
    case Kind::constant:
      return x < first_ ? 0 : 1;
    case Kind::uniform:
      return x < first_ ? 0 : x >= second_ ? 1 : (x - first_) / (second_ - first_);
    case Kind::exponential:
      return x <= 0 ? 0 : -std::expm1(-x / first_);
    case Kind::normal:
      if (second_ == 0) return x < first_ ? 0 : 1;
      return std::erfc((first_ - x) / second_ / std::numbers::sqrt2) / 2;
    case Kind::lognormal:
      if (second_ == 0) return x < first_ ? 0 : 1;
      return x <= 0 ? 0 : std::erfc(-std::log(x / first_) / second_ / std::numbers::sqrt2) / 2;
    case Kind::pareto:
      return x <= first_ ? 0 : 1 - std::pow(first_ / x, second_);
    case Kind::weibull:
      return x <= 0 ? 0 : -std::expm1(-std::pow(x / first_, second_));
    case Kind::gamma:
      return incomplete_gamma(first_, x / second_);
    case Kind::empirical: {
      const auto& values = parts_->values;
      const auto place = std::upper_bound(values.begin(), values.end(), x);
      return static_cast<double>(place - values.begin()) / static_cast<double>(values.size());
    }
    case Kind::mixture: {
      double sum = 0;
      for (const auto& [weight, part] : parts_->mixed) sum += weight * part.cdf(x);
      return sum / first_;
    }
  }
  return 0;
}

double Distribution::lowest() const {
  switch (kind_) {
    case Kind::constant:
    case Kind::uniform:
    case Kind::pareto:
      return offset_ + first_;
    case Kind::normal:
      return second_ == 0 ? offset_ + first_ : -infinity;
    case Kind::exponential:
    case Kind::lognormal:
    case Kind::weibull:
    case Kind::gamma:
      return offset_;
    case Kind::empirical:
      return offset_ + parts_->values.front();
    case Kind::mixture: {
      double least = infinity;
      for (const auto& [weight, part] : parts_->mixed) {
        if (weight > 0) least = std::min(least, part.lowest());
      }
      return offset_ + least;
    }
  }
  return 0;
}

double Distribution::quantile(double p) const {
  // Numbered in ascending order, the doubles can be bisected one by one: 64 steps, whatever the
  // distribution, and no starting bracket to guess.
  const auto number = [](double x) {
    const auto bits = std::bit_cast<std::int64_t>(x);
    return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
  };
  const auto value = [](std::int64_t n) {
    return std::bit_cast<double>(n >= 0 ? n : std::numeric_limits<std::int64_t>::min() - n);
  };
  std::int64_t below = number(-infinity);
  std::int64_t at = number(infinity);
  while (at - 1 > below) {
    const std::int64_t middle = std::midpoint(below, at);
    (cdf(value(middle)) >= p ? at : below) = middle;
  }
  return value(at);
}

std::string Distribution::to_string(Unit unit) const {
  const auto q = [unit](double value) { return print_quantity(value, unit); };
  std::string text;
  switch (kind_) {
    case Kind::constant:
      return q(first_ + offset_);
    case Kind::uniform:
      text = fmt::format("uniform({}, {})", q(first_), q(second_));
      break;
    case Kind::exponential:
      text = fmt::format("exponential({})", q(first_));
      break;
    case Kind::normal:
      text = fmt::format("normal({}, {})", q(first_), q(second_));
      break;
    case Kind::lognormal:
      text = fmt::format("lognormal({}, {})", q(first_), second_);
      break;
    case Kind::pareto:
      text = fmt::format("pareto({}, {})", q(first_), second_);
      break;
    case Kind::weibull:
      text = fmt::format("weibull({}, {})", q(first_), second_);
      break;
    case Kind::gamma:
      text = fmt::format("gamma({}, {})", first_, q(second_));
      break;
    case Kind::empirical:
      text = fmt::format("empirical({})", parts_->source);
      break;
    case Kind::mixture: {
      text = "mixture(";
      for (std::size_t i = 0; i < parts_->mixed.size(); ++i) {
        const auto& [weight, part] = parts_->mixed[i];
        text += fmt::format("{}{}: {}", i > 0 ? ", " : "", weight, part.to_string(unit));
      }
      text += ")";
      break;
    }
  }
  return offset_ == 0 ? text : fmt::format("{} + {}", q(offset_), text);
}

}  // namespace faultline
