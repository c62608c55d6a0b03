// Distributions written as JSON objects, for scenarios that programs write:
//
//   {"lognormal": {"median": "0.25ms", "sigma": 0.3}}
//   {"sum": ["40ms", {"exponential": {"mean": "2ms"}}]}
//   {"mixture": [{"weight": 0.9, "of": "1ms"}, {"weight": 0.1, "of": "20ms"}]}
//   {"empirical": {"file": "delays.csv", "column": "ms"}}
//
// Private to sim/scenario.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace faultline {

/// The text form (core/distribution.hpp) of an object form. Throws BadValue if it has none; what
/// the text then means is for Distribution::parse to judge.
std::string distribution_text(const nlohmann::ordered_json& object);

}  // namespace faultline
