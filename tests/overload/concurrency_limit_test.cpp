// Limits of concurrency against the points where their rules come to rest, with a server known in
// closed form: so many a second, and never faster than so long.
#include <chrono>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/text.hpp>
#include <faultline/overload/concurrency_limit.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

ConcurrencyLimitSettings settings_of(ConcurrencyControl control) {
  ConcurrencyLimitSettings settings;
  settings.control = control;
  return settings;
}

/// A round in which the limit is used up. By Little's law, what is under way is rate times latency.
void round(ConcurrencyLimit& limit, double rate, Duration unloaded) {
  const std::int64_t in_flight = limit.limit();
  const Duration latency = std::max(unloaded, from_seconds(static_cast<double>(in_flight) / rate));
  for (std::int64_t i = 0; i < in_flight; ++i) limit.observe({latency, in_flight, false});
}

/// A round against a server that refuses all above `capacity`.
void round_of(ConcurrencyLimit& limit, std::int64_t capacity) {
  const std::int64_t in_flight = limit.limit();
  for (std::int64_t i = 1; i <= in_flight; ++i) limit.observe({10ms, in_flight, i > capacity});
}

TEST_CASE("additive increase, multiplicative decrease saws below the capacity") {
  const auto limit = make_concurrency_limit(settings_of(ConcurrencyControl::aimd));
  std::vector<std::int64_t> limits;
  for (int i = 0; i < 20 + 80 + 24; ++i) {
    limits.push_back(limit->limit());
    round_of(*limit, 100);
  }
  // From 20 by ones to 101, one too many; then from 0.9 of that.
  CHECK(limits[0] == 20);
  CHECK(limits[81] == 101);
  for (std::size_t i = 82; i < limits.size(); ++i) {
    REQUIRE(limits[i] == 90 + static_cast<std::int64_t>(i - 82) % 12);
  }
}

TEST_CASE("those that share a bottleneck become equal by AIMD") {
  ConcurrencyLimitSettings settings = settings_of(ConcurrencyControl::aimd);
  settings.decrease = 0.5;
  settings.initial = 10;
  const auto few = make_concurrency_limit(settings);
  settings.initial = 170;
  const auto many = make_concurrency_limit(settings);
  for (int i = 0; i < 1000; ++i) {
    // All lose when together they are too many (Chiu and Jain's synchronous feedback).
    const bool lost = few->limit() + many->limit() > 200;
    for (ConcurrencyLimit* limit : {few.get(), many.get()}) {
      const std::int64_t in_flight = limit->limit();
      for (std::int64_t j = 0; j < in_flight; ++j) limit->observe({10ms, in_flight, lost});
    }
  }
  CHECK(std::abs(few->limit() - many->limit()) <= 1);  // halves are rounded down
  CHECK(few->limit() + many->limit() >= 100);
  CHECK(few->limit() + many->limit() <= 202);
}

TEST_CASE("Vegas comes to rest with alpha to beta waiting") {
  const auto limit = make_concurrency_limit(settings_of(ConcurrencyControl::vegas));
  // 1000 a second, 100 ms each: 100 are under way without a queue.
  for (int i = 0; i < 500; ++i) round(*limit, 1000, 100ms);
  const std::int64_t at_rest = limit->limit();
  CHECK(at_rest >= 103);
  CHECK(at_rest <= 106);
  for (int i = 0; i < 100; ++i) {
    round(*limit, 1000, 100ms);
    REQUIRE(limit->limit() == at_rest);
  }
  // Half of the servers are gone: 50, and as many waiting; now from above.
  for (int i = 0; i < 500; ++i) round(*limit, 500, 100ms);
  CHECK(limit->limit() >= 53);
  CHECK(limit->limit() <= 56);
}

TEST_CASE("the gradient comes to rest at the root of the limit above what fits") {
  for (const double rate : {1000.0, 4000.0}) {
    const auto limit = make_concurrency_limit(settings_of(ConcurrencyControl::gradient));
    for (int i = 0; i < 500; ++i) round(*limit, rate, 100ms);
    // L = B + sqrt(L), where B are under way without a queue.
    const double b = rate * 0.1;
    const double root = (1 + std::sqrt(1 + 4 * b)) / 2;
    CAPTURE(limit->limit());
    // What is under way is a whole number: at most one below the limit that sent it.
    CHECK(std::abs(static_cast<double>(limit->limit()) - root * root) <= 1);
  }
}

TEST_CASE("what is not used does not grow, and nothing leaves its bounds") {
  for (const auto control :
       {ConcurrencyControl::aimd, ConcurrencyControl::vegas, ConcurrencyControl::gradient}) {
    ConcurrencyLimitSettings settings = settings_of(control);
    settings.most = 50;
    settings.least = 5;
    const auto limit = make_concurrency_limit(settings);
    for (int i = 0; i < 1000; ++i) limit->observe({10ms, 9, false});
    CHECK(limit->limit() == 20);
    for (int i = 0; i < 10'000; ++i) limit->observe({10ms, limit->limit(), false});
    CHECK(limit->limit() == 50);
    for (int i = 0; i < 10'000; ++i) limit->observe({10ms, limit->limit(), true});
    CHECK(limit->limit() == 5);
  }
}

TEST_CASE("settings that cannot be are refused") {
  const auto refused = [](auto change) {
    ConcurrencyLimitSettings settings;
    change(settings);
    CHECK_THROWS_AS(make_concurrency_limit(settings), BadValue);
  };
  refused([](auto& settings) { settings.least = 0; });
  refused([](auto& settings) { settings.initial = 0; });
  refused([](auto& settings) { settings.most = 10; });
  refused([](auto& settings) { settings.decrease = 1; });
  refused([](auto& settings) { settings.alpha = 7; });
  refused([](auto& settings) { settings.smoothing = 0; });
}

}  // namespace
}  // namespace faultline
