// The event queue: what happens next in simulated time.
//
// A 4-ary heap of small entries, ordered by (time, order of scheduling), so that events of one
// instant run in the order in which they were scheduled. Three ways in:
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

#include <faultline/core/time.hpp>

namespace faultline {

/// What to run: a plain function with its object and a number; no allocation, no virtual call.
using EventHandler = void (*)(void* target, std::uint64_t argument);

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

  bool empty() const { return heap_.empty(); }
  Time next_time() const { return heap_.empty() ? never : heap_.front().when; }
  bool next_is_synchronised() const { return !heap_.empty() && (heap_.front().sequence & 1U) != 0; }

  /// Runs the next event. Precondition: not empty.
  void run_next() {
    const Entry entry = pop();
    now_ = entry.when;
    ++events_;
    entry.handler(entry.target, entry.argument);
  }
  /// Runs all events up to and including `limit` (those synchronised too), then sets the clock to
  /// it. For tests and tools without SimGrid.
  void run_until(Time limit);

  /// Calls `visit(target, argument)` for every pending event of `handler`, in no useful order: lets
  /// the owner of what such events point to free it at the end of a run.
  template <class Visitor>
  void for_each_pending(EventHandler handler, Visitor visit) const {
    for (const Entry& entry : heap_) {
      if (entry.handler == handler) visit(entry.target, entry.argument);
    }
  }

  /// Events run so far; entries of cancelled timers count, since they cost a pop.
  std::uint64_t events() const { return events_; }
  std::size_t pending() const { return heap_.size(); }

 private:
  struct Entry {
    Time when;
    std::uint64_t sequence;  // even numbers; the lowest bit says `synchronised`
    EventHandler handler;
    void* target;
    std::uint64_t argument;
    bool before(const Entry& other) const {
      return when < other.when || (when == other.when && sequence < other.sequence);
    }
  };
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
    bool in_heap = false;
  };

  std::uint64_t next_sequence() { return sequence_ += 2; }
  Time later(Duration span) const {
    return span >= never - now_ ? never : (span.count() < 0 ? now_ : now_ + span);
  }

  void push(Time when, std::uint64_t sequence, EventHandler handler, void* target,
            std::uint64_t argument) {
    const Entry entry{when < now_ ? now_ : when, sequence, handler, target, argument};
    std::size_t place = heap_.size();
    heap_.push_back(entry);
    while (place > 0) {
      const std::size_t parent = (place - 1) / 4;
      if (!entry.before(heap_[parent])) break;
      heap_[place] = heap_[parent];
      place = parent;
    }
    heap_[place] = entry;
  }

  Entry pop() {
    const Entry result = heap_.front();
    const Entry entry = heap_.back();
    heap_.pop_back();
    const std::size_t size = heap_.size();
    if (size > 0) {
      std::size_t place = 0;
      for (;;) {
        const std::size_t first = 4 * place + 1;
        if (first >= size) break;
        std::size_t least = first;
        const std::size_t last = first + 4 < size ? first + 4 : size;
        for (std::size_t child = first + 1; child < last; ++child) {
          if (heap_[child].before(heap_[least])) least = child;
        }
        if (!heap_[least].before(entry)) break;
        heap_[place] = heap_[least];
        place = least;
      }
      heap_[place] = entry;
    }
    return result;
  }

  std::uint64_t claim(EventHandler handler, void* target, std::uint64_t argument);
  bool pending_timer(std::uint64_t timer) const;
  void fire(std::uint64_t timer);
  Lane* lane_of(Duration span);
  void advance(Lane& lane);
  static void on_timer(void* queue, std::uint64_t timer);
  static void on_lane(void* queue, std::uint64_t lane);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Lane> lanes_;
  Time now_{};
  std::uint64_t sequence_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace faultline
