// What holds of every policy whatever is asked of it.
#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "eviction/replay.hpp"

namespace faultline {
namespace {

using testing::all_policies;
using testing::empty_policy;
using testing::name_of;

/// A cache by the book: what went in and did not come out as a victim.
class Mirror {
 public:
  explicit Mirror(EvictionPolicy& policy) : policy_(policy) {}

  void touch(std::uint64_t key) { CHECK(policy_.touch(key) == sizes_.contains(key)); }

  void insert(std::uint64_t key, std::uint64_t size) {
    sizes_[key] = size;
    for (const Evicted& victim : policy_.insert(key, size)) {
      REQUIRE(sizes_.contains(victim.key));
      CHECK(sizes_[victim.key] == victim.size);
      sizes_.erase(victim.key);
    }
  }

  void erase(std::uint64_t key) { CHECK(policy_.erase(key) == (sizes_.erase(key) == 1)); }

  /// That the policy holds what it should, within its bounds.
  void agrees() const {
    std::uint64_t used = 0;
    for (const auto& [key, size] : sizes_) {
      used += size;
      REQUIRE(policy_.holds(key));
    }
    REQUIRE(policy_.used() == used);
    REQUIRE(policy_.count() == sizes_.size());
    REQUIRE(policy_.used() <= policy_.capacity());
  }

 private:
  EvictionPolicy& policy_;
  std::map<std::uint64_t, std::uint64_t> sizes_;
};

/// Any calls in any order: requests that are filled at once, later or never, entries that change
/// their size, others that are too large, invalidations.
void disturb(EvictionPolicy& policy, std::uint64_t seed, std::uint64_t keys,
             std::uint64_t largest) {
  RandomStream random(seed, "calls");
  Mirror mirror(policy);
  for (int step = 0; step < 4'000; ++step) {
    const std::uint64_t key = random.below(random.chance(0.5) ? keys : keys / 4 + 1);
    const double what = random.uniform();
    if (what < 0.1) {
      mirror.erase(key);
    } else if (what < 0.6) {
      mirror.touch(key);
    }
    if (what > 0.5) mirror.insert(key, 1 + random.below(largest));
    mirror.agrees();
  }
}

TEST_CASE("every policy holds what went in and did not come out, and never more than fits") {
  for (const Eviction policy : all_policies()) {
    CAPTURE(name_of(policy));
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      disturb(*empty_policy(policy, 1, seed), seed, 4, 1);
      disturb(*empty_policy(policy, 7, seed), seed, 20, 1);
      disturb(*empty_policy(policy, 40, seed), seed, 200, 1);
      disturb(*empty_policy(policy, 100, seed), seed, 60, 110);
    }
  }
}

TEST_CASE("what is larger than the capacity does not come in, nor stay when it grows") {
  for (const Eviction policy : all_policies()) {
    CAPTURE(name_of(policy));
    const auto cache = empty_policy(policy, 100);
    cache->insert(1, 10);
    auto victims = cache->insert(2, 101);
    REQUIRE(victims.size() == 1);
    CHECK(victims[0] == Evicted{2, 101});
    CHECK(cache->holds(1));
    victims = cache->insert(1, 102);
    REQUIRE(victims.size() == 1);
    CHECK(victims[0] == Evicted{1, 102});
    CHECK(cache->used() == 0);
  }
}

TEST_CASE("the same requests leave the same layout") {
  for (const Eviction policy : all_policies()) {
    CAPTURE(name_of(policy));
    const auto one = empty_policy(policy, 50);
    const auto other = empty_policy(policy, 50);
    disturb(*one, 1, 200, 3);
    disturb(*other, 1, 200, 3);
    CHECK(one->layout() == other->layout());
  }
}

TEST_CASE("LRU: what a cache holds, a larger one holds as well") {
  RandomStream random(1, "keys");
  const auto small = empty_policy(Eviction::lru, 10);
  const auto large = empty_policy(Eviction::lru, 15);
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t key = random.below(random.chance(0.7) ? 12 : 40);
    testing::request(*small, key);
    testing::request(*large, key);
    for (std::uint64_t held = 0; held < 40; ++held) {
      if (small->holds(held)) REQUIRE(large->holds(held));
    }
  }
}

/// How many keys are in a queue of a layout.
std::size_t length(const std::string& layout, const std::string& queue) {
  const auto begin = layout.find(queue + ":");
  REQUIRE(begin != std::string::npos);
  const auto end = layout.find(" |", begin);
  const std::string part = layout.substr(begin, end == layout.npos ? end : end - begin);
  return static_cast<std::size_t>(std::count(part.begin(), part.end(), ' '));
}

TEST_CASE("what is remembered is bounded as each policy says") {
  constexpr std::size_t capacity = 40;
  for (const Eviction policy : all_policies()) {
    CAPTURE(name_of(policy));
    const auto cache = empty_policy(policy, capacity);
    RandomStream random(1, "keys");
    std::size_t most = 0;
    for (int step = 0; step < 20'000; ++step) {
      const std::uint64_t key = random.below(random.chance(0.5) ? 60 : 400);
      if (random.chance(0.05)) cache->erase(key);
      testing::request(*cache, key);
      most = std::max(most, cache->ghosts());
      if (policy == Eviction::arc) {
        const std::string layout = cache->layout();
        REQUIRE(length(layout, "t1") + length(layout, "b1") <= capacity);
        REQUIRE(cache->count() + cache->ghosts() <= 2 * capacity);
      }
    }
    switch (policy) {
      case Eviction::two_q:
        CHECK(most == capacity / 2);
        break;
      case Eviction::arc:
        CHECK(most >= capacity);  // more than that only after entries were erased
        break;
      case Eviction::s3_fifo:
        CHECK(most == capacity - capacity / 10);
        break;
      default:
        CHECK(most == 0);
    }
  }
}

/// The fewest misses that there can be (Belady 1966): the victim is what is asked for again last.
std::size_t fewest_misses(const std::vector<std::uint64_t>& keys, std::size_t frames) {
  std::set<std::uint64_t> held;
  std::size_t missed = 0;
  for (auto now = keys.begin(); now != keys.end(); ++now) {
    if (held.contains(*now)) continue;
    ++missed;
    if (held.size() == frames) {
      held.erase(*std::max_element(held.begin(), held.end(), [&](auto a, auto b) {
        return std::find(now, keys.end(), a) < std::find(now, keys.end(), b);
      }));
    }
    held.insert(*now);
  }
  return missed;
}

TEST_CASE("no policy misses less than Belady's optimum") {
  // Silberschatz, Galvin and Gagne, "Operating System Concepts": the optimum has 9 faults.
  REQUIRE(fewest_misses({7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1}, 3) == 9);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RandomStream random(seed, "keys");
    std::vector<std::uint64_t> keys(300);
    for (std::uint64_t& key : keys) key = random.below(random.chance(0.5) ? 8 : 30);
    const std::size_t fewest = fewest_misses(keys, 8);
    for (const Eviction policy : all_policies()) {
      CAPTURE(name_of(policy));
      CHECK(testing::misses(*empty_policy(policy, 8, seed), keys) >= fewest);
    }
  }
}

}  // namespace
}  // namespace faultline
