// A Lamport clock (Lamport, "Time, clocks, and the ordering of events in a distributed system",
// CACM 21(7), 1978) counts: a node's next event gets a number above all that the node has heard of.
// So an event is later than all that may have caused it; of two that know nothing of each other one
// is later by the numbers' whim.
//
//   const std::uint64_t time = clock.tick();   // of an event here
//   clock.hear_of(message.time);               // with every message, or the promise is void
#pragma once

#include <algorithm>
#include <cstdint>

#include <faultline/core/time.hpp>
#include <faultline/model/durable.hpp>

namespace faultline {

/// Durable: a node that had forgotten what it counted could number two events alike.
class LamportClock {
 public:
  explicit LamportClock(DurableState& owner) : time_(owner) {}

  std::uint64_t time() const { return time_.get(); }
  void hear_of(std::uint64_t time) {
    if (time > time_.get()) time_.set(time);
  }
  /// Time passes: with this, the count follows the wall clock, in microseconds.
  void keep_up_with(Time wall) {
    const std::int64_t nanoseconds = wall.time_since_epoch().count();
    hear_of(static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0) / 1000));
  }
  std::uint64_t tick() {
    time_.set(time_.get() + 1);
    return time_.get();
  }

 private:
  DurableCell<std::uint64_t> time_;
};

}  // namespace faultline
