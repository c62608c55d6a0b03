#include <vector>

#include <doctest/doctest.h>

#include <faultline/eviction/frequency_sketch.hpp>

namespace faultline::eviction {
namespace {

void record(FrequencySketch& sketch, std::uint64_t key, int times) {
  for (int i = 0; i < times; ++i) sketch.record(key);
}

TEST_CASE("a sketch counts what it is told, up to 15 and one for the doorkeeper") {
  FrequencySketch sketch;
  CHECK(sketch.estimate(1) == 0);
  record(sketch, 1, 1);
  CHECK(sketch.estimate(1) == 1);
  record(sketch, 1, 6);
  CHECK(sketch.estimate(1) == 7);
  record(sketch, 1, 100);
  CHECK(sketch.estimate(1) == 16);
  CHECK(sketch.estimate(2) == 0);
}

TEST_CASE("a sketch ages: after ten requests a slot counters are halved, newcomers forgotten") {
  FrequencySketch sketch;
  sketch.fit(1024);
  record(sketch, 1, 9);
  record(sketch, 2, 1);
  record(sketch, 3, 10 * 1024 - 11);
  CHECK(sketch.estimate(1) == 9);
  CHECK(sketch.estimate(2) == 1);
  record(sketch, 3, 1);
  CHECK(sketch.estimate(1) == 4);
  CHECK(sketch.estimate(2) == 0);
  CHECK(sketch.estimate(3) == 7);
}

// Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its
// applications", J. Algorithms 55(1), 2005: never too low; with four rows of w counters and n
// requests, too high by more than e n / w with a probability below exp(-4).
TEST_CASE("a sketch is never too low, and rarely too high") {
  FrequencySketch sketch;
  constexpr std::uint64_t width = 4096;
  sketch.fit(width);
  RandomStream random(1, "keys");
  std::vector<std::uint32_t> asked(8192);
  constexpr int requests = 9 * width;
  for (int i = 0; i < requests; ++i) {
    const std::uint64_t key = random.below(random.chance(0.5) ? 1'000 : asked.size());
    ++asked[key];
    sketch.record(key);
  }
  int much_too_high = 0;
  for (std::uint64_t key = 0; key < asked.size(); ++key) {
    const std::uint32_t estimate = sketch.estimate(key);
    CHECK(estimate >= std::min(asked[key], 16U));
    much_too_high += estimate > asked[key] + 1 + 2.718 * requests / width ? 1 : 0;
  }
  CHECK(much_too_high < 0.0183 * static_cast<double>(asked.size()));
}

TEST_CASE("a sketch that grows keeps what it knows") {
  FrequencySketch sketch;
  for (std::uint64_t key = 0; key < 40; ++key) record(sketch, key, static_cast<int>(key % 7));
  std::vector<std::uint32_t> before;
  for (std::uint64_t key = 0; key < 200; ++key) before.push_back(sketch.estimate(key));
  sketch.fit(5'000);
  for (std::uint64_t key = 0; key < 200; ++key) CHECK(sketch.estimate(key) == before[key]);
}

}  // namespace
}  // namespace faultline::eviction
