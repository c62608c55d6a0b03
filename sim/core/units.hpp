// Quantities as people write them: "200ms", "4KiB", "10Gbps", "2000/s", "5%".
#pragma once

#include <string>
#include <string_view>

#include <faultline/core/text.hpp>
#include <faultline/core/time.hpp>

namespace faultline {

/// The dimension of a quantity; values are kept in the base unit given here.
enum class Unit {
  none,       ///< a plain number
  duration,   ///< seconds
  size,       ///< bytes
  bandwidth,  ///< bytes per second
  rate,       ///< per second
  fraction    ///< 1 is all of it
};

/// What a value of this dimension looks like, for messages: "a span of time such as "200ms"".
std::string_view example_of(Unit unit);

/// Reads a number with its unit. Durations, sizes, bandwidths and rates need one; fractions may be
/// written as "5%" or "0.05". Throws BadValue.
double parse_quantity(std::string_view text, Unit unit);
/// Exact to the nanosecond.
Duration parse_duration(std::string_view text);

/// In the largest unit that reads well, with as many digits as the value needs to be read back.
std::string print_quantity(double value, Unit unit);
std::string print_duration(Duration span);

}  // namespace faultline
