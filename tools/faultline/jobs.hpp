// Runs scenarios, each in a process of its own, since SimGrid allows one simulation in a process.
// Results come back through files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <faultline/experiment/trial_file.hpp>
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

/// How a process has ended.
struct ProcessEnd {
  int status = exit_ok;  ///< internal if a signal ended it, or it could not be started
  int signal = 0;        ///< that ended it; 0 = none
};

/// Work in processes of its own, `at_once` of them at the same time.
struct ProcessPool {
  std::size_t at_once = 1;
  /// The number of the next piece of work; nothing when there is no more.
  std::function<std::optional<std::uint64_t>()> next;
  std::function<int(std::uint64_t)> work;  ///< in a process of its own; its exit status
  /// Hears of each end; false = start no more.
  std::function<bool(std::uint64_t, const ProcessEnd&)> ended;
};
void run_in_processes(const ProcessPool& pool);

/// Runs `work` in a child process and returns its exit status: internal if a signal ends it, with a
/// line on standard error. `waiting`, if given, is called some 30 times a second until then.
int in_child(const std::function<int()>& work, const std::function<void()>& waiting);

/// About how long one run takes, in seconds: from the first moments of it. Nothing if these say
/// nothing.
std::optional<double> seconds_of_run(const Scenario& scenario);

/// Simulates all of `jobs`, `at_once` of them at the same time, and calls `finished` with how many
/// have ended. The largest exit status; starts none after one has failed.
int run_trials(const std::vector<TrialJob>& jobs, std::size_t at_once,
               const std::function<void(std::size_t)>& finished);

/// Simulates all of `scenarios` at the same time and says how each kept a claim, the name of a
/// check: exit_ok valid, exit_unmet invalid, exit_undecided unknown, exit_bad_input if no run can
/// be judged by it. Writes nothing.
std::vector<int> judge_runs(const std::vector<const Scenario*>& scenarios,
                            const std::string& claim);

/// Draws the report of directories of results or sweeps. The exit status: bad input if a directory
/// holds neither, with a line on standard error.
int draw_report(const std::vector<std::string>& folders);
/// Draws the witness in a folder that holds a verdict.json; none if nothing was broken.
int draw_verdict(const std::string& folder);
/// Draws sweep.html and its charts in a folder that holds a sweep.json.
int draw_sweep(const std::string& folder);
int draw_comparison(const std::string& out, const std::vector<std::string>& folders);

}  // namespace faultline
