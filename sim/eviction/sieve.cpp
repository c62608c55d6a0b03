// SIEVE (Zhang, Yang, Yue, Vigfusson and Rashmi, "SIEVE is simpler than LRU: an efficient turn-key
// eviction algorithm for web caches", NSDI 2024): a queue in the order of coming, a bit for each
// entry that a use sets, and a hand that goes from the oldest towards the newest and then begins
// again. To make room, it goes on from where it stands: an entry whose bit is set loses the bit and
// stays *where it is*, the first without one goes (their Algorithm 1).
//
// What CLOCK keeps it moves among the newest; here new entries come in front of those that have
// proved themselves, and the hand soon meets them: what is used once leaves quickly. A hit writes
// one bit. A scan of much that is used twice does it harm, as nothing ages what is behind the hand.
//
// Remembers nothing that it does not hold.
#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class Sieve final : public UsedBitPolicy {
 public:
  explicit Sieve(std::uint64_t capacity) : UsedBitPolicy(capacity, "sieve") {}

 private:
  void evict_one() override {
    Index index = hand_ == none ? oldest(queue_) : hand_;
    while (entry(index).mark == 1) {
      entry(index).mark = 0;
      index = entry(index).newer == none ? oldest(queue_) : entry(index).newer;
    }
    hand_ = index;
    evict(index);
  }

  void unlink(Index index) override {
    if (hand_ == index) hand_ = entry(index).newer;
    QueuePolicy::unlink(index);
  }

  std::string mark_text(Index index) const override {
    return UsedBitPolicy::mark_text(index) + (index == hand_ ? "<" : "");
  }

  Index hand_ = none;  ///< none: at the oldest
};

}  // namespace

Policy make_sieve(std::uint64_t capacity) { return std::make_unique<Sieve>(capacity); }

}  // namespace faultline::eviction
