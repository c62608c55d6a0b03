// Reference strings of textbooks, and the conversations of the simple policies worked by hand.
#include <algorithm>

#include <doctest/doctest.h>

#include "eviction/replay.hpp"

namespace faultline {
namespace {

using testing::conversation;
using testing::empty_policy;
using testing::misses;

using Keys = std::vector<std::uint64_t>;

// Silberschatz, Galvin and Gagne, "Operating System Concepts", section "Page replacement".
const Keys silberschatz{7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1};
// Belady, Nelson and Shedler 1969.
const Keys belady{1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5};

std::size_t faults(Eviction policy, const Keys& keys, std::uint64_t frames) {
  return misses(*empty_policy(policy, frames), keys);
}

TEST_CASE("the textbook's reference string: FIFO 15 faults, LRU 12") {
  CHECK(faults(Eviction::fifo, silberschatz, 3) == 15);
  CHECK(faults(Eviction::lru, silberschatz, 3) == 12);
}

TEST_CASE("Belady's anomaly: FIFO misses more with a fourth frame, LRU does not") {
  CHECK(faults(Eviction::fifo, belady, 3) == 9);
  CHECK(faults(Eviction::fifo, belady, 4) == 10);
  CHECK(faults(Eviction::lru, belady, 3) == 10);
  CHECK(faults(Eviction::lru, belady, 4) == 8);
}

TEST_CASE("FIFO: a use changes nothing") {
  const auto policy = empty_policy(Eviction::fifo, 3);
  CHECK(conversation(*policy, {1, 2, 3, 1, 4, 1}) == R"(
1  miss  fifo: 1
2  miss  fifo: 1 2
3  miss  fifo: 1 2 3
1  hit   fifo: 1 2 3
4  -1    fifo: 2 3 4
1  -2    fifo: 3 4 1)");
}

TEST_CASE("LRU: a use puts an entry behind all others") {
  const auto policy = empty_policy(Eviction::lru, 3);
  CHECK(conversation(*policy, {1, 2, 3, 1, 4, 1}) == R"(
1  miss  lru: 1
2  miss  lru: 1 2
3  miss  lru: 1 2 3
1  hit   lru: 2 3 1
4  -2    lru: 3 1 4
1  hit   lru: 3 4 1)");
}

TEST_CASE("CLOCK: the hand takes the bit of what was used, and passes") {
  const auto policy = empty_policy(Eviction::clock, 3);
  CHECK(conversation(*policy, {1, 2, 3, 1, 4, 5, 4, 3, 6, 1}) == R"(
1  miss  clock: 1
2  miss  clock: 1 2
3  miss  clock: 1 2 3
1  hit   clock: 1+ 2 3
4  -2    clock: 3 1 4
5  -3    clock: 1 4 5
4  hit   clock: 1 4+ 5
3  -1    clock: 4+ 5 3
6  -5    clock: 3 4 6
1  -3    clock: 4 6 1)");
}

TEST_CASE("LFU: the rarest goes, of those what was used longest ago, and counts begin again") {
  const auto policy = empty_policy(Eviction::lfu, 3);
  CHECK(conversation(*policy, {1, 2, 3, 1, 1, 3, 4, 2, 2, 5, 3}) == R"(
1  miss  lfu: 1*1
2  miss  lfu: 1*1 2*1
3  miss  lfu: 1*1 2*1 3*1
1  hit   lfu: 2*1 3*1 1*2
1  hit   lfu: 2*1 3*1 1*3
3  hit   lfu: 2*1 3*2 1*3
4  -2    lfu: 4*1 3*2 1*3
2  -4    lfu: 2*1 3*2 1*3
2  hit   lfu: 3*2 2*2 1*3
5  -3    lfu: 5*1 2*2 1*3
3  -5    lfu: 3*1 2*2 1*3)");
}

}  // namespace
}  // namespace faultline
