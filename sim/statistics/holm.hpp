// Many comparisons at once: with twenty figures that do not differ at all, one will seem to at the
// 5 % level. Holm's correction keeps the chance of *any* such error below the level, whatever
// depends on what, and finds more than Bonferroni's: Holm, "A Simple Sequentially Rejective
// Multiple Test Procedure", Scandinavian Journal of Statistics 6(2), 1979.
#pragma once

#include <span>
#include <vector>

namespace faultline {

/// For each comparison, given the chance of what was seen if there were no difference, the level at
/// which Holm's procedure would call it different: compare it with 0.05. In the order given.
std::vector<double> holm_adjusted(std::span<const double> chances);

}  // namespace faultline
