// 2Q (Johnson and Shasha, "2Q: a low overhead high performance buffer management replacement
// algorithm", VLDB 1994), the full version. What comes for the first time stands in a first-in
// first-out queue, a1in. When it leaves that it is dropped, but its key is remembered in a1out.
// Only what is asked for again while it is remembered comes into am, which is LRU.
//
// So a second use counts if it comes later than a1in is long: uses that come together, as when
// fields of one record are read, count as one, and a scan passes through a1in without touching am.
//
// To make room: if a1in has more than `kin`, its oldest goes, and is remembered; else the least
// recently used of am goes, and is not. The paper's constants (section 3.3): kin is a quarter of
// the cache, and a1out remembers as many keys as fit into half of it.
//
// Sizes: all three are measured in bytes. An am that is empty gives nothing; then a1in does,
// however short. Memory: the keys that are remembered are of entries that would take capacity / 2.
#include <algorithm>

#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class TwoQueues final : public QueuePolicy {
 public:
  explicit TwoQueues(std::uint64_t capacity)
      : QueuePolicy(capacity),
        kin_(std::max<std::uint64_t>(1, capacity / 4)),
        kout_(std::max<std::uint64_t>(1, capacity / 2)) {}

  bool touch(std::uint64_t key) override {
    const Index index = find(key);
    if (!held(index)) return false;
    if (entry(index).queue == am_) move(index, am_);
    return true;
  }

 private:
  void admit(std::uint64_t key, std::uint64_t size, Index remembered) override {
    if (remembered != none) remove(remembered);
    make_room(size);
    add(key, size, remembered == none ? a1in_ : am_);
  }

  void evict_one() override {
    if (queue(a1in_).bytes > kin_ || oldest(am_) == none) {
      evict_to(oldest(a1in_), a1out_);
      while (queue(a1out_).bytes > kout_) remove(oldest(a1out_));
    } else {
      evict(oldest(am_));
    }
  }

  std::uint64_t kin_;
  std::uint64_t kout_;
  const QueueId a1in_ = add_queue("a1in");
  const QueueId am_ = add_queue("am");
  const QueueId a1out_ = add_queue("a1out", false);
};

}  // namespace

Policy make_two_q(std::uint64_t capacity) { return std::make_unique<TwoQueues>(capacity); }

}  // namespace faultline::eviction
