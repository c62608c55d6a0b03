// The event queue: what happens next in simulated time.
//
// Events of one instant run in the order in which they were scheduled (pending_events.hpp has how).
// Three ways in:
//   at()       an event that will certainly run: the cheapest;
//   timer()    one that can be cancelled;
//   timeout()  one that almost always is cancelled, after one of a few fixed spans. Timeouts of one
//              span expire in the order in which they were set, so they wait in a
//              first-in-first-out lane and only the lane's head stands in the heap: a cancelled
//              timeout costs no heap operation.
// The queue knows nothing of SimGrid. An event that needs SimGrid's clock is `synchronised`:
// run_next() stops before it unless told that the clocks agree (see sim/engine/simulation.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include <faultline/core/pending_events.hpp>
#include <faultline/core/time.hpp>

namespace faultline {

/// Names a pending timer or timeout. Default-constructed: none; cancelling it does nothing, nor
/// does cancelling one that has fired.
class TimerId {
 public:
  TimerId() = default;
  explicit operator bool() const { return generation_ != 0; }

 private:
  friend class EventQueue;
  TimerId(std::uint32_t slot, std::uint32_t generation) : slot_(slot), generation_(generation) {}
  std::uint32_t slot_ = 0;
  std::uint32_t generation_ = 0;
};

class EventQueue {
 public:
  /// The instant of the event that runs, or ran last.
  Time now() const { return now_; }

  /// Runs `handler(target, argument)` at `when`; an instant in the past means now.
  void at(Time when, EventHandler handler, void* target, std::uint64_t argument = 0) {
    push(when, next_sequence(), handler, target, argument);
  }
  void after(Duration span, EventHandler handler, void* target, std::uint64_t argument = 0) {
    at(later(span), handler, target, argument);
  }
  /// Like at(now()), but only once SimGrid's clock has caught up.
  void synchronised(EventHandler handler, void* target, std::uint64_t argument = 0) {
    push(now_, next_sequence() | 1U, handler, target, argument);
  }

  TimerId timer(Duration span, EventHandler handler, void* target, std::uint64_t argument = 0);
  TimerId timeout(Duration span, EventHandler handler, void* target, std::uint64_t argument = 0);
  void cancel(TimerId timer);

  bool empty() const { return pending_.empty(); }
  Time next_time() const { return empty() ? never : pending_.when(); }
  bool next_is_synchronised() const { return !empty() && (pending_.sequence() & 1U) != 0; }

  /// Runs the next event. Precondition: not empty.
  void run_next() {
    const PendingEvent event = pending_.pop();
    now_ = event.when;
    ++events_;
    event.handler(event.target, event.argument);
  }
  /// Runs all events up to and including `limit` (those synchronised too), then sets the clock to
  /// it. For tests and tools without SimGrid.
  void run_until(Time limit);

  /// Calls `visit(target, argument)` for every pending event of `handler`, in no useful order: lets
  /// the owner of what such events point to free it at the end of a run.
  template <class Visitor>
  void for_each_pending(EventHandler handler, Visitor visit) const {
    pending_.for_each([&](const PendingEvent& event) {
      if (event.handler == handler) visit(event.target, event.argument);
    });
  }

  /// Events run so far; entries of cancelled timers count, since they cost a pop.
  std::uint64_t events() const { return events_; }
  std::size_t pending() const { return pending_.size(); }

 private:
  struct Slot {
    EventHandler handler = nullptr;
    void* target = nullptr;
    std::uint64_t argument = 0;
    std::uint32_t generation = 1;
  };
  struct Waiting {
    Time when;
    std::uint64_t sequence;
    std::uint64_t timer;
  };
  struct Lane {
    Duration span;
    std::vector<Waiting> waiting;  // a ring would save the occasional shift; see advance()
    std::size_t head = 0;
    bool head_pending = false;
  };

  /// Even numbers; the lowest bit says `synchronised`.
  std::uint64_t next_sequence() { return sequence_ += 2; }
  Time later(Duration span) const {
    return span >= never - now_ ? never : (span.count() < 0 ? now_ : now_ + span);
  }

  void push(Time when, std::uint64_t sequence, EventHandler handler, void* target,
            std::uint64_t argument) {
    pending_.push({when < now_ ? now_ : when, sequence, handler, target, argument});
  }

  std::uint64_t claim(EventHandler handler, void* target, std::uint64_t argument);
  bool pending_timer(std::uint64_t timer) const;
  void fire(std::uint64_t timer);
  Lane* lane_of(Duration span);
  void advance(Lane& lane);
  static void on_timer(void* queue, std::uint64_t timer);
  static void on_lane(void* queue, std::uint64_t lane);

  PendingEvents pending_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Lane> lanes_;
  Time now_{};
  std::uint64_t sequence_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace faultline
