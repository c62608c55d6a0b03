// Least frequently used: the victim is what was used most rarely since it came; of those, what was
// used longest ago. Counts begin again when an entry comes back.
//
// Under independent requests nothing beats keeping the most popular (Aho, Denning and Ullman,
// "Principles of optimal page replacement", JACM 18(1), 1971), which is where this goes in the long
// run. Where popularity changes, what was popular once stays for long.
//
// In constant time (Shah, Mitra and Matani, "An O(1) algorithm for implementing the LFU cache
// eviction scheme", 2010): there is a queue for each count that some entry has, and these queues
// are linked in ascending order; a use moves an entry to the newest end of the next one.
//
// Remembers nothing that it does not hold.
#include <fmt/format.h>

#include <faultline/eviction/policies.hpp>
#include <faultline/eviction/queues.hpp>

namespace faultline::eviction {
namespace {

class LeastFrequentlyUsed final : public QueuePolicy {
 public:
  explicit LeastFrequentlyUsed(std::uint64_t capacity) : QueuePolicy(capacity) {}

  bool touch(std::uint64_t key) override {
    const Index index = find(key);
    if (index == none) return false;
    move(index, queue_of(counts_[entry(index).queue].uses + 1, entry(index).queue));
    return true;
  }

 private:
  static constexpr QueueId nobody = none;

  /// How often the entries of a queue were used, and the queues of the next counts.
  struct Count {
    std::uint64_t uses = 0;
    QueueId fewer = nobody;
    QueueId more = nobody;
  };

  void admit(std::uint64_t key, std::uint64_t size, Index) override {
    make_room(size);
    add(key, size, queue_of(1, nobody));
  }

  void evict_one() override { evict(oldest(fewest_)); }

  void unlink(Index index) override {
    const QueueId id = entry(index).queue;
    QueuePolicy::unlink(index);
    if (oldest(id) == none) release(id);
  }

  /// The queue of this count; `fewer` is the one that comes before it.
  QueueId queue_of(std::uint64_t uses, QueueId fewer) {
    const QueueId more = fewer == nobody ? fewest_ : counts_[fewer].more;
    if (more != nobody && counts_[more].uses == uses) return more;
    QueueId id = nobody;
    if (free_.empty()) {
      id = add_queue("");
      counts_.emplace_back();
      free_.reserve(counts_.capacity());
    } else {
      id = free_.back();
      free_.pop_back();
    }
    counts_[id] = {uses, fewer, more};
    (fewer == nobody ? fewest_ : counts_[fewer].more) = id;
    if (more != nobody) counts_[more].fewer = id;
    return id;
  }

  void release(QueueId id) {
    const Count& count = counts_[id];
    (count.fewer == nobody ? fewest_ : counts_[count.fewer].more) = count.more;
    if (count.more != nobody) counts_[count.more].fewer = count.fewer;
    free_.push_back(id);
  }

 public:
  std::string layout() const override {
    std::string text = "lfu:";
    for (QueueId id = fewest_; id != nobody; id = counts_[id].more) {
      for (Index index = oldest(id); index != none; index = entry(index).newer) {
        text += fmt::format(" {}*{}", entry(index).key, counts_[id].uses);
      }
    }
    return text;
  }

 private:
  QueueId fewest_ = nobody;
  std::vector<Count> counts_;  ///< of every queue
  std::vector<QueueId> free_;  ///< queues of counts that nobody has
};

}  // namespace

Policy make_lfu(std::uint64_t capacity) { return std::make_unique<LeastFrequentlyUsed>(capacity); }

}  // namespace faultline::eviction
