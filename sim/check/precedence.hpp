// What must come before what: a graph over the steps of a history, its orders and its cycles. A
// promise is broken when what it demands runs in a circle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/traces.hpp>

namespace faultline {

/// The order of sessions, the order from each write to its readers, and whatever a judge adds.
class Precedence {
 public:
  /// All that may have caused a step (Lamport's happened-before, by session order and reads).
  static Precedence of_causes(const Traces& traces);
  /// The same for one observer: its own steps all count, others' only where `telling` names them.
  /// `telling`: by step, the last one before it in its session that made others know more; must
  /// outlive this.
  static Precedence of_causes(const Traces& traces, std::uint32_t observer,
                              const std::vector<StepId>& telling);
  /// What the chain `observer` can tell of the order in which writes arrive: its own steps in
  /// their order, others' writes in theirs, and that a write arrives before it is read. What others
  /// read is not seen.
  static Precedence of_arrivals(const Traces& traces, std::uint32_t observer);

  /// `before` must come before `after`, because `reader` returned `after` when it knew `before`.
  /// False if that has been said already.
  bool add(StepId before, StepId after, StepId reader);
  /// The same without looking whether it has been said; for where much is said of one step.
  void append(StepId before, StepId after, StepId reader);
  std::size_t added() const { return edges_.size(); }

  /// Lists what must come before `step`: start with a cursor of 0; ends with `no_step`.
  StepId next_before(StepId step, std::uint64_t& cursor) const {
    if (cursor == 0) {
      ++cursor;
      const StepId before = session_order(step);
      if (before != no_step) return before;
    }
    if (cursor < first_edge) {
      const auto sources = sources_of(step);
      while (cursor <= sources.size()) {
        const StepId source = sources[cursor++ - 1];
        if (source != no_step) return source;
      }
      cursor = first_edge + (heads_.empty() ? no_edge : heads_[step]);
    }
    if (cursor - first_edge == no_edge) return no_step;
    const Edge& edge = edges_[cursor - first_edge];
    cursor = first_edge + edge.next;
    return edge.before;
  }

  /// Explains a circle of steps, each of which must come before the next and the last before the
  /// first.
  Witness explain_circle(std::span<const StepId> circle) const;
  /// Adds to `witness` how `from` comes to be before `to`, in as few steps as possible.
  void explain_way(StepId from, StepId to, std::string_view heading, Witness& witness) const;
  const Traces& traces() const { return traces_; }

 private:
  static constexpr std::uint32_t no_edge = 0xffffffff;
  static constexpr std::uint64_t first_edge = std::uint64_t{1} << 32;
  static constexpr std::uint32_t everybody = 0xffffffff;

  struct Edge {
    StepId before;
    StepId after;
    StepId reader;
    std::uint32_t next;         ///< the next edge into the same step
    std::uint32_t next_onward;  ///< the next edge out of the same step
  };

  Precedence(const Traces& traces, std::uint32_t observer, const std::vector<StepId>* telling)
      : traces_(traces), observer_(observer), telling_(telling) {}

  /// The observer's own steps, and its writes of unknown outcome.
  bool sees_all_of(StepId step) const {
    if (observer_ == everybody || traces_[step].chain == observer_) return true;
    const StepId before = traces_[step].before;
    return before != no_step && traces_[before].chain == observer_;
  }
  StepId session_order(StepId step) const {
    if (sees_all_of(step)) return traces_[step].before;
    return telling_ != nullptr ? (*telling_)[step] : traces_[step].written;
  }
  std::span<const StepId> sources_of(StepId step) const {
    return telling_ != nullptr || sees_all_of(step) ? traces_.sources(step)
                                                    : std::span<const StepId>{};
  }
  std::string reason(StepId before, StepId after) const;
  /// The added edge from one step to another; null if there is none.
  const Edge* find(StepId before, StepId after) const;
  /// Adds why each step of a way comes before the next.
  void describe(std::span<const StepId> way, Witness& witness) const;

  const Traces& traces_;
  std::uint32_t observer_;
  const std::vector<StepId>* telling_;  ///< null: all others' writes, and nothing else
  std::vector<std::uint32_t> heads_;    ///< by step: the first edge into it; empty: no edges
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> onward_;  ///< by step: the first edge out of it; few leave any
};

/// Walks a graph against its arrows: appends to an order what comes before a step, then the step.
class DependencyOrder {
 public:
  explicit DependencyOrder(std::size_t steps) : marks_(steps, 0) {}

  /// Forgets everything; takes no time.
  void restart();
  /// False if the step can only come before itself; circle() says how. Then only restart() helps.
  bool append(const Precedence& precedence, StepId step);

  /// What has been appended: nothing stands before what must come before it.
  std::span<const StepId> order() const { return order_; }
  /// Each must come before the next, the last before the first.
  std::span<const StepId> circle() const { return circle_; }

 private:
  struct Visit {
    StepId step;
    std::uint64_t cursor;
  };

  void close_circle(StepId step);

  std::vector<std::uint32_t> marks_;  ///< `round_`: on the way; `round_` + 1: in the order
  std::uint32_t round_ = 1;
  std::vector<Visit> way_;
  std::vector<StepId> order_;
  std::vector<StepId> circle_;
};

}  // namespace faultline
