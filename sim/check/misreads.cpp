#include <utility>

#include <fmt/format.h>

#include <faultline/check/misreads.hpp>
#include <faultline/check/precedence.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {

CheckResult begin_result(std::string_view check, const Traces& traces,
                         const CheckOptions& options) {
  CheckResult result;
  result.check = check;
  for (const StepId read : traces.thin_air()) {
    const Operation& operation = traces.operation(read);
    add_violation(result, options,
                  {fmt::format("{} returned a value that nobody had written{}.",
                               in_words(traces.history(), operation),
                               operation.more_count > 0 ? ", among others" : ""),
                   operation.key,
                   {traces[read].id}});
  }
  if (!traces.complete()) {
    leave_unknown(result,
                  "values written twice, or sessions whose operations overlap, were not judged");
  }
  return result;
}

void reject_siblings(CheckResult& result, const Traces& traces, const CheckOptions& options) {
  for (StepId step = 0; step < traces.size(); ++step) {
    if (traces.sources(step).size() < 2) continue;
    const Operation& read = traces.operation(step);
    add_violation(result, options,
                  {fmt::format("{} returned several values, of which no order of the writes makes "
                               "each the last.",
                               in_words(traces.history(), read)),
                   read.key,
                   {traces[step].id}});
  }
}

void add_violation(CheckResult& result, const CheckOptions& options, Witness witness) {
  result.verdict = Verdict::invalid;
  ++result.violations;
  if (result.witnesses.size() < options.witnesses) result.witnesses.push_back(std::move(witness));
}

std::optional<std::vector<StepId>> order_of_causes(const Traces& traces) {
  DependencyOrder causes(traces.size());
  const Precedence precedence = Precedence::of_causes(traces);
  for (StepId step = 0; step < traces.size(); ++step) {
    if (!causes.append(precedence, step)) return std::nullopt;
  }
  return std::vector<StepId>(causes.order().begin(), causes.order().end());
}

Witness explain_causal_circle(const Traces& traces) {
  DependencyOrder causes(traces.size());
  const Precedence precedence = Precedence::of_causes(traces);
  StepId step = 0;
  while (causes.append(precedence, step)) ++step;
  Witness witness = precedence.explain_circle(causes.circle());
  witness.explanation = "Causes run in a circle:" + witness.explanation;
  return witness;
}

}  // namespace faultline
