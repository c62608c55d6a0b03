#include <chrono>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/overload/circuit_breaker.hpp>

#include "workload/statistics.hpp"

namespace faultline::testing {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;
using Window = CircuitBreakerSettings::Window;

CircuitBreakerSettings in_a_row(std::uint32_t failures) {
  CircuitBreakerSettings settings;
  settings.calls = settings.least_calls = failures;
  settings.failures = 1;
  return settings;
}

/// A call at this time; false if the breaker does not let it pass.
bool call(CircuitBreaker& breaker, Time now, bool succeeds) {
  const auto permit = breaker.ask(now);
  if (permit) breaker.report(now, *permit, succeeds);
  return permit.has_value();
}

TEST_CASE("failures in a row open it, time half opens it, and probes decide") {
  CircuitBreakerSettings settings = in_a_row(3);
  settings.open_for = 5s;
  settings.probes = 2;
  CircuitBreaker breaker(settings);
  for (const bool succeeds : {false, false, true, false, false}) {
    CHECK(call(breaker, Time{1s}, succeeds));
    CHECK(breaker.state() == State::closed);
  }
  CHECK(call(breaker, Time{1s}, false));
  CHECK(breaker.state() == State::open);
  CHECK_FALSE(breaker.ask(Time{6s - 1ns}));

  const auto first = breaker.ask(Time{6s});
  REQUIRE(first);
  CHECK(breaker.state() == State::half_open);
  const auto second = breaker.ask(Time{6s});
  REQUIRE(second);
  CHECK_FALSE(breaker.ask(Time{6s}));  // no more than two probes
  breaker.report(Time{7s}, *first, true);
  CHECK(breaker.state() == State::half_open);
  breaker.report(Time{7s}, *second, false);
  CHECK(breaker.state() == State::open);

  CHECK_FALSE(call(breaker, Time{12s - 1ns}, true));
  CHECK(call(breaker, Time{12s}, true));
  CHECK(call(breaker, Time{12s}, true));
  CHECK(breaker.state() == State::closed);
  // What was before is forgotten.
  CHECK(call(breaker, Time{12s}, false));
  CHECK(call(breaker, Time{12s}, false));
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("what an earlier call reports says nothing about now") {
  CircuitBreakerSettings settings = in_a_row(1);
  CircuitBreaker breaker(settings);
  const auto slow = breaker.ask(Time{});
  const auto slower = breaker.ask(Time{});
  REQUIRE(slow);
  REQUIRE(slower);
  CHECK(call(breaker, Time{}, false));
  CHECK(breaker.state() == State::open);
  breaker.report(Time{1s}, *slow, true);
  CHECK(breaker.state() == State::open);
  const auto probe = breaker.ask(Time{5s});
  REQUIRE(probe);
  breaker.report(Time{5s}, *slower, true);
  CHECK(breaker.state() == State::half_open);
  breaker.report(Time{5s}, *probe, true);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("probes that are lost do not keep it half open for good") {
  CircuitBreaker breaker(in_a_row(1));
  call(breaker, Time{}, false);
  const auto lost = breaker.ask(Time{5s});
  REQUIRE(lost);
  CHECK_FALSE(breaker.ask(Time{10s - 1ns}));
  const auto next = breaker.ask(Time{10s});
  REQUIRE(next);
  breaker.report(Time{11s}, *lost, true);  // too late
  CHECK(breaker.state() == State::half_open);
  breaker.report(Time{11s}, *next, true);
  CHECK(breaker.state() == State::closed);
}

TEST_CASE("a share of the last calls, once there are enough") {
  CircuitBreakerSettings settings;
  settings.calls = 10;
  settings.least_calls = 5;
  settings.failures = 0.5;
  CircuitBreaker breaker(settings);
  for (const bool succeeds : {false, false, true, true}) call(breaker, Time{}, succeeds);
  CHECK(breaker.state() == State::closed);  // half of them, but of four
  for (int i = 0; i < 6; ++i) call(breaker, Time{}, true);
  CHECK(breaker.state() == State::closed);
  // The window slides: the two failures leave it as two others come.
  for (int i = 0; i < 4; ++i) call(breaker, Time{}, false);
  CHECK(breaker.state() == State::closed);
  call(breaker, Time{}, false);
  CHECK(breaker.state() == State::open);
}

TEST_CASE("a share of the calls of the last seconds") {
  CircuitBreakerSettings settings;
  settings.window = Window::time;
  settings.span = 10s;
  settings.least_calls = 4;
  settings.failures = 0.5;
  CircuitBreaker breaker(settings);
  for (int i = 0; i < 3; ++i) call(breaker, Time{500ms}, false);
  CHECK(breaker.state() == State::closed);
  // These three are forgotten after ten seconds, so the next ones stand alone.
  for (int i = 0; i < 3; ++i) call(breaker, Time{10500ms}, false);
  CHECK(breaker.state() == State::closed);
  call(breaker, Time{19s}, true);
  CHECK(breaker.state() == State::open);
}

TEST_CASE("it opens after as many calls as a run of failures takes to come") {
  // (1 - p^n) / ((1 - p) p^n): William Feller, "An Introduction to Probability Theory and Its
  // Applications" I, section XIII.7.
  for (const auto& [run, p, expected] : {std::tuple{5U, 0.5, 62.0}, {3U, 0.25, 84.0}}) {
    RandomStream random(run, "runs");
    std::vector<double> calls;
    for (int trial = 0; trial < 4000; ++trial) {
      CircuitBreaker breaker(in_a_row(run));
      double made = 0;
      while (breaker.state() == State::closed) {
        call(breaker, Time{}, !random.chance(p));
        made += 1;
      }
      calls.push_back(made);
    }
    const Sample sample = summarise(calls);
    CAPTURE(sample.mean);
    CHECK(std::abs(sample.mean - expected) < z_999 * sample.standard_error);
    CHECK(z_999 * sample.standard_error < 0.1 * expected);
  }
}

TEST_CASE("a dead service is asked once every so often") {
  CircuitBreaker breaker(in_a_row(5));
  int asked = 0;
  for (Duration at = 0s; at <= 100s; at += 10ms) asked += call(breaker, Time{at}, false) ? 1 : 0;
  CHECK(asked == 5 + 19);  // open from 40 ms on, probed every five seconds from 5.04 s to 95.04 s
}

}  // namespace
}  // namespace faultline::testing
