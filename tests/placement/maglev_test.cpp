// Maglev's table: the paper's example, balance to the place, and what a backend less changes.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/maglev.hpp>

namespace faultline {
namespace {

TEST_CASE("the paper's example: three backends, seven places") {
  // Permutations {3,0,4,1,5,2,6}, {0,2,4,6,1,3,5}, {3,4,5,6,0,1,2}: table 1 of the paper.
  const std::vector<MaglevPermutation> paper = {{3, 4}, {0, 2}, {3, 1}};
  CHECK(maglev_table(paper, 7) == std::vector<std::uint32_t>{1, 0, 1, 0, 2, 2, 0});
  const std::vector<MaglevPermutation> without = {{3, 4}, {3, 1}};
  CHECK(maglev_table(without, 7) == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1});
}

TEST_CASE("another implementation's example") {
  // dgryski/go-maglev, maglev_test.go: {2,6,3,0,4,1,5}, {0,5,3,1,6,4,2}, {1,3,5,0,2,4,6}.
  const std::vector<MaglevPermutation> all = {{2, 4}, {0, 5}, {1, 2}};
  CHECK(maglev_table(all, 7) == std::vector<std::uint32_t>{1, 2, 0, 2, 0, 1, 0});
  const std::vector<MaglevPermutation> without = {{2, 4}, {1, 2}};
  CHECK(maglev_table(without, 7) == std::vector<std::uint32_t>{0, 1, 0, 1, 0, 1, 0});
}

TEST_CASE("no bucket has more than one place more than another") {
  for (const std::uint32_t buckets : {1U, 2U, 3U, 10U, 97U, 1000U}) {
    const Maglev maglev(first_buckets(buckets), 2003);
    std::vector<std::uint32_t> counts(buckets);
    for (const Bucket owner : maglev.table()) ++counts[owner];
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    CHECK(*most - *least <= 1);
  }
}

/// The share of all places that change hands when one of 100 buckets leaves, and had not to.
double disruption(std::uint32_t size) {
  std::uint64_t changed = 0;
  for (Bucket leaver = 0; leaver < 100; leaver += 10) {
    const Maglev before(first_buckets(100), size);
    Maglev after(before);
    after.leave(leaver);
    for (std::size_t place = 0; place < size; ++place) {
      const Bucket owner = before.table()[place];
      changed += owner != leaver && owner != after.table()[place];
    }
  }
  return static_cast<double>(changed) / (10.0 * size);
}

TEST_CASE("the larger the table, the less a leaving bucket changes besides its own places") {
  const double small = disruption(503);
  const double medium = disruption(5003);
  const double large = disruption(65537);
  CHECK(small > medium);
  CHECK(medium > large);
  CHECK(large > 0);
  CHECK(large < 0.01);  // less than the leaver's own share, with 655 places a bucket
}

TEST_CASE("tables that cannot be are refused") {
  CHECK_THROWS_WITH_AS(Maglev(first_buckets(3), 65536),
                       "a table of 65536 places is not of prime size (such as 65537)", BadValue);
  CHECK_THROWS_AS(Maglev(first_buckets(3), 0), BadValue);
  CHECK_THROWS_AS(Maglev(first_buckets(8), 7), BadValue);
  CHECK_NOTHROW(Maglev(first_buckets(2), 2));
}

}  // namespace
}  // namespace faultline
