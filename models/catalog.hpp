// The one list of models.
#pragma once

#include <faultline/model/catalog.hpp>

namespace faultline {

/// All models that come with faultline.
const Catalog& catalog();

}  // namespace faultline
