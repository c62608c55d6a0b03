// A hybrid logical clock: Lamport's promise in numbers that stay close to the time of day
// (Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical physical clocks and consistent snapshots
// in globally distributed databases", OPODIS 2014, figure 5).
//
// A time has two parts: l, the highest physical time that its event could know of, and c, a count
// of the events that share it. So
//
//   1. e happened before f  =>  time(e) < time(f)          (theorem 1: what Lamport promises);
//   2. l >= the node's physical clock                       (theorem 2);
//   3. l - physical clock <= epsilon, if no two clocks are further apart than epsilon  (corollary
//   1).
//
// By 1 no write is numbered below one that it has seen, however wrong clocks are; by 2 and 3 of two
// events that know nothing of each other, but are more than epsilon apart, the later one is
// numbered higher. A wall clock promises neither, a Lamport clock not the second.
//
//   HybridClock clock(stored);                          // where it stood
//   const HybridTime time = clock.send(now());          // of an event here, or a message from here
//   clock.receive(message.time, now());                 // with every message
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

#include <faultline/core/time.hpp>

namespace faultline {

/// Both parts in one word (section 6.2): l in microseconds in the upper 48 bits, c in the lower 16.
/// Words are ordered as times are. A count that overflows carries into l, which keeps promise 1.
class HybridTime {
 public:
  static constexpr unsigned counter_bits = 16;

  HybridTime() = default;
  HybridTime(std::uint64_t l, std::uint64_t c) : word_((l << counter_bits) + c) {}
  /// A clock that stands before time zero counts as standing at it.
  static HybridTime of(Time physical) {
    const std::int64_t nanoseconds = physical.time_since_epoch().count();
    return {static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0) / 1000), 0};
  }
  static HybridTime from_word(std::uint64_t word) {
    HybridTime time;
    time.word_ = word;
    return time;
  }

  std::uint64_t l() const { return word_ >> counter_bits; }  ///< microseconds
  std::uint64_t c() const { return word_ % (std::uint64_t{1} << counter_bits); }
  std::uint64_t word() const { return word_; }
  friend auto operator<=>(const HybridTime&, const HybridTime&) = default;

 private:
  std::uint64_t word_ = 0;
};

class HybridClock {
 public:
  HybridClock() = default;
  explicit HybridClock(HybridTime stood_at) : time_(stood_at) {}

  HybridTime time() const { return time_; }

  /// The time of an event here, at this instant of the node's physical clock.
  HybridTime send(Time physical) {
    const std::uint64_t l = std::max(time_.l(), HybridTime::of(physical).l());
    const std::uint64_t c = l == time_.l() ? time_.c() + 1 : 0;
    time_ = {l, c};
    return time_;
  }

  /// The time of the event that a message comes, which was sent at `message`.
  HybridTime receive(HybridTime message, Time physical) {
    const std::uint64_t l = std::max({time_.l(), message.l(), HybridTime::of(physical).l()});
    std::uint64_t c = 0;
    if (l == time_.l() && l == message.l()) {
      c = std::max(time_.c(), message.c()) + 1;
    } else if (l == time_.l()) {
      c = time_.c() + 1;
    } else if (l == message.l()) {
      c = message.c() + 1;
    }
    time_ = {l, c};
    return time_;
  }

 private:
  HybridTime time_;
};

}  // namespace faultline
