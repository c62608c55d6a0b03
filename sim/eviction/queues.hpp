// What all policies are made of: entries in one vector, each in one of several queues that are
// linked through them by index, and a table that finds them by key.
//
// A queue runs from the oldest end, where entries leave, to the newest, where they come. Some
// queues hold; the others only remember keys (their entries are called ghosts).
//
// 1. Every entry is in exactly one queue.
// 2. used() and count() are those of the entries in queues that hold.
// 3. Memory: an entry takes 40 bytes and its place in the table, about 60; places are reused, and
//    none is given back.
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include <faultline/core/flat_map.hpp>
#include <faultline/eviction/policy.hpp>

namespace faultline::eviction {

using Index = std::uint32_t;
inline constexpr Index none = std::numeric_limits<Index>::max();

class QueuePolicy : public EvictionPolicy {
 public:
  std::span<const Evicted> insert(std::uint64_t key, std::uint64_t size) final;
  bool erase(std::uint64_t key) final;
  bool holds(std::uint64_t key) const final { return held(find(key)); }
  std::uint64_t capacity() const final { return capacity_; }
  std::uint64_t used() const final { return used_; }
  std::size_t count() const final { return count_; }
  std::size_t ghosts() const final { return table_.size() - count_; }
  std::string layout() const override;

 protected:
  using QueueId = std::uint32_t;

  struct Entry {
    std::uint64_t key = 0;
    std::uint64_t size = 0;
    Index older = none;
    Index newer = none;
    QueueId queue = 0;
    std::uint32_t mark = 0;  ///< the policy's own: a bit, a count, a position
  };

  struct Queue {
    std::string name;
    bool holds = true;
    Index oldest = none;
    Index newest = none;
    std::uint64_t bytes = 0;
  };

  explicit QueuePolicy(std::uint64_t capacity) : capacity_(capacity) {}

  // ---- what a policy says
  /// Makes room for a key that is not held, and takes it in. `remembered` is its ghost, or none.
  virtual void admit(std::uint64_t key, std::uint64_t size, Index remembered) = 0;
  /// Drops one entry, so that there is more room. Precondition: some are held.
  virtual void evict_one() = 0;
  /// A held entry has changed its size.
  virtual void resized() { make_room(0); }
  /// The entry leaves its queue.
  virtual void unlink(Index index);
  /// What layout() shows of an entry behind its key.
  virtual std::string mark_text(Index) const { return {}; }

  // ---- what it says it with
  QueueId add_queue(std::string name, bool holds = true);
  const Queue& queue(QueueId id) const { return queues_[id]; }
  Entry& entry(Index index) { return entries_[index]; }
  const Entry& entry(Index index) const { return entries_[index]; }
  Index find(std::uint64_t key) const {
    const auto place = table_.find(key);
    return place == table_.end() ? none : place->second;
  }
  bool held(Index index) const { return index != none && queues_[entries_[index].queue].holds; }
  Index oldest(QueueId id) const { return queues_[id].oldest; }

  bool fits(std::uint64_t size) const { return used_ + size <= capacity_; }
  void make_room(std::uint64_t size) {
    while (!fits(size)) evict_one();
  }

  /// A new entry at the newest end of a queue.
  Index add(std::uint64_t key, std::uint64_t size, QueueId to);
  /// To the newest end of a queue, the same or another that holds or remembers as well.
  void move(Index index, QueueId to);
  /// The entry goes, and is reported.
  void evict(Index index);
  /// The entry goes and is reported; its key stays as a ghost.
  void evict_to(Index index, QueueId ghosts);
  /// The entry or ghost goes without a word.
  void remove(Index index);

 private:
  void link(Index index, QueueId to);
  void count_in(const Entry& entry);
  void count_out(const Entry& entry);

  std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::size_t count_ = 0;
  std::vector<Entry> entries_;
  std::vector<Index> free_;
  std::vector<Queue> queues_;
  FlatMap<std::uint64_t, Index> table_;
  std::vector<Evicted> victims_;
};

/// Where all that is held stands in one queue, and what comes goes to its newest end.
class OneQueuePolicy : public QueuePolicy {
 protected:
  OneQueuePolicy(std::uint64_t capacity, std::string name)
      : QueuePolicy(capacity), queue_(add_queue(std::move(name))) {}

  void admit(std::uint64_t key, std::uint64_t size, Index) final {
    make_room(size);
    add(key, size, queue_);
  }

  const QueueId queue_;
};

/// The same, where a use only sets a bit (the mark), shown as "+".
class UsedBitPolicy : public OneQueuePolicy {
 public:
  bool touch(std::uint64_t key) final {
    const Index index = find(key);
    if (index == none) return false;
    entry(index).mark = 1;
    return true;
  }

 protected:
  using OneQueuePolicy::OneQueuePolicy;

  std::string mark_text(Index index) const override { return entry(index).mark == 1 ? "+" : ""; }
};

}  // namespace faultline::eviction
