#include <algorithm>
#include <tuple>
#include <unordered_set>

#include <fmt/format.h>

#include <faultline/check/causal.hpp>
#include <faultline/check/causal_clocks.hpp>
#include <faultline/check/misreads.hpp>
#include <faultline/check/precedence.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/history/real_time.hpp>

namespace faultline {
namespace {

/// A read that knew of a write on its key which it did not return. If the write it returned had
/// caused that one, the value had been replaced.
struct Suspicion {
  StepId read = no_step;
  StepId returned = no_step;
  StepId known = no_step;
};

class CausalJudge {
 public:
  CausalJudge(const Traces& traces, const CheckOptions& options)
      : traces_(traces), options_(options), effort_(options.effort) {}

  CheckResult judge() {
    CheckResult result = begin_result("causal", traces_, options_);
    result.checked = traces_.reads();
    const auto causes = order_of_causes(traces_);
    if (!causes) {
      add_violation(result, options_, explain_causal_circle(traces_));
      return result;
    }
    rank(*causes);
    CausalClocks clocks(traces_, *causes);
    bool fits = clocks.walk(options_.clocks, [&](StepId step, CausalClock clock) {
      if (!effort_.spent()) traces_[step].write ? note_write(step) : suspect(step, clock);
    });
    fits = fits && prove(clocks);
    report(result, Precedence::of_causes(traces_));
    if (!fits) leave_unknown(result, out_of_clocks(options_));
    if (effort_.spent()) leave_unknown(result, out_of_effort(options_));
    return result;
  }

 private:
  void rank(std::span<const StepId> order) {
    ranks_.resize(order.size());
    for (std::uint32_t place = 0; place < order.size(); ++place) ranks_[order[place]] = place;
    writes_.resize(traces_.keys());
    firsts_.resize(traces_.keys());
  }

  void note_write(StepId write) {
    const TraceStep& step = traces_[write];
    writes_[step.key].push_back(write);
    if (begun_.insert(std::uint64_t{step.key} << 32 | step.chain).second) {
      firsts_[step.key].push_back(write);
    }
  }

  void suspect(StepId read, CausalClock clock) {
    for (const StepId returned : traces_.sources(read)) {
      if (returned == no_step) {
        suspect_nothing(read, clock);
        continue;
      }
      // Only what comes after the returned write in this order can have been caused by it.
      const auto& writes = writes_[traces_[read].key];
      for (auto known = writes.rbegin(); known != writes.rend(); ++known) {
        if (ranks_[*known] <= ranks_[returned] || !effort_.spend(1)) break;
        if (knows(clock, traces_[*known])) suspicions_.push_back({read, returned, *known});
      }
    }
  }

  void suspect_nothing(StepId read, CausalClock clock) {
    for (const StepId first : firsts_[traces_[read].key]) {
      if (!effort_.spend(1)) return;
      if (!knows(clock, traces_[first])) continue;
      offences_.push_back({read, no_step, first});
      return;
    }
  }

  /// Keeps the suspicions that are true: asks, when the known write is made, what it knew.
  bool prove(CausalClocks& clocks) {
    if (suspicions_.empty()) return true;
    std::sort(suspicions_.begin(), suspicions_.end(), [&](const auto& a, const auto& b) {
      return std::tie(ranks_[a.known], ranks_[a.read]) < std::tie(ranks_[b.known], ranks_[b.read]);
    });
    auto next = suspicions_.begin();
    return clocks.walk(options_.clocks, [&](StepId step, CausalClock clock) {
      for (; next != suspicions_.end() && next->known == step; ++next) {
        if (knows(clock, traces_[next->returned])) offences_.push_back(*next);
      }
    });
  }

  void report(CheckResult& result, const Precedence& precedence) {
    const auto moment = [&](const Suspicion& each) {
      return std::tuple(answered(traces_.operation(each.read)), each.read, ranks_[each.known]);
    };
    std::sort(offences_.begin(), offences_.end(),
              [&](const auto& a, const auto& b) { return moment(a) < moment(b); });
    StepId last = no_step;
    for (const Suspicion& offence : offences_) {
      if (offence.read == last) continue;
      last = offence.read;
      ++result.violations;
      result.verdict = Verdict::invalid;
      if (result.witnesses.size() < options_.witnesses) {
        result.witnesses.push_back(explain(offence, precedence));
      }
    }
  }

  Witness explain(const Suspicion& offence, const Precedence& precedence) const {
    const auto words = [&](StepId step) {
      return in_words(traces_.history(), traces_.operation(step));
    };
    Witness witness;
    witness.key = traces_.operation(offence.read).key;
    witness.operations = {traces_[offence.read].id};
    if (offence.returned == no_step) {
      witness.explanation = fmt::format("{} found nothing, though it came after {}.",
                                        words(offence.read), words(offence.known));
    } else {
      witness.explanation = fmt::format("{} returned what {} had replaced.", words(offence.read),
                                        words(offence.known));
      precedence.explain_way(offence.returned, offence.known,
                             " The writer knew of the old value:", witness);
    }
    precedence.explain_way(offence.known, offence.read,
                           " The reader came after the new one:", witness);
    return witness;
  }

  const Traces& traces_;
  const CheckOptions& options_;
  Effort effort_;
  std::vector<std::uint32_t> ranks_;         ///< by step: its place in the order of causes
  std::vector<std::vector<StepId>> writes_;  ///< by key, in the order of causes
  std::vector<std::vector<StepId>> firsts_;  ///< by key: the first write of each chain
  std::unordered_set<std::uint64_t> begun_;  ///< which chains have written which keys
  std::vector<Suspicion> suspicions_;
  std::vector<Suspicion> offences_;
};

}  // namespace

CheckResult judge_causal(const Traces& traces, const CheckOptions& options) {
  return CausalJudge(traces, options).judge();
}

CheckResult check_causal(const History& history, const CheckOptions& options) {
  return judge_causal(Traces(history, options.workloads), options);
}

}  // namespace faultline
