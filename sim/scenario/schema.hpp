// The scenario format as a JSON Schema (draft 2020-12): what editors complete and check by.
#pragma once

#include <faultline/model/catalog.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

/// The schema of scenarios with the models of `catalog`, generated from the tables of parameters.
/// Whatever the reader takes is valid under it; the reader checks more than a schema can.
Json schema_of(const Catalog& catalog);

}  // namespace faultline
