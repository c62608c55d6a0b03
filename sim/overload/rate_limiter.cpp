#include <faultline/core/text.hpp>
#include <faultline/overload/fixed_window.hpp>
#include <faultline/overload/leaky_bucket.hpp>
#include <faultline/overload/rate_limiter.hpp>
#include <faultline/overload/sliding_window_counter.hpp>
#include <faultline/overload/sliding_window_log.hpp>
#include <faultline/overload/token_bucket.hpp>

namespace faultline {

std::vector<ChoiceOf<RateLimiting>> rate_limiting_choices() {
  return {{"token_bucket", RateLimiting::token_bucket,
           "tokens come at the rate and are saved up to the burst"},
          {"leaky_bucket_meter", RateLimiting::leaky_bucket_meter,
           "what comes in fills a bucket that leaks at the rate; what would spill over is refused"},
          {"leaky_bucket_queue", RateLimiting::leaky_bucket_queue,
           "the same, and what is let in leaves the bucket evenly, at the rate"},
          {"fixed_window", RateLimiting::fixed_window, "counts anew in every window"},
          {"sliding_window_log", RateLimiting::sliding_window_log,
           "remembers all that it let in during the last window"},
          {"sliding_window_counter", RateLimiting::sliding_window_counter,
           "two counts, that of the window before weighted by what is left of it"}};
}

std::unique_ptr<RateLimiter> make_rate_limiter(const RateLimitSettings& settings) {
  const auto [algorithm, limit, window, burst] = settings;
  if (limit <= 0 || window <= Duration::zero() || burst <= 0) {
    throw BadValue("a rate limiter needs a limit, a window and a burst above zero");
  }
  if (window > longest_window) throw BadValue("a rate limiter's window is at most 10 years");
  switch (algorithm) {
    case RateLimiting::token_bucket:
      return std::make_unique<TokenBucket>(limit, window, burst);
    case RateLimiting::leaky_bucket_meter:
      return std::make_unique<LeakyBucket>(LeakyBucket::Use::meter, limit, window, burst);
    case RateLimiting::leaky_bucket_queue:
      return std::make_unique<LeakyBucket>(LeakyBucket::Use::queue, limit, window, burst);
    case RateLimiting::fixed_window:
      return std::make_unique<FixedWindow>(limit, window);
    case RateLimiting::sliding_window_log:
      return std::make_unique<SlidingWindowLog>(limit, window);
    case RateLimiting::sliding_window_counter:
      return std::make_unique<SlidingWindowCounter>(limit, window);
  }
  return nullptr;
}

}  // namespace faultline
