#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include <faultline/check/causal.hpp>
#include <faultline/check/causal_plus.hpp>
#include <faultline/check/misreads.hpp>
#include <faultline/check/sequential.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {
namespace {

/// Tries orders of all steps, one step after the other, back and forth.
///
/// A read is taken as soon as what it returned is there: that can never hurt. So does a write that
/// nobody reads, once what it replaces is read no more. Nothing is replaced that is still to be
/// read. Hence the values that matter follow from how far each chain has come, and that is all that
/// has to be remembered of a state that led nowhere.
class OrderSearch {
 public:
  OrderSearch(const Traces& traces, std::size_t effort)
      : traces_(traces),
        effort_(effort),
        done_(traces.chains(), 0),
        current_(traces.keys(), no_step),
        readers_(traces.size(), 0),
        readers_of_nothing_(traces.keys(), 0) {
    for (StepId step = 0; step < traces.size(); ++step) {
      if (traces[step].write || traces.sources(step).empty()) continue;
      ++readers_of(traces.sources(step)[0], traces[step].key);
    }
  }

  bool succeeds() {
    settle();
    std::vector<Branch> branches;
    branches.push_back({taken_.size(), choices()});
    while (!branches.empty() && taken_.size() < traces_.size()) {
      Branch& branch = branches.back();
      undo(branch.taken);
      if (branch.choices.empty()) {
        branches.pop_back();
        continue;
      }
      take(branch.choices.back());
      branch.choices.pop_back();
      settle();
      if (!effort_.spend(4 * done_.size())) return false;
      if (remember()) branches.push_back({taken_.size(), choices()});
    }
    return taken_.size() == traces_.size();
  }

  bool spent() const { return effort_.spent(); }
  std::size_t most_taken() const { return most_taken_; }
  /// Where the sessions stood when the most steps had found a place.
  const std::vector<StepId>& stuck_at() const { return stuck_at_; }

 private:
  struct Branch {
    std::size_t taken;            ///< how many steps lead here
    std::vector<StepId> choices;  ///< the writes still to try, the best one last
  };
  struct Taken {
    StepId step;
    StepId replaced;  ///< by a write
  };

  std::uint32_t& readers_of(StepId write, std::uint32_t key) {
    return write == no_step ? readers_of_nothing_[key] : readers_[write];
  }

  /// The next step of a chain; none if it is at its end or must wait for another chain.
  StepId head(std::size_t chain) const {
    const auto steps = traces_.chain(chain);
    if (done_[chain] == steps.size()) return no_step;
    const StepId step = steps[done_[chain]];
    const StepId before = traces_[step].before;
    const bool ready = before == no_step || traces_[before].place <= done_[traces_[before].chain];
    return ready ? step : no_step;
  }

  bool may_replace(StepId write) {
    const std::uint32_t key = traces_[write].key;
    return readers_of(current_[key], key) == 0;
  }

  /// The writes that may come next. Those called first are tried first: stores rarely turn the
  /// order of calls around.
  std::vector<StepId> choices() {
    std::vector<StepId> writes;
    for (std::size_t chain = 0; chain < done_.size(); ++chain) {
      const StepId step = head(chain);
      if (step != no_step && traces_[step].write && may_replace(step)) writes.push_back(step);
    }
    std::sort(writes.begin(), writes.end(), std::greater<>());
    return writes;
  }

  void settle() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t chain = 0; chain < done_.size(); ++chain) {
        for (StepId step = head(chain); step != no_step && harmless(step); step = head(chain)) {
          take(step);
          moved = true;
        }
      }
      effort_.spend(done_.size());
    }
    if (taken_.size() > most_taken_ || stuck_at_.empty()) note_progress();
  }

  bool harmless(StepId step) {
    if (traces_[step].write) return readers_[step] == 0 && may_replace(step);
    return traces_.sources(step)[0] == current_[traces_[step].key];
  }

  void take(StepId number) {
    const Step& step = traces_[number];
    ++done_[step.chain];
    taken_.push_back({number, current_[step.key]});
    if (step.write) {
      current_[step.key] = number;
    } else {
      --readers_of(current_[step.key], step.key);
    }
  }

  void undo(std::size_t length) {
    while (taken_.size() > length) {
      const auto [number, replaced] = taken_.back();
      taken_.pop_back();
      const Step& step = traces_[number];
      --done_[step.chain];
      if (step.write) {
        current_[step.key] = replaced;
      } else {
        ++readers_of(current_[step.key], step.key);
      }
    }
  }

  /// False if this state has been seen before.
  bool remember() {
    const auto* bytes = reinterpret_cast<const char*>(done_.data());
    return seen_.emplace(bytes, done_.size() * sizeof(done_[0])).second;
  }

  void note_progress() {
    most_taken_ = taken_.size();
    stuck_at_.clear();
    for (std::size_t chain = 0; chain < done_.size(); ++chain) {
      const StepId step = head(chain);
      if (step != no_step) stuck_at_.push_back(step);
    }
  }

  const Traces& traces_;
  Effort effort_;
  std::vector<std::uint32_t> done_;     ///< by chain
  std::vector<StepId> current_;         ///< by key
  std::vector<std::uint32_t> readers_;  ///< by write: reads still to come
  std::vector<std::uint32_t> readers_of_nothing_;
  std::vector<Taken> taken_;
  std::unordered_set<std::string> seen_;
  std::size_t most_taken_ = 0;
  std::vector<StepId> stuck_at_;
};

