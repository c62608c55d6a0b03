// Hedged requests against what exponential latencies make of them in closed form.
#include <chrono>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/overload/hedging_delay.hpp>

#include "workload/statistics.hpp"

namespace faultline::testing {
namespace {

using namespace std::chrono_literals;

TEST_CASE("hedging after the 95th percentile sends 5 % more and cuts the tail") {
  // Latencies are exponential with mean 1 ms, the delay d is ln 20. Beyond t > d are exp(-t)
  // without hedging and exp(-t) exp(-(t - d)) with it: a thousandth at (ln 1000 + ln 20) / 2.
  const double thousandth = (std::log(1000) + std::log(20)) / 2;
  std::vector<double> sent_twice;
  std::vector<double> beyond;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RandomStream random(seed, "hedging");
    HedgingDelay hedging(0.95);
    double twice = 0;
    double late = 0;
    constexpr int requests = 20'000;
    for (int i = -1000; i < requests; ++i) {  // the first thousand fill its memory
      const Duration delay = hedging.delay().value_or(1s);
      const Duration first = from_seconds(random.exponential(1e-3));
      const Duration second = delay + from_seconds(random.exponential(1e-3));
      hedging.observe(first);
      if (i < 0) continue;
      twice += first > delay ? 1.0 / requests : 0;
      late += seconds(std::min(first, second)) * 1e3 > thousandth ? 1.0 / requests : 0;
    }
    sent_twice.push_back(twice);
    beyond.push_back(late);
  }
  const Sample load = summarise(sent_twice);
  const Sample tail = summarise(beyond);
  CAPTURE(load.mean);
  CAPTURE(load.standard_error);
  CAPTURE(tail.mean);
  CAPTURE(tail.standard_error);
  CHECK(std::abs(load.mean - 0.05) < z_999 * load.standard_error);
  CHECK(load.standard_error < 0.001);
  CHECK(std::abs(tail.mean - 0.001) < z_999 * tail.standard_error);
  CHECK(tail.standard_error < 0.0001);
}

TEST_CASE("nothing is known at first, and what is long ago is forgotten") {
  HedgingDelay hedging(0.9);
  CHECK_FALSE(hedging.delay());
  for (int i = 1; i <= 50; ++i) hedging.observe(std::chrono::milliseconds(i));
  CHECK(hedging.delay() == std::optional<Duration>{46ms});  // five of fifty took longer, or as long
  for (int i = 0; i < 1000; ++i) hedging.observe(3ms);
  CHECK(hedging.delay() == std::optional<Duration>{3ms});
}

}  // namespace
}  // namespace faultline::testing
