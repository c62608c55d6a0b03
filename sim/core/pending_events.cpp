#include <algorithm>
#include <stdexcept>
#include <utility>

#include <faultline/core/pending_events.hpp>

namespace faultline {
namespace {

std::uint64_t distance(Time from, Time to) {
  return static_cast<std::uint64_t>((to - from).count());
}

/// The instant that three quarters of the events do not exceed, from a sample of them.
Time three_quarters_of(const std::vector<PendingEvent>& events) {
  const std::size_t step = events.size() / 1024 + 1;
  std::vector<Time> sample;
  for (std::size_t i = 0; i < events.size(); i += step) sample.push_back(events[i].when);
  const auto chosen = sample.begin() + static_cast<std::ptrdiff_t>(sample.size() * 3 / 4);
  std::nth_element(sample.begin(), chosen, sample.end());
  return *chosen;
}

}  // namespace

std::uint64_t NearEvents::keep_in_new_slot(Action action) {
  if (actions_.size() == most) {
    throw std::length_error("more than 16 million events at nearly the same time");
  }
  actions_.push_back(action);
  return actions_.size() - 1;
}

bool PendingEvents::on_rung(Time when) const {
  return rung_length_ > 0 && distance(rung_from_, when) < rung_length_;
}

void PendingEvents::push_beyond(const PendingEvent& event) {
  ++beyond_;
  deal(event);
  if (near_.empty()) refill();
}

void PendingEvents::deal(const PendingEvent& event) {
  if (on_rung(event.when)) {
    const std::size_t bucket = distance(rung_from_, event.when) >> bucket_shift_;
    if (bucket >= next_bucket_) {
      buckets_[bucket].push_back(event);
      return;
    }
  }
  far_.push_back(event);  // also what is never to happen, if the rung reaches that far
}

/// There have come to be too many for the heap alone.
void PendingEvents::spread() {
  near_.for_each([this](const PendingEvent& event) { far_.push_back(event); });
  beyond_ = far_.size();
  near_ = NearEvents();
  refill();
}

/// Precondition: near_ is empty and there are events beyond it.
void PendingEvents::refill() {
  while (near_.empty()) {
    if (next_bucket_ == buckets_.size()) {
      if (far_.size() < most_near / 2) {
        rung_length_ = 0;
        near_until_ = never;
        for (const PendingEvent& event : far_) near_.push(event);
        far_.clear();
        beyond_ = 0;
        return;
      }
      make_rung();
    }
    std::vector<PendingEvent>& bucket = buckets_[next_bucket_++];
    const std::uint64_t end = std::uint64_t{next_bucket_} << bucket_shift_;
    // What is never to happen stays behind all that is.
    near_until_ = end <= distance(rung_from_, never)
                      ? rung_from_ + Duration{static_cast<Duration::rep>(end - 1)}
                      : never - Duration{1};
    for (const PendingEvent& event : bucket) near_.push(event);
    beyond_ -= bucket.size();
    bucket.clear();
  }
}

/// Cuts the time up to where three quarters of the far events are into buckets; a few events at the
/// end of all days must not make all others fall into one of them.
void PendingEvents::make_rung() {
  const Time first =
      std::min_element(far_.begin(), far_.end(), [](const PendingEvent& a, const PendingEvent& b) {
        return a.when < b.when;
      })->when;
  constexpr std::uint64_t longest = std::uint64_t{1} << 62U;
  const std::uint64_t span = std::min(distance(first, three_quarters_of(far_)) + 1, longest);
  const std::size_t count = far_.size() / bucket_size + 1;
  bucket_shift_ = 0;
  while (span >> bucket_shift_ >= count) ++bucket_shift_;
  buckets_.resize(count);
  next_bucket_ = 0;
  rung_from_ = first;
  rung_length_ = std::uint64_t{count} << bucket_shift_;
  const std::vector<PendingEvent> all = std::exchange(far_, {});
  for (const PendingEvent& event : all) deal(event);
}

}  // namespace faultline
