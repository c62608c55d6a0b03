// How witnesses speak of operations.
#pragma once

#include <string>

#include <faultline/history/operation.hpp>

namespace faultline {

/// "5", or "nothing" for nil.
std::string value_in_words(Value value);

/// What a read returned: "5", "nothing", "5 and 9 together".
std::string observed_in_words(const History& history, const Operation& read);

/// "session 3's write of 9 [1.200000 s, 1.250000 s]", "session 17's read of 5 [2.000000 s,
/// 2.030000 s]"; an operation without a good answer says so in place of its end.
std::string in_words(const History& history, const Operation& operation);

/// "[1.200000 s, 1.250000 s]".
std::string span_in_words(const Operation& operation);

}  // namespace faultline
