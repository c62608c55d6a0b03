// The events that have not happened yet, ordered by (time, order of scheduling).
//
// A ladder of three steps, after Tang, Goh and Thng, "Ladder queue: an O(1) priority queue
// structure for large-scale discrete event simulation" (ACM TOMACS 15(3), 2005): what is far away
// is not worth sorting yet.
//
//   far    unsorted: where most events of a large simulation wait
//   rung   a stretch of time cut into buckets of equal width, unsorted inside
//   near   a heap of what comes next: one bucket, small enough for the processor's caches
//
// When `near` runs empty, the next bucket is poured into it; when the buckets run out, a part of
// `far` is dealt out to new ones. So an event is moved three times, whatever their number, and only
// the heap compares. With few events everything is in `near`.
//
// The heap has four children to a node, as keys of 16 bytes: the four stand in one cache line, and
// the least of them is found without a branch that could be mispredicted. What an event does lies
// elsewhere and is touched twice, when it comes and when it goes. An event that leaves takes the
// last key's place from the bottom up (Wegener 1993: it belongs there nearly always).
// tools/bench/event_queue.cpp compares all this with std::priority_queue.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <faultline/core/time.hpp>

namespace faultline {

/// What to run: a plain function with its object and a number; no allocation, no virtual call.
using EventHandler = void (*)(void* target, std::uint64_t argument);

struct PendingEvent {
  Time when;
  std::uint64_t sequence;  ///< unique; the lower of two at one instant comes first
  EventHandler handler;
  void* target;
  std::uint64_t argument;
};

/// The heap: at most 2^24 events, sequences below 2^40.
class NearEvents {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Of the first event. Precondition: not empty.
  Time when() const { return Time{Duration{key(root).when}}; }
  std::uint64_t sequence() const { return key(root).rank >> slot_bits; }

  void push(const PendingEvent& event) {
    const std::uint64_t slot = keep({event.handler, event.target, event.argument});
    const Key pushed{event.when.time_since_epoch().count(), event.sequence << slot_bits | slot};
    const std::size_t place = root + size_++;
    if (place / 4 == groups_.size()) groups_.emplace_back();
    rise(place, pushed);
  }

  /// Precondition: not empty.
  PendingEvent pop() {
    const Key first = key(root);
    const std::uint64_t slot = first.rank & (most - 1);
    const Action action = actions_[slot];
    free_slots_.push_back(static_cast<std::uint32_t>(slot));
    const std::size_t last = root + --size_;
    const Key moved = std::exchange(key(last), Key{});
    if (last != root) rise(sink(last), moved);
    return {Time{Duration{first.when}}, first.rank >> slot_bits, action.handler, action.target,
            action.argument};
  }

  template <class Visitor>
  void for_each(Visitor visit) const {
    for (std::size_t place = root; place < root + size_; ++place) {
      const Key& found = key(place);
      const Action& action = actions_[found.rank & (most - 1)];
      visit(PendingEvent{Time{Duration{found.when}}, found.rank >> slot_bits, action.handler,
                         action.target, action.argument});
    }
  }

 private:
  static constexpr unsigned slot_bits = 24;
  static constexpr std::uint64_t most = std::uint64_t{1} << slot_bits;

  /// Default-constructed: later than all events, so that groups need not be full.
  struct Key {
    std::int64_t when = INT64_MAX;
    std::uint64_t rank = UINT64_MAX;  ///< sequence, then slot
    bool before(const Key& other) const {
      __extension__ using Wide = unsigned __int128;
      const auto wide = [](const Key& key) {
        return Wide{static_cast<std::uint64_t>(key.when)} << 64U | key.rank;
      };
      return wide(*this) < wide(other);  // no time is negative
    }
  };
  struct alignas(64) Group {
    Key keys[4];
  };
  struct Action {
    EventHandler handler;
    void* target;
    std::uint64_t argument;
  };

