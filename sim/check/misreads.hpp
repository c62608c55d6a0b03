// What the judges of a history's traces report alike: reads that no order of the writes explains,
// and circles.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/traces.hpp>

namespace faultline {

/// A result that says of a promise what can be said without looking for orders: each read of a
/// value that nobody wrote is a violation, and what the traces leave out is unknown.
CheckResult begin_result(std::string_view check, const Traces& traces, const CheckOptions& options);

/// Counts every read that returned siblings as a violation.
void reject_siblings(CheckResult& result, const Traces& traces, const CheckOptions& options);

void add_violation(CheckResult& result, const CheckOptions& options, Witness witness);

/// All steps, causes first; nothing if causes run in a circle.
std::optional<std::vector<StepId>> order_of_causes(const Traces& traces);
/// Precondition: they do.
Witness explain_causal_circle(const Traces& traces);

}  // namespace faultline
