// `faultline frontier`: the cheapest point that surely keeps some bounds (sweep/frontier.hpp says
// how it is found).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sweep/options.hpp"

namespace faultline {

struct FrontierOptions : SweepOptions {
  std::vector<std::string> where;
  std::vector<std::string> minimise;
  std::uint64_t first_trials = 10;
  std::uint64_t most_trials = 160;
  bool json = false;
};

CLI::App* add_frontier_command(CLI::App& app, FrontierOptions& options);

/// The exit status: ok if there is an answer, unmet if all points surely fail, undecided if none
/// surely keeps the bounds but some may.
int frontier_command(const FrontierOptions& options);

}  // namespace faultline
