// First in, first out: the victim is what has been here for longest, used or not. A hit writes
// nothing, which is why it is still about; but more memory may make it worse (Belady, Nelson and
// Shedler, "An anomaly in space-time characteristics of certain programs running in a paging
// machine", CACM 12(6), 1969), which cannot happen to LRU.
//
// Remembers nothing that it does not hold.
#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class Fifo final : public OneQueuePolicy {
 public:
  explicit Fifo(std::uint64_t capacity) : OneQueuePolicy(capacity, "fifo") {}

  bool touch(std::uint64_t key) override { return find(key) != none; }

 private:
  void evict_one() override { evict(oldest(queue_)); }
};

}  // namespace

Policy make_fifo(std::uint64_t capacity) { return std::make_unique<Fifo>(capacity); }

}  // namespace faultline::eviction
