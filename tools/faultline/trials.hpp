// `faultline run --trials`: the same scenario with many seeds, and how sure every figure is.
#pragma once

#include "run_options.hpp"

namespace faultline {

/// The trials of a scenario, and what is said of them.
struct TrialSet {
  std::vector<Trial> trials;
  Json summary;    ///< trials.json
  int status = 0;  ///< unmet if an expectation was not met in some trial; above that, it failed
};

/// Where the trials of a scenario leave their files.
struct TrialFolders {
  std::string scratch;  ///< for what each has measured; must outlive the trials
  std::string result;   ///< for the whole result of the first, and trials.json; empty = none
};

/// What is wrong with the options of trials of these scenarios. Throws BadInput.
void check_trial_options(const RunOptions& options, const std::vector<Scenario>& scenarios);

/// Runs the trials of one scenario, with a bar on the terminal. The same results whatever the
/// number of jobs: how many trials a precision takes is decided after rounds of a fixed length.
TrialSet run_trials_of(const Scenario& scenario, const RunOptions& options,
                       const TrialFolders& folders);

/// The command. The exit status.
int trials_command(const RunOptions& options);

}  // namespace faultline
