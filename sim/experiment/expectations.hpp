// Judges the expectations of a scenario against its result.
#pragma once

#include <faultline/scenario/document.hpp>
#include <faultline/scenario/scenario.hpp>

namespace faultline {

/// One entry an expectation: its text, the value found, whether it is met. A metric that the result
/// does not have is not met, and the entry says what there is. `all_met` becomes false if one is
/// not.
Json judge_expectations(const Scenario& scenario, const Json& result, bool& all_met);

}  // namespace faultline
