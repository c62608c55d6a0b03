// What keeps tables that people may look at: ranges of keys, directories, groups of groups.
#include <algorithm>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/directory.hpp>
#include <faultline/placement/hash_modulo.hpp>
#include <faultline/placement/nested.hpp>
#include <faultline/placement/range_map.hpp>
#include <faultline/placement/ring.hpp>

namespace faultline {
namespace {

/// All keys that have other owners now, in one word each: from whom.
std::vector<Bucket> movers(const Partitioner& before, const Partitioner& after,
                           std::uint64_t keys) {
  std::vector<Bucket> from;
  for (std::uint64_t key = 0; key < keys; ++key) {
    if (before.owner(key) != after.owner(key)) from.push_back(before.owner(key));
  }
  return from;
}

// ---- ranges
// --------------------------------------------------------------------------------------

TEST_CASE("ranges cover all keys, each once, as written") {
  const RangeMap map(std::vector<KeyRange>{{100, 199, 7}, {0, 99, 3}, {200, 999, 3}});
  CHECK(map.owner(0) == 3);
  CHECK(map.owner(99) == 3);
  CHECK(map.owner(100) == 7);
  CHECK(map.owner(199) == 7);
  CHECK(map.owner(200) == 3);
  CHECK(map.owner(UINT64_MAX) == 3);
  CHECK(map.loads() == std::vector<std::uint64_t>{900, 100});
}

TEST_CASE("ranges that leave a gap, overlap, or are none are refused with the keys") {
  using Ranges = std::vector<KeyRange>;
  CHECK_THROWS_WITH_AS(RangeMap(Ranges{{0, 99, 0}, {200, 299, 1}}),
                       "keys 100 to 199 are in no range (one has to begin at 100)", BadValue);
  CHECK_THROWS_WITH_AS(RangeMap(Ranges{{5, 99, 0}}),
                       "keys 0 to 4 are in no range (one has to begin at 0)", BadValue);
  CHECK_THROWS_WITH_AS(RangeMap(Ranges{{0, 99, 0}, {50, 149, 1}}),
                       "keys 50 to 99 are in two ranges (the second has to begin at 100)",
                       BadValue);
  CHECK_THROWS_WITH_AS(RangeMap(Ranges{{9, 0, 0}}),
                       "a range from 9 to 0 has no keys (the larger key is the last)", BadValue);
  CHECK_THROWS_AS(RangeMap(Ranges{{0, UINT64_MAX, 0}, {7, 9, 1}}), BadValue);
  CHECK_THROWS_AS(RangeMap(Ranges{}), BadValue);
  CHECK_THROWS_WITH_AS(RangeMap(first_buckets(4), 7, 2),
                       "7 keys cannot be cut into 8 ranges (8 keys or more)", BadValue);
  CHECK_THROWS_AS(RangeMap(first_buckets(4), 7, 0), BadValue);
}

TEST_CASE("who joins ranges takes exactly its fair share, from all alike") {
  const RangeMap before(first_buckets(4), 20'000, 1);
  RangeMap after(before);
  after.join(4);
  const std::vector<Bucket> from = movers(before, after, 20'000);
  CHECK(from.size() == 4'000);
  for (Bucket bucket = 0; bucket < 4; ++bucket) {
    CHECK(std::count(from.begin(), from.end(), bucket) == 1'000);
  }
  CHECK(after.loads() == std::vector<std::uint64_t>(5, 4'000));
}

TEST_CASE("who leaves ranges gives its own, whole, and nothing else moves") {
  const RangeMap before(first_buckets(5), 20'000, 4);
  RangeMap after(before);
  after.leave(2);
  const std::vector<Bucket> from = movers(before, after, 20'000);
  CHECK(from.size() == 4'000);
  CHECK(std::count(from.begin(), from.end(), Bucket{2}) == 4'000);
  CHECK(after.loads() == std::vector<std::uint64_t>(4, 5'000));
}

TEST_CASE("a range that grows is cut in the middle, and its half goes to the emptiest") {
  RangeMap map(std::vector<KeyRange>{{0, 99, 0}, {100, 119, 1}});
  map.adapt({100, 50});
  map.added(99);
  const std::vector<KeyRange> ranges = map.ranges();
  REQUIRE(ranges.size() == 3);
  CHECK(ranges[0].last == 50);
  CHECK(ranges[1].first == 51);  // 50 of 101 keys, at its end
  CHECK(ranges[1].bucket == 1);
  CHECK(map.loads() == std::vector<std::uint64_t>{51, 70});
}

TEST_CASE("keys in order of time all go to the last range, however often it is cut") {
  RangeMap map(first_buckets(4), 4'000, 1);
  map.adapt({1'000, 200});
  std::set<Bucket> written;
  std::uint64_t splits = 0;
  for (std::uint64_t key = 4'000; key < 20'000; ++key) {
    const std::size_t before = map.ranges().size();
    CHECK(map.owner(key) == map.ranges().back().bucket);
    written.insert(map.owner(key));
    map.added(key);
    splits += map.ranges().size() > before;
  }
  CHECK(splits == 32);  // after the first 1000 keys of the last range, one for every 500 more
  CHECK(written.size() > 1);
  const std::vector<std::uint64_t> loads = map.loads();
  CHECK(*std::max_element(loads.begin(), loads.end()) -
            *std::min_element(loads.begin(), loads.end()) <=
        1'000);
}

TEST_CASE("neighbours that shrink become one, the larger's") {
  RangeMap map(std::vector<KeyRange>{{0, 99, 0}, {100, 149, 1}, {150, 249, 0}});
  map.adapt({200, 100});
  for (std::uint64_t key = 149; key > 100; --key) map.removed(key);
  CHECK(map.ranges().size() == 3);  // 1 + 100 keys
  map.removed(100);
  CHECK(map.ranges().size() == 3);  // 0 + 100: not fewer than 100
  map.removed(150);
  REQUIRE(map.ranges().size() == 2);
  CHECK(map.owner(120) == 0);
  CHECK(map.loads() == std::vector<std::uint64_t>{199, 0});
  CHECK_THROWS_AS(map.adapt({100, 51}), BadValue);
}

// ---- directories
// ---------------------------------------------------------------------------------

TEST_CASE("a directory moves slots to who joins, and those of who leaves, and no other") {
  const Directory before(first_buckets(6), 1'000);
  Directory after(before);
  after.join(6);
  std::size_t given = 0;
  for (std::size_t slot = 0; slot < 1'000; ++slot) {
    given += after.slots()[slot] != before.slots()[slot];
    const bool only_to_newcomer =
        after.slots()[slot] == before.slots()[slot] || after.slots()[slot] == 6;
    CHECK(only_to_newcomer);
  }
  CHECK(given == 1'000 / 7);
  after.leave(0);
  std::vector<std::size_t> counts(7);
  for (const Bucket owner : after.slots()) ++counts[owner];
  CHECK(counts[0] == 0);
  for (Bucket bucket = 1; bucket < 7; ++bucket) {
    CHECK(counts[bucket] >= 166);
    CHECK(counts[bucket] <= 167);
  }
}

TEST_CASE("a directory says what it is told") {
  Directory directory(first_buckets(3), 16);
  directory.assign(directory.slot_of(42), 1);
  CHECK(directory.owner(42) == 1);
  CHECK_THROWS_WITH_AS(directory.assign(16, 1), "there is no slot 16 (0 to 15)", BadValue);
  CHECK_THROWS_AS(directory.assign(0, 3), BadValue);
  CHECK_THROWS_WITH_AS(Directory(first_buckets(3), 2),
                       "2 slots cannot be dealt to 3 buckets (3 or more)", BadValue);
  CHECK_THROWS_AS(Directory(first_buckets(3), 0), BadValue);
}

// ---- groups
// --------------------------------------------------------------------------------------

Nested two_regions() {
  std::vector<std::unique_ptr<Partitioner>> regions;
  regions.push_back(std::make_unique<ConsistentRing>(std::vector<Bucket>{0, 2, 4}, 32));
  regions.push_back(std::make_unique<ConsistentRing>(std::vector<Bucket>{1, 3}, 32));
  auto homes = std::make_unique<RangeMap>(std::vector<KeyRange>{{0, 999, 0}, {1'000, 9'999, 1}});
  return {std::move(homes), std::move(regions), 0};
}

TEST_CASE("a key stays in its region, and who joins or leaves moves nothing in another") {
  const Nested before = two_regions();
  Nested after(before);
  after.join(5);  // the smaller region's
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    CHECK(before.owner(key) % 2 == (key < 1'000 ? 0 : 1));
    if (key < 1'000) CHECK(after.owner(key) == before.owner(key));
    if (after.owner(key) != before.owner(key)) CHECK(after.owner(key) == 5);
  }
  after.leave(3);
  after.leave(1);
  CHECK_THROWS_AS(after.leave(5), BadValue);
  CHECK(after.owner(5'000) == 5);
  CHECK(after.buckets().size() == 4);
}

TEST_CASE("all keys of a prefix are in one group, and in order there") {
  std::vector<std::unique_ptr<Partitioner>> groups;
  groups.push_back(std::make_unique<RangeMap>(std::vector<Bucket>{0, 2}, 100, 1));
  groups.push_back(std::make_unique<RangeMap>(std::vector<Bucket>{1, 3}, 100, 1));
  const Nested nested(std::make_unique<HashModulo>(first_buckets(2)), std::move(groups), 100);
  std::set<Bucket> used;
  for (std::uint64_t prefix = 0; prefix < 50; ++prefix) {
    const Bucket front = nested.owner(100 * prefix);
    CHECK(front < 2);
    for (std::uint64_t rest = 0; rest < 100; ++rest) {
      CHECK(nested.owner(100 * prefix + rest) == front + (rest < 50 ? 0 : 2));
    }
    used.insert(front);
  }
  CHECK(used.size() == 2);
}

TEST_CASE("a group without buckets is refused") {
  std::vector<std::unique_ptr<Partitioner>> groups;
  groups.push_back(std::make_unique<HashModulo>(first_buckets(2)));
  CHECK_THROWS_WITH_AS(Nested(std::make_unique<HashModulo>(first_buckets(2)), std::move(groups), 0),
                       "group 1 has no buckets (one or more)", BadValue);
}

}  // namespace
}  // namespace faultline
