// A set from which elements can be removed: an observed-remove set (Shapiro et al., INRIA RR-7506,
// 2011, specification 15; without tombstones as Bieniusa et al., "An optimized conflict-free
// replicated set", INRIA RR-8083, 2012). Plain class without a Context.
//
// Each add has a name of its own, its dot. A remove takes away the dots that its replica has seen
// of the element, and no others: so an add that it did not know of stays, and what was removed
// never comes back. An element is in the set if a dot of it is left.
//
// A removed dot needs no tombstone. The set says by a vector which dots it has seen: if one has
// seen a dot and does not have it, it was removed there; if it has not seen it, it is new to it.
#pragma once

#include <map>
#include <set>
#include <utility>

#include <faultline/model/version.hpp>

namespace faultline::multi_leader {

/// How merging is broken, for tests.
enum class SetMerge : std::uint8_t { by_dot, by_element };

class OrSet {
 public:
  /// `dot` must be new, and later than all of its actor. It takes the place of those that were
  /// there.
  void add(Value element, Dot dot) {
    adds_[element] = {dot};
    seen_.add(dot);
  }
  void remove(Value element) { adds_.erase(element); }

  std::set<Value> elements() const {
    std::set<Value> all;
    for (const auto& [element, dots] : adds_) all.insert(element);
    return all;
  }

  void merge(const OrSet& other, SetMerge how = SetMerge::by_dot) {
    OrSet merged;
    merged.keep(*this, other, how);
    merged.keep(other, *this, how);
    merged.seen_ = seen_;
    merged.seen_.merge(other.seen_);
    *this = std::move(merged);
  }
  Bytes bytes() const {
    Bytes sum = 8 * seen_.entries().size();
    for (const auto& [element, dots] : adds_) sum += 8 + 8 * dots.size();
    return sum;
  }
  friend bool operator==(const OrSet&, const OrSet&) = default;

 private:
  /// Of `one`, what `other` has as well or has not seen.
  void keep(const OrSet& one, const OrSet& other, SetMerge how) {
    for (const auto& [element, dots] : one.adds_) {
      const auto there = other.adds_.find(element);
      // The broken one takes an element away where the other has none, whatever it has seen.
      if (how == SetMerge::by_element && there == other.adds_.end() && !other.seen_.empty())
        continue;
      for (const Dot dot : dots) {
        const bool both = there != other.adds_.end() && there->second.contains(dot);
        if (both || !other.seen_.covers(dot)) adds_[element].insert(dot);
      }
    }
  }

  std::map<Value, std::set<Dot>> adds_;  ///< of each element, the dots that are left
  VersionVector seen_;
};

}  // namespace faultline::multi_leader
