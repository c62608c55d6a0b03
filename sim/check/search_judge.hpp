// Judges the calls on one object by the general search; the workings of check_object where no
// shorter way is known.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/objects.hpp>
#include <faultline/check/search.hpp>

namespace faultline {

class SearchJudge {
 public:
  /// `operations`: those on one object, in order of invocation. All but the bound must outlive the
  /// judge.
  SearchJudge(const History& history, std::span<const OperationId> operations,
              const ObjectKind& kind, std::size_t bound);

  Verdict verdict() const { return found_.verdict; }
  /// The calls that the history tells something of.
  std::size_t judged() const { return calls_.size(); }
  /// The answer that no order explains. Only if invalid.
  Moment first_contradiction() const;
  /// The fewest calls found that contradict each other just the same, and why.
  Witness witness() const;

 private:
  using Calls = std::vector<OperationId>;

  /// Leaves out calls of unknown outcome that put in what nobody can have noticed.
  void drop_unnoticed();

  /// What a search found, and the object whose states it speaks of.
  struct Searched {
    std::unique_ptr<SequentialObject> object;
    SearchResult found;
  };
  Searched search(const Calls& calls, std::size_t bound) const;
  /// Whether these calls contradict each other no later than all of them do. Takes what it costs
  /// from `effort`; false if that does not suffice.
  bool contradict(const Calls& calls, Effort& effort) const;
  /// Sets of calls that can be left out of any history that is linearizable, so that what stays is
  /// linearizable, too.
  std::vector<Calls> removable(const Calls& calls) const;
  std::vector<Calls> clusters_of_values(const Calls& calls) const;
  Calls shrunk() const;
  const Operation& operation(OperationId id) const { return history_.operations[id]; }

  const History& history_;
  const ObjectKind& kind_;
  Calls calls_;
  SearchResult found_;
};

}  // namespace faultline
