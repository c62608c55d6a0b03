// Durable state: what a node keeps on its disk and finds again after a restart.
//
// A model derives a struct from DurableState and gives it DurableCell, DurableMap and DurableLog
// members. Changes go to the disk's cache at once and become stable with the next sync that starts
// after them (Context::sync). What a crash does to them depends on the fault: a process crash keeps
// all, a power loss takes back what was not yet stable, a lost disk takes everything.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <faultline/core/flat_map.hpp>
#include <faultline/core/parameters.hpp>

namespace faultline {

/// What changes have to survive before a node relies on them.
enum class Durability : std::uint8_t {
  memory,  ///< nothing
  write,   ///< a crash of the process: they were written to a file
  fsync    ///< a power loss: the disk has confirmed them
};

/// The line of a ParameterTable<P> for a model's choice among them. `sentence`: what has to survive
/// what; `memory`: what it means that nothing has to.
template <class P>
Parameter<P> durability_choice(Durability P::*member, std::string sentence,
                               std::string memory = "nothing: a crash empties the node") {
  return choice("durability", member, std::move(sentence),
                {{"memory", Durability::memory, std::move(memory)},
                 {"write", Durability::write, "a crash of the process: it was written to a file"},
                 {"fsync", Durability::fsync, "a power loss: the disk has confirmed it"}});
}

/// The same for a model of which a node stands for a group of machines: what is in its memory
/// outlives a crash of its process without any file.
template <class P>
Parameter<P> group_durability_choice(Durability P::*member, std::string sentence) {
  return choice("durability", member, std::move(sentence),
                {{"group", Durability::memory,
                  "nothing: a node stands for several machines that do not fail together, and "
                  "keeps everything when its process crashes"},
                 {"write", Durability::write, "a crash of the process: it was written to a file"},
                 {"fsync", Durability::fsync, "a power loss: the disk has confirmed it"}});
}

class DurableState {
 public:
  /// Unsynced changes beyond this many count as written back by the operating system.
  static constexpr std::size_t most_unstable = 1U << 20U;

  DurableState() = default;
  DurableState(const DurableState&) = delete;
  DurableState& operator=(const DurableState&) = delete;
  virtual ~DurableState() = default;

  /// Whether to remember how to take changes back. Off unless the scenario has a power loss:
  /// nothing is then kept and a change costs nothing extra.
  void set_journaled(bool journaled) { journaled_ = journaled; }

  /// The number of changes made so far; what a sync that starts now will make stable.
  std::uint64_t position() const { return first_ + undo_.size(); }
  void made_stable(std::uint64_t position) {
    while (first_ < position && !undo_.empty()) drop_oldest();
  }
  /// Power loss: takes unstable changes back, the latest first. Returns how many.
  std::size_t lose_unstable() {
    const std::size_t lost = undo_.size();
    while (!undo_.empty()) {
      undo_.back()();
      undo_.pop_back();
    }
    return lost;
  }

  /// For the members: notes how to take a change back.
  bool journaled() const { return journaled_; }
  void changed(std::function<void()> take_back) {
    if (undo_.size() == most_unstable) drop_oldest();
    undo_.push_back(std::move(take_back));
  }

 private:
  void drop_oldest() {
    undo_.pop_front();
    ++first_;
  }
  bool journaled_ = false;
  std::uint64_t first_ = 0;
  std::deque<std::function<void()>> undo_;
};

/// One durable value: a term, a vote.
template <class T>
class DurableCell {
 public:
  explicit DurableCell(DurableState& owner, T initial = {})
      : owner_(owner), value_(std::move(initial)) {}
  const T& get() const { return value_; }
  void set(T value) {
    if (owner_.journaled()) owner_.changed([this, old = value_] { value_ = old; });
    value_ = std::move(value);
  }

 private:
  DurableState& owner_;
  T value_;
};

/// A durable table.
template <class K, class V>
class DurableMap {
 public:
  explicit DurableMap(DurableState& owner) : owner_(owner) {}

  /// Null if absent. Valid until the next change.
  const V* find(const K& key) const {
    const auto place = values_.find(key);
    return place == values_.end() ? nullptr : &place->second;
  }
  /// By value: a key that stands in the table itself would be lost when the table grows.
  void put(K key, V value) {
    auto [place, inserted] = values_.try_emplace(key);
    if (owner_.journaled()) {
      if (inserted) {
        owner_.changed([this, key] { values_.erase(key); });
      } else {
        owner_.changed([this, key, old = place->second] { values_[key] = old; });
      }
    }
    place.value() = std::move(value);
  }
  void erase(const K& key) {
    const auto place = values_.find(key);
    if (place == values_.end()) return;
    if (owner_.journaled()) {
      owner_.changed([this, key, old = place->second] { values_[key] = old; });
    }
    values_.erase(place);
  }
  std::size_t size() const { return values_.size(); }
  /// Keys in ascending order: the only way to go through a table, so that no order of hashing
  /// reaches the outside.
  std::vector<K> keys() const;

 private:
  DurableState& owner_;
  FlatMap<K, V> values_;
};

template <class K, class V>
std::vector<K> DurableMap<K, V>::keys() const {
  std::vector<K> keys;
  keys.reserve(values_.size());
  for (const auto& [key, value] : values_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// A durable sequence: grows at the end, is cut at the end, and may forget its beginning. Positions
/// count from 1 and keep their meaning when the beginning is forgotten, as in the literature on
/// logs.
template <class T>
class DurableLog {
 public:
  explicit DurableLog(DurableState& owner) : owner_(owner) {}

  std::uint64_t first() const { return forgotten_ + 1; }
  std::uint64_t last() const { return forgotten_ + entries_.size(); }
  bool has(std::uint64_t position) const { return position > forgotten_ && position <= last(); }
  const T& at(std::uint64_t position) const { return entries_[position - forgotten_ - 1]; }

  void append(T entry) {
    entries_.push_back(std::move(entry));
    if (owner_.journaled()) owner_.changed([this] { entries_.pop_back(); });
  }
  /// Keeps positions up to `last`.
  void truncate(std::uint64_t last_kept) {
    while (last() > last_kept && !entries_.empty()) {
      if (owner_.journaled()) {
        owner_.changed([this, old = entries_.back()] { entries_.push_back(old); });
      }
      entries_.pop_back();
    }
  }
  /// Drops positions up to `last_forgotten` (a snapshot has them).
  void forget(std::uint64_t last_forgotten) {
    while (forgotten_ < last_forgotten && !entries_.empty()) {
      if (owner_.journaled()) {
        owner_.changed([this, old = entries_.front()] {
          entries_.push_front(old);
          --forgotten_;
        });
      }
      entries_.pop_front();
      ++forgotten_;
    }
    if (forgotten_ < last_forgotten) set_forgotten(last_forgotten);
  }
  /// Drops all; the next entry will be at `last_forgotten` + 1.
  void restart(std::uint64_t last_forgotten) {
    truncate(forgotten_);
    set_forgotten(last_forgotten);
  }

 private:
  void set_forgotten(std::uint64_t last_forgotten) {
    if (owner_.journaled()) owner_.changed([this, old = forgotten_] { forgotten_ = old; });
    forgotten_ = last_forgotten;
  }

  DurableState& owner_;
  std::uint64_t forgotten_ = 0;
  std::deque<T> entries_;
};

}  // namespace faultline
