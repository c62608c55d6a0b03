// A sweep's runs as a job array of Slurm: sbatch takes them, squeue says whether they still go on.
// Slurm decides where and when, and requeues the tasks of a node that fails.
//
//   tasks/slurm.sh           the job's script; each task of the array is a worker
//   tasks/slurm.job          the number of the job, so that --resume waits for one that goes on
//   tasks/slurm-JOB_TASK.txt what a worker has to say
#pragma once

#include <string>
#include <vector>

#include "sweep/executor.hpp"

namespace faultline {

class SlurmExecutor : public Executor {
 public:
  /// `folder`: with its whole path. Throws BadInput if Slurm is not there.
  SlurmExecutor(const ExecutorOptions& options, const std::string& folder);

  void finish_earlier(const std::function<void()>& poll) override;
  bool run(std::uint64_t pending, const std::function<void()>& poll) override;

 private:
  enum class Job { goes_on, has_ended, unknown };

  void write_script(std::uint64_t workers) const;
  Job look_at(const std::string& job) const;
  void wait_for(const std::string& job, const std::function<void()>& poll) const;

  ExecutorOptions options_;
  std::string folder_;
  std::string tasks_;
  std::vector<std::string> words_;
  std::uint64_t most_workers_ = 1;  ///< of one array
};

}  // namespace faultline
