#include <algorithm>
#include <bit>
#include <cmath>

#include <faultline/workload/key_chooser.hpp>

namespace faultline {
namespace {

/// log1p(x) / x and expm1(x) / x, continued to x = 0: they keep the hat exact for exponents near 1.
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

}  // namespace

Zipf::Zipf(std::uint64_t count, double exponent)
    : exponent_(exponent),
      one_minus_exponent_(1 - exponent),
      left_area_(hat_integral(1.5) - 1),
      acceptance_(2 - hat_integral_inverse(hat_integral(2.5) - weight(2))) {
  grow(count);
}

void Zipf::grow(std::uint64_t count) {
  count_ = std::max<std::uint64_t>(count, 1);
  right_area_ = hat_integral(static_cast<double>(count_) + 0.5);
}

/// The integral of x^-exponent, up to a constant: (x^(1-exponent) - 1) / (1-exponent), or log x.
double Zipf::hat_integral(double x) const {
  const double log_x = std::log(x);
  return expm1_over(one_minus_exponent_ * log_x) * log_x;
}

double Zipf::hat_integral_inverse(double area) const {
  const double t = std::max(-1.0, one_minus_exponent_ * area);  // rounding may go below its bound
  return std::exp(log1p_over(t) * area);
}

double Zipf::weight(double rank) const { return std::exp(-exponent_ * std::log(rank)); }

std::uint64_t Zipf::draw(RandomStream& random) const {
  const auto last = static_cast<double>(count_);
  for (;;) {
    const double area = right_area_ + random.uniform() * (left_area_ - right_area_);
    const double x = hat_integral_inverse(area);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, last);
    if (rank - x <= acceptance_ || area >= hat_integral(rank + 0.5) - weight(rank)) {
      return static_cast<std::uint64_t>(rank);
    }
  }
}

Permutation::Permutation(std::uint64_t count) : count_(std::max<std::uint64_t>(count, 1)) {
  const auto bits = static_cast<unsigned>(std::bit_width(count_ - 1));
  half_bits_ = std::max(1U, (bits + 1) / 2);
}

std::uint64_t Permutation::operator()(std::uint64_t index) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = index >> half_bits_;
    std::uint64_t right = index & mask;
    for (std::uint64_t round = 1; round <= 4; ++round) {
      const std::uint64_t mixed = left ^ (scatter((round << 48U) ^ right) & mask);
      left = right;
      right = mixed;
    }
    index = (left << half_bits_) | right;
  } while (index >= count_);
  return index;
}

KeyChooser::KeyChooser(const KeySettings& settings)
    : settings_(settings),
      count_(std::max<std::uint64_t>(settings.count, 1)),
      hot_(std::clamp<std::uint64_t>(
          static_cast<std::uint64_t>(std::llround(settings.hot_keys * static_cast<double>(count_))),
          1, count_)),
      zipf_(count_, settings.exponent),
      scattered_(count_) {}

Key KeyChooser::choose(RandomStream& random) {
  switch (settings_.kind) {
    case KeySettings::Kind::uniform:
      return random.below(count_);
    case KeySettings::Kind::zipfian:
      return scattered_(zipf_.draw(random) - 1);
    case KeySettings::Kind::latest:
      return count_ - zipf_.draw(random);
    case KeySettings::Kind::hotspot:
      return choose_hotspot(random);
  }
  return 0;
}

Key KeyChooser::choose_hotspot(RandomStream& random) const {
  const bool hot = hot_ == settings_.count || random.chance(settings_.hot_operations);
  return scattered_(hot ? random.below(hot_) : hot_ + random.below(settings_.count - hot_));
}

Key KeyChooser::insert() {
  const Key key = count_++;
  if (settings_.kind == KeySettings::Kind::latest) zipf_.grow(count_);
  return key;
}

}  // namespace faultline
