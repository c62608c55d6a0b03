// What must hold of the reader of scenarios for any bytes whatever.
#pragma once

#include <string>

namespace faultline::testing {

/// What `text` shows to be wrong with the reader, or nothing. It must take exactly the JSON that
/// nlohmann::json takes (within its limits), and with the same meaning; say what is wrong with a
/// scenario in BadInput, each problem one line with a place; and read what it has written as the
/// scenario as run to the same scenario.
std::string broken_property(const std::string& text);

}  // namespace faultline::testing
