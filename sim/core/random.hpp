// Named random streams. Every consumer of chance has a stream of its own, keyed by the run's seed
// and a name ("store/3"), never by order of creation: adding a service does not disturb the draws
// of another, and two scenarios can be compared under common random numbers.
//
// The generator is xoshiro256++ 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number
// generators", ACM TOMS 2021), its state filled by SplitMix64 as its authors advise. All arithmetic
// is ours, so the same seed gives the same draws under every compiler and standard library. The one
// thing borrowed is the C library's log, exp, pow and cos: they may differ in the last bit from one
// version, or one processor with and without fused multiply-add, to the next. Draws become whole
// nanoseconds or bytes before they matter, which hides that bit all but always. next(), uniform(),
// below(), chance() and shuffle() borrow nothing and are the same everywhere.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faultline {

/// SplitMix64's step: a bijection of 64 bits that scatters neighbours.
constexpr std::uint64_t scatter(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

class RandomStream {
 public:
  /// The stream of this name in a run with this seed: FNV-1a of the name, combined with the
  /// scattered seed, begins the SplitMix64 sequence that fills the state.
  RandomStream(std::uint64_t seed, std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : name) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    std::uint64_t x = scatter(seed) ^ hash;
    for (std::uint64_t& word : state_) {
      word = scatter(x);
      x += 0x9e3779b97f4a7c15U;
    }
  }

  /// A stream in a given state, to be held against published sequences. Precondition: not all zero.
  explicit RandomStream(const std::array<std::uint64_t, 4>& state) : state_(state) {}

  /// 64 random bits.
  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// In 0 .. n-1, without bias (Lemire 2019). Precondition: n > 0.
  std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(next()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t least = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < least) product = static_cast<Wide>(next()) * n;
    }
    return static_cast<std::uint64_t>(product >> 64U);
  }

  /// True with probability `p`. Draws nothing if the answer is certain.
  bool chance(double p) { return p > 0 && (p >= 1 || uniform() < p); }

  double exponential(double mean) { return -mean * std::log1p(-uniform()); }
  /// Standard normal (Box and Muller 1958); two draws each time, so that streams stay in step.
  double normal() {
    const double radius = std::sqrt(-2 * std::log1p(-uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  /// Says how far the stream has come: streams of one name and seed agree in it if they have made
  /// equally many draws.
  std::uint64_t digest() const {
    std::uint64_t digest = 0;
    for (const std::uint64_t word : state_) digest = scatter(digest ^ word);
    return digest;
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

/// RandomStream::digest() of all streams of a run, by their names.
using StreamDigests = std::map<std::string, std::uint64_t>;

}  // namespace faultline
