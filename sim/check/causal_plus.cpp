#include <algorithm>

#include <fmt/format.h>

#include <faultline/check/causal.hpp>
#include <faultline/check/causal_clocks.hpp>
#include <faultline/check/causal_plus.hpp>
#include <faultline/check/misreads.hpp>
#include <faultline/check/precedence.hpp>
#include <faultline/check/sequential.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {
namespace {

/// Looks for an order of arbitration: adds to the order of causes that what a read knew of comes
/// before what it returned, and looks for circles.
class Arbitration {
 public:
  Arbitration(const Traces& traces, const CheckOptions& options, CheckResult& result)
      : traces_(traces),
        options_(options),
        result_(result),
        effort_(options.effort),
        precedence_(Precedence::of_causes(traces)) {}

  std::optional<std::vector<StepId>> find() {
    auto causes = order_of_causes(traces_);
    if (!causes) {
      add_violation(result_, options_, explain_causal_circle(traces_));
      return std::nullopt;
    }
    if (all_move_forward(traces_, *causes)) return causes;
    CausalClocks clocks(traces_, *causes);
    writes_.resize(traces_.keys());
    overruled_.resize(traces_.size(), no_step);
    const bool fits = clocks.walk(options_.clocks, [&](StepId step, CausalClock clock) {
      traces_[step].write ? note_write(step) : overrule(step, clock);
    });
    if (!fits) leave_unknown(result_, out_of_clocks(options_));
    if (effort_.spent()) leave_unknown(result_, out_of_effort(options_));
    if (!fits || effort_.spent() || result_.verdict == Verdict::invalid) return std::nullopt;
    return arbitrate();
  }

 private:
  /// A chain's writes of one key.
  struct Line {
    std::uint32_t chain;
    std::vector<StepId> writes;
  };

  std::optional<std::vector<StepId>> arbitrate() {
    DependencyOrder order(traces_.size());
    for (StepId step = 0; step < traces_.size(); ++step) {
      if (order.append(precedence_, step)) continue;
      Witness witness = precedence_.explain_circle(order.circle());
      witness.explanation = "No order of the writes explains all reads:" + witness.explanation;
      add_violation(result_, options_, std::move(witness));
      return std::nullopt;
    }
    return std::vector<StepId>(order.order().begin(), order.order().end());
  }

  void note_write(StepId write) {
    auto& lines = writes_[traces_[write].key];
    const std::uint32_t chain = traces_[write].chain;
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const Line& each) { return each.chain == chain; });
    if (line == lines.end()) line = lines.insert(line, {chain, {}});
    line->writes.push_back(write);
  }

  void overrule(StepId read, CausalClock clock) {
    const auto sources = traces_.sources(read);
    if (sources.size() != 1) return;
    const auto& lines = writes_[traces_[read].key];
    if (!effort_.spend(lines.size())) return;
    for (const Line& line : lines) {
      // The chain's last write that the read knew of; those before it are before it.
      auto end = line.writes.end();
      while (end != line.writes.begin() && !knows(clock, traces_[*std::prev(end)])) --end;
      if (end == line.writes.begin()) continue;
      const StepId known = *std::prev(end);
      if (sources[0] == no_step) {
        reject_nothing(read, known);
        return;
      }
      if (known == sources[0] || overruled_[known] == sources[0]) continue;
      overruled_[known] = sources[0];
      precedence_.append(known, sources[0], read);
      effort_.spend(8);
    }
  }

  void reject_nothing(StepId read, StepId known) {
    const auto words = [&](StepId step) {
      return in_words(traces_.history(), traces_.operation(step));
    };
    Witness witness{
        fmt::format("{} found nothing, though it came after {}.", words(read), words(known)),
        traces_.operation(read).key,
        {traces_[known].id, traces_[read].id}};
    add_violation(result_, options_, std::move(witness));
  }

  const Traces& traces_;
  const CheckOptions& options_;
  CheckResult& result_;
  Effort effort_;
  Precedence precedence_;
  std::vector<std::vector<Line>> writes_;  ///< by key
  std::vector<StepId> overruled_;          ///< by write: the last one known to come after it
};

}  // namespace

std::optional<std::vector<StepId>> find_arbitration(const Traces& traces,
                                                    const CheckOptions& options,
                                                    CheckResult& result) {
  return Arbitration(traces, options, result).find();
}

CheckResult judge_causal_plus(const Traces& traces, const CheckOptions& options) {
  CheckResult result = begin_result("causal_plus", traces, options);
  result.checked = traces.reads();
  reject_siblings(result, traces, options);
  find_arbitration(traces, options, result);
  return result;
}

CheckResult check_causal_plus(const History& history, const CheckOptions& options) {
  return judge_causal_plus(Traces(history, options.workloads), options);
}

}  // namespace faultline
