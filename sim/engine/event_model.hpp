// The event queue as one of SimGrid's resource models. Private to sim/engine.
//
// SimGrid asks each model when its next event occurs, advances its clock to the earliest, and tells
// every model so. While SimGrid carries nothing, nothing else can happen in simulated time, and the
// queue is drained in a tight loop that costs no step of SimGrid. The loop stops at a synchronised
// event, so that SimGrid's clock stands at the event's instant when it runs.
#pragma once

#include <algorithm>

#include <simgrid/kernel/resource/Model.hpp>

#include <faultline/core/event_queue.hpp>
#include <faultline/engine/transfers.hpp>

namespace faultline {

class EventModel final : public simgrid::kernel::resource::Model {
 public:
  /// Runs events up to and including `end`.
  EventModel(EventQueue& queue, const Transfers& transfers, Time end)
      : Model("faultline events"), queue_(queue), transfers_(transfers), end_(end) {}

  double next_occurring_event(double clock) override {
    const Time next = queue_.next_time();
    return next > end_ ? -1.0 : std::max(0.0, seconds(next) - clock);
  }

  void update_actions_state(double clock, double) override {
    const Time reached = to_time(clock);
    while (!queue_.empty() && queue_.next_time() <= end_) {
      // The second test is for dates beyond 100 days, where a double falls short of nanoseconds.
      const bool due = queue_.next_time() <= reached || seconds(queue_.next_time()) <= clock;
      if (!due && (transfers_.in_flight() > 0 || queue_.next_is_synchronised())) break;
      queue_.run_next();
    }
  }

 private:
  EventQueue& queue_;
  const Transfers& transfers_;
  const Time end_;
};

}  // namespace faultline
