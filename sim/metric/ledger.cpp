#include <algorithm>

#include <faultline/metric/ledger.hpp>

namespace faultline {

std::uint32_t ReplicaLedger::entry_of(Key key) {
  const auto [place, inserted] =
      places_.try_emplace(key, static_cast<std::uint32_t>(entries_.size()));
  if (inserted) {
    const std::vector<EndpointId> nodes = replica_nodes_(key);
    replicas_each_ = nodes.size();
    entries_.push_back({key, 0, false, Time{}});
    for (const EndpointId node : nodes) copies_.push_back({node, nil});
  }
  return place->second;
}

void ReplicaLedger::holds(Time at, EndpointId node, Key key, Value value) {
  const std::uint32_t entry = entry_of(key);
  for (Copy& copy : copies_of(entry)) {
    if (copy.node != node) continue;
    set(at, entry, copy, value);
    return;
  }
}

void ReplicaLedger::Divergence::add(const Divergence& other) {
  spans += other.spans;
  total += other.total;
  longest = std::max(longest, other.longest);
}

void ReplicaLedger::set(Time at, std::uint32_t entry, Copy& changed_copy, Value value) {
  changed_copy.value = value;
  const std::span<const Copy> copies = copies_of(entry);
  const bool diverged = std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) {
    return copy.value != copies.front().value;
  });
  Entry& changed = entries_[entry];
  if (diverged != changed.diverged) {
    changed.diverged = diverged;
    if (diverged) {
      ++diverged_;
      changed.since = at;
    } else {
      --diverged_;
      divergence_.add({1, at - changed.since, at - changed.since});
    }
  }
  if (!diverged && changed.watched != 0) {
    for (std::size_t i = 0; i < watches_.size(); ++i) {
      if (((changed.watched >> i) & 1U) == 0) continue;
      --watches_[i].remaining;
      watches_[i].last = at;
    }
    changed.watched = 0;
  }
}

void ReplicaLedger::emptied(Time at, EndpointId node) {
  for (std::uint32_t entry = 0; entry < entries_.size(); ++entry) {
    for (Copy& copy : copies_of(entry)) {
      if (copy.node == node) set(at, entry, copy, nil);
    }
  }
}

std::size_t ReplicaLedger::watch(Time at) {
  constexpr std::size_t most = 32;
  if (watches_.size() == most) return most;
  const std::size_t number = watches_.size();
  Watch watch{at, 0, 0, at};
  for (Entry& entry : entries_) {
    if (!entry.diverged) continue;
    entry.watched |= 1U << number;
    ++watch.keys;
  }
  watch.remaining = watch.keys;
  watches_.push_back(watch);
  return number;
}

std::vector<ReplicaLedger::Replicas> ReplicaLedger::replicas() const {
  std::vector<std::uint32_t> order(entries_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [this](std::uint32_t a, std::uint32_t b) { return entries_[a].key < entries_[b].key; });
  std::vector<Replicas> all;
  all.reserve(order.size());
  for (const std::uint32_t entry : order) {
    Replicas& replicas = all.emplace_back(Replicas{entries_[entry].key, {}, {}});
    for (const Copy& copy : std::span(copies_).subspan(entry * replicas_each_, replicas_each_)) {
      replicas.nodes.push_back(copy.node);
      replicas.values.push_back(copy.value);
    }
  }
  return all;
}

}  // namespace faultline
