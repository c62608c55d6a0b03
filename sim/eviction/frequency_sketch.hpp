// TinyLFU's memory of how often keys were asked for (Einziger, Friedman and Manes, "TinyLFU: a
// highly efficient cache admission policy", ACM Transactions on Storage 13(4), 2017, section 3),
// also of keys that nobody holds.
//
// A count-min sketch: a key has one counter in each of four rows, shares them with other keys, and
// counts as often as the smallest of its four says. Of these only the smallest are raised (minimal
// increment, section 3.2), up to 15. In front of it stands the doorkeeper, a Bloom filter: it
// takes the first request for a key, so that the many that are asked for once do not fill the
// counters; whom it knows counts one more (section 3.4.2). After every ten requests a counter, all
// counters are halved and the doorkeeper forgets (the reset, section 3.3): what was popular once
// ages away.
//
// Memory: a row has as many counters as it was asked to have, rounded up to a power of two; 5 bytes
// for each with the doorkeeper. fit() doubles the rows: each counter stands for the same keys as
// before, at both of its places, and no estimate becomes lower.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <faultline/core/random.hpp>

namespace faultline::eviction {

class FrequencySketch {
 public:
  static constexpr std::uint8_t most = 15;            ///< where a counter stops
  static constexpr std::size_t requests_a_slot = 10;  ///< between two halvings

  FrequencySketch() { allocate(64); }

  /// Somebody asks for `key`.
  void record(std::uint64_t key) {
    const Places places = places_of(key);
    if (!knows(places)) {
      greet(places);
    } else {
      const std::uint8_t least = least_of(places);
      for (std::size_t row = 0; least < most && row < rows; ++row) {
        std::uint8_t& counter = counters_[place(places, row)];
        if (counter == least) ++counter;
      }
    }
    if (++requests_ >= requests_a_slot * width_) age();
  }

  /// How often `key` was asked for of late; never too low but for what has aged away.
  std::uint32_t estimate(std::uint64_t key) const {
    const Places places = places_of(key);
    return least_of(places) + (knows(places) ? 1U : 0U);
  }

  /// Makes it large enough for so many keys that matter.
  void fit(std::size_t keys) {
    while (width_ < keys) grow();
  }

 private:
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t greetings = 2;  ///< bits of a key in the doorkeeper

  /// Where a key is: in row i at first + i * step (Kirsch and Mitzenmacher, "Less hashing, same
  /// performance", 2006), modulo the width.
  struct Places {
    std::uint64_t first;
    std::uint64_t step;
  };

  static Places places_of(std::uint64_t key) {
    const std::uint64_t first = scatter(key);
    return {first, scatter(first) | 1U};
  }
  std::size_t place(const Places& places, std::size_t row) const {
    return row * width_ + ((places.first + row * places.step) & (width_ - 1));
  }
  std::uint8_t least_of(const Places& places) const {
    std::uint8_t least = most;
    for (std::size_t row = 0; row < rows; ++row) {
      least = std::min(least, counters_[place(places, row)]);
    }
    return least;
  }

  // The doorkeeper: a byte, that is eight bits, for each counter of a row.
  static std::uint8_t bit(const Places& places, std::size_t which) {
    return static_cast<std::uint8_t>(1U << (places.step >> (61 - 3 * which) & 7U));
  }
  std::size_t door(const Places& places, std::size_t which) const {
    return (places.first + (rows + which) * places.step) & (width_ - 1);
  }
  bool knows(const Places& places) const {
    for (std::size_t which = 0; which < greetings; ++which) {
      if ((doorkeeper_[door(places, which)] & bit(places, which)) == 0) return false;
    }
    return true;
  }
  void greet(const Places& places) {
    for (std::size_t which = 0; which < greetings; ++which) {
      doorkeeper_[door(places, which)] |= bit(places, which);
    }
  }

  void age() {
    for (std::uint8_t& counter : counters_) counter /= 2;
    std::fill(doorkeeper_.begin(), doorkeeper_.end(), std::uint8_t{0});
    requests_ /= 2;
  }

  void allocate(std::size_t width) {
    width_ = width;
    counters_.resize(rows * width);
    doorkeeper_.resize(width);
  }

  void grow() {
    const std::size_t before = width_;
    const std::vector<std::uint8_t> counters = counters_;
    allocate(2 * before);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto from = counters.begin() + static_cast<std::ptrdiff_t>(row * before);
      const auto end = from + static_cast<std::ptrdiff_t>(before);
      const auto to = counters_.begin() + static_cast<std::ptrdiff_t>(row * width_);
      std::copy(from, end, std::copy(from, end, to));
    }
    std::copy_n(doorkeeper_.begin(), before,
                doorkeeper_.begin() + static_cast<std::ptrdiff_t>(before));
  }

  std::size_t width_ = 0;  ///< of a row; a power of two
  std::size_t requests_ = 0;
  std::vector<std::uint8_t> counters_;    ///< row after row
  std::vector<std::uint8_t> doorkeeper_;  ///< bits
};

}  // namespace faultline::eviction
