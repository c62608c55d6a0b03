// The token bucket: a request takes as many tokens as it costs, or is refused.
//
// A bucket holds up to `burst` tokens and is full in the beginning. Tokens come at the rate of
// `limit` a window; those for which there is no room are lost. So in any span t no more than
// burst + rate * t get in, all of the burst at once if nobody has come for a while, and in the long
// run the rate. Requests that arrive as a Poisson process are refused as often as a queue M/D/1/K
// blocks, with K = burst: the tokens that lack are the work that is there.
//
// Jonathan Turner, "New Directions in Communications (or Which Way to the Information Age?)", IEEE
// Communications Magazine 24(10), 1986, describes it as a counter beside each source; as a bucket
// of tokens it is in RFC 2697, section 3, and in the limiters of every API gateway.
#pragma once

#include <faultline/overload/exact_rate.hpp>
#include <faultline/overload/rate_limiter.hpp>

namespace faultline {

class TokenBucket final : public RateLimiter {
 public:
  TokenBucket(std::int64_t limit, Duration window, std::int64_t burst)
      : rate_(limit, window), full_(rate_.parts_of(burst)), tokens_(full_) {}

 private:
  Admission decide(Time now, std::int64_t cost) override {
    tokens_ = std::min(full_, tokens_ + rate_.in(now - filled_));
    filled_ = now;
    const Parts needed = rate_.parts_of(cost);
    if (needed <= tokens_) {
      tokens_ -= needed;
      return {true, now};
    }
    return {false, needed <= full_ ? rate_.after(now, needed - tokens_) : never};
  }

  ExactRate rate_;
  Parts full_;
  Parts tokens_;  ///< at `filled_`
  Time filled_{};
};

}  // namespace faultline
