#include <algorithm>
#include <set>
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
    find_waiting();
    for (std::uint32_t chain = 0; chain < traces.chains(); ++chain) {
      restless_.push_back(chain);
      note_head(chain);
    }
  }

  bool succeeds() {
    settle();
    std::vector<Branch> branches;
    branches.push_back({taken_.size(), 0});
    while (!branches.empty() && taken_.size() < traces_.size()) {
      Branch& branch = branches.back();
      undo(branch.taken);
      const StepId write = next_choice(branch);
      if (write == no_step) {
        effort_.spend(done_.size());
        failed_.insert(state());
        branches.pop_back();
        continue;
      }
      take(write);
      settle();
      if (!effort_.spend(1)) return false;
      if (failed_.empty() || !failed_.contains(state())) {
        branches.push_back({taken_.size(), 0});
      }
    }
    return taken_.size() == traces_.size();
  }

  bool spent() const { return effort_.spent(); }
  std::size_t most_taken() const { return most_taken_; }
  /// Where the sessions stood when the most steps had found a place.
  std::vector<StepId> stuck_at() {
    undo(0);
    done_ = best_;
    std::vector<StepId> steps;
    for (std::size_t chain = 0; chain < done_.size(); ++chain) {
      if (head(chain) != no_step) steps.push_back(head(chain));
    }
    return steps;
  }

 private:
  struct Branch {
    std::size_t taken;  ///< how many steps lead here
    StepId untried;     ///< writes before it have been tried
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

  /// The next write to try; none if all have been. Those called first are tried first: stores
  /// rarely turn the order of calls around.
  StepId next_choice(Branch& branch) {
    for (auto write = heads_.lower_bound(branch.untried); write != heads_.end(); ++write) {
      effort_.spend(1);
      branch.untried = *write + 1;
      if (may_replace(*write)) return *write;
    }
    return no_step;
  }

  /// Takes what can do no harm, beginning with the chains in `restless_`.
  void settle() {
    while (!restless_.empty()) {
      const std::uint32_t chain = restless_.back();
      restless_.pop_back();
      effort_.spend(1);
      for (StepId step = head(chain); step != no_step && harmless(step); step = head(chain)) {
        take(step);
      }
      const StepId blocked = head(chain);
      if (blocked != no_step && read_by_nobody(blocked)) park(blocked);
    }
    if (taken_.size() <= most_taken_ && !best_.empty()) return;
    most_taken_ = taken_.size();
    best_ = done_;
  }

  bool read_by_nobody(StepId step) const { return traces_[step].write && unread_[step]; }

  /// A write for nobody waits for the key's value to be read no more.
  void park(StepId write) { parked_[traces_[write].key].push_back(traces_[write].chain); }

  bool harmless(StepId step) {
    if (traces_[step].write) return unread_[step] && may_replace(step);
    return traces_.sources(step)[0] == current_[traces_[step].key];
  }

  void take(StepId number) {
    const TraceStep& step = traces_[number];
    if (step.write) heads_.erase(number);
    ++done_[step.chain];
    note_head(step.chain);
    taken_.push_back({number, current_[step.key]});
    if (step.write) {
      current_[step.key] = number;
      restless_.push_back(step.chain);
    } else {
      --readers_of(current_[step.key], step.key);
    }
    const auto wake = [&](const std::vector<std::uint32_t>& chains) {
      restless_.insert(restless_.end(), chains.begin(), chains.end());
    };
    wake(waiting_[number]);
    for (const std::uint32_t chain : waiting_[number]) note_head(chain);
    if (readers_of(current_[step.key], step.key) > 0) return;
    wake(parked_[step.key]);
    parked_[step.key].clear();
  }

  void undo(std::size_t length) {
    while (taken_.size() > length) {
      const auto [number, replaced] = taken_.back();
      taken_.pop_back();
      const TraceStep& step = traces_[number];
      heads_.erase(head(step.chain));
      for (const std::uint32_t chain : waiting_[number]) {
        const StepId write = head(chain);
        if (write != no_step && traces_[write].before == number) heads_.erase(write);
      }
      --done_[step.chain];
      note_head(step.chain);
      if (step.write) {
        current_[step.key] = replaced;
        if (unread_[number]) park(number);
      } else {
        ++readers_of(current_[step.key], step.key);
      }
    }
  }

  void note_head(std::size_t chain) {
    const StepId step = head(chain);
    if (step != no_step && traces_[step].write) heads_.insert(step);
  }

  std::string state() const {
    const auto* bytes = reinterpret_cast<const char*>(done_.data());
    return {bytes, done_.size() * sizeof(done_[0])};
  }

  /// Notes which chains wait for which steps, and which writes nobody reads.
  void find_waiting() {
    waiting_.resize(traces_.size());
    unread_.resize(traces_.size());
    parked_.resize(traces_.keys());
    for (StepId step = 0; step < traces_.size(); ++step) {
      const std::uint32_t chain = traces_[step].chain;
      const StepId before = traces_[step].before;
      for (const StepId source : traces_.sources(step)) {
        if (source != no_step) waiting_[source].push_back(chain);
      }
      if (before != no_step && traces_[before].chain != chain) waiting_[before].push_back(chain);
      unread_[step] = traces_[step].write && readers_[step] == 0;
    }
  }

  const Traces& traces_;
  Effort effort_;
  std::vector<std::uint32_t> done_;     ///< by chain
  std::vector<StepId> current_;         ///< by key
  std::vector<std::uint32_t> readers_;  ///< by write: reads still to come
  std::vector<std::uint32_t> readers_of_nothing_;
  std::vector<Taken> taken_;
  std::set<StepId> heads_;                           ///< the writes that are next in their chains
  std::vector<std::uint32_t> restless_;              ///< chains to look at
  std::vector<std::vector<std::uint32_t>> waiting_;  ///< by step: chains that wait for it
  std::vector<bool> unread_;                         ///< by step: a write that nobody reads
  std::vector<std::vector<std::uint32_t>> parked_;   ///< by key: chains whose next is such a write
  std::unordered_set<std::string> failed_;           ///< states that led nowhere
  std::size_t most_taken_ = 0;
  std::vector<std::uint32_t> best_;  ///< how far each chain had come then
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
    const TraceStep& step = traces_[number];
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
  } else if (order && all_move_forward(traces, *order)) {
    return result;
  } else {
    search_sequential(traces, options, result);
    if (result.verdict != Verdict::unknown) return result;
    // An order for each session may be ruled out where all orders were too many to try.
    CheckResult memory = judge_causal_memory(traces, options);
    if (memory.verdict == Verdict::invalid) take_over(std::move(memory));
  }
  return result;
}

CheckResult check_sequential(const History& history, const CheckOptions& options) {
  return judge_sequential(Traces(history, options.workloads), options);
}

}  // namespace faultline
