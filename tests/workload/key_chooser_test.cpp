#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/workload/key_chooser.hpp>

#include "close_to.hpp"
#include "workload/statistics.hpp"

using namespace faultline;
using namespace faultline::testing;

namespace {

using faultline::testing::close_to;

std::vector<double> zipf_probabilities(std::uint64_t count, double exponent) {
  std::vector<double> weights;
  for (std::uint64_t rank = 1; rank <= count; ++rank) {
    weights.push_back(std::pow(static_cast<double>(rank), -exponent));
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

KeySettings keys_of(KeySettings::Kind kind, std::uint64_t count) {
  KeySettings settings;
  settings.kind = kind;
  settings.count = count;
  return settings;
}

std::vector<double> counts_by_key(KeyChooser& chooser, std::uint64_t keys, int draws) {
  RandomStream random(7, "keys");
  std::vector<double> counts(keys, 0);
  for (int i = 0; i < draws; ++i) {
    const Key key = chooser.choose(random);
    REQUIRE(key < keys);
    counts[key] += 1;
  }
  return counts;
}

}  // namespace

TEST_CASE("zipfian ranks have their exact probabilities") {
  for (const std::uint64_t count : {1U, 2U, 3U, 10U, 1000U}) {
    for (const double exponent : {0.0, 0.5, 0.99, 1.0, 1.0000001, 1.5, 3.0}) {
      CAPTURE(count);
      CAPTURE(exponent);
      const Zipf zipf(count, exponent);
      RandomStream random(11, "zipf");
      std::vector<double> counts(count, 0);
      for (int i = 0; i < 200'000; ++i) counts[zipf.draw(random) - 1] += 1;
      const ChiSquare fit = chi_square(counts, zipf_probabilities(count, exponent));
      CHECK(fit.statistic <= fit.bound());
    }
  }
}

TEST_CASE("the zipfian constant of YCSB: rank 1 of 1000 has 12.9384 %") {
  // zeta(1000, 0.99) = 7.728953
  CHECK(zipf_probabilities(1000, 0.99)[0] == close_to(0.129384, 1e-5));
  const Zipf zipf(1000, 0.99);
  RandomStream random(3, "zipf");
  constexpr int draws = 1'000'000;
  int first = 0;
  for (int i = 0; i < draws; ++i) first += zipf.draw(random) == 1 ? 1 : 0;
  const double deviation = std::sqrt(0.129384 * (1 - 0.129384) / draws);
  CHECK(std::abs(first / double{draws} - 0.129384) < z_999 * deviation);
}

TEST_CASE("zipfian stays exact over ten thousand million keys") {
  // P(rank <= 10) = H(10, s) / zeta(1e10, s), the latter as published with YCSB.
  constexpr double zeta = 26.46902820178302;
  double head = 0;
  for (int rank = 1; rank <= 10; ++rank) head += std::pow(rank, -0.99);
  const double expected = head / zeta;
  const Zipf zipf(10'000'000'000U, 0.99);
  RandomStream random(5, "zipf");
  constexpr int draws = 500'000;
  int seen = 0;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t rank = zipf.draw(random);
    REQUIRE(rank <= 10'000'000'000U);
    seen += rank <= 10 ? 1 : 0;
  }
  CHECK(std::abs(seen / double{draws} - expected) <
        z_999 * std::sqrt(expected * (1 - expected) / draws));
}

TEST_CASE("the permutation is one") {
  for (const std::uint64_t count : {1U, 2U, 3U, 4U, 5U, 16U, 17U, 1000U, 65'537U}) {
    const Permutation permutation(count);
    std::vector<bool> hit(count, false);
    for (std::uint64_t index = 0; index < count; ++index) {
      const std::uint64_t image = permutation(index);
      REQUIRE(image < count);
      REQUIRE_FALSE(hit[image]);
      hit[image] = true;
    }
  }
}

TEST_CASE("hot zipfian keys are not neighbours, and the same in every trial") {
  KeyChooser chooser(keys_of(KeySettings::Kind::zipfian, 10'000));
  const auto counts = counts_by_key(chooser, 10'000, 200'000);
  std::vector<std::size_t> keys(counts.size());
  std::iota(keys.begin(), keys.end(), 0);
  std::sort(keys.begin(), keys.end(),
            [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  const Permutation scattered(10'000);
  CHECK(keys[0] == scattered(0));
  CHECK(keys[1] == scattered(1));
  std::vector<std::size_t> hottest(keys.begin(), keys.begin() + 10);
  std::sort(hottest.begin(), hottest.end());
  for (std::size_t i = 1; i < hottest.size(); ++i) CHECK(hottest[i] - hottest[i - 1] > 1);
}

TEST_CASE("uniform keys are equally likely, the inserted ones too") {
  KeyChooser chooser(keys_of(KeySettings::Kind::uniform, 90));
  for (Key expected = 90; expected < 100; ++expected) CHECK(chooser.insert() == expected);
  const auto counts = counts_by_key(chooser, 100, 100'000);
  const ChiSquare fit = chi_square(counts, std::vector<double>(100, 0.01));
  CHECK(fit.statistic < fit.bound());
}

TEST_CASE("latest: popularity falls with age as Zipf's law, from the newest insert on") {
  KeyChooser chooser(keys_of(KeySettings::Kind::latest, 50));
  for (int i = 0; i < 50; ++i) chooser.insert();
  auto counts = counts_by_key(chooser, 100, 200'000);
  std::reverse(counts.begin(), counts.end());
  const ChiSquare fit = chi_square(counts, zipf_probabilities(100, 0.99));
  CHECK(fit.statistic < fit.bound());
}

TEST_CASE("hotspot: the hot share of the operations, evenly over the hot keys") {
  KeyChooser chooser(keys_of(KeySettings::Kind::hotspot, 100));
  auto counts = counts_by_key(chooser, 100, 200'000);
  std::sort(counts.rbegin(), counts.rend());
  const double hot = std::accumulate(counts.begin(), counts.begin() + 20, 0.0) / 200'000;
  CHECK(std::abs(hot - 0.8) < z_999 * std::sqrt(0.8 * 0.2 / 200'000));
  CHECK(counts[0] < 8000 + 4.5 * std::sqrt(8000.0));
  CHECK(counts[19] > 8000 - 4.5 * std::sqrt(8000.0));
  CHECK(counts[20] < 500 + 4.5 * std::sqrt(500.0));
  CHECK(counts[99] > 500 - 4.5 * std::sqrt(500.0));
}

TEST_CASE("hotspots at their limits stay inside the keys") {
  for (const double hot_keys : {0.0, 1.0}) {
    for (const double hot_operations : {0.0, 1.0}) {
      KeySettings settings = keys_of(KeySettings::Kind::hotspot, 10);
      settings.hot_keys = hot_keys;
      settings.hot_operations = hot_operations;
      KeyChooser chooser(settings);
      counts_by_key(chooser, 10, 1000);
    }
  }
}