/// Follows sessions through an order of the writes.
class Forward {
 public:
  Forward(const Traces& traces, std::span<const StepId> order)
      : traces_(traces),
        place_(traces.size(), 0),
        replaced_(traces.size(), endless_),
        first_(traces.keys(), endless_),
        reached_(traces.size(), 0) {
    std::vector<StepId> latest(traces.keys(), no_step);
    std::uint32_t place = 0;
    for (const StepId step : order) {
      if (!traces[step].write) continue;
      const std::uint32_t key = traces[step].key;
      place_[step] = place;
      (latest[key] == no_step ? first_[key] : replaced_[latest[key]]) = place++;
      latest[key] = step;
    }
  }

  std::vector<bool> chains(std::span<const StepId> order) {
    std::vector<bool> forward(traces_.chains(), true);
    for (const StepId step : order) {
      if (moves_forward(step)) continue;
      forward[traces_[step].chain] = false;
      // A write of unknown outcome is its session's, too.
      const StepId before = traces_[step].before;
      if (before != no_step) forward[traces_[before].chain] = false;
    }
    return forward;
  }

 private:
  /// `reached_`: how many of the writes have come about when a step has been taken.
  bool moves_forward(StepId number) {
    const Step& step = traces_[number];
    const std::uint32_t from = step.before == no_step ? 0 : reached_[step.before];
    std::uint32_t until = endless_;
    reached_[number] = from;
    if (step.write) {
      reached_[number] = place_[number] + 1;
      return from <= place_[number];
    }
    if (traces_.sources(number).size() != 1) return false;
    const StepId source = traces_.sources(number)[0];
    if (source == no_step) {
      until = first_[step.key];
    } else {
      reached_[number] = std::max(from, place_[source] + 1);
      until = replaced_[source];
    }
    return reached_[number] <= until;
  }

  static constexpr std::uint32_t endless_ = 0xffffffff;

  const Traces& traces_;
  std::vector<std::uint32_t> place_;     ///< by write: in the order, counted from 0
  std::vector<std::uint32_t> replaced_;  ///< by write: the place of the next one of its key
  std::vector<std::uint32_t> first_;     ///< by key: the place of its first write
  std::vector<std::uint32_t> reached_;
};

}  // namespace

std::vector<bool> moving_forward(const Traces& traces, std::span<const StepId> order) {
  return Forward(traces, order).chains(order);
}

bool all_move_forward(const Traces& traces, std::span<const StepId> order) {
  const std::vector<bool> forward = moving_forward(traces, order);
  return std::find(forward.begin(), forward.end(), false) == forward.end();
}

void search_sequential(const Traces& traces, const CheckOptions& options, CheckResult& result) {
  OrderSearch search(traces, options.effort);
  if (search.succeeds()) return;
  if (search.spent()) {
    leave_unknown(result, out_of_effort(options));
    return;
  }
  Witness witness;
  witness.explanation = fmt::format(
      "No order of all operations explains every read: at best {} of {} find a place. There the "
      "next ones of the sessions cannot follow:",
      search.most_taken(), traces.size());
  constexpr std::size_t most = 6;
  for (const StepId step : search.stuck_at()) {
    if (witness.operations.size() == most) break;
    witness.explanation += (witness.operations.empty() ? " " : "; ") +
                           in_words(traces.history(), traces.operation(step));
    witness.operations.push_back(traces[step].id);
    witness.key = traces.operation(step).key;
  }
  witness.explanation += '.';
  std::sort(witness.operations.begin(), witness.operations.end());
  add_violation(result, options, std::move(witness));
}

CheckResult judge_sequential(const Traces& traces, const CheckOptions& options) {
  CheckResult result = begin_result("sequential", traces, options);
  result.checked = traces.reads();
  reject_siblings(result, traces, options);
  const auto take_over = [&](CheckResult weaker) {
    result.verdict = Verdict::invalid;
    result.violations = weaker.violations;
    result.witnesses = std::move(weaker.witnesses);
  };
  if (result.verdict == Verdict::invalid) return result;
  CheckResult plus = result;
  const auto order = find_arbitration(traces, options, plus);
  if (plus.verdict == Verdict::invalid) {
    take_over(std::move(plus));
  } else if (!order || !all_move_forward(traces, *order)) {
    CheckResult memory = judge_causal_memory(traces, options);
    if (memory.verdict == Verdict::invalid) {
      take_over(std::move(memory));
    } else {
      search_sequential(traces, options, result);
    }
  }
  return result;
}

CheckResult check_sequential(const History& history, const CheckOptions& options) {
  return judge_sequential(Traces(history, options.workloads), options);
}

}  // namespace faultline
