// So many units in every so many nanoseconds, counted without rounding: what rate limiters
// remember stays right for as long as a run may last.
//
// A unit is divided into as many parts as the window has nanoseconds. Then every nanosecond brings
// exactly as many parts as the window has units, whatever the rate: 7 in 300 s has no spacing in
// whole nanoseconds, but 7 parts of 300 thousand millions are 7 parts.
#pragma once

#include <cstdint>

#include <faultline/core/time.hpp>

namespace faultline {

/// Parts of a unit. 128 bits, since a window of a day and a limit of a million need 77.
__extension__ using Parts = __int128;

class ExactRate {
 public:
  /// Precondition: both are above zero.
  ExactRate(std::int64_t units, Duration window) : units_(units), window_(window.count()) {}

  Parts parts_of(std::int64_t units) const { return Parts{units} * window_; }
  /// What flows in `span`.
  Parts in(Duration span) const { return Parts{span.count()} * units_; }
  /// `now`, or the first whole nanosecond after it by which `parts` have flowed since; never, if
  /// that is beyond all time.
  Time after(Time now, Parts parts) const {
    const Parts wait = (parts + units_ - 1) / units_;
    const Parts left = (never - now).count();
    return wait < left ? now + Duration{static_cast<Duration::rep>(wait)} : never;
  }

 private:
  std::int64_t units_;
  Duration::rep window_;
};

}  // namespace faultline
