// From a JSON document to a scenario: everything is read and checked before anything runs, and all
// that is wrong is reported at once.
#pragma once

#include <string>

#include <faultline/scenario/document.hpp>
#include <faultline/scenario/scenario.hpp>

namespace faultline {

/// Reads `document` with the models of `catalog`. Paths in it are relative to `folder`. Throws
/// BadInput with every problem found.
Scenario read_scenario(const Document& document, const Catalog& catalog, const std::string& folder);

}  // namespace faultline
