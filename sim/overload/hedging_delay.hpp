// When to send a request a second time: when it has taken longer than most do.
//
// Of requests hedged after the 95th percentile of latency 5 % are sent twice, and of the slow ones
// only those stay slow whose second try is slow, too. The percentile is that of the last thousand
// answers; so the delay follows a service that becomes slower, instead of doubling its load.
//
// Jeffrey Dean and Luiz Andre Barroso, "The Tail at Scale", CACM 56(2), 2013.
// Bounded: 16 KiB.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <faultline/core/time.hpp>

namespace faultline {

class HedgingDelay {
 public:
  /// As many answers are remembered; the quantile is found anew after each `step` of them.
  static constexpr std::size_t remembered = 1000;
  static constexpr std::size_t step = 50;

  /// Precondition: 0 < quantile < 1.
  explicit HedgingDelay(double quantile) : quantile_(quantile) {}

  /// The latency of a first try, even if the second was answered before; of one that is given up
  /// then, what it has taken so far. (To know those only in part biases the quantile: to 5.2 % of
  /// requests sent twice instead of 5 %, if latencies are exponential.)
  void observe(Duration latency) {
    if (latencies_.size() < remembered) {
      latencies_.push_back(latency);
    } else {
      latencies_[next_] = latency;
    }
    next_ = (next_ + 1) % remembered;
    if (next_ % step == 0) find_quantile();
  }

  /// How long to wait before the second try; nothing while too few answers are known.
  std::optional<Duration> delay() const { return delay_; }

 private:
  void find_quantile() {
    sorted_ = latencies_;
    const auto rank = static_cast<std::ptrdiff_t>(quantile_ * static_cast<double>(sorted_.size()));
    std::nth_element(sorted_.begin(), sorted_.begin() + rank, sorted_.end());
    delay_ = sorted_[static_cast<std::size_t>(rank)];
  }

  double quantile_;
  std::vector<Duration> latencies_;  ///< a ring
  std::vector<Duration> sorted_;
  std::size_t next_ = 0;
  std::optional<Duration> delay_;
};

}  // namespace faultline
