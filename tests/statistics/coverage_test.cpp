// Intervals of 95 % must hold the truth in 95 % of experiments. Each case repeats a synthetic
// experiment whose truth is known and counts; the bounds on the count are binomial, so wide that a
// right interval fails one case in 100,000.
#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/math/distributions/binomial.hpp>
#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/statistics/holm.hpp>
#include <faultline/statistics/interval.hpp>
#include <faultline/statistics/long_run.hpp>

namespace faultline {
namespace {

constexpr int experiments = 2000;
constexpr double error = 1e-5;

double least(double probability) {
  return boost::math::quantile(boost::math::binomial(experiments, probability), error / 2);
}
double most(double probability) {
  return boost::math::quantile(
      boost::math::complement(boost::math::binomial(experiments, probability), error / 2));
}

/// In how many experiments the interval holds the truth.
template <class Experiment>
int covered(double truth, const Experiment& experiment) {
  int count = 0;
  for (int i = 0; i < experiments; ++i) {
    const Estimate estimate = experiment();
    if (estimate.low <= truth && truth <= estimate.high) ++count;
  }
  return count;
}

template <class Draw>
std::vector<double> draws(std::size_t n, const Draw& draw) {
  std::vector<double> values(n);
  for (double& value : values) value = draw();
  return values;
}

/// The nearest rank, counted out.
double quantile_of(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size()))) - 1];
}

TEST_CASE("the interval of a mean covers it") {
  RandomStream random(1, "mean");
  for (const std::size_t n : {2U, 5U, 30U}) {
    CAPTURE(n);
    const int count = covered(
        7, [&] { return mean_interval(draws(n, [&] { return 7 + 3 * random.normal(); })); });
    CHECK(count >= least(0.95));
    CHECK(count <= most(0.95));
  }
}

TEST_CASE("the interval of a proportion covers it as often as its binomial sum says") {
  RandomStream random(1, "proportion");
  constexpr std::uint64_t n = 20;
  for (const double p : {0.02, 0.3, 0.9}) {
    CAPTURE(p);
    // Clopper and Pearson cover more often than they claim; how often is a finite sum.
    double exact = 0;
    for (std::uint64_t k = 0; k <= n; ++k) {
      const Estimate share = proportion_interval(k, n);
      if (share.low > p || p > share.high) continue;
      exact += boost::math::pdf(boost::math::binomial(n, p), static_cast<double>(k));
    }
    CHECK(exact >= 0.95);
    const int count = covered(p, [&] {
      std::uint64_t successes = 0;
      for (std::uint64_t i = 0; i < n; ++i) successes += random.chance(p) ? 1 : 0;
      return proportion_interval(successes, n);
    });
    CHECK(count >= least(exact));
    CHECK(count <= most(exact));
  }
}

TEST_CASE("the interval of a quantile covers it as often as its ranks say") {
  RandomStream random(1, "quantile");
  constexpr std::size_t n = 200;
  for (const double p : {0.5, 0.9, 0.99}) {
    CAPTURE(p);
    std::vector<double> ranks(n);
    for (std::size_t i = 0; i < n; ++i) ranks[i] = static_cast<double>(i + 1);
    const Estimate at = quantile_interval(ranks, p);
    // Between them lies the quantile if so many values lie below it.
    const boost::math::binomial below(n, p);
    const double upto = std::isinf(at.high) ? 1 : boost::math::cdf(below, at.high - 1);
    const double before = std::isinf(at.low) ? 0 : boost::math::cdf(below, at.low - 1);
    const double exact = upto - before;
    CHECK(exact >= 0.95);
    const int count = covered(-std::log1p(-p), [&] {
      auto values = draws(n, [&] { return random.exponential(1); });
      std::sort(values.begin(), values.end());
      return quantile_interval(values, p);
    });
    CHECK(count >= least(exact));
    CHECK(count <= most(exact));
  }
}

TEST_CASE("sectioning covers a quantile of values that depend on each other within a section") {
  RandomStream random(1, "sections");
  constexpr std::size_t sections = 10;
  // A standard normal process of which each section is a stretch from its stationary state.
  const double truth = 1.2815515655446004;  // its 90th percentile
  const int count = covered(truth, [&] {
    std::vector<double> all;
    std::vector<double> each;
    for (std::size_t s = 0; s < sections; ++s) {
      std::vector<double> values;
      double now = random.normal();
      for (int i = 0; i < 1000; ++i) {
        values.push_back(now);
        now = 0.8 * now + 0.6 * random.normal();
      }
      each.push_back(quantile_of(values, 0.9));
      all.insert(all.end(), values.begin(), values.end());
    }
    return sectioned(quantile_of(all, 0.9), each);
  });
  CHECK(count >= least(0.95));
  CHECK(count <= most(0.95));
}

/// Intervals from stretches of one run: whether there are any, and whether they hold the truth.
struct OneRun {
  bool given = false;
  bool mean_covered = false;
  bool p99_covered = false;
};

