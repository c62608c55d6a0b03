// W-TinyLFU (Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache admission policy",
// ACM Transactions on Storage 13(4), 2017, section 4), known from the library Caffeine. TinyLFU is
// a doorman rather than a policy: what wants to come in must have been asked for more often than
// what would have to go for it, of late, by a sketch of all requests (frequency_sketch.hpp).
//
// Alone it would keep out what is new and asked for in a burst; so a window in front of it, 1 % of
// the cache, takes in everything by LRU. What leaves the window is the candidate for the main part,
// which is a segmented LRU: what comes in is on probation, a use takes it to the protected segment,
// 80 % of the main part, and what is least recently used there goes back on probation. The
// candidate's opponent is the least recently used on probation; the loser goes, at a tie the
// candidate.
//
// Sizes: the parts are measured in bytes; a candidate must beat all that have to go for it, one
// after the other, and so may lose after some have gone. Only touch() counts in the sketch. Memory:
// 5 to 10 bytes for the sketch for every entry that was held at once; no keys are remembered.
#include <algorithm>

#include <faultline/eviction/frequency_sketch.hpp>
#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class WindowTinyLfu final : public QueuePolicy {
 public:
  explicit WindowTinyLfu(std::uint64_t capacity)
      : QueuePolicy(capacity),
        window_size_(std::max<std::uint64_t>(1, capacity / 100)),
        main_size_(capacity - window_size_),
        protected_size_(main_size_ / 5 * 4 + main_size_ % 5 * 4 / 5) {}

  bool touch(std::uint64_t key) override {
    sketch_.record(key);
    const Index index = find(key);
    if (index == none) return false;
    move(index, entry(index).queue == window_ ? window_ : protected_);
    demote();
    return true;
  }

 private:
  void admit(std::uint64_t key, std::uint64_t size, Index) override {
    add(key, size, window_);
    sketch_.fit(count());
    leave_window();
  }

  void evict_one() override { evict(oldest(oldest(probation_) == none ? protected_ : probation_)); }

  void resized() override {
    demote();
    while (main_overflows()) evict_one();
    leave_window();
  }

  bool main_overflows() const {
    return queue(probation_).bytes + queue(protected_).bytes > main_size_;
  }

  /// Keeps the protected segment within its part.
  void demote() {
    while (queue(protected_).bytes > protected_size_) move(oldest(protected_), probation_);
  }

  /// Keeps the window within its part: what leaves it fights for a place in the main part.
  void leave_window() {
    while (queue(window_).bytes > window_size_) {
      const Index candidate = oldest(window_);
      if (entry(candidate).size > main_size_) {
        evict(candidate);
      } else {
        move(candidate, probation_);
        contend(candidate);
      }
    }
  }

  void contend(Index candidate) {
    const std::uint32_t frequency = sketch_.estimate(entry(candidate).key);
    while (main_overflows()) {
      const Index first = oldest(probation_);
      const Index opponent = first == candidate ? oldest(protected_) : first;
      if (frequency <= sketch_.estimate(entry(opponent).key)) {
        evict(candidate);
        return;
      }
      evict(opponent);
    }
  }

  std::uint64_t window_size_;
  std::uint64_t main_size_;
  std::uint64_t protected_size_;
  const QueueId window_ = add_queue("window");
  const QueueId probation_ = add_queue("probation");
  const QueueId protected_ = add_queue("protected");
  FrequencySketch sketch_;
};

}  // namespace

Policy make_w_tiny_lfu(std::uint64_t capacity) { return std::make_unique<WindowTinyLfu>(capacity); }

}  // namespace faultline::eviction
