// How witnesses speak of operations.
#pragma once

#include <string>

#include <faultline/history/operation.hpp>

namespace faultline {

/// "5", or "nothing" for nil.
std::string value_in_words(Value value);
/// The same in the words of a history that names its values.
std::string value_in_words(const History& history, Value value);

/// What a read returned: "5", "nothing", "5 and 9 together".
std::string observed_in_words(const History& history, const Operation& read);

/// "write of 9", "read of 5", "compare-and-set from 1 to 2", "acquire".
std::string deed_in_words(const History& history, const Operation& operation);

/// "session 3's write of 9 [1.200000 s, 1.250000 s]", "session 17's read of 5 [2.000000 s,
/// 2.030000 s]", "session 4's compare-and-set from 1 to 2 [event 17, event 20]"; an operation
/// without a good answer says so in place of its end.
std::string in_words(const History& history, const Operation& operation);

}  // namespace faultline
