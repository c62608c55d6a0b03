// A sweep on the terminal: a row for each point, its values and the main figures with half of their
// intervals.
#pragma once

#include <cstddef>
#include <string>

#include <faultline/sweep/database.hpp>

namespace faultline {

/// From the tables of a sweep (sweep/tables.hpp); at most so many points.
std::string sweep_summary(const Database& tables, std::size_t most_points);

}  // namespace faultline
