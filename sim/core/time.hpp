// Simulated time: whole nanoseconds since the start of the run.
//
// Everything above sim/engine counts time in integers, so that equal instants are equal and the
// same scenario gives the same bytes on every machine. SimGrid's double clock is converted in one
// place.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>

namespace faultline {

/// A span of simulated time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The clock of the simulated world (not of any one host; hosts have skewed clocks of their own).
struct SimulatedClock {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<SimulatedClock>;
  static constexpr bool is_steady = true;
};

/// An instant of simulated time; `Time{}` is the start of the run.
using Time = SimulatedClock::time_point;

/// Later than everything that happens.
inline constexpr Time never = Time::max();

/// A span in seconds. Divided, not multiplied by a rounded 1e-9, so that 9ms is 0.009.
constexpr double seconds(Duration span) { return static_cast<double>(span.count()) / 1e9; }
/// An instant in seconds since the start of the run.
constexpr double seconds(Time instant) { return seconds(instant.time_since_epoch()); }

/// The span nearest to `value` seconds; saturates instead of overflowing. NaN gives zero.
inline Duration from_seconds(double value) {
  constexpr double limit = 9.2e18;
  const double nanoseconds = value * 1e9;
  if (nanoseconds >= limit) return Duration::max();
  if (nanoseconds <= -limit) return Duration::min();
  if (std::isnan(nanoseconds)) return Duration::zero();
  // As std::llround, half away from zero, without the call: every message comes by here. What is
  // cut off is exact.
  const auto whole = static_cast<Duration::rep>(nanoseconds);
  const double cut_off = nanoseconds - static_cast<double>(whole);
  return Duration{whole + (cut_off >= 0.5 ? 1 : 0) - (cut_off <= -0.5 ? 1 : 0)};
}

}  // namespace faultline
