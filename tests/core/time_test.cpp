#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

#include <faultline/core/time.hpp>

namespace faultline {
namespace {

TEST_CASE("seconds become the nearest nanosecond, as std::llround has it") {
  std::mt19937_64 bits(1);
  std::uniform_real_distribution<double> exponent(-30, 30);
  for (int i = 0; i < 200'000; ++i) {
    const double magnitude = std::exp2(exponent(bits));
    const double value = i % 2 == 0 ? magnitude : -magnitude;
    REQUIRE(from_seconds(value).count() == std::llround(value * 1e9));
  }
  for (std::int64_t whole = -1000; whole <= 1000; ++whole) {
    for (const double part : {0.0, 0.25, 0.5, 0.75}) {
      const double value = (static_cast<double>(whole) + part) / 1e9;
      REQUIRE(from_seconds(value).count() == std::llround(value * 1e9));
    }
  }
}

TEST_CASE("spans that are too long become the longest, and what is no number nothing") {
  CHECK(from_seconds(1e10) == Duration::max());
  CHECK(from_seconds(-1e10) == Duration::min());
  CHECK(from_seconds(std::numeric_limits<double>::infinity()) == Duration::max());
  CHECK(from_seconds(std::numeric_limits<double>::quiet_NaN()) == Duration::zero());
}

}  // namespace
}  // namespace faultline
