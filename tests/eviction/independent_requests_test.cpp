// Hit ratios under independent requests (every request draws its key anew, always with the same
// probabilities), where they are known without simulation of ours:
//
//   exactly, for few keys: LRU (King, "Analysis of demand paging algorithms", IFIP 1971), FIFO and
//   random (Gelenbe 1973), by summing over all that a cache may hold;
//   for 10,000 keys under Zipf's law: Che's approximation of LRU, and what an independent
//   simulation of 2,000,000 requests after 1,000,000 of warm-up found.
#include <bit>
#include <cmath>

#include <doctest/doctest.h>

#include <faultline/statistics/interval.hpp>
#include <faultline/workload/key_chooser.hpp>

#include "eviction/replay.hpp"

namespace faultline {
namespace {

using testing::all_policies;
using testing::empty_policy;
using testing::name_of;

constexpr double confidence = 0.999;
constexpr std::size_t trials = 10;

/// The hit ratio of one cache and its interval over trials, each after a warm-up.
template <class Draw>
Estimate hit_ratio(Eviction policy, std::uint64_t capacity, int warm_up, int requests, Draw draw) {
  std::vector<double> ratios;
  for (std::uint64_t trial = 1; trial <= trials; ++trial) {
    RandomStream random(trial, "keys");
    const auto cache = empty_policy(policy, capacity, trial);
    for (int i = 0; i < warm_up; ++i) testing::request(*cache, draw(random));
    int hits = 0;
    for (int i = 0; i < requests; ++i) hits += testing::request(*cache, draw(random)) ? 1 : 0;
    ratios.push_back(static_cast<double>(hits) / requests);
  }
  return mean_interval(ratios, confidence);
}

// ---- few keys, exactly

const std::vector<double> popularity{0.35, 0.25, 0.15, 0.12, 0.08, 0.05};
constexpr std::size_t few = 3;  // entries

std::uint64_t draw_one_of_few(RandomStream& random) {
  double left = random.uniform();
  std::uint64_t key = 0;
  while (key + 1 < popularity.size() && left >= popularity[key]) left -= popularity[key++];
  return key;
}

/// King: the keys in a cache, from the last used on, are drawn one after the other without
/// replacement.
double exact_lru(std::vector<bool>& taken, std::size_t places, double chance, double held) {
  if (places == 0) return chance * held;
  double sum = 0;
  for (std::size_t key = 0; key < popularity.size(); ++key) {
    if (taken[key]) continue;
    taken[key] = true;
    sum +=
        exact_lru(taken, places - 1, chance * popularity[key] / (1 - held), held + popularity[key]);
    taken[key] = false;
  }
  return sum;
}

/// Gelenbe: a cache holds a set of keys with a probability proportional to their product.
double exact_fifo() {
  double weights = 0;
  double hits = 0;
  for (std::uint32_t set = 0; set < 1U << popularity.size(); ++set) {
    if (std::popcount(set) != few) continue;
    double product = 1;
    double sum = 0;
    for (std::size_t key = 0; key < popularity.size(); ++key) {
      if ((set >> key & 1U) == 0) continue;
      product *= popularity[key];
      sum += popularity[key];
    }
    weights += product;
    hits += product * sum;
  }
  return hits / weights;
}

TEST_CASE("few keys: LRU hits as King computed, FIFO and random as Gelenbe did") {
  std::vector<bool> taken(popularity.size());
  const double lru = exact_lru(taken, few, 1, 0);
  const double fifo = exact_fifo();
  REQUIRE(lru - fifo > 0.01);  // they can be told apart
  const auto measured = [](Eviction policy) {
    return hit_ratio(policy, few, 1'000, 100'000, draw_one_of_few);
  };
  const auto agrees = [](const Estimate& ours, double exact) {
    CAPTURE(ours.value);
    CAPTURE(exact);
    CHECK(ours.half_width() < 0.005);
    CHECK(ours.low <= exact);
    CHECK(exact <= ours.high);
  };
  agrees(measured(Eviction::lru), lru);
  agrees(measured(Eviction::fifo), fifo);
  agrees(measured(Eviction::random), fifo);
}

// ---- many keys under Zipf's law

/// Of 10,000 keys. `che`: LRU by Che's approximation. `lru`, `fifo`, `random`: an independent
/// simulation, 2,000,000 requests. `optimum`: the most popular keys, held for ever.
struct ZipfRow {
  double exponent;
  std::uint64_t capacity;
  double optimum;
  double che;
  double lru;
  double fifo;
  double random;
};
constexpr ZipfRow zipf_rows[]{
    {0.6, 100, 0.14197, 0.04319, 0.04304, 0.03960, 0.03966},
    {0.8, 1000, 0.57062, 0.43666, 0.43647, 0.39391, 0.39394},
    {0.99, 100, 0.51784, 0.37690, 0.37682, 0.32985, 0.32967},
    {1.2, 1000, 0.90345, 0.86143, 0.86158, 0.83203, 0.83201},
};
constexpr int zipf_requests = 100'000;
constexpr double their_requests = 2'000'000;

Estimate zipf_hit_ratio(Eviction policy, const ZipfRow& row) {
  const Zipf zipf(10'000, row.exponent);
  return hit_ratio(policy, row.capacity, 50'000, zipf_requests,
                   [&](RandomStream& random) { return zipf.draw(random); });
}

/// Both figures are of simulations, and the variance of theirs is ours by the number of requests.
void agree(const Estimate& ours, double theirs) {
  CAPTURE(ours.value);
  CAPTURE(theirs);
  const double their_share = trials * zipf_requests / their_requests;
  CHECK(std::abs(ours.value - theirs) <= ours.half_width() * std::sqrt(1 + their_share));
}

TEST_CASE("Zipf's law: LRU hits as Che says, FIFO and random as others have simulated") {
  for (const ZipfRow& row : zipf_rows) {
    CAPTURE(row.exponent);
    CAPTURE(row.capacity);
    const Estimate lru = zipf_hit_ratio(Eviction::lru, row);
    agree(lru, row.lru);
    CHECK(lru.low <= row.che);
    CHECK(row.che <= lru.high);
    agree(zipf_hit_ratio(Eviction::fifo, row), row.fifo);
    agree(zipf_hit_ratio(Eviction::random, row), row.random);
  }
}

TEST_CASE("Zipf's law: no policy hits more often than the most popular keys would") {
  for (const ZipfRow& row : zipf_rows) {
    for (const Eviction policy : all_policies()) {
      CAPTURE(row.exponent);
      CAPTURE(name_of(policy));
      CHECK(zipf_hit_ratio(policy, row).low <= row.optimum);
    }
  }
}

}  // namespace
}  // namespace faultline
