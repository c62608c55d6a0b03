// `faultline sweep-worker`: a share of a sweep's pending tasks, which it carries out. What
// --executor slurm and mpi start, anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <faultline/sweep/folder.hpp>

namespace CLI {
class App;
}

namespace faultline {

struct SweepWorkerOptions {
  std::string folder;
  std::string share;  ///< "3/16"; empty = as Open MPI says
  std::int64_t jobs = 1;
};

CLI::App* add_sweep_worker_command(CLI::App& app, SweepWorkerOptions& options);

/// The exit status. A rank's is ok even if a run has died: else mpirun would end all other ranks.
int sweep_worker_command(const SweepWorkerOptions& options);

/// Lists what workers are to share. Throws CannotWrite.
void write_pending(const SweepFolder& folder, const std::vector<std::uint64_t>& numbers);

}  // namespace faultline
