// The leaky bucket, a meter or a queue: what comes in fills a bucket with a hole.
//
// The bucket holds `burst` and leaks at the rate of `limit` a window. A request pours in what it
// costs; what would spill over is refused.
//
// As a meter, the level only says whether to let a request in, which then goes on at once. That is
// the generic cell rate algorithm by which ATM networks policed their users (ITU-T I.371, annex A:
// "continuous-state leaky bucket"). Its decisions are those of a token bucket: the level is what
// that one's tokens lack.
//
// As a queue, the bucket holds the requests themselves, and they leave it at the hole: each when
// what was before it has leaked, so that those that leave are as far apart as the rate says,
// however they came. The burst bounds how long one waits: burst / rate. It is a queue of constant
// service, and with Poisson arrivals M/D/1/K. nginx's limit_req does this, and without delay the
// former.
//
// The two are often confused, since Turner (see token_bucket.hpp) had the meter in mind and
// Tanenbaum's "Computer Networks" the queue.
#pragma once

#include <faultline/overload/exact_rate.hpp>
#include <faultline/overload/rate_limiter.hpp>

namespace faultline {

class LeakyBucket final : public RateLimiter {
 public:
  enum class Use { meter, queue };

  LeakyBucket(Use use, std::int64_t limit, Duration window, std::int64_t burst)
      : use_(use), rate_(limit, window), full_(rate_.parts_of(burst)) {}

 private:
  Admission decide(Time now, std::int64_t cost) override {
    level_ = std::max(Parts{0}, level_ - rate_.in(now - leaked_));
    leaked_ = now;
    const Parts poured = rate_.parts_of(cost);
    const Parts before = level_;
    if (before + poured <= full_) {
      level_ += poured;
      return {true, use_ == Use::queue ? rate_.after(now, before) : now};
    }
    return {false, poured <= full_ ? rate_.after(now, before + poured - full_) : never};
  }

  Use use_;
  ExactRate rate_;
  Parts full_;
  Parts level_ = 0;  ///< at `leaked_`
  Time leaked_{};
};

}  // namespace faultline
