// "warmup": "detect": pilots of the scenarios that ask for it, before anything else runs.
#pragma once

#include "run_options.hpp"

namespace faultline {

/// Gives every scenario that asks for it the warm-up that is found. With `common`, all that ask for
/// it get the longest, so that they leave out the same. Throws BadInput where none can be found,
/// for all scenarios at once. An exit status above unmet if a pilot fails.
int find_warmups(std::vector<Scenario>& scenarios, const RunOptions& options, bool common);

/// What was found, for a line of a summary of `result` or of trials; empty if nothing was asked.
std::string warmup_found(const Json& result);

}  // namespace faultline
