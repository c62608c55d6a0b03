// Distributions against their closed forms: the CDFs and moments of the textbook are written out
// here, our own are held against them, and draws against both.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/distribution.hpp>

#include "close_to.hpp"

using namespace faultline;

namespace {

using faultline::testing::close_to;

constexpr double infinity = std::numeric_limits<double>::infinity();

double phi(double z) { return 0.5 * (1 + std::erf(z / std::sqrt(2.0))); }

/// A distribution with what the textbook says of it. Base units are seconds.
struct Textbook {
  std::string text;
  double mean;
  double variance;
  double fourth;  ///< fourth central moment, infinite where the variance cannot be tested by draws
  std::function<double(double)> cdf;
};

std::vector<Textbook> textbook() {
  const auto gamma = [](double x) { return std::tgamma(x); };
  const double lognormal_s = 0.3 * 0.3;
  const double weibull_1 = gamma(1 + 1 / 1.5);
  const double weibull_2 = gamma(1 + 2 / 1.5);
  const double weibull_3 = gamma(1 + 3 / 1.5);
  const double weibull_4 = gamma(1 + 4 / 1.5);
  const double e = std::exp(lognormal_s);
  const double lognormal_variance = 0.0625 * e * (e - 1);
  return {
      {"uniform(1s, 5s)", 3, 16.0 / 12, 256.0 / 80,
       [](double x) { return std::clamp((x - 1) / 4, 0.0, 1.0); }},
      {"exponential(2s)", 2, 4, 9 * 16.0,
       [](double x) { return x < 0 ? 0 : 1 - std::exp(-x / 2); }},
      {"normal(5s, 2s)", 5, 4, 3 * 16.0, [](double x) { return phi((x - 5) / 2); }},
      {"lognormal(0.25s, 0.3)", 0.25 * std::sqrt(e), lognormal_variance,
       lognormal_variance * lognormal_variance *
           (std::pow(e, 4) + 2 * std::pow(e, 3) + 3 * e * e - 3),
       [](double x) { return x <= 0 ? 0 : phi(std::log(x / 0.25) / 0.3); }},
      {"pareto(3s, 3.5)", 4.2, 9 * 3.5 / (2.5 * 2.5 * 1.5), infinity,
       [](double x) { return x < 3 ? 0 : 1 - std::pow(3 / x, 3.5); }},
      {"weibull(2s, 1.5)", 2 * weibull_1, 4 * (weibull_2 - weibull_1 * weibull_1),
       16 * (weibull_4 - 4 * weibull_3 * weibull_1 + 6 * weibull_2 * weibull_1 * weibull_1 -
             3 * std::pow(weibull_1, 4)),
       [](double x) { return x < 0 ? 0 : 1 - std::exp(-std::pow(x / 2, 1.5)); }},
      // Erlang: a gamma whose shape is whole.
      {"gamma(3, 2s)", 6, 12, 3 * 144.0 * (1 + 2.0 / 3),
       [](double x) { return x < 0 ? 0 : 1 - std::exp(-x / 2) * (1 + x / 2 + x * x / 8); }},
      // Chi-square of one degree of freedom, halved: the branch of shapes below one.
      {"gamma(0.5, 1s)", 0.5, 0.5, 3 * 0.25 * (1 + 2.0 / 0.5),
       [](double x) { return x < 0 ? 0 : std::erf(std::sqrt(x)); }},
      {"3s + exponential(2s)", 5, 4, 9 * 16.0,
       [](double x) { return x < 3 ? 0 : 1 - std::exp(-(x - 3) / 2); }},
      // Hyperexponential: E[X^2] = 2 sum p m^2.
      {"mixture(3: exponential(1s), 25%: exponential(9s))", (3 + 0.25 * 9) / 3.25,
       2 * (3 + 0.25 * 81) / 3.25 - std::pow((3 + 0.25 * 9) / 3.25, 2), infinity,
       [](double x) {
         return x < 0 ? 0 : 1 - (3 * std::exp(-x) + 0.25 * std::exp(-x / 9)) / 3.25;
       }},
  };
}

std::vector<double> draws_of(const Distribution& distribution, const std::string& name, int count) {
  RandomStream random(1, name);
  std::vector<double> draws;
  for (int i = 0; i < count; ++i) draws.push_back(distribution.sample(random));
  return draws;
}

/// The largest distance between the empirical distribution of `draws` and `cdf`.
double kolmogorov_distance(std::vector<double> draws, const std::function<double(double)>& cdf) {
  std::sort(draws.begin(), draws.end());
  const auto n = static_cast<double>(draws.size());
  double distance = 0;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double expected = cdf(draws[i]);
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, expected - rank / n, (rank + 1) / n - expected});
  }
  return distance;
}

}  // namespace

