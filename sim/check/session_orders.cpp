// PRAM and causal memory: an order for each session.
#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include <faultline/check/causal.hpp>
#include <faultline/check/causal_clocks.hpp>
#include <faultline/check/misreads.hpp>
#include <faultline/check/precedence.hpp>
#include <faultline/check/sequential.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/history/real_time.hpp>

namespace faultline {
namespace {

/// Looks for an order that explains one session's reads.
class SessionOrder {
 public:
  /// `telling`: see Precedence::of_causes; null for PRAM, where what others read does not matter.
  SessionOrder(const Traces& traces, const std::vector<StepId>* telling, Effort& effort)
      : traces_(traces),
        telling_(telling),
        effort_(effort),
        order_(traces.size()),
        pending_(traces.keys()),
        latest_(traces.keys(), no_step) {}

  /// Whether one order explains the first `count` steps of a chain; nothing if the effort is spent.
  /// If there is none, witness() tells why.
  std::optional<bool> exists(std::uint32_t chain, std::size_t count) {
    const auto own = traces_.chain(chain).subspan(0, count);
    Precedence precedence = telling_ != nullptr ? Precedence::of_causes(traces_, chain, *telling_)
                                                : Precedence::of_arrivals(traces_, chain);
    for (;;) {
      order_.restart();
      past_.clear();
      for (const StepId step : own) {
        if (!order_.append(precedence, step)) {
          circle_.assign(order_.circle().begin(), order_.circle().end());
          explain(chain, precedence);
          return false;
        }
        past_.push_back(order_.order().size());
      }
      if (!effort_.spend(order_.order().size() + own.size())) return std::nullopt;
      const std::size_t known = precedence.added();
      const bool possible = constrain(own, precedence);
      forget();
      if (!possible) return false;
      if (precedence.added() == known) return true;
    }
  }

  const Witness& witness() const { return witness_; }

 private:
  /// Says of each read that all writes of its key that must come before it come before the one that
  /// it returned. False if a read found nothing where there must be something.
  bool constrain(std::span<const StepId> own, Precedence& precedence) {
    std::size_t place = 0;
    for (std::size_t number = 0; number < own.size(); ++number) {
      for (; place < past_[number]; ++place) {
        const StepId step = order_.order()[place];
        if (!traces_[step].write) continue;
        auto& pending = pending_[traces_[step].key];
        if (pending.empty()) touched_.push_back(traces_[step].key);
        pending.push_back(step);
      }
      const StepId read = own[number];
      if (traces_.sources(read).size() != 1) continue;
      if (!returned(read, traces_.sources(read)[0], precedence)) return false;
    }
    return true;
  }

  bool returned(StepId read, StepId source, Precedence& precedence) {
    const std::uint32_t key = traces_[read].key;
    if (latest_[key] != no_step) pending_[key].push_back(latest_[key]);
    if (source == no_step && !pending_[key].empty()) {
      explain_nothing(read, pending_[key].front(), precedence);
      return false;
    }
    for (const StepId write : pending_[key]) {
      // In one chain the order is there already.
      const bool in_line = traces_[write].chain == traces_[source].chain &&
                           traces_[write].place < traces_[source].place;
      if (write != source && !in_line) precedence.add(write, source, read);
    }
    // Later reads only need to look at this one: the others are before it.
    if (source != no_step) {
      if (latest_[key] == no_step) touched_.push_back(key);
      pending_[key].clear();
      latest_[key] = source;
    }
    return true;
  }

  void forget() {
    for (const std::uint32_t key : touched_) {
      pending_[key].clear();
      latest_[key] = no_step;
    }
    touched_.clear();
  }

  void explain(std::uint32_t chain, const Precedence& precedence) {
    witness_ = precedence.explain_circle(circle_);
    witness_.explanation = heading(traces_.chain(chain)[0]) + witness_.explanation;
  }

  void explain_nothing(StepId read, StepId write, const Precedence& precedence) {
    const Operation& operation = traces_.operation(read);
    witness_ = {heading(read) + fmt::format(" {} found nothing, though a write came before it.",
                                            in_words(traces_.history(), operation)),
                operation.key,
                {traces_[read].id}};
    precedence.explain_way(write, read, "", witness_);
  }

  std::string heading(StepId step) const {
    return fmt::format("No order of the writes explains what session {} read:",
                       traces_.operation(step).session);
  }

  const Traces& traces_;
  const std::vector<StepId>* telling_;
  Effort& effort_;
  DependencyOrder order_;
  std::vector<std::size_t> past_;  ///< by own step: the length of the order with it
  std::vector<std::vector<StepId>>
      pending_;                         ///< by key: writes since the session's last read of it
  std::vector<StepId> latest_;          ///< by key: what that read returned
  std::vector<std::uint32_t> touched_;  ///< keys of which something is noted
  std::vector<StepId> circle_;
  Witness witness_;
};

/// A session without an order, and the first of its reads that leaves it without.
struct Disorder {
  Moment at;
  std::uint32_t chain;
  Witness witness;
};

/// Judges the sessions one by one.
class SessionsJudge {
 public:
  SessionsJudge(const Traces& traces, const std::vector<StepId>* telling,
                const CheckOptions& options)
      : traces_(traces),
        options_(options),
        effort_(options.effort),
        session_(traces, telling, effort_) {}

