// What a person reads on the terminal after a run or a comparison: drawn from result.json alone, so
// that it says the same of a run that has just ended and of one from last year.
#pragma once

#include <string>
#include <vector>

#include <faultline/scenario/document.hpp>

namespace faultline {

std::string run_summary(const Json& result);
std::string comparison(const std::vector<Json>& results);

}  // namespace faultline