TEST_CASE("moments, cdf and quantiles are those of the textbook") {
  for (const Textbook& known : textbook()) {
    CAPTURE(known.text);
    const auto distribution = Distribution::parse(known.text, Unit::duration);
    CHECK(distribution.mean() == close_to(known.mean, 1e-12));
    CHECK(distribution.variance() == close_to(known.variance, 1e-12));
    for (double x = -1; x < 40; x += 0.125) {
      CAPTURE(x);
      CHECK(std::abs(distribution.cdf(x) - known.cdf(x)) < 1e-13);
    }
    for (const double p : {0.001, 0.25, 0.5, 0.99, 0.999}) {
      const double x = distribution.quantile(p);
      CAPTURE(p);
      CHECK(std::abs(known.cdf(x) - p) < 1e-12);
    }
  }
}

TEST_CASE("draws follow the textbook's cdf") {
  constexpr int count = 100'000;
  for (const Textbook& known : textbook()) {
    CAPTURE(known.text);
    const auto distribution = Distribution::parse(known.text, Unit::duration);
    // Kolmogorov's limit law: the distance exceeds 1.95 / sqrt(n) once in a thousand.
    CHECK(kolmogorov_distance(draws_of(distribution, known.text, count), known.cdf) <
          1.95 / std::sqrt(count));
  }
}

TEST_CASE("draws have the textbook's mean and variance") {
  constexpr int count = 100'000;
  for (const Textbook& known : textbook()) {
    CAPTURE(known.text);
    const auto distribution = Distribution::parse(known.text, Unit::duration);
    double sum = 0;
    double squares = 0;
    for (const double x : draws_of(distribution, known.text, count)) {
      sum += x - known.mean;
      squares += (x - known.mean) * (x - known.mean);
    }
    CHECK(std::abs(sum / count) < 3.3 * std::sqrt(known.variance / count));
    if (known.fourth == infinity) continue;
    const double deviation = std::sqrt((known.fourth - known.variance * known.variance) / count);
    CHECK(std::abs(squares / count - known.variance) < 3.3 * deviation);
  }
}

