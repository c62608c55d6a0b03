// ARC, the adaptive replacement cache (Megiddo and Modha, "ARC: a self-tuning, low overhead
// replacement cache", FAST 2003, Figure 4). Two LRU queues share the cache: t1 what was used once
// of late, t2 what was used twice or more. Each has a queue of the keys that it has dropped, b1 and
// b2. What is asked for while b1 remembers it would have been a hit had t1 been longer; so `p`, the
// part of the cache that t1 should have, grows; what b2 remembers makes it shrink. A step is as
// large as the other queue of keys is longer than the one that was met, and 1 at least.
//
// To make room (REPLACE): t1 gives its oldest if it is longer than p, or if it has just p and what
// comes is remembered by b2; else t2 does. Either way the key is remembered.
//
// 1. |t1| + |t2| <= c: the cache.
// 2. |t1| + |b1| <= c: what was used once. Where t1 alone is so long, what leaves it is forgotten.
// 3. |t1| + |t2| + |b1| + |b2| <= 2c.
//
// Sizes: all are measured in bytes, and a step is as many times the size of what comes. A queue
// that is empty gives nothing; then the other does. Memory: by 3, the keys that are remembered are
// of entries that take 2c together with what is held.
#include <algorithm>

#include <fmt/format.h>

#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class AdaptiveReplacement final : public QueuePolicy {
 public:
  explicit AdaptiveReplacement(std::uint64_t capacity) : QueuePolicy(capacity) {}

  bool touch(std::uint64_t key) override {
    const Index index = find(key);
    if (!held(index)) return false;
    move(index, t2_);  // case I
    return true;
  }

  std::string layout() const override {
    return fmt::format("{} | p: {:g}", QueuePolicy::layout(), p_);
  }

 private:
  void admit(std::uint64_t key, std::uint64_t size, Index remembered) override {
    if (remembered == none) {  // case IV
      while (bytes(t1_) + bytes(b1_) + size > capacity()) shorten_l1();
      while (used() + bytes(b1_) + bytes(b2_) + size > 2 * capacity() && oldest(b2_) != none) {
        remove(oldest(b2_));
      }
    } else {  // cases II and III
      met_in_b2_ = entry(remembered).queue == b2_;
      adapt(static_cast<double>(size));
      remove(remembered);
    }
    make_room(size);
    add(key, size, remembered == none ? t1_ : t2_);
    met_in_b2_ = false;
    trim();
  }

  void resized() override {
    make_room(0);
    trim();
  }

  void evict_one() override {
    const auto t1 = static_cast<double>(bytes(t1_));
    const bool from_t1 = t1 > p_ || (met_in_b2_ && t1 == p_);
    if (oldest(t1_) != none && (from_t1 || oldest(t2_) == none)) {
      evict_to(oldest(t1_), b1_);
    } else {
      evict_to(oldest(t2_), b2_);
    }
  }

  /// Moves p towards the queue whose ghost was met.
  void adapt(double size) {
    const auto b1 = static_cast<double>(bytes(b1_));
    const auto b2 = static_cast<double>(bytes(b2_));
    if (met_in_b2_) {
      p_ = std::max(p_ - size * std::max(1.0, b1 / b2), 0.0);
    } else {
      p_ = std::min(p_ + size * std::max(1.0, b2 / b1), static_cast<double>(capacity()));
    }
  }

  /// Case IV A: one entry less that was used once.
  void shorten_l1() {
    if (oldest(b1_) != none) {
      remove(oldest(b1_));
    } else {
      evict(oldest(t1_));
    }
  }

  /// Keeps 2 and 3 where sizes have changed: an entry came back larger than it was remembered.
  void trim() {
    while (bytes(t1_) + bytes(b1_) > capacity() && oldest(b1_) != none) remove(oldest(b1_));
    while (used() + bytes(b1_) + bytes(b2_) > 2 * capacity()) {
      remove(oldest(oldest(b2_) == none ? b1_ : b2_));
    }
  }

  std::uint64_t bytes(QueueId id) const { return queue(id).bytes; }

  double p_ = 0;
  bool met_in_b2_ = false;  ///< what comes in is remembered by b2
  const QueueId t1_ = add_queue("t1");
  const QueueId t2_ = add_queue("t2");
  const QueueId b1_ = add_queue("b1", false);
  const QueueId b2_ = add_queue("b2", false);
};

}  // namespace

Policy make_arc(std::uint64_t capacity) { return std::make_unique<AdaptiveReplacement>(capacity); }

}  // namespace faultline::eviction
