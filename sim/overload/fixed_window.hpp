// The fixed window: a counter that starts anew in every window.
//
// Time is cut into windows, the first of which begins with the run; in each, `limit` get in. One
// counter under a key that names the window is all that nodes need to share, which is why it is
// what a limiter on top of a store does first (Redis's documentation of INCR has it as "rate
// limiter 1"). Its price: who spends one window's limit at its end and the next one's at its
// beginning gets twice the limit through in no time. More than that never passes in the length of a
// window.
#pragma once

#include <faultline/overload/rate_limiter.hpp>

namespace faultline {

class FixedWindow final : public RateLimiter {
 public:
  FixedWindow(std::int64_t limit, Duration window) : limit_(limit), window_(window) {}

 private:
  Admission decide(Time now, std::int64_t cost) override {
    const Time begin = now - now.time_since_epoch() % window_;
    if (begin != begin_) {
      begin_ = begin;
      count_ = 0;
    }
    if (cost <= limit_ - count_) {
      count_ += cost;
      return {true, now};
    }
    return {false, cost <= limit_ ? begin + window_ : never};
  }

  std::int64_t limit_;
  Duration window_;
  Time begin_{};  ///< of the window that `count_` is about
  std::int64_t count_ = 0;
};

}  // namespace faultline
