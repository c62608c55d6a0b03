// Jump hash, held to the values of others: the reference implementation in C++, with which Go's and
// Guava's agree (dgryski/go-jump, jump_test.go; com.google.common.hash.Hashing.consistentHash).
#include <vector>

#include <doctest/doctest.h>

#include <faultline/placement/jump.hpp>

namespace faultline {
namespace {

TEST_CASE("jump hash gives the published values from one bucket on") {
  struct Sequence {
    std::uint64_t key;
    std::vector<Bucket> buckets;  ///< with 1, 2, 3, ... buckets
  };
  const std::vector<Sequence> published = {
      {0U, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {1U, {0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 17, 17}},
      {3735928559U, {0, 1, 2, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 16, 16, 16}},
      {998690804919562253U, {0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 15, 15, 15, 15}}};
  for (const auto& [key, buckets] : published) {
    for (std::uint32_t i = 0; i < buckets.size(); ++i) {
      CAPTURE(key);
      CHECK(jump_hash(key, i + 1).bucket == buckets[i]);
    }
  }
}

TEST_CASE("jump hash gives the published values for many buckets") {
  const std::vector<Bucket> hundred = {0,  55, 62, 8,  45, 59, 86, 97, 82, 59,
                                       73, 37, 17, 56, 86, 21, 90, 37, 38, 83};
  for (std::uint64_t key = 0; key < hundred.size(); ++key) {
    CHECK(jump_hash(key, 100).bucket == hundred[key]);
  }
  CHECK(jump_hash(2U, 100001).bucket == 80343);
  CHECK(jump_hash(10863919174838991U, 11).bucket == 6);
  CHECK(jump_hash(2016238256797177309U, 11).bucket == 3);
  CHECK(jump_hash(1673758223894951030U, 11).bucket == 5);
  CHECK(jump_hash(2201U, 100001).bucket == 22152);
  CHECK(jump_hash(2202U, 100001).bucket == 15018);
}

TEST_CASE("jump hash never moves a key between old buckets") {
  for (std::uint64_t key = 0; key < 2'000; ++key) {
    Bucket before = 0;
    for (std::uint32_t buckets = 2; buckets < 200; ++buckets) {
      const Bucket after = jump_hash(scatter(key), buckets).bucket;
      const bool stays_or_joins = after == before || after == buckets - 1;
      REQUIRE(stays_or_joins);
      before = after;
    }
  }
}

TEST_CASE("of jump hash only the last bucket leaves alone") {
  const Jump ten(first_buckets(10));
  Jump without_last(first_buckets(10));
  without_last.leave(9);
  Jump without_middle(first_buckets(10));
  without_middle.leave(4);
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    const Bucket before = ten.owner(key);
    if (before != 9) CHECK(without_last.owner(key) == before);
    if (before != 9 && before != 4) CHECK(without_middle.owner(key) == before);
    if (before == 4) CHECK(without_middle.owner(key) == 9);
  }
}

}  // namespace
}  // namespace faultline
