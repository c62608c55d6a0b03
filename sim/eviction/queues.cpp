#include <fmt/format.h>

#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {

std::span<const Evicted> QueuePolicy::insert(std::uint64_t key, std::uint64_t size) {
  victims_.clear();
  const Index index = find(key);
  if (size > capacity_) {
    if (held(index)) remove(index);
    victims_.push_back({key, size});
  } else if (held(index)) {
    count_out(entries_[index]);
    entries_[index].size = size;
    count_in(entries_[index]);
    resized();
  } else {
    admit(key, size, index);
  }
  return victims_;
}

bool QueuePolicy::erase(std::uint64_t key) {
  const Index index = find(key);
  if (index == none) return false;
  const bool was_held = held(index);
  remove(index);
  return was_held;
}

std::string QueuePolicy::layout() const {
  std::string text;
  for (const Queue& queue : queues_) {
    if (!text.empty()) text += " | ";
    text += queue.name + ":";
    for (Index index = queue.oldest; index != none; index = entries_[index].newer) {
      text += fmt::format(" {}{}", entries_[index].key, mark_text(index));
    }
  }
  return text;
}

QueuePolicy::QueueId QueuePolicy::add_queue(std::string name, bool holds) {
  queues_.push_back({.name = std::move(name), .holds = holds});
  return static_cast<QueueId>(queues_.size() - 1);
}

Index QueuePolicy::add(std::uint64_t key, std::uint64_t size, QueueId to) {
  Index index = static_cast<Index>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
    free_.reserve(entries_.capacity());
  } else {
    index = free_.back();
    free_.pop_back();
  }
  entries_[index] = {.key = key, .size = size};
  table_[key] = index;
  link(index, to);
  return index;
}

void QueuePolicy::move(Index index, QueueId to) {
  unlink(index);
  link(index, to);
}

void QueuePolicy::evict(Index index) {
  victims_.push_back({entries_[index].key, entries_[index].size});
  remove(index);
}

void QueuePolicy::evict_to(Index index, QueueId ghosts) {
  victims_.push_back({entries_[index].key, entries_[index].size});
  move(index, ghosts);
}

void QueuePolicy::remove(Index index) {
  unlink(index);
  table_.erase(entries_[index].key);
  free_.push_back(index);
}

void QueuePolicy::link(Index index, QueueId to) {
  Entry& entry = entries_[index];
  Queue& queue = queues_[to];
  entry.queue = to;
  entry.older = queue.newest;
  entry.newer = none;
  (queue.newest == none ? queue.oldest : entries_[queue.newest].newer) = index;
  queue.newest = index;
  count_in(entry);
}

void QueuePolicy::unlink(Index index) {
  const Entry& entry = entries_[index];
  Queue& queue = queues_[entry.queue];
  (entry.older == none ? queue.oldest : entries_[entry.older].newer) = entry.newer;
  (entry.newer == none ? queue.newest : entries_[entry.newer].older) = entry.older;
  count_out(entry);
}

void QueuePolicy::count_in(const Entry& entry) {
  Queue& queue = queues_[entry.queue];
  queue.bytes += entry.size;
  if (queue.holds) {
    used_ += entry.size;
    ++count_;
  }
}

void QueuePolicy::count_out(const Entry& entry) {
  Queue& queue = queues_[entry.queue];
  queue.bytes -= entry.size;
  if (queue.holds) {
    used_ -= entry.size;
    --count_;
  }
}

}  // namespace faultline::eviction
