// `faultline hunt`: throws random faults at a scenario until a claim breaks, then makes the
// scenario as small as it can be and still break it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

struct HuntOptions {
  std::string scenario;                ///< a file
  std::string claim = "linearizable";  ///< the name of a check
  std::vector<std::string> hazards;    ///< what to throw; empty = the usual
  std::uint64_t seeds = 100;           ///< schedules to try
  std::uint64_t first_seed = 1;
  std::size_t jobs = 1;         ///< runs at the same time
  std::size_t shrinking = 300;  ///< the most runs spent on making it smaller
  std::string out;              ///< the file for what was found
};

/// The exit status: ok if the claim held throughout, unmet if it broke (the smallest scenario found
/// is then in options.out), undecided if some runs could not be judged and none broke it. The same
/// whatever the number of jobs. Throws BadInput.
int hunt_command(const HuntOptions& options);

}  // namespace faultline
