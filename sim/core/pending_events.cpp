#include <algorithm>
#include <stdexcept>
#include <utility>

#include <faultline/core/pending_events.hpp>

namespace faultline {
namespace {

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to - from);
}

/// About the instant that three quarters of the events do not exceed, from a sample of them.
std::int64_t three_quarters_of(const std::vector<EventKey>& keys) {
  const std::size_t step = keys.size() / 64 + 1;
  std::vector<std::int64_t> sample;
  for (std::size_t i = 0; i < keys.size(); i += step) sample.push_back(keys[i].when);
  const auto chosen = sample.begin() + static_cast<std::ptrdiff_t>(sample.size() * 3 / 4);
  std::nth_element(sample.begin(), chosen, sample.end());
  return *chosen;
}

std::int64_t earliest_of(const std::vector<EventKey>& keys) {
  std::int64_t earliest = INT64_MAX;
  for (const EventKey& key : keys) earliest = std::min(earliest, key.when);
  return earliest;
}

}  // namespace

std::uint64_t PendingEvents::keep_in_new_slot(Action action) {
  if (actions_.size() == most) throw std::length_error("more than 33 million pending events");
  actions_.push_back(action);
  return actions_.size() - 1;
}

bool PendingEvents::on_rung(std::int64_t when) const {
  return rung_length_ > 0 && distance(rung_from_, when) < rung_length_;
}

void PendingEvents::push_beyond(EventKey key) {
  ++beyond_;
  deal(key);
  if (empty()) {
    refill();
    find_first();
  }
}

void PendingEvents::deal(EventKey key) {
  if (on_rung(key.when)) {
    const std::size_t bucket = distance(rung_from_, key.when) >> bucket_shift_;
    if (bucket >= next_bucket_) {
      buckets_[bucket].push_back(key);
      return;
    }
  }
  far_.push_back(key);  // also what is never to happen, if the rung reaches that far
}

/// There have come to be too many for the heap alone.
void PendingEvents::spread() {
  late_.for_each([this](const EventKey& key) { far_.push_back(key); });
  beyond_ = far_.size();
  late_.clear();
  refill();
  find_first();
}

/// Precondition: nothing is near and there are events beyond.
void PendingEvents::refill() {
  while (sorted_.empty()) {
    if (next_bucket_ == bucket_count_) {
      if (far_.size() < most_unsorted / 2) {
        rung_length_ = 0;
        near_until_ = forever;
        for (const EventKey& key : far_) late_.push(key);
        far_.clear();
        beyond_ = 0;
        return;
      }
      make_rung();
    }
    std::swap(sorted_, buckets_[next_bucket_++]);
    const std::uint64_t end = std::uint64_t{next_bucket_} << bucket_shift_;
    // What is never to happen stays behind all that is.
    near_until_ = end <= distance(rung_from_, forever)
                      ? rung_from_ + static_cast<std::int64_t>(end - 1)
                      : forever - 1;
  }
  beyond_ -= sorted_.size();
  std::sort(sorted_.begin(), sorted_.end(),
            [](const EventKey& a, const EventKey& b) { return b.before(a); });
}

/// Cuts the time up to where three quarters of the far events are into buckets; a few events at the
/// end of all days must not make all others fall into one of them.
void PendingEvents::make_rung() {
  const std::int64_t first = earliest_of(far_);
  constexpr std::uint64_t longest = std::uint64_t{1} << 62U;
  const std::uint64_t span = std::min(distance(first, three_quarters_of(far_)) + 1, longest);
  bucket_count_ = far_.size() / bucket_size + 1;
  if (buckets_.size() < bucket_count_) buckets_.resize(bucket_count_);
  bucket_shift_ = 0;
  while (span >> bucket_shift_ >= bucket_count_) ++bucket_shift_;
  next_bucket_ = 0;
  rung_from_ = first;
  rung_length_ = std::uint64_t{bucket_count_} << bucket_shift_;
  std::swap(far_, dealt_);
  for (const EventKey& key : dealt_) deal(key);
  dealt_.clear();
}

}  // namespace faultline
