// The retry budget: retries may be a share of requests, however many requests fail.
//
//   budget.deposit(now);                          // with every request
//   if (failed && budget.withdraw(now)) ...       // then try again
//
// With n retries and a share p of failures, clients send 1 + p + p^2 + ... + p^n times as much: at
// the very moment when a service is down, n + 1 times, and that keeps it down. A budget bounds it.
// Every request puts in `share` of a retry, and every retry takes one out; what was put in expires
// after a while, so that a long calm does not pay for a storm. So clients never send more than
// 1 + share times as much for long, and `least_per_second` beside: these need no deposit, so that a
// client which asks rarely may retry at all.
//
// The budget of Twitter's Finagle (RetryBudget, 2016: deposits live 10 s, share 20 %, at least 10 a
// second); Alejandro Forero Cuervo, "Handling Overload", in "Site Reliability Engineering", 2016,
// chapter 21, has a share of 10 %. Bounded: ten numbers.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

#include <faultline/core/time.hpp>
#include <faultline/overload/recent_sum.hpp>

namespace faultline {

struct RetryBudgetSettings {
  double share = 0.2;                          ///< of a retry that a request pays for
  double least_per_second = 10;                ///< retries that nobody pays for
  Duration expiry = std::chrono::seconds(10);  ///< of deposits; above zero
};

class RetryBudget {
 public:
  explicit RetryBudget(const RetryBudgetSettings& settings)
      : deposit_(std::llround(settings.share * retry)),
        reserve_(std::llround(settings.least_per_second * seconds(settings.expiry) * retry)),
        balance_(settings.expiry) {}

  void deposit(Time now) { balance_.add(now, deposit_); }

  /// Whether there is enough for a retry, which is then paid.
  bool withdraw(Time now) {
    if (balance_.at(now) + reserve_ < retry) return false;
    balance_.add(now, -retry);
    return true;
  }

 private:
  static constexpr std::int64_t retry = 1'000'000;  ///< its price, so that shares are whole numbers

  std::int64_t deposit_;
  std::int64_t reserve_;
  RecentSum balance_;  ///< withdrawals expire, too: that renews the reserve
};

}  // namespace faultline
