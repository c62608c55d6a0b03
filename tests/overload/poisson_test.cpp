// Limiters under Poisson arrivals are queues with constant service: what they refuse and how long
// they delay is known in closed form.
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <faultline/core/random.hpp>
#include <faultline/overload/rate_limiter.hpp>

#include "figures.hpp"
#include "workload/statistics.hpp"

namespace faultline::testing {
namespace {

using namespace std::chrono_literals;

/// The share that M/D/1/K blocks at this load: Olivier Brun and Jean-Marie Garcia, "Analytical
/// Solution of Finite Capacity M/D/1 Queues", Journal of Applied Probability 37(4), 2000.
double blocked_by_m_d_1_k(int capacity, double load) {
  const int n = capacity - 1;
  double b = 0;
  double factorial = 1;
  for (int k = 0; k <= n; ++k) {
    if (k > 0) factorial *= k;
    const double rest = n - k;
    b += (k % 2 == 0 ? 1 : -1) * std::pow(rest * load, k) * std::exp(rest * load) / factorial;
  }
  return 1 - b / (1 + load * b);
}

struct Trial {
  double refused = 0;  ///< a share
  double wait = 0;     ///< mean of those let in, in times of service
  double beyond = 0;   ///< the share of them that waits longer than a given time
};

/// `arrivals` at `load` of a limiter that lets in one every 10 ms.
Trial poisson(const RateLimitSettings& settings, double load, double long_wait, std::uint64_t seed,
              int arrivals) {
  RandomStream random(seed, "poisson");
  const auto limiter = make_rate_limiter(settings);
  const double service = seconds(settings.window) / static_cast<double>(settings.limit);
  Trial trial;
  Time now{};
  int admitted = 0;
  for (int i = 0; i < arrivals; ++i) {
    now += from_seconds(random.exponential(service / load));
    const Admission admission = limiter->admit(now);
    if (!admission.admitted) continue;
    ++admitted;
    const double wait = seconds(admission.at - now) / service;
    trial.wait += wait;
    if (wait > long_wait) trial.beyond += 1;
  }
  trial.refused = 1 - static_cast<double>(admitted) / arrivals;
  trial.wait /= admitted;
  trial.beyond /= admitted;
  return trial;
}

/// The mean of 40 trials is what theory says, as far as they can tell.
template <class Figure>
double check_mean(double expected, double most_error, Figure figure) {
  std::vector<double> values;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) values.push_back(figure(seed));
  const Sample sample = summarise(values);
  CAPTURE(expected);
  CAPTURE(sample.mean);
  CAPTURE(sample.standard_error);
  CHECK(std::abs(sample.mean - expected) < z_999 * sample.standard_error);
  CHECK(z_999 * sample.standard_error < most_error);  // else the check above says nothing
  return sample.mean;
}

TEST_CASE("a bucket refuses as many of Poisson arrivals as M/D/1/K blocks") {
  // One place: Erlang's loss formula. Two: from the two states after a departure.
  CHECK(std::abs(blocked_by_m_d_1_k(1, 0.8) - 0.8 / 1.8) < 1e-12);
  CHECK(std::abs(blocked_by_m_d_1_k(2, 0.8) - (1 - 1 / (std::exp(-0.8) + 0.8))) < 1e-12);
  for (const auto algorithm : {RateLimiting::token_bucket, RateLimiting::leaky_bucket_meter,
                               RateLimiting::leaky_bucket_queue}) {
    for (const int burst : {1, 2, 5, 10}) {
      for (const double load : {0.8, 1.0, 2.0}) {
        const double expected = blocked_by_m_d_1_k(burst, load);
        CAPTURE(burst);
        CAPTURE(load);
        const double refused = check_mean(expected, 0.005 + 0.02 * expected, [&](auto seed) {
          return poisson({algorithm, 100, 1s, burst}, load, 0, seed, 10'000).refused;
        });
        if (algorithm != RateLimiting::token_bucket) continue;
        note_figure("Brun and Garcia 2000, M/D/1/K: share that a token bucket refuses",
                    fmt::format("burst {} at load {}", burst, load), "", expected, refused);
      }
    }
  }
}

TEST_CASE("a leaky bucket as a queue delays Poisson arrivals as M/D/1 does") {
  struct Row {
    double load;
    double mean;  // Pollaczek and Khinchine: load / (2 (1 - load))
    double p95;   // Crommelin's distribution of the wait (1932)
  };
  for (const auto& [load, mean, p95] : {Row{0.5, 0.5, 2.0506}, Row{0.8, 2.0, 6.6203}}) {
    const auto trial = [load, p95](std::uint64_t seed) {
      return poisson({RateLimiting::leaky_bucket_queue, 100, 1s, 1'000'000}, load, p95, seed,
                     20'000);
    };
    CAPTURE(load);
    check_mean(mean, 0.05 * mean, [&](auto seed) { return trial(seed).wait; });
    check_mean(0.05, 0.01, [&](auto seed) { return trial(seed).beyond; });
  }
}

}  // namespace
}  // namespace faultline::testing
