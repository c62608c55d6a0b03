// CoDel: tells a good queue from a bad one by how long it has been standing.
//
// A queue is there to absorb bursts; one that never empties only adds delay. Its length does not
// tell them apart, but the *least* time that anything spends in it does: if that has been above a
// target (5 ms) for an interval (100 ms, a round trip at its worst), nothing was absorbed. Then
// CoDel drops one at the head, and, as long as the queue stands, another one after interval /
// sqrt(number of drops so far): the square root makes the rate of drops grow linearly, which is
// what brings senders that slow down with each loss to the target. When the delay comes below the
// target, it stops, and remembers where it was in case it has to begin again soon.
//
// Kathleen Nichols and Van Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012; the rules
// here are those of RFC 8289, section 5. Requests that nobody sends again more slowly do not obey:
// against an open loop CoDel drops too little (use request_queue.hpp's other ways).
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

#include <faultline/core/time.hpp>

namespace faultline {

class CoDel {
 public:
  CoDel(Duration target, Duration interval) : target_(target), interval_(interval) {}

  /// Asked of each item that is taken from the head: whether to drop it and to take the next. It
  /// has spent `sojourn` in the queue; `last`: nothing is left behind it.
  bool drops(Time now, Duration sojourn, bool last) {
    const bool stands = has_stood_for_an_interval(now, sojourn, last);
    if (!dropping_) return stands && begin(now);
    if (!stands) {
      dropping_ = false;
      return false;
    }
    if (dropped_) next_ = after_drop(next_);
    dropped_ = now >= next_;
    if (dropped_) ++count_;
    return dropped_;
  }

  /// The queue was found empty.
  void emptied() {
    first_above_ = never;
    dropping_ = false;
  }

 private:
  bool has_stood_for_an_interval(Time now, Duration sojourn, bool last) {
    if (sojourn < target_ || last) {
      first_above_ = never;
      return false;
    }
    if (first_above_ == never) {
      first_above_ = now + interval_;
      return false;
    }
    return now >= first_above_;
  }

  bool begin(Time now) {
    // If it stopped a short while ago, the rate that was right then is where to begin.
    const std::uint64_t since_last_time = count_ - count_at_begin_;
    const bool again = since_last_time > 1 && now - next_ < 16 * interval_;
    count_ = again ? since_last_time : 1;
    count_at_begin_ = count_;
    next_ = after_drop(now);
    dropping_ = true;
    dropped_ = false;
    return true;
  }

  /// The control law.
  Time after_drop(Time drop) const {
    return drop + from_seconds(seconds(interval_) / std::sqrt(static_cast<double>(count_)));
  }

  Duration target_;
  Duration interval_;
  Time first_above_ = never;  ///< when the sojourn will have been above the target for an interval
  Time next_{};               ///< when to drop the next
  std::uint64_t count_ = 0;   ///< of drops since the beginning of this spell, or more
  std::uint64_t count_at_begin_ = 0;
  bool dropping_ = false;
  bool dropped_ = false;  ///< the item before; when the next is due is not known yet
};

}  // namespace faultline
