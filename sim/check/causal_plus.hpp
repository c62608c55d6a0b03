// The order of all writes on which causal+ rests, where there is one.
#pragma once

#include <optional>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/traces.hpp>

namespace faultline {

/// An order of all steps in which causes come first and every read returns the last of the writes
/// of its key that may have caused it. Nothing if there is none, or none was found within the
/// options' bounds; then `result` says what is wrong. `result`: as begun.
std::optional<std::vector<StepId>> find_arbitration(const Traces& traces,
                                                    const CheckOptions& options,
                                                    CheckResult& result);

}  // namespace faultline
