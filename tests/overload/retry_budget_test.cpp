#include <chrono>
#include <cmath>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/overload/retry_budget.hpp>

#include "workload/statistics.hpp"

namespace faultline::testing {
namespace {

using namespace std::chrono_literals;

/// How much more is sent than asked for, if a share `failing` of all attempts fails and each
/// request is tried again up to three times.
double amplification(double failing, RetryBudget budget, std::uint64_t seed) {
  constexpr int requests = 20'000;
  RandomStream random(seed, "failures");
  int sent = 0;
  Time now{};
  for (int i = 0; i < requests; ++i) {
    now += 1ms;
    budget.deposit(now);
    ++sent;
    for (int retry = 0; retry < 3; ++retry) {
      if (!random.chance(failing) || !budget.withdraw(now)) break;
      ++sent;
    }
  }
  return static_cast<double>(sent) / requests;
}

TEST_CASE("load grows by retries as far as the budget lets it") {
  const RetryBudget all({.share = 100, .least_per_second = 0, .expiry = 10s});
  const RetryBudget fifth({.share = 0.2, .least_per_second = 0, .expiry = 10s});
  // 1 + p + p^2 + p^3 without a budget; with one, that or 1 + its share.
  for (const auto& [failing, free, bound] :
       {std::tuple{0.1, 1.111, 1.111}, {0.5, 1.875, 1.2}, {0.9, 3.439, 1.2}, {1.0, 4.0, 1.2}}) {
    CAPTURE(failing);
    for (const auto& [budget, expected] : {std::pair{all, free}, {fifth, bound}}) {
      std::vector<double> trials;
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        trials.push_back(amplification(failing, budget, seed));
      }
      const Sample sample = summarise(trials);
      CAPTURE(sample.mean);
      // One retry of 20,000 requests is what rounding may cost.
      CHECK(std::abs(sample.mean - expected) <= z_999 * sample.standard_error + 1.0 / 20'000);
      CHECK(sample.standard_error < 0.005);
    }
  }
}

TEST_CASE("what a calm has paid in does not pay for a storm") {
  RetryBudget budget({.share = 0.1, .least_per_second = 0, .expiry = 10s});
  Time now{};
  for (int i = 0; i < 100'000; ++i) budget.deposit(now += 1ms);
  int retries = 0;
  while (budget.withdraw(now)) ++retries;
  CHECK(retries <= 1000);  // of ten seconds, not of a hundred
  CHECK(retries >= 900);   // or of nine and the slice under way
  CHECK_FALSE(budget.withdraw(now + 9s));
}

TEST_CASE("who asks rarely may retry, too") {
  RetryBudget budget({.share = 0, .least_per_second = 2, .expiry = 10s});
  int retries = 0;
  for (Duration at = 0s; at < 100s; at += 10ms) retries += budget.withdraw(Time{at}) ? 1 : 0;
  CHECK(retries == 200);
  CHECK_FALSE(RetryBudget({.share = 0, .least_per_second = 0, .expiry = 10s}).withdraw(Time{1s}));
}

}  // namespace
}  // namespace faultline::testing
