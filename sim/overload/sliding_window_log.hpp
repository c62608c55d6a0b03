// The sliding window log: remembers when it let whom in, and so is never wrong.
//
// A request gets in if what was let in during the window that ends now, (now - window, now], leaves
// room for it. So no window of this length, wherever it begins, ever has more than the limit; and
// nobody is refused who could be let in without breaking that. It is what the others are measured
// by, and the dearest: memory for each admission of the last window, at most `limit` of them at 16
// bytes each, where the others have two or three numbers. (Refused requests leave no trace here;
// limiters that log them, too, lock out for good whoever keeps knocking.)
//
// As a sorted set of timestamps in a store: Josiah Carlson, "Redis in Action", 2013.
#pragma once

#include <deque>

#include <faultline/overload/rate_limiter.hpp>

namespace faultline {

class SlidingWindowLog final : public RateLimiter {
 public:
  SlidingWindowLog(std::int64_t limit, Duration window) : limit_(limit), window_(window) {}

 private:
  struct Entry {
    Time at;
    std::int64_t cost;
  };

  Admission decide(Time now, std::int64_t cost) override {
    while (!log_.empty() && now - log_.front().at >= window_) {
      total_ -= log_.front().cost;
      log_.pop_front();
    }
    if (cost <= limit_ - total_) {
      log_.push_back({now, cost});
      total_ += cost;
      return {true, now};
    }
    return {false, cost <= limit_ ? when_there_is_room_for(cost) : never};
  }

  Time when_there_is_room_for(std::int64_t cost) const {
    std::int64_t room = limit_ - total_;
    for (const Entry& entry : log_) {
      room += entry.cost;
      if (room >= cost) return entry.at + window_;
    }
    return never;
  }

  std::int64_t limit_;
  Duration window_;
  std::deque<Entry> log_;   ///< of the last window, the oldest first
  std::int64_t total_ = 0;  ///< what the log adds up to
};

}  // namespace faultline
