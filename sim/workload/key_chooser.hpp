// Which key an operation is about: uniform, zipfian, latest or hotspot popularity.
//
// Popularity is scattered: the hottest keys are not neighbours, but always the same ones, whatever
// the seed, so that a hot key has the same home in all trials of a scenario.
#pragma once

#include <cstdint>

#include <faultline/core/random.hpp>
#include <faultline/workload/settings.hpp>

namespace faultline {

/// Zipf's law: rank r in 1..n with probability proportional to 1/r^exponent. Exact and in constant
/// time and memory for any n, by rejection-inversion (Hörmann and Derflinger, "Rejection-inversion
/// to generate variates from monotone discrete distributions", ACM TOMACS 1996); n may grow between
/// draws.
class Zipf {
 public:
  /// `count` >= 1, `exponent` >= 0 (0: uniform).
  Zipf(std::uint64_t count, double exponent);

  std::uint64_t draw(RandomStream& random) const;
  void grow(std::uint64_t count);
  std::uint64_t count() const { return count_; }

 private:
  double hat_integral(double x) const;
  double hat_integral_inverse(double area) const;
  double weight(double rank) const;

  double exponent_;
  double one_minus_exponent_;
  double left_area_;   ///< hat_integral(1.5) - weight(1)
  double acceptance_;  ///< how far left of its rank a point is accepted without looking at weights
  std::uint64_t count_ = 0;
  double right_area_ = 0;  ///< hat_integral(count + 0.5)
};

/// A fixed permutation of 0..count-1 without a table: a Feistel network over the next power of
/// four, walked until it lands inside (Black and Rogaway, "Ciphers with arbitrary finite domains",
/// 2002).
class Permutation {
 public:
  explicit Permutation(std::uint64_t count);
  std::uint64_t operator()(std::uint64_t index) const;

 private:
  std::uint64_t count_;
  unsigned half_bits_ = 1;
};

class KeyChooser {
 public:
  explicit KeyChooser(const KeySettings& settings);

  /// The key of the next operation. `uniform` and `latest` know keys that were inserted; `zipfian`
  /// and `hotspot` keep to those that were there from the start, whose popularity does not change.
  Key choose(RandomStream& random);
  /// A new key, the next number after all others. Counts as present at once, so that choices do not
  /// depend on what becomes of the insert.
  Key insert();
  std::uint64_t count() const { return count_; }

 private:
  Key choose_hotspot(RandomStream& random) const;

  KeySettings settings_;
  std::uint64_t count_;
  std::uint64_t hot_;
  Zipf zipf_;
  Permutation scattered_;
};

}  // namespace faultline
