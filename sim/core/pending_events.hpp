// The events that have not happened yet, ordered by (time, order of scheduling).
//
// A ladder, after Tang, Goh and Thng, "Ladder queue: an O(1) priority queue structure for
// large-scale discrete event simulation" (ACM TOMACS 15(3), 2005): what is far away is not worth
// sorting yet.
//
//   far    unsorted: where most events of a large simulation wait
//   rung   a stretch of time cut into buckets of equal width, unsorted inside
//   near   one bucket, sorted, and beside it a heap of what was scheduled into its stretch since
//
// When `near` runs empty, the next bucket is sorted and takes its place; when the buckets run out,
// a part of `far` is dealt out to new ones. So an event is moved twice, whatever their number, and
// compared with a dozen others. With few events all are in the heap.
//
// What moves is a key of 16 bytes. What an event does lies elsewhere and is touched twice, when it
// comes and when it goes. tools/bench/event_queue.cpp compares all this with std::priority_queue.
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

/// When an event comes. Default-constructed: after all events.
struct EventKey {
  std::int64_t when = INT64_MAX;
  std::uint64_t rank = UINT64_MAX;  ///< sequence, then where the rest of the event is kept

  bool before(const EventKey& other) const {
    __extension__ using Wide = unsigned __int128;
    const auto wide = [](const EventKey& key) {
      return Wide{static_cast<std::uint64_t>(key.when)} << 64U | key.rank;
    };
    return wide(*this) < wide(other);  // no time is negative
  }
};

/// A heap with four children to a node: the four stand in one cache line, and the least of them is
/// found without a branch that could be mispredicted. When the first leaves, the last takes its
/// place from the bottom up (Wegener 1993: it belongs there nearly always).
class EventHeap {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// After all events, if it is empty.
  const EventKey& first() const { return groups_[root / 4].keys[root % 4]; }

  void push(EventKey pushed) {
    const std::size_t place = root + size_++;
    if (place / 4 == groups_.size()) groups_.emplace_back();
    rise(place, pushed);
  }
  /// Precondition: not empty.
  void pop() {
    const std::size_t last = root + --size_;
    const EventKey moved = std::exchange(key(last), EventKey{});
    if (last != root) rise(sink(last), moved);
  }
  void clear() {
    groups_.assign(1, Group{});
    size_ = 0;
  }
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (std::size_t place = root; place < root + size_; ++place) {
      visit(groups_[place / 4].keys[place % 4]);
    }
  }

 private:
  /// Those without an event come after all events, so that groups need not be full.
  struct alignas(64) Group {
    EventKey keys[4];
  };

  // With the root at place 3, the children of place p are the group p - 2.
  static constexpr std::size_t root = 3;
  static std::size_t parent(std::size_t place) { return place / 4 + 2; }
  static std::size_t children(std::size_t place) { return place - 2; }
  EventKey& key(std::size_t place) { return groups_[place / 4].keys[place % 4]; }

  /// Puts `risen` where it belongs between `place` and the root.
  void rise(std::size_t place, EventKey risen) {
    while (place > root) {
      const EventKey& above = key(parent(place));
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
};

/// At most 2^25 events at a time, sequences below 2^39. Invariant: if there are events at all, the
/// first is near.
class PendingEvents {
 public:
  bool empty() const { return first_.rank == UINT64_MAX; }
  std::size_t size() const { return sorted_.size() + late_.size() + beyond_; }
  /// Of the first event. Precondition: not empty.
  Time when() const { return Time{Duration{first_.when}}; }
  std::uint64_t sequence() const { return first_.rank >> slot_bits; }

  /// Throws std::length_error beyond 2^25 events.
  void push(const PendingEvent& event) {
    const std::uint64_t slot = keep({event.handler, event.target, event.argument});
    const EventKey key{event.when.time_since_epoch().count(), event.sequence << slot_bits | slot};
    if (key.when > near_until_) {
      push_beyond(key);
      return;
    }
    late_.push(key);
    if (key.before(first_)) first_ = key;
    if (late_.size() > most_unsorted && near_until_ == forever) spread();
  }
  /// Precondition: not empty.
  PendingEvent pop() {
    const EventKey key = first_;
    const std::uint64_t slot = key.rank & (most - 1);
    const Action action = actions_[slot];
    free_slots_.push_back(static_cast<std::uint32_t>(slot));
    if (!sorted_.empty() && sorted_.back().rank == key.rank) {
      sorted_.pop_back();
    } else {
      late_.pop();
    }
    if (sorted_.empty() && late_.empty() && beyond_ > 0) refill();
    find_first();
    return {Time{Duration{key.when}}, key.rank >> slot_bits, action.handler, action.target,
            action.argument};
  }

  /// In no useful order.
  template <class Visitor>
  void for_each(Visitor visit) const {
    const auto show = [&](const EventKey& key) {
      const Action& action = actions_[key.rank & (most - 1)];
      visit(PendingEvent{Time{Duration{key.when}}, key.rank >> slot_bits, action.handler,
                         action.target, action.argument});
    };
    for (const EventKey& key : sorted_) show(key);
    late_.for_each(show);
    for (std::size_t bucket = next_bucket_; bucket < bucket_count_; ++bucket) {
      for (const EventKey& key : buckets_[bucket]) show(key);
    }
    for (const EventKey& key : far_) show(key);
  }

 private:
  static constexpr unsigned slot_bits = 25;
  static constexpr std::uint64_t most = std::uint64_t{1} << slot_bits;
  static constexpr std::int64_t forever = INT64_MAX;
  static constexpr std::size_t most_unsorted = 256;  ///< before they are spread over buckets
  static constexpr std::size_t bucket_size = 16;     ///< on average

  struct Action {
    EventHandler handler;
    void* target;
    std::uint64_t argument;
  };

  std::uint64_t keep(Action action) {
    if (free_slots_.empty()) return keep_in_new_slot(action);
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    actions_[slot] = action;
    return slot;
  }
  std::uint64_t keep_in_new_slot(Action action);

  void find_first() {
    first_ = late_.first();
    if (!sorted_.empty() && sorted_.back().before(first_)) first_ = sorted_.back();
  }
  void push_beyond(EventKey key);
  /// To its bucket, or far away.
  void deal(EventKey key);
  void spread();
  void refill();
  void make_rung();
  bool on_rung(std::int64_t when) const;

  EventKey first_;                     ///< of sorted_ and late_
  std::vector<EventKey> sorted_;       ///< the first at the end
  EventHeap late_;                     ///< scheduled after sorted_ was
  std::int64_t near_until_ = forever;  ///< the latest that goes to late_
  std::size_t beyond_ = 0;             ///< events in buckets_ and far_
  std::int64_t rung_from_ = 0;
  std::uint64_t rung_length_ = 0;  ///< in nanoseconds; 0: there is none
  unsigned bucket_shift_ = 0;      ///< the logarithm of a bucket's width
  std::size_t next_bucket_ = 0;
  std::size_t bucket_count_ = 0;
  std::vector<std::vector<EventKey>> buckets_;  ///< used from next_bucket_ to bucket_count_
  std::vector<EventKey> far_;
  std::vector<EventKey> dealt_;  ///< empty between calls: its room is used again

  std::vector<Action> actions_;  ///< by slot
  std::vector<std::uint32_t> free_slots_;
};

}  // namespace faultline
