// Quantities as people write them: "200ms", "4KiB", "10Gbps", "2000/s", "5%".
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// The units that a value of this dimension may be written in; "" if it may have none.
std::vector<std::string_view> unit_names(Unit unit);

/// Reads a number with its unit. Durations, sizes, bandwidths and rates need one; fractions may be
/// written as "5%" or "0.05". Spaces around number and unit are ignored. Throws BadValue if there
/// is no number, no unit or an unknown one, or if the result is not finite.
double parse_quantity(std::string_view text, Unit unit);
/// The nearest whole nanosecond; exact for whole numbers of any unit. Throws BadValue, also for
/// spans beyond +-292 years, which a Duration cannot hold.
Duration parse_duration(std::string_view text);

/// The shortest text that is read back as exactly this value, in a unit that makes the number at
/// least one (rates also as fractions of one): "250us", "4KiB", "10Gbps". Precondition: finite.
std::string print_quantity(double value, Unit unit);
/// The same for a span: read back exactly, to the nanosecond.
std::string print_duration(Duration span);

}  // namespace faultline
