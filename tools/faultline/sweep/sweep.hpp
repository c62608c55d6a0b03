// `faultline sweep`: a scenario at many points of its parameters, each so many trials, into tables;
// `sweep-task` and `sweep-collect`: the same in pieces, for machines that only share a folder.
#pragma once

#include <cstdint>
#include <string>

#include "sweep/executor.hpp"
#include "sweep/options.hpp"

namespace faultline {

/// One task, or all that tasks have left.
struct SweepPieceOptions {
  std::string folder;
  std::uint64_t task = 0;
};

struct SweepCommandOptions : SweepOptions {
  ExecutorOptions executor;
  bool jobs_given = false;
  bool no_run = false;     ///< writes the plan only
  bool no_report = false;  ///< draws nothing
};

CLI::App* add_sweep_command(CLI::App& app, SweepCommandOptions& options);
CLI::App* add_sweep_task_command(CLI::App& app, SweepPieceOptions& options);
CLI::App* add_sweep_collect_command(CLI::App& app, SweepPieceOptions& options);

/// The commands' exit statuses: ok, bad input, or internal if a run's process died.
int sweep_command(SweepCommandOptions options);
int sweep_task_command(const SweepPieceOptions& options);
int sweep_collect_command(const SweepPieceOptions& options);

}  // namespace faultline
