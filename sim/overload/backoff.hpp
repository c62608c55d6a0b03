// How long a client waits before it tries again.
//
// The strategies and their names are those of Marc Brooker, "Exponential Backoff And Jitter", AWS
// Architecture Blog, 2015. With n retries behind it, a client waits
//   constant             base
//   exponential          min(cap, base * 2^n)
//   full jitter          uniform(0, min(cap, base * 2^n))
//   equal jitter         half of min(cap, base * 2^n), and uniform(0, that half) more
//   decorrelated jitter  min(cap, uniform(base, 3 * the wait before)), the first from base
// (The simulator published with the article starts at n = 1, which is this with twice the base.)
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include <faultline/core/random.hpp>
#include <faultline/core/time.hpp>

namespace faultline {

/// How long to wait before the next attempt.
enum class Backoff { none, constant, exponential, full_jitter, equal_jitter, decorrelated_jitter };

struct RetrySettings {
  int attempts = 1;  ///< sends, the first included
  Backoff backoff = Backoff::full_jitter;
  Duration base = std::chrono::milliseconds(20);
  Duration cap = std::chrono::seconds(1);
};

/// The waits of one operation, one after the other.
class BackoffSequence {
 public:
  explicit BackoffSequence(const RetrySettings& settings)
      : settings_(settings), last_(seconds(settings.base)) {}

  Duration next(RandomStream& random) {
    const double ceiling = exponential();
    ++retries_;
    switch (settings_.backoff) {
      case Backoff::none:
        return Duration::zero();
      case Backoff::constant:
        return settings_.base;
      case Backoff::exponential:
        return from_seconds(ceiling);
      case Backoff::full_jitter:
        return from_seconds(random.uniform(0, ceiling));
      case Backoff::equal_jitter:
        return from_seconds(ceiling / 2 + random.uniform(0, ceiling / 2));
      case Backoff::decorrelated_jitter:
        last_ =
            std::min(seconds(settings_.cap), random.uniform(seconds(settings_.base), 3 * last_));
        return from_seconds(last_);
    }
    return Duration::zero();
  }

 private:
  double exponential() const {
    return std::min(seconds(settings_.cap), std::ldexp(seconds(settings_.base), retries_));
  }

  RetrySettings settings_;
  double last_;
  int retries_ = 0;
};

}  // namespace faultline
