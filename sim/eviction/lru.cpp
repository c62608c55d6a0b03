// Least recently used: the victim is what was last used longest ago (Mattson, Gecsei, Slutz and
// Traiger, "Evaluation techniques for storage hierarchies", IBM Systems Journal 9(2), 1970, call
// it a stack algorithm: with entries of one size, what a cache holds a larger one holds as well, so
// more memory never makes it worse).
//
// Under independent requests its hit ratio is that of Che, Tung and Wang, "Hierarchical web caching
// systems", IEEE JSAC 20(7), 2002: an entry stays for a characteristic time after its last use,
// nearly the same for all. It forgets how often something was used: one scan of much that is used
// once sweeps out everything else.
//
// Remembers nothing that it does not hold.
#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class LeastRecentlyUsed final : public OneQueuePolicy {
 public:
  explicit LeastRecentlyUsed(std::uint64_t capacity) : OneQueuePolicy(capacity, "lru") {}

  bool touch(std::uint64_t key) override {
    const Index index = find(key);
    if (index == none) return false;
    move(index, queue_);
    return true;
  }

 private:
  void evict_one() override { evict(oldest(queue_)); }
};

}  // namespace

Policy make_lru(std::uint64_t capacity) { return std::make_unique<LeastRecentlyUsed>(capacity); }

}  // namespace faultline::eviction
