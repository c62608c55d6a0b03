// Rate limiters: who is let in, if so many are allowed in so much time.
//
//   auto limiter = make_rate_limiter({RateLimiting::token_bucket, 100, 1s, 20});
//   const Admission admission = limiter->admit(now);
//   if (!admission.admitted) ...            // 429, with Retry-After: admission.at - now
//
// Which one for what:
//   token_bucket            bursts are fine as long as the average holds; two numbers of memory
//   leaky_bucket_meter      the same decisions, seen from the other side
//   leaky_bucket_queue      nobody is refused who can wait; what leaves is as even as a clock
//   fixed_window            the cheapest, and easily shared between nodes; lets twice the limit
//   pass
//                           across the edge of two windows
//   sliding_window_log      never more than the limit in any window; remembers every admission
//   sliding_window_counter  nearly that with two counters, as long as arrivals are even
// Each is taught in a header of its own. One limiter is for one key: a client, a tenant, a route.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include <faultline/core/parameters.hpp>
#include <faultline/core/time.hpp>

namespace faultline {

enum class RateLimiting {
  token_bucket,
  leaky_bucket_meter,
  leaky_bucket_queue,
  fixed_window,
  sliding_window_log,
  sliding_window_counter
};

/// The names of the algorithms, for a model's choice() of one.
std::vector<ChoiceOf<RateLimiting>> rate_limiting_choices();

struct RateLimitSettings {
  RateLimiting algorithm = RateLimiting::token_bucket;
  std::int64_t limit = 100;                   ///< units of cost ...
  Duration window = std::chrono::seconds(1);  ///< ... in so much time
  /// Of the buckets: how much they hold, and so how much may come at once. Windows have no use for
  /// it.
  std::int64_t burst = 100;
};

/// The answer of a limiter.
struct Admission {
  bool admitted = false;
  /// If admitted: when to go on; now, but for a leaky bucket as a queue. If not: the first instant
  /// at which the same request would be admitted if nothing else were until then; `never` if it
  /// costs more than is ever let in at once.
  Time at = never;

  friend bool operator==(const Admission&, const Admission&) = default;
};

class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  /// Lets a request in, and counts it, or not, and forgets it. The clock may be that of a host: if
  /// it has been set back, time stands still until it has caught up. Precondition: cost > 0.
  Admission admit(Time now, std::int64_t cost = 1) {
    now_ = std::max(now_, now);
    return decide(now_, cost);
  }

 protected:
  RateLimiter() = default;
  RateLimiter(const RateLimiter&) = default;
  RateLimiter& operator=(const RateLimiter&) = default;

 private:
  /// `now` is never before that of the last call.
  virtual Admission decide(Time now, std::int64_t cost) = 0;

  Time now_{};
};

/// Longer windows would reach beyond all time.
inline constexpr Duration longest_window = std::chrono::hours(24 * 365 * 10);

/// Throws BadValue unless limit, window and burst are above zero, and the window at most ten years.
std::unique_ptr<RateLimiter> make_rate_limiter(const RateLimitSettings& settings);

}  // namespace faultline
