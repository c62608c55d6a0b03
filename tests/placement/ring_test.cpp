// Consistent hashing, plain and with bounded loads: the spread of shares against the closed form
// and against Lamping and Veach's table, bounds that hold, and brute force.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/bounded_ring.hpp>
#include <faultline/statistics/interval.hpp>

#include "close_to.hpp"
#include "figures.hpp"

namespace faultline {
namespace {

/// Shares of 100 buckets, over their mean; each trial has buckets of its own, whose points are
/// independent of all others.
std::vector<double> relative_shares(std::uint32_t virtual_nodes, std::uint32_t trial) {
  std::vector<Bucket> buckets = first_buckets(100);
  for (Bucket& bucket : buckets) bucket += trial * 100;
  const ConsistentRing ring(buckets, virtual_nodes);
  std::vector<double> shares;
  for (const Bucket bucket : buckets) shares.push_back(100 * ring.share(bucket));
  return shares;
}

TEST_CASE("a ring's shares spread as its virtual nodes say") {
  // A share is the sum of V of the nV spacings of uniform points: beta(V, (n-1)V), so n times it
  // has the variance (n-1)/(nV+1).
  struct Published {
    std::uint32_t virtual_nodes;
    double standard_error;  ///< Lamping and Veach 2014, table in section 2, of 1000 buckets
    double low, high;       ///< that hold 99 % of shares: quantiles of the gamma distribution
  };
  for (const Published& published :
       {Published{1, 0.9979060, 0.0050, 5.2983}, Published{10, 0.3151810, 0.3717, 1.9998},
        Published{100, 0.0996996, 0.7612, 1.2763}}) {
    const double expected = std::sqrt(99.0 / (100.0 * published.virtual_nodes + 1));
    std::vector<double> variances;
    std::uint64_t outside = 0;
    constexpr std::uint32_t trials = 100;
    for (std::uint32_t trial = 0; trial < trials; ++trial) {
      double squares = 0;
      for (const double share : relative_shares(published.virtual_nodes, trial)) {
        squares += (share - 1) * (share - 1);
        outside += share < published.low || share > published.high;
      }
      variances.push_back(squares / 100);
    }
    CAPTURE(published.virtual_nodes);
    const Estimate variance = mean_interval(variances, 0.999);
    CHECK(variance.low < expected * expected);
    CHECK(variance.high > expected * expected);
    const Estimate rare = proportion_interval(outside, trials * 100, 0.999);
    CHECK(rare.low < 0.01);
    CHECK(rare.high > 0.01);
    testing::note_figure("Lamping and Veach 2014: standard error of a bucket's share",
                         std::to_string(published.virtual_nodes) + " points a bucket", "%",
                         100 * published.standard_error, 100 * std::sqrt(variance.value));
  }
}

TEST_CASE("a ring finds the next point clockwise, also past the end") {
  constexpr std::uint32_t virtual_nodes = 3;
  const ConsistentRing ring(first_buckets(5), virtual_nodes);
  std::map<std::uint64_t, Bucket> points;
  for (Bucket bucket = 0; bucket < 5; ++bucket) {
    for (std::uint32_t i = 0; i < virtual_nodes; ++i) points[place_hash(bucket, i)] = bucket;
  }
  std::vector<double> counts(5);
  std::uint64_t past_the_end = 0;
  for (std::uint64_t key = 0; key < 100'000; ++key) {
    const auto next = points.lower_bound(placement_hash(key));
    past_the_end += next == points.end();
    const Bucket expected = next == points.end() ? points.begin()->second : next->second;
    REQUIRE(ring.owner(key) == expected);
    ++counts[expected];
  }
  CHECK(past_the_end > 0);
  double shares = 0;
  for (Bucket bucket = 0; bucket < 5; ++bucket) {
    const Estimate share =
        proportion_interval(static_cast<std::uint64_t>(counts[bucket]), 100'000, 0.9999);
    CHECK(share.low < ring.share(bucket));
    CHECK(share.high > ring.share(bucket));
    shares += ring.share(bucket);
  }
  CHECK(shares == testing::close_to(1));
}

TEST_CASE("a ring passes by what does not accept") {
  const ConsistentRing ring(first_buckets(5), 10);
  ConsistentRing without(first_buckets(5), 10);
  without.leave(2);
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    const std::uint64_t hash = placement_hash(key);
    CHECK(ring.find_accepted(hash, [](Bucket bucket) { return bucket != 2; }).bucket ==
          without.owner(key));
  }
}

TEST_CASE("a ring is made of who is there, not of who came when") {
  ConsistentRing ring({7, 1}, 20);
  ring.join(4);
  ring.join(2);
  ring.leave(7);
  const ConsistentRing made({1, 2, 4}, 20);
  for (std::uint64_t key = 0; key < 10'000; ++key) CHECK(ring.owner(key) == made.owner(key));
  CHECK(ring.bytes() == made.bytes());
}

TEST_CASE("rings that cannot be are refused") {
  CHECK_THROWS_WITH_AS(ConsistentRing(first_buckets(3), 0),
                       "a ring of no points has no place for a key (1 virtual node or more)",
                       BadValue);
  CHECK_THROWS_AS(BoundedRing(first_buckets(3), 0, 1.25, 100), BadValue);
  CHECK_THROWS_WITH_AS(BoundedRing(first_buckets(3), 8, 1, 100),
                       "loads cannot be bounded by 1 of their mean (more than 1)", BadValue);
  CHECK_THROWS_WITH_AS(BoundedRing(first_buckets(3), 8, 1.25, 2),
                       "2 partitions cannot be spread over 3 buckets (3 or more)", BadValue);
  BoundedRing full(first_buckets(3), 8, 1.25, 3);
  CHECK_THROWS_AS(full.join(3), BadValue);
  CHECK(full.buckets().size() == 3);
  CHECK_NOTHROW(full.owner(1));
}

// ---- bounded loads
// -------------------------------------------------------------------------------

std::vector<std::uint64_t> loads_of(const BoundedRing& ring) {
  std::vector<std::uint64_t> loads(ring.buckets().back() + std::size_t{1});
  for (const Bucket owner : ring.partitions()) ++loads[owner];
  return loads;
}

TEST_CASE("the bound of loads is ceil(c m/n) of the bound as it is written") {
  CHECK(load_limit(1.1, 50, 1) == 55);  // 1.1 in binary is a little more
  CHECK(load_limit(1.1, 500, 10) == 55);
  CHECK(load_limit(1.25, 100, 3) == 42);  // 41.67
  CHECK(load_limit(1.5, 100, 10) == 15);
}

TEST_CASE("bounded loads stay within ceil(c m/n), whoever joins and leaves") {
  for (const double bound : {1.01, 1.1, 1.25, 2.0, 10.0}) {
    BoundedRing ring(first_buckets(10), 1, bound, 1'000);
    const auto check = [&] {
      const double mean = 1'000.0 / static_cast<double>(ring.buckets().size());
      std::uint64_t all = 0;
      for (const std::uint64_t load : loads_of(ring)) {
        CHECK(static_cast<double>(load) <= std::ceil(bound * mean));
        all += load;
      }
      CHECK(all == 1'000);
    };
    check();
    for (Bucket bucket = 10; bucket < 30; ++bucket) {
      ring.join(bucket);
      check();
    }
    for (Bucket bucket = 0; bucket < 25; ++bucket) {
      ring.leave(bucket);
      check();
    }
  }
}

TEST_CASE("a bounded ring passes by only what is full, and is the plain ring without a bound") {
  const ConsistentRing plain(first_buckets(10), 4);
  const BoundedRing bounded(first_buckets(10), 4, 1.2, 1'000);
  const BoundedRing loose(first_buckets(10), 4, 1e6, 1'000);
  const auto home = [&](std::size_t partition) {
    return plain.find_accepted(placement_hash(partition), [](Bucket) { return true; }).bucket;
  };
  const std::vector<std::uint64_t> loads = loads_of(bounded);
  std::uint64_t displaced = 0;
  for (std::size_t partition = 0; partition < 1'000; ++partition) {
    CHECK(loose.partitions()[partition] == home(partition));
    if (bounded.partitions()[partition] == home(partition)) continue;
    ++displaced;
    CHECK(loads[home(partition)] == 120);
  }
  CHECK(displaced > 0);
}

TEST_CASE("a looser bound moves fewer keys when a bucket leaves") {
  std::vector<std::uint64_t> moved;
  for (const double bound : {1.02, 1.3, 3.0}) {
    std::uint64_t count = 0;
    for (std::uint32_t trial = 0; trial < 20; ++trial) {
      std::vector<Bucket> buckets = first_buckets(20);
      for (Bucket& bucket : buckets) bucket += 20 * trial;
      const BoundedRing before(buckets, 8, bound, 2'000);
      BoundedRing after(before);
      after.leave(buckets[10]);
      for (std::size_t i = 0; i < 2'000; ++i) {
        count += before.partitions()[i] != after.partitions()[i];
      }
    }
    moved.push_back(count);
  }
  CHECK(moved[0] > moved[1]);
  CHECK(moved[1] > moved[2]);
}

}  // namespace
}  // namespace faultline
