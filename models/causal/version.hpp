// Which of two writes of a key is the later one.
//
// By Lamport clocks (sim/model/lamport_clock.hpp) a write is later than all that may have caused
// it; of two that know nothing of each other one is later by the numbers' whim, and by the nodes'
// numbers if those are equal, but everywhere the same one (COPS, section 3.3).
//
// A hybrid clock (Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical physical clocks", OPODIS
// 2014) does the same and never falls behind the wall clock: then of two writes, one of which was
// over before the other began, the second is the later one as far as clocks agree. Here with one
// number, as microseconds.
#pragma once

#include <compare>
#include <cstdint>

#include <faultline/model/lamport_clock.hpp>

namespace faultline::causal {

/// A Lamport time and the node that counted it, in 64 bits: versions are ordered as COPS orders
/// them, no two writes have the same, and the default one is before all.
class Version {
 public:
  static constexpr unsigned node_bits = 16;
  static constexpr std::uint64_t most_nodes = std::uint64_t{1} << node_bits;

  Version() = default;
  Version(std::uint64_t time, std::uint32_t node) : word_((time << node_bits) | node) {}
  static Version from_word(std::uint64_t word) {
    Version version;
    version.word_ = word;
    return version;
  }
  std::uint64_t time() const { return word_ >> node_bits; }
  std::uint32_t node() const { return static_cast<std::uint32_t>(word_ % most_nodes); }
  std::uint64_t word() const { return word_; }
  bool none() const { return word_ == 0; }
  friend auto operator<=>(const Version&, const Version&) = default;

 private:
  std::uint64_t word_ = 0;
};

}  // namespace faultline::causal