  /// `forward`: the sessions, by chain, for which an order is known.
  void judge(const std::vector<bool>& forward, CheckResult& result) {
    for (std::uint32_t chain = 0; chain < traces_.chains(); ++chain) {
      const auto own = traces_.chain(chain);
      const bool reads =
          std::any_of(own.begin(), own.end(), [&](StepId step) { return !traces_[step].write; });
      if (!reads) continue;
      ++result.checked;
      if (forward[chain]) continue;
      if (!session_.exists(chain, own.size()).value_or(true)) note(chain, result);
    }
    for (Disorder& disorder : disorders_) {
      result.witnesses.push_back(std::move(disorder.witness));
    }
    result.witnesses.resize(std::min(result.witnesses.size(), options_.witnesses));
    if (effort_.spent()) leave_unknown(result, out_of_effort(options_));
  }

 private:
  /// A session without an order, and the answer that left it without.
  struct Disorder {
    Moment at;
    std::uint32_t chain;
    Witness witness;
  };

  Moment answer(std::uint32_t chain, std::size_t count) const {
    return answered(traces_.operation(traces_.chain(chain)[count - 1]));
  }

  /// Takes a violation down if it is one of the first.
  void note(std::uint32_t chain, CheckResult& result) {
    result.verdict = Verdict::invalid;
    ++result.violations;
    std::size_t count = traces_.chain(chain).size();
    if (disorders_.size() == options_.witnesses) {
      if (disorders_.empty()) return;
      while (count > 0 && !(answer(chain, count) < disorders_.back().at)) --count;
      if (count == 0 || session_.exists(chain, count).value_or(true)) return;
      disorders_.pop_back();
    }
    count = first_unexplained(chain, count);
    Disorder disorder{answer(chain, count), chain, session_.witness()};
    const auto place =
        std::find_if(disorders_.begin(), disorders_.end(), [&](const Disorder& each) {
          return std::tie(disorder.at, disorder.chain) < std::tie(each.at, each.chain);
        });
    disorders_.insert(place, std::move(disorder));
  }

  /// The fewest steps of a chain that no order explains; no order explains `count`.
  std::size_t first_unexplained(std::uint32_t chain, std::size_t count) {
    std::size_t explained = 0;
    while (explained + 1 < count) {
      const std::size_t middle = explained + (count - explained) / 2;
      const auto exists = session_.exists(chain, middle);
      if (!exists) break;
      (*exists ? explained : count) = middle;
    }
    session_.exists(chain, count);
    return count;
  }

  const Traces& traces_;
  const CheckOptions& options_;
  Effort effort_;
  SessionOrder session_;
  std::vector<Disorder> disorders_;  ///< the first ones, in order of time
};

/// For each step, the last one of its session before it that is a write, or a read that told the
/// session something new; nothing if that takes too many clocks.
std::optional<std::vector<StepId>> find_telling(const Traces& traces, const CheckOptions& options,
                                                std::span<const StepId> causes) {
  CausalClocks clocks(traces, causes);
  std::vector<bool> tells(traces.size());
  const bool fits = clocks.walk(options.clocks, [&](StepId step, CausalClock) {
    tells[step] = traces[step].write || clocks.learned();
  });
  if (!fits) return std::nullopt;
  std::vector<StepId> telling(traces.size(), no_step);
  for (const StepId step : causes) {
    const StepId before = traces[step].before;
    if (before != no_step) telling[step] = tells[before] ? before : telling[before];
  }
  return telling;
}

}  // namespace

CheckResult judge_pram(const Traces& traces, const CheckOptions& options) {
  CheckResult result = begin_result("pram", traces, options);
  reject_siblings(result, traces, options);
  const auto causes = order_of_causes(traces);
  const auto forward =
      causes ? moving_forward(traces, *causes) : std::vector<bool>(traces.chains(), false);
  SessionsJudge(traces, nullptr, options).judge(forward, result);
  return result;
}

CheckResult judge_causal_memory(const Traces& traces, const CheckOptions& options) {
  CheckResult result = begin_result("causal_memory", traces, options);
  reject_siblings(result, traces, options);
  const auto causes = order_of_causes(traces);
  if (!causes) {
    add_violation(result, options, explain_causal_circle(traces));
    return result;
  }
  const auto telling = find_telling(traces, options, *causes);
  if (!telling) {
    leave_unknown(result, out_of_clocks(options));
    return result;
  }
  SessionsJudge(traces, &*telling, options).judge(moving_forward(traces, *causes), result);
  return result;
}

CheckResult check_pram(const History& history, const CheckOptions& options) {
  return judge_pram(Traces(history, options.workloads), options);
}

CheckResult check_causal_memory(const History& history, const CheckOptions& options) {
  return judge_causal_memory(Traces(history, options.workloads), options);
}

}  // namespace faultline
