// Which of two writes of a key is the later one, and the clock that says so.
//
// A Lamport clock (Lamport, "Time, clocks, and the ordering of events in a distributed system",
// CACM 21(7), 1978) counts: a node's next write gets a number above all that it has heard of. So a
// write is later than all that may have caused it; of two that know nothing of each other one is
// later by the numbers' whim, and by the nodes' numbers if those are equal, but everywhere the same
// one (COPS, section 3.3).
//
// A hybrid clock (Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical physical clocks", OPODIS
// 2014) does the same and never falls behind the wall clock: then of two writes, one of which was
// over before the other began, the second is the later one as far as clocks agree. Here with one
// number, as microseconds.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

#include <faultline/core/time.hpp>
#include <faultline/model/durable.hpp>

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

/// Durable: a node that had forgotten what it counted could number two writes alike.
class LamportClock {
 public:
  explicit LamportClock(DurableState& owner) : time_(owner) {}

  std::uint64_t time() const { return time_.get(); }
  void hear_of(std::uint64_t time) {
    if (time > time_.get()) time_.set(time);
  }
  /// Time passes: a hybrid clock follows the wall clock.
  void keep_up_with(Time wall) {
    const std::int64_t nanoseconds = wall.time_since_epoch().count();
    hear_of(static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0) / 1000));
  }
  std::uint64_t tick() {
    time_.set(time_.get() + 1);
    return time_.get();
  }

 private:
  DurableCell<std::uint64_t> time_;
};

}  // namespace faultline::causal