  // With the root at place 3, the children of place p are the group p - 2.
  static constexpr std::size_t root = 3;
  static std::size_t parent(std::size_t place) { return place / 4 + 2; }
  static std::size_t children(std::size_t place) { return place - 2; }
  Key& key(std::size_t place) { return groups_[place / 4].keys[place % 4]; }
  const Key& key(std::size_t place) const { return groups_[place / 4].keys[place % 4]; }

  std::uint64_t keep(Action action) {
    if (free_slots_.empty()) return keep_in_new_slot(action);
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    actions_[slot] = action;
    return slot;
  }
  std::uint64_t keep_in_new_slot(Action action);

  /// Puts `risen` where it belongs between `place` and the root.
  void rise(std::size_t place, Key risen) {
    while (place > root) {
      const Key& above = key(parent(place));
      if (!risen.before(above)) break;
      key(place) = above;
      place = parent(place);
    }
    key(place) = risen;
  }
  /// Moves the hole at the root down to the bottom, along the least children. `end` is the first
  /// place that holds no event. Returns where the hole is then.
  std::size_t sink(std::size_t end) {
    std::size_t hole = root;
    while (children(hole) * 4 < end) {
      const Group& group = groups_[children(hole)];
      const std::size_t a = group.keys[1].before(group.keys[0]) ? 1 : 0;
      const std::size_t b = group.keys[3].before(group.keys[2]) ? 3 : 2;
      const std::size_t least = group.keys[b].before(group.keys[a]) ? b : a;
      key(hole) = group.keys[least];
      hole = children(hole) * 4 + least;
    }
    return hole;
  }

  std::vector<Group> groups_{1};
  std::size_t size_ = 0;
  std::vector<Action> actions_;
  std::vector<std::uint32_t> free_slots_;
};

/// Invariant: if there are events at all, some are near.
class PendingEvents {
 public:
  bool empty() const { return near_.empty(); }
  std::size_t size() const { return near_.size() + beyond_; }
  /// Of the first event. Precondition: not empty.
  Time when() const { return near_.when(); }
  std::uint64_t sequence() const { return near_.sequence(); }

  /// Throws std::length_error beyond 2^24 events in one stretch of the near future.
  void push(const PendingEvent& event) {
    if (event.when > near_until_) {
      push_beyond(event);
      return;
    }
    near_.push(event);
    if (near_.size() > most_near && near_until_ == never) spread();
  }
  /// Precondition: not empty.
  PendingEvent pop() {
    const PendingEvent first = near_.pop();
    if (near_.empty() && beyond_ > 0) refill();
    return first;
  }

  /// In no useful order.
  template <class Visitor>
  void for_each(Visitor visit) const {
    near_.for_each(visit);
    for (std::size_t bucket = next_bucket_; bucket < buckets_.size(); ++bucket) {
      for (const PendingEvent& event : buckets_[bucket]) visit(event);
    }
    for (const PendingEvent& event : far_) visit(event);
  }

 private:
  static constexpr std::size_t most_near = 256;   ///< before they are spread over buckets
  static constexpr std::size_t bucket_size = 64;  ///< on average

  void push_beyond(const PendingEvent& event);
  /// To its bucket, or far away.
  void deal(const PendingEvent& event);
  void spread();
  void refill();
  void make_rung();
  bool on_rung(Time when) const;

  NearEvents near_;
  Time near_until_ = never;  ///< the latest that goes to near_
  std::size_t beyond_ = 0;   ///< events not in near_
  Time rung_from_{};
  std::uint64_t rung_length_ = 0;  ///< in nanoseconds; 0: there is none
  unsigned bucket_shift_ = 0;      ///< the logarithm of a bucket's width
  std::size_t next_bucket_ = 0;
  std::vector<std::vector<PendingEvent>> buckets_;  ///< empty before next_bucket_
  std::vector<PendingEvent> far_;
};

}  // namespace faultline
