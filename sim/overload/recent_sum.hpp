// What has come lately: the sum over the last so many seconds, in ten numbers.
//
// The span is cut into ten slices, and a slice is forgotten as a whole; so the sum covers the last
// nine tenths of the span for certain, and of the tenth before as much as the present slice lacks.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <faultline/core/time.hpp>

namespace faultline {

class RecentSum {
 public:
  static constexpr std::int64_t slices = 10;

  /// Precondition: `span` is above zero.
  explicit RecentSum(Duration span) : slice_(std::max(span / slices, Duration{1})) {}

  void add(Time now, std::int64_t amount) {
    move_to(now);
    sums_[place_of(present_)] += amount;
    total_ += amount;
  }

  std::int64_t at(Time now) {
    move_to(now);
    return total_;
  }

  void clear() {
    sums_.fill(0);
    total_ = 0;
  }

 private:
  static std::size_t place_of(std::int64_t slice) {
    return static_cast<std::size_t>(slice % slices);
  }

  /// A clock that has been set back stands still.
  void move_to(Time now) {
    const std::int64_t slice = now.time_since_epoch() / slice_;
    if (slice >= present_ + slices) clear();
    while (present_ < slice) {
      present_ = std::max(present_ + 1, slice - slices);
      std::int64_t& oldest = sums_[place_of(present_)];
      total_ -= oldest;
      oldest = 0;
    }
  }

  Duration slice_;
  std::array<std::int64_t, slices> sums_{};
  std::int64_t total_ = 0;
  std::int64_t present_ = 0;  ///< number of the present slice, from the start of the run
};

}  // namespace faultline
