// `faultline run --trials`: the same scenario with many seeds, and how sure every figure is.
#pragma once

#include "run_options.hpp"

namespace faultline {

/// The trials of a scenario, and what is said of them.
struct TrialSet {
  std::vector<Trial> trials;
  Json summary;  ///< trials.json
};

struct TrialSets {
  std::vector<TrialSet> sets;  ///< one for each scenario; none if some trial failed
  int status = 0;  ///< unmet if an expectation was not met in some trial; above that, it failed
};

/// Where the trials of a scenario leave their files.
struct TrialFolders {
  std::string scratch;  ///< for what each has measured; must outlive the trials
  std::string result;   ///< for the whole result of the first, and trials.json; empty = none
};

/// What is wrong with the options of trials of these scenarios. Throws BadInput.
void check_trial_options(const RunOptions& options, const std::vector<Scenario>& scenarios);

/// Runs as many trials of each scenario, with a bar on the terminal; until all of them are as
/// precise as asked, if so. The same results whatever the number of jobs: how many trials a
/// precision takes is decided after rounds of a fixed length. `folders` are those of the scenarios.
TrialSets run_trials_of(const std::vector<const Scenario*>& scenarios, const RunOptions& options,
                        const std::vector<TrialFolders>& folders);

/// The command. The exit status.
int trials_command(const RunOptions& options);

}  // namespace faultline
