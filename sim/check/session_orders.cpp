// PRAM and causal memory: an order for each session.
#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include <faultline/check/causal.hpp>
#include <faultline/check/misreads.hpp>
#include <faultline/check/precedence.hpp>
#include <faultline/history/real_time.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {
namespace {

/// Looks for an order that explains one session's reads.
class SessionOrder {
 public:
  SessionOrder(const Traces& traces, bool causal, Effort& effort)
      : traces_(traces),
        causal_(causal),
        effort_(effort),
        order_(traces.size()),
        pending_(traces.keys()),
        latest_(traces.keys(), no_step) {}

  /// Whether one order explains the first `count` steps of a chain; nothing if the effort is spent.
  /// If there is none, witness() tells why.
  std::optional<bool> exists(std::uint32_t chain, std::size_t count) {
    const auto own = traces_.chain(chain).subspan(0, count);
    Precedence precedence =
        causal_ ? Precedence::of_causes(traces_) : Precedence::of_arrivals(traces_, chain);
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
  bool causal_;
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

/// The fewest steps of a chain that no order explains; `count` of them are not explained.
std::size_t first_unexplained(SessionOrder& session, std::uint32_t chain, std::size_t count) {
  std::size_t explained = 0;
  while (explained + 1 < count) {
    const std::size_t middle = explained + (count - explained) / 2;
    const auto exists = session.exists(chain, middle);
    if (!exists) break;
    (*exists ? explained : count) = middle;
  }
  session.exists(chain, count);
  return count;
}

CheckResult judge(std::string_view name, bool causal, const Traces& traces,
                  const CheckOptions& options) {
  CheckResult result = begin_result(name, traces, options);
  reject_siblings(result, traces, options);
  Effort effort(options.effort);
  SessionOrder session(traces, causal, effort);
  std::vector<Disorder> disorders;
  for (std::uint32_t chain = 0; chain < traces.chains(); ++chain) {
    const auto own = traces.chain(chain);
    const bool reads =
        std::any_of(own.begin(), own.end(), [&](StepId step) { return !traces[step].write; });
    if (!reads) continue;
    ++result.checked;
    if (session.exists(chain, own.size()).value_or(true)) continue;
    const std::size_t count = first_unexplained(session, chain, own.size());
    disorders.push_back({answered(traces.operation(own[count - 1])), chain, session.witness()});
  }
  std::sort(disorders.begin(), disorders.end(), [](const Disorder& a, const Disorder& b) {
    return std::tie(a.at, a.chain) < std::tie(b.at, b.chain);
  });
  for (Disorder& disorder : disorders) {
    add_violation(result, options, std::move(disorder.witness));
  }
  if (effort.spent()) leave_unknown(result, out_of_effort(options));
  return result;
}

}  // namespace

CheckResult judge_pram(const Traces& traces, const CheckOptions& options) {
  return judge("pram", false, traces, options);
}

CheckResult judge_causal_memory(const Traces& traces, const CheckOptions& options) {
  return judge("causal_memory", true, traces, options);
}

CheckResult check_pram(const History& history, const CheckOptions& options) {
  return judge_pram(Traces(history, options.workloads), options);
}

CheckResult check_causal_memory(const History& history, const CheckOptions& options) {
  return judge_causal_memory(Traces(history, options.workloads), options);
}

}  // namespace faultline
