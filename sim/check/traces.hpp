// A history without its clock: what each session did, in its order, and which write each read
// returned. The promises below linearizability speak of nothing else, so their judges start here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline {

/// A position among the steps of Traces.
using StepId = std::uint32_t;
/// The step that is not there. As the source of a read: the state before every write.
inline constexpr StepId no_step = std::numeric_limits<StepId>::max();

/// An operation that certainly happened.
struct TraceStep {
  OperationId id = 0;
  std::uint32_t chain = 0;   ///< which sequence of steps it belongs to
  std::uint32_t place = 0;   ///< in its chain, counted from 1
  std::uint32_t key = 0;     ///< numbered densely
  StepId before = no_step;   ///< the session's step just before it
  StepId written = no_step;  ///< the session's last write before it
  bool write = false;
};

/// The steps of a history, and what they say.
///
///   An answered operation happened. A write of unknown outcome happened if a read returned its
///   value, and never happened otherwise. Since it may have taken effect long after its client gave
///   up, it comes after what its session had done, but before nothing of it: it is a chain of its
///   own. Failed writes did not happen.
///   A session is one chain. Where its operations overlap in time it falls into several, each
///   judged as a session of its own; that is less than the session was promised, so what is found
///   wrong is wrong, but to find nothing proves nothing (see `complete`).
///   Keys on which a value was written more than once are left out, for values there do not name
///   their writes.
class Traces {
 public:
  /// `workloads`: as in KeyIndex.
  explicit Traces(const History& history, std::span<const std::uint16_t> workloads = {});

  const History& history() const { return history_; }
  std::size_t size() const { return steps_.size(); }
  /// In order of invocation.
  const TraceStep& operator[](StepId step) const { return steps_[step]; }
  const Operation& operation(StepId step) const { return history_.operations[steps_[step].id]; }
  /// The writes that a read returned: one, or several if it returned siblings.
  std::span<const StepId> sources(StepId step) const {
    return std::span(sources_).subspan(source_begins_[step],
                                       source_begins_[step + 1] - source_begins_[step]);
  }
  std::size_t keys() const { return keys_; }
  std::size_t chains() const { return chain_begins_.size() - 1; }
  std::span<const StepId> chain(std::size_t number) const {
    return std::span(by_chain_).subspan(chain_begins_[number],
                                        chain_begins_[number + 1] - chain_begins_[number]);
  }
  /// Reads that returned a value that nobody wrote, or a write that failed: no order of the writes
  /// explains them. Ascending.
  std::span<const StepId> thin_air() const { return thin_air_; }
  /// Whether the steps are all that the history says. If not, a promise that seems kept may still
  /// be broken.
  bool complete() const { return complete_; }
  std::size_t reads() const { return reads_; }

 private:
  struct Draft;
  void draft_keys(Draft& draft, std::span<const std::uint16_t> workloads);
  void form_chains(const Draft& draft);
  void append(OperationId id, std::uint32_t key, StepId before, std::uint32_t chain);
  void sort_by_chain();
  void find_sources(const Draft& draft);

  const History& history_;
  std::vector<TraceStep> steps_;
  std::vector<std::size_t> source_begins_;
  std::vector<StepId> sources_;
  std::vector<std::uint32_t> lengths_;  ///< of the chains
  std::vector<std::size_t> chain_begins_;
  std::vector<StepId> by_chain_;
  std::vector<StepId> thin_air_;
  std::size_t keys_ = 0;
  std::size_t reads_ = 0;
  bool complete_ = true;
};

}  // namespace faultline
