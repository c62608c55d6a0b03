#include <faultline/core/event_queue.hpp>

namespace faultline {
namespace {

constexpr std::size_t most_lanes = 16;

constexpr std::uint64_t join(std::uint32_t slot, std::uint32_t generation) {
  return (std::uint64_t{slot} << 32U) | generation;
}
constexpr std::uint32_t slot_in(std::uint64_t timer) {
  return static_cast<std::uint32_t>(timer >> 32U);
}
constexpr std::uint32_t generation_in(std::uint64_t timer) {
  return static_cast<std::uint32_t>(timer);
}

}  // namespace

std::uint64_t EventQueue::claim(EventHandler handler, void* target, std::uint64_t argument) {
  std::uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot& claimed = slots_[slot];
  claimed.handler = handler;
  claimed.target = target;
  claimed.argument = argument;
  return join(slot, claimed.generation);
}

bool EventQueue::pending_timer(std::uint64_t timer) const {
  return slots_[slot_in(timer)].generation == generation_in(timer);
}

void EventQueue::cancel(TimerId timer) {
  if (!timer) return;
  Slot& slot = slots_[timer.slot_];
  if (slot.generation != timer.generation_) return;
  if (++slot.generation == 0) slot.generation = 1;
  free_slots_.push_back(timer.slot_);
}

void EventQueue::fire(std::uint64_t timer) {
  if (!pending_timer(timer)) return;
  const Slot slot = slots_[slot_in(timer)];
  cancel(TimerId(slot_in(timer), generation_in(timer)));
  slot.handler(slot.target, slot.argument);
}

TimerId EventQueue::timer(Duration span, EventHandler handler, void* target,
                          std::uint64_t argument) {
  const std::uint64_t timer = claim(handler, target, argument);
  push(later(span), next_sequence(), on_timer, this, timer);
  return {slot_in(timer), generation_in(timer)};
}

void EventQueue::on_timer(void* queue, std::uint64_t timer) {
  static_cast<EventQueue*>(queue)->fire(timer);
}

EventQueue::Lane* EventQueue::lane_of(Duration span) {
  for (Lane& lane : lanes_) {
    if (lane.span == span) return &lane;
  }
  if (lanes_.size() == most_lanes) return nullptr;
  lanes_.push_back({span, {}, 0, false});
  return &lanes_.back();
}

TimerId EventQueue::timeout(Duration span, EventHandler handler, void* target,
                            std::uint64_t argument) {
  Lane* lane = lane_of(span);
  if (lane == nullptr) return timer(span, handler, target, argument);
  const std::uint64_t timer = claim(handler, target, argument);
  lane->waiting.push_back({later(span), next_sequence(), timer});
  if (!lane->head_pending) advance(*lane);
  return {slot_in(timer), generation_in(timer)};
}

/// Makes the lane's first live timeout a pending event, under the place that it was given when it
/// was set.
void EventQueue::advance(Lane& lane) {
  while (lane.head < lane.waiting.size() && !pending_timer(lane.waiting[lane.head].timer)) {
    ++lane.head;
  }
  if (lane.head > 1024 && lane.head * 2 > lane.waiting.size()) {
    lane.waiting.erase(lane.waiting.begin(),
                       lane.waiting.begin() + static_cast<std::ptrdiff_t>(lane.head));
    lane.head = 0;
  }
  lane.head_pending = lane.head < lane.waiting.size();
  if (lane.head_pending) {
    const Waiting& first = lane.waiting[lane.head];
    push(first.when, first.sequence, on_lane, this,
         static_cast<std::uint64_t>(&lane - lanes_.data()));
  }
}

void EventQueue::on_lane(void* queue, std::uint64_t index) {
  auto& self = *static_cast<EventQueue*>(queue);
  Lane& lane = self.lanes_[index];
  const std::uint64_t timer = lane.waiting[lane.head++].timer;
  self.advance(lane);
  self.fire(timer);
}

void EventQueue::run_until(Time limit) {
  while (!empty() && next_time() <= limit) run_next();
  if (now_ < limit) now_ = limit;
}

}  // namespace faultline
