// CLOCK, or second chance (Corbató, "A paging experiment with the Multics system", MIT Project MAC
// report MAC-M-384, 1968): entries stand around a clock, each with a bit that a use sets. To make
// room, the hand goes round: an entry whose bit is set loses the bit and stays, the first without
// one goes, and what comes takes its place, so that the hand meets it last.
//
// It is what LRU is when a hit may cost only one bit: operating systems let the processor set it.
// Here the entries in front of the hand are a queue, and the hand stands at its oldest end; to pass
// an entry is to move it to the newest. What comes in has no bit yet: its miss was no second use.
//
// Remembers nothing that it does not hold.
#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class Clock final : public UsedBitPolicy {
 public:
  explicit Clock(std::uint64_t capacity) : UsedBitPolicy(capacity, "clock") {}

 private:
  void evict_one() override {
    while (entry(oldest(queue_)).mark == 1) {
      entry(oldest(queue_)).mark = 0;
      move(oldest(queue_), queue_);
    }
    evict(oldest(queue_));
  }
};

}  // namespace

Policy make_clock(std::uint64_t capacity) { return std::make_unique<Clock>(capacity); }

}  // namespace faultline::eviction