TEST_CASE("the Kolmogorov distance tells a wrong distribution") {
  // An exponential whose mean is two percent off.
  const auto draws = draws_of(Distribution::exponential(2.04), "wrong", 100'000);
  CHECK(kolmogorov_distance(draws, [](double x) { return 1 - std::exp(-x / 2); }) >
        1.95 / std::sqrt(100'000));
}

TEST_CASE("moments that do not exist are infinite") {
  CHECK(Distribution::pareto(1, 1).mean() == infinity);
  CHECK(Distribution::pareto(1, 1).variance() == infinity);
  CHECK(Distribution::pareto(1, 2).mean() == 2);
  CHECK(Distribution::pareto(1, 2).variance() == infinity);
  CHECK(Distribution::weibull(1, 0.001).variance() == infinity);
  const auto mixed = [](double weight) {
    return Distribution::mixture(
        {{weight, Distribution::pareto(1, 0.5)}, {1, Distribution::constant(2)}});
  };
  CHECK(mixed(1).mean() == infinity);
  CHECK(mixed(1).variance() == infinity);
  CHECK(mixed(0).mean() == 2);
  CHECK(mixed(0).variance() == 0);
}

TEST_CASE("without deviation everything falls on one point") {
  for (const auto& distribution :
       {Distribution::constant(3), Distribution::normal(3, 0), Distribution::lognormal(3, 0),
        Distribution::uniform(3, 3), Distribution::constant(1).shifted(2)}) {
    RandomStream random(1, "point");
    CHECK(distribution.sample(random) == 3);
    CHECK(distribution.mean() == 3);
    CHECK(distribution.variance() == 0);
    CHECK(distribution.cdf(2.999) == 0);
    CHECK(distribution.cdf(3) == 1);
    CHECK(distribution.quantile(0.5) == 3);
  }
}

TEST_CASE("no draw is lower than lowest(), and durations are never negative") {
  for (const std::string text : {"uniform(1s, 5s)", "exponential(2s)", "pareto(3s, 3.5)",
                                 "gamma(0.5, 1s)", "3s + weibull(2s, 1.5)", "lognormal(1s, 2)",
                                 "mixture(0: -5s, 1: 2s, 1: 1s + exponential(1s))"}) {
    CAPTURE(text);
    const auto distribution = Distribution::parse(text, Unit::duration);
    const auto draws = draws_of(distribution, text, 1000);
    CHECK(*std::min_element(draws.begin(), draws.end()) >= distribution.lowest());
  }
  CHECK(Distribution::parse("mixture(0: -5s, 1: 2s)", Unit::duration).lowest() == 2);
  CHECK(Distribution::parse("3s + weibull(2s, 1.5)", Unit::duration).lowest() == 3);
  CHECK(Distribution::parse("1s + mixture(1: 2s, 1: 3s)", Unit::duration).lowest() == 3);
  CHECK(Distribution::normal(1, 1).lowest() == -infinity);

  // A standard normal: half of the draws are clamped to zero.
  RandomStream random(1, "clamped");
  int zeros = 0;
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i) {
    const Duration drawn = Distribution::normal(0, 1).sample_duration(random);
    REQUIRE(drawn >= Duration::zero());
    zeros += drawn == Duration::zero() ? 1 : 0;
  }
  CHECK(std::abs(zeros - count / 2) < 3.3 * std::sqrt(count / 4.0));
}

TEST_CASE("draws longer than a run can be are the longest span") {
  RandomStream random(1, "long");
  CHECK(Distribution::constant(1e300).sample_duration(random) == Duration::max());
}

TEST_CASE("an empirical distribution draws its values as often as they occur") {
  const auto distribution = Distribution::empirical({4, 1, 2, 2}, "four");
  CHECK(distribution.mean() == 2.25);
  CHECK(distribution.variance() == 1.1875);
  CHECK(distribution.cdf(1.5) == 0.25);
  CHECK(distribution.cdf(2) == 0.75);
  CHECK(distribution.quantile(0.75) == 2);
  CHECK(distribution.quantile(0.76) == 4);
  int twos = 0;
  for (const double x : draws_of(distribution, "empirical", 10'000)) {
    REQUIRE((x == 1 || x == 2 || x == 4));
    twos += x == 2 ? 1 : 0;
  }
  CHECK(std::abs(twos - 5000) < 3.3 * std::sqrt(2500.0));
  CHECK_THROWS_AS(Distribution::empirical({}, "none"), BadValue);
}

TEST_CASE("the same seed and name give the same nanoseconds under every compiler") {
  // Of 100,000 draws each, pinned; g++ -O0, g++ -O2 and clang++ -O2 agree to the last bit, C
  // libraries with and without fused multiply-add to the nanosecond. A change here changes the
  // result of every scenario.
  struct Pinned {
    std::string text;
    std::uint64_t digest;
  };
  for (const Pinned& pinned :
       {Pinned{"uniform(1ms, 5ms)", 0x630bf8be18fd74e2U},
        Pinned{"exponential(2ms)", 0xc2cfa3337a7a5b66U},
        Pinned{"normal(5ms, 1ms)", 0xe75f19bfeed269edU},
        Pinned{"lognormal(0.25ms, 0.3)", 0xafc882e98ae8f067U},
        Pinned{"pareto(3ms, 3.35)", 0x8e1429a965af4921U},
        Pinned{"weibull(2ms, 1.7)", 0x46158f667c2316ceU},
        Pinned{"gamma(2.5, 3ms)", 0x95662b3193e373e7U},
        Pinned{"gamma(0.4, 3ms)", 0x6357c84c9a6d175fU},
        Pinned{"mixture(0.9: constant(1ms), 0.1: pareto(3ms, 3.35))", 0x4f7937827c89c3f2U},
        Pinned{"40ms + exponential(2ms)", 0x7f43753772ce20d7U}}) {
    CAPTURE(pinned.text);
    const auto distribution = Distribution::parse(pinned.text, Unit::duration);
    RandomStream random(1, pinned.text);
    std::uint64_t found = 0xcbf29ce484222325U;
    for (int i = 0; i < 100'000; ++i) {
      const auto drawn = from_seconds(distribution.sample(random)).count();
      found = scatter(found ^ static_cast<std::uint64_t>(drawn));
    }
    CHECK(found == pinned.digest);
  }
}
