// What all partitioners keep, and their figures against what theory says: shares of keys that move,
// balls into bins.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/text.hpp>
#include <faultline/placement/figures.hpp>
#include <faultline/placement/jump.hpp>
#include <faultline/placement/ring.hpp>
#include <faultline/placement/settings.hpp>
#include <faultline/statistics/interval.hpp>

#include "close_to.hpp"

namespace faultline {
namespace {

constexpr std::uint64_t keys = 50'000;

std::unique_ptr<Partitioner> ten(PartitionerKind kind) {
  PartitionerSettings settings;
  settings.kind = kind;
  return make_partitioner(settings, 10, keys);
}

/// Whether as many of all keys as `measured` says may have been chosen with probability `expected`.
void check_share(double measured, double expected) {
  const auto count = static_cast<std::uint64_t>(std::llround(measured * keys));
  const Estimate share = proportion_interval(count, keys, 0.9999);
  CHECK(share.low <= expected);
  CHECK(share.high >= expected);
}

TEST_CASE("every partitioner has a name, and is made by it") {
  CHECK(partitioner_names().size() == 10);
  for (const PartitionerName& one : partitioner_names()) {
    CHECK(partitioner_named(one.name) == one.kind);
    CHECK(ten(one.kind)->buckets().size() == 10);
  }
  CHECK_FALSE(partitioner_named("ring").has_value());
}

TEST_CASE("every partitioner keeps to the buckets there are, and refuses what cannot be") {
  for (const PartitionerName& one : partitioner_names()) {
    CAPTURE(one.name);
    const auto partitioner = ten(one.kind);
    const auto check = [&] {
      for (std::uint64_t key = 0; key < 5'000; ++key) {
        const auto buckets = partitioner->buckets();
        CHECK(std::binary_search(buckets.begin(), buckets.end(), partitioner->owner(key)));
      }
      CHECK(partitioner->find(1).steps > 0);
      CHECK(partitioner->bytes() > 0);
    };
    partitioner->join(12);
    check();
    partitioner->leave(0);
    partitioner->leave(12);
    partitioner->leave(5);
    check();
    CHECK(partitioner->buckets().size() == 8);
    CHECK_THROWS_WITH_AS(partitioner->join(3), "bucket 3 is there already (join another)",
                         BadValue);
    CHECK_THROWS_WITH_AS(partitioner->leave(5), "there is no bucket 5 (name one that has joined)",
                         BadValue);
    PartitionerSettings settings;
    settings.kind = one.kind;
    CHECK_THROWS_WITH_AS(
        make_partitioner(settings, 10, 9),
        "9 keys cannot be spread over 10 buckets (at most as many buckets as keys)", BadValue);
    CHECK_THROWS_AS(make_partitioner(settings, 0, 9), BadValue);
  }
  const auto one = make_partitioner({}, 1, keys);
  CHECK_THROWS_WITH_AS(one->leave(0), "bucket 0 is the last (let another join before)", BadValue);
}

TEST_CASE("a copy goes its own way") {
  for (const PartitionerName& one : partitioner_names()) {
    CAPTURE(one.name);
    const auto partitioner = ten(one.kind);
    const auto copy = partitioner->clone();
    copy->leave(4);
    copy->leave(6);
    CHECK(partitioner->buckets().size() == 10);
    bool all_used = false;
    for (std::uint64_t key = 0; key < keys && !all_used; ++key) {
      all_used = partitioner->owner(key) == 4;
    }
    CHECK(all_used);
  }
}

TEST_CASE("consistent ones move only what is the newcomer's, or was the leaver's") {
  for (const PartitionerKind kind :
       {PartitionerKind::consistent, PartitionerKind::rendezvous, PartitionerKind::directory,
        PartitionerKind::range, PartitionerKind::geographic, PartitionerKind::jump}) {
    const auto before = ten(kind);
    CAPTURE(static_cast<int>(kind));
    const PlacementFigures figures = figures_of(*before, keys);
    CHECK(figures.moved_by_join == testing::close_to(figures.least_by_join));
    if (kind == PartitionerKind::jump) continue;
    CHECK(figures.moved_by_leave == testing::close_to(figures.least_by_leave));
  }
}

TEST_CASE("hash modulo moves nearly everything: n of n + 1, and all but 1/n") {
  const PlacementFigures figures = figures_of(*ten(PartitionerKind::modulo), keys);
  check_share(figures.moved_by_join, 10.0 / 11);
  check_share(figures.moved_by_leave, 9.0 / 10);
}

TEST_CASE("rendezvous and jump move one part of n + 1, jump twice that if a middle one leaves") {
  const PlacementFigures weights = figures_of(*ten(PartitionerKind::rendezvous), keys);
  check_share(weights.moved_by_join, 1.0 / 11);
  check_share(weights.moved_by_leave, 1.0 / 10);
  CHECK(weights.steps == testing::close_to(10));
  const PlacementFigures jumps = figures_of(*ten(PartitionerKind::jump), keys);
  check_share(jumps.moved_by_join, 1.0 / 11);
  // The leaver's keys go to the last; of the last's own, one in nine had been the leaver's among
  // nine buckets, and stays.
  check_share(jumps.moved_by_leave, 1.0 / 10 + 1.0 / 10 * 8 / 9);
}

TEST_CASE("a ring gives a newcomer 1/(n+1) in the mean, over rings of ten") {
  std::vector<double> shares;
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    std::vector<Bucket> buckets = first_buckets(10);
    for (Bucket& bucket : buckets) bucket += 11 * trial;
    ConsistentRing ring(buckets, 16);
    ring.join(11 * trial + 10);
    shares.push_back(ring.share(11 * trial + 10));
  }
  const Estimate share = mean_interval(shares, 0.999);
  CHECK(share.low < 1.0 / 11);
  CHECK(share.high > 1.0 / 11);
}

TEST_CASE("a jump takes a harmonic number of steps") {
  double harmonic = 0;
  for (int bucket = 1; bucket <= 1'000; ++bucket) harmonic += 1.0 / bucket;
  std::vector<double> steps;
  for (std::uint64_t key = 0; key < keys; ++key) {
    steps.push_back(jump_hash(placement_hash(key), 1'000).steps);
  }
  const Estimate mean = mean_interval(steps, 0.999);
  CHECK(mean.low < harmonic);
  CHECK(mean.high > harmonic);
}

/// The mean of the fullest of `bins` after as many balls: P(none has more than m) is
/// balls! / bins^balls times the coefficient of x^balls in (sum of x^i/i! for i <= m)^bins.
double fullest_bin(std::size_t bins) {
  const std::size_t balls = bins;
  double mean = 0;
  for (std::size_t most = 1; most <= balls; ++most) {
    // Coefficients are scaled by i! / bins^i on the way: chances of i balls in the bins so far.
    std::vector<double> ways(balls + 1);
    ways[0] = 1;
    for (std::size_t bin = 1; bin <= bins; ++bin) {
      std::vector<double> next(balls + 1);
      for (std::size_t before = 0; before <= balls; ++before) {
        double term = ways[before];
        for (std::size_t more = 0; more <= most && before + more <= balls; ++more) {
          next[before + more] += term;
          term *= static_cast<double>(before + more + 1) /
                  (static_cast<double>(more + 1) * static_cast<double>(bins));
        }
      }
      ways = next;
    }
    mean += 1 - ways[balls];  // the chance that the fullest has more than `most`
  }
  return mean + 1;  // it has at least one
}

TEST_CASE("hashes throw balls into bins: the fullest of 100 bins with 100 balls") {
  const double expected = fullest_bin(100);
  for (const PartitionerKind kind :
       {PartitionerKind::modulo, PartitionerKind::rendezvous, PartitionerKind::jump}) {
    PartitionerSettings settings;
    settings.kind = kind;
    const auto partitioner = make_partitioner(settings, 100, keys);
    std::vector<double> fullest;
    for (std::uint64_t trial = 0; trial < 2'000; ++trial) {
      std::vector<std::uint32_t> bins(100);
      for (std::uint64_t ball = 0; ball < 100; ++ball) {
        ++bins[partitioner->owner(100 * trial + ball)];
      }
      fullest.push_back(*std::max_element(bins.begin(), bins.end()));
    }
    const Estimate mean = mean_interval(fullest, 0.999);
    CAPTURE(static_cast<int>(kind));
    CHECK(mean.low < expected);
    CHECK(mean.high > expected);
  }
}

TEST_CASE("balance is counted over all buckets") {
  const auto directory = ten(PartitionerKind::directory);
  const PlacementFigures figures = figures_of(*directory, keys);
  std::vector<double> counts(10);
  for (std::uint64_t key = 0; key < keys; ++key) ++counts[directory->owner(key)];
  double squares = 0;
  for (const double count : counts) squares += (count / 5'000 - 1) * (count / 5'000 - 1);
  CHECK(figures.max_over_mean ==
        testing::close_to(*std::max_element(counts.begin(), counts.end()) / 5'000));
  CHECK(figures.deviation == testing::close_to(std::sqrt(squares / 10)));
  CHECK(figures.bytes == 16384 * 4);
  const PlacementFigures ranges = figures_of(*ten(PartitionerKind::range), keys);
  CHECK(ranges.max_over_mean == testing::close_to(1));
  CHECK(ranges.deviation == 0);
}

}  // namespace
}  // namespace faultline
