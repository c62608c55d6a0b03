// Random: the victim is any entry, all alike. Nothing is written on a hit, nothing has to be kept
// in order; and no sequence of requests can be made to defeat it. Under independent requests it
// hits exactly as often as FIFO (Gelenbe, "A unified approach to the evaluation of a class of
// replacement algorithms", IEEE Transactions on Computers C-22(6), 1973).
//
// Remembers nothing that it does not hold.
#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class Random final : public QueuePolicy {
 public:
  Random(std::uint64_t capacity, const RandomStream& random)
      : QueuePolicy(capacity), random_(random) {}

  bool touch(std::uint64_t key) override { return find(key) != none; }

 private:
  void admit(std::uint64_t key, std::uint64_t size, Index) override {
    make_room(size);
    const Index index = add(key, size, queue_);
    entry(index).mark = static_cast<std::uint32_t>(urn_.size());
    urn_.push_back(index);
  }

  void evict_one() override { evict(urn_[random_.below(urn_.size())]); }

  void unlink(Index index) override {
    const std::uint32_t position = entry(index).mark;  // is filled by the last
    urn_[position] = urn_.back();
    entry(urn_[position]).mark = position;
    urn_.pop_back();
    QueuePolicy::unlink(index);
  }

  RandomStream random_;
  const QueueId queue_ = add_queue("random");
  std::vector<Index> urn_;  ///< all that is held; an entry's mark is its position
};

}  // namespace

Policy make_random(std::uint64_t capacity, const RandomStream& random) {
  return std::make_unique<Random>(capacity, random);
}

}  // namespace faultline::eviction
