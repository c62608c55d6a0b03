// Counters that merge (Shapiro, Preguica, Baquero and Zawirski, "A comprehensive study of
// convergent and commutative replicated data types", INRIA RR-7506, 2011). Plain classes without a
// Context.
//
//   GCounter   grows (specification 6): one number for each replica, which only that one raises;
//              the value is their sum. Of two states the higher number of each replica is the later
//              one, since it never falls: merging takes the maximum. Adding them up instead would
//              count an increment as often as its message arrives.
//   PnCounter  also falls (specification 7): one counter of what was added, one of what was taken
//              away. A single one that falls would not do: the maximum brings back what was taken.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>

#include <faultline/model/request.hpp>

namespace faultline::multi_leader {

/// Who counts: a leader with its disk. With another disk it is another one, since it no longer
/// knows how far it had counted.
struct Replica {
  std::uint32_t leader = 0;
  std::uint64_t disk = 0;
  friend auto operator<=>(const Replica&, const Replica&) = default;
};

/// How merging is broken, for tests.
enum class CounterMerge : std::uint8_t { maximum, sum };

class GCounter {
 public:
  void add(Replica replica, std::uint64_t amount) { counts_[replica] += amount; }
  std::uint64_t value() const {
    std::uint64_t sum = 0;
    for (const auto& [replica, count] : counts_) sum += count;
    return sum;
  }
  void merge(const GCounter& other, CounterMerge how = CounterMerge::maximum) {
    for (const auto& [replica, count] : other.counts_) {
      std::uint64_t& mine = counts_[replica];
      mine = how == CounterMerge::sum ? mine + count : std::max(mine, count);
    }
  }
  Bytes bytes() const { return sizeof(Replica) * counts_.size() + 8 * counts_.size(); }
  friend bool operator==(const GCounter&, const GCounter&) = default;

 private:
  std::map<Replica, std::uint64_t> counts_;
};

class PnCounter {
 public:
  void add(Replica replica, std::uint64_t amount) { added_.add(replica, amount); }
  void remove(Replica replica, std::uint64_t amount) { removed_.add(replica, amount); }
  /// Below zero in two's complement.
  std::uint64_t value() const { return added_.value() - removed_.value(); }
  void merge(const PnCounter& other) {
    added_.merge(other.added_);
    removed_.merge(other.removed_);
  }
  Bytes bytes() const { return added_.bytes() + removed_.bytes(); }
  friend bool operator==(const PnCounter&, const PnCounter&) = default;

 private:
  GCounter added_;
  GCounter removed_;
};

}  // namespace faultline::multi_leader