/// Of a run of `values` whose true mean and 99th percentile are known.
OneRun judge_run(std::vector<double> values, double mean, double p99) {
  const std::size_t length = values.size() / short_stretches;
  std::vector<Duration> sorted;
  for (const double value : values) sorted.push_back(from_seconds(value));
  std::sort(sorted.begin(), sorted.end());
  const double found = seconds(sorted[nearest_rank(sorted.size(), 0.99)]);
  std::vector<Stretch> sums(short_stretches);
  std::vector<Stretch> beyond(short_stretches);
  for (std::size_t i = 0; i < length * short_stretches; ++i) {
    sums[i / length].part += values[i];
    sums[i / length].whole += 1;
    beyond[i / length].part += values[i] > found ? 1 : 0;
    beyond[i / length].whole += 1;
  }
  const auto covers = [](const Estimate& estimate, double truth) {
    return estimate.low <= truth && truth <= estimate.high;
  };
  return {std::max(dependence(sums), dependence(beyond)) <= most_dependence,
          covers(ratio_of_stretches(sums), mean),
          covers(quantile_of_stretches(sorted, 0.99, beyond), p99)};
}

/// What became of many runs.
struct ManyRuns {
  int given = 0;
  int mean_covered = 0;  ///< of those given
  int p99_covered = 0;
};
template <class Draw>
ManyRuns judge_runs(int runs, double mean, double p99, const Draw& draw) {
  ManyRuns many;
  for (int i = 0; i < runs; ++i) {
    const OneRun run = judge_run(draw(), mean, p99);
    if (!run.given) continue;
    ++many.given;
    many.mean_covered += run.mean_covered ? 1 : 0;
    many.p99_covered += run.p99_covered ? 1 : 0;
  }
  return many;
}

/// Times in an M/M/1 queue with a mean service of 1, from its stationary state on: exponential with
/// a mean of 1 / (1 - load) (Kleinrock, "Queueing Systems" 1, 1975, section 5.12).
std::vector<double> queue_times(std::size_t n, double load, RandomStream& random) {
  double wait = random.chance(load) ? random.exponential(1 / (1 - load)) : 0;
  return draws(n, [&] {
    const double time = wait + random.exponential(1);
    wait = std::max(0.0, time - random.exponential(1 / load));
    return time;
  });
}
double queue_p99(double load) { return -std::log(0.01) / (1 - load); }

TEST_CASE("stretches of one run cover the mean and a quantile of an autoregressive process") {
  RandomStream random(1, "stretches");
  const double spread = 1 / 0.6;
  const ManyRuns runs = judge_runs(experiments, 100, 100 + 2.3263478740408408 * spread, [&] {
    double now = random.normal() * spread;
    return draws(16000, [&] {
      now = 0.8 * now + random.normal();
      return 100 + now;
    });
  });
  CHECK(runs.given == experiments);
  CHECK(runs.mean_covered >= least(0.95));
  CHECK(runs.mean_covered <= most(0.95));
  CHECK(runs.p99_covered >= least(0.95));
  CHECK(runs.p99_covered <= most(0.95));
}

TEST_CASE("stretches of one run cover the times in a queue if it is long enough for its load") {
  RandomStream random(1, "queue");
  constexpr double load = 0.5;
  const ManyRuns runs =
      judge_runs(experiments, 2, queue_p99(load), [&] { return queue_times(40000, load, random); });
  CHECK(runs.given > 0.99 * experiments);
  // All but all were given, so that of the others nothing matters.
  CHECK(runs.mean_covered >= least(0.94));
  CHECK(runs.p99_covered >= least(0.94));
}

TEST_CASE("a run too short for its load has no interval") {
  RandomStream random(1, "short");
  constexpr double load = 0.9;
  // Here so many intervals would be wrong: those of the mean of 4,000 cover it in 71 of 100 runs.
  const ManyRuns runs =
      judge_runs(experiments, 10, queue_p99(load), [&] { return queue_times(4000, load, random); });
  CHECK(runs.given == 0);
}

TEST_CASE("Holm's correction keeps the chance of any false difference at its level") {
  RandomStream random(1, "Holm");
  int corrected = 0;
  int uncorrected = 0;
  for (int i = 0; i < experiments; ++i) {
    std::vector<double> chances;
    for (int comparison = 0; comparison < 20; ++comparison) {
      const auto differences = draws(10, [&] { return random.normal(); });
      chances.push_back(chance_of_zero(mean_interval(differences).value, differences));
    }
    const auto adjusted = holm_adjusted(chances);
    const auto significant = [](double chance) { return chance <= 0.05; };
    corrected += std::any_of(adjusted.begin(), adjusted.end(), significant) ? 1 : 0;
    uncorrected += std::any_of(chances.begin(), chances.end(), significant) ? 1 : 0;
  }
  // Independent comparisons of which the least is held against 0.05 / 20.
  const double expected = 1 - std::pow(1 - 0.05 / 20, 20);
  CHECK(corrected >= least(expected));
  CHECK(corrected <= most(expected));
  CHECK(uncorrected >= least(1 - std::pow(0.95, 20)));
}

}  // namespace
}  // namespace faultline
