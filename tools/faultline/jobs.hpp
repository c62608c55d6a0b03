// Runs scenarios, each in a process of its own, since SimGrid allows one simulation in a process.
// Results come back through files.
#pragma once

#include <string>
#include <vector>

#include <faultline/scenario/scenario.hpp>

namespace faultline {

/// Exit statuses of the program, and of its child processes.
enum ExitStatus : int {
  exit_ok = 0,
  exit_unmet = 1,
  exit_bad_input = 2,
  exit_internal = 3,
  exit_undecided = 4
};

/// Simulates `scenario` and writes its result directory; films the first violation in a second run.
/// With `trace`, all messages are recorded too. Shows progress on a terminal.
int run_into(const Scenario& scenario, const std::string& folder, bool trace);

/// Draws the report of result directories. The exit status: bad input if a directory does not hold
/// a result, with a line on standard error.
int draw_report(const std::vector<std::string>& folders);
int draw_comparison(const std::string& out, const std::vector<std::string>& folders);

}  // namespace faultline
