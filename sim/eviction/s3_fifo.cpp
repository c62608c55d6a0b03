// S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction",
// SOSP 2023, Algorithm 1): three first-in first-out queues. Most of what is asked for is asked for
// once; so what comes in stands in a small queue, s, and must have been used there to get into the
// main one, m. What leaves s unproved is dropped, but g remembers its key: asked for again, it goes
// to m at once.
//
// An entry has a counter of its uses, up to 3. To make room: if s has its tenth of the cache, its
// oldest goes to m if it was used more than once (its counter begins again), else it is dropped and
// remembered; until one is. If s has less, m gives: its oldest goes round again as often as its
// counter says, at a count less each time, and is dropped at zero. If m has grown beyond its nine
// tenths by what came from s, it gives as well.
//
// Sizes: all are measured in bytes. A queue that is empty gives nothing; then the other does.
// Memory: g remembers the keys of entries that would fit into m.
#include <algorithm>

#include <fmt/format.h>

#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

constexpr std::uint32_t most_uses = 3;

class S3Fifo final : public QueuePolicy {
 public:
  explicit S3Fifo(std::uint64_t capacity)
      : QueuePolicy(capacity),
        small_(std::max<std::uint64_t>(1, capacity / 10)),
        main_(capacity - small_) {}

  bool touch(std::uint64_t key) override {
    const Index index = find(key);
    if (!held(index)) return false;
    entry(index).mark = std::min(entry(index).mark + 1, most_uses);
    return true;
  }

 private:
  void admit(std::uint64_t key, std::uint64_t size, Index remembered) override {
    if (remembered != none) remove(remembered);
    make_room(size);
    add(key, size, remembered == none ? s_ : m_);
  }

  void evict_one() override {
    if (queue(s_).bytes >= small_ || oldest(m_) == none) {
      evict_from_small();
    } else {
      evict_from_main();
    }
  }

  void evict_from_small() {
    while (oldest(s_) != none) {
      const Index index = oldest(s_);
      const bool proved = entry(index).mark > 1;
      entry(index).mark = 0;
      if (!proved) {
        evict_to(index, g_);
        while (queue(g_).bytes > main_) remove(oldest(g_));
        return;
      }
      move(index, m_);
      if (queue(m_).bytes > main_) evict_from_main();
    }
  }

  void evict_from_main() {
    while (entry(oldest(m_)).mark > 0) {
      --entry(oldest(m_)).mark;
      move(oldest(m_), m_);
    }
    evict(oldest(m_));
  }

  std::string mark_text(Index index) const override {
    return entry(index).mark == 0 ? "" : fmt::format("*{}", entry(index).mark);
  }

  std::uint64_t small_;
  std::uint64_t main_;
  const QueueId s_ = add_queue("s");
  const QueueId m_ = add_queue("m");
  const QueueId g_ = add_queue("g", false);
};

}  // namespace

Policy make_s3_fifo(std::uint64_t capacity) { return std::make_unique<S3Fifo>(capacity); }

}  // namespace faultline::eviction
