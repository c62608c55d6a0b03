// A set of instances that grows along the rows from their beginnings: for each row a number up to
// which all are in it, and the few above. Plain data without a Context.
#pragma once

#include <algorithm>
#include <array>
#include <set>

#include <faultline/epaxos/instance.hpp>

namespace faultline::epaxos {

/// For each row a number: all up to there.
using RowEnds = std::array<Number, most_replicas>;

class InstanceSet {
 public:
  bool has(InstanceId id) const {
    return id.number <= until_[id.replica] || above_[id.replica].contains(id.number);
  }
  void add(InstanceId id) {
    if (has(id)) return;
    above_[id.replica].insert(id.number);
    close(id.replica);
  }
  void add(const InstanceSet& others) {
    for (Replica row = 0; row < most_replicas; ++row) {
      until_[row] = std::max(until_[row], others.until_[row]);
      above_[row].insert(others.above_[row].begin(), others.above_[row].end());
      above_[row].erase(above_[row].begin(), above_[row].upper_bound(until_[row]));
      close(row);
    }
  }
  /// All up to here are in it.
  Number until(Replica row) const { return until_[row]; }
  const RowEnds& until() const { return until_; }
  /// The highest in it; 0 if there are none.
  Number highest(Replica row) const {
    return above_[row].empty() ? until_[row] : *above_[row].rbegin();
  }
  /// For tests of tests: without those above.
  InstanceSet without_those_above() const {
    InstanceSet prefix;
    prefix.until_ = until_;
    return prefix;
  }

 private:
  void close(Replica row) {
    std::set<Number>& above = above_[row];
    while (!above.empty() && *above.begin() == until_[row] + 1) {
      ++until_[row];
      above.erase(above.begin());
    }
  }

  RowEnds until_{};
  std::array<std::set<Number>, most_replicas> above_;
};

}  // namespace faultline::epaxos
