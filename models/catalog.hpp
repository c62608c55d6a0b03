// The one list of models. What plug-ins bring (sim/plugin) is added when the program starts.
#pragma once

#include <faultline/model/catalog.hpp>

namespace faultline {

/// All models: those that come with faultline, then those that were added, in order.
const Catalog& catalog();

/// Precondition: no model has its name, and it lives as long as the program.
void add_to_catalog(const Model& model);

}  // namespace faultline
