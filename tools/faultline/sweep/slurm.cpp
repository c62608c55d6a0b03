#include "sweep/slurm.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include <faultline/experiment/write.hpp>

#include "command.hpp"
#include "refuse.hpp"

namespace faultline {
namespace {

using std::chrono::milliseconds;

constexpr int patience_seconds = 30;           // a controller that is not there takes about ten
constexpr milliseconds first_pause{500};       // between looks at a job, then longer and longer
constexpr milliseconds longest_pause{10'000};  // spares a controller that many ask
constexpr int most_silent_looks = 60;          // at least ten minutes: a controller may restart

/// The whole number behind "NAME = " in what `scontrol show config` says.
std::uint64_t setting(const std::string& config, const std::string& name) {
  const std::size_t at = config.find("\n" + name + " ");
  const std::size_t equals = at == std::string::npos ? at : config.find('=', at);
  if (equals == std::string::npos) {
    refuse("--executor slurm",
           fmt::format("scontrol show config says no {} (this is no Slurm that is known)", name));
  }
  return std::strtoull(config.c_str() + equals + 1, nullptr, 10);
}

/// The job, "NUMBER" or "NUMBER;CLUSTER", among whatever else a site's filters have to say; empty
/// if there is none.
std::string job_in(const std::string& said) {
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    const std::string number = line.substr(0, line.find(';'));
    const bool is_number =
        !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) return line;
  }
  return {};
}

/// What the sweep itself must say of a job to find it again and to give each task its share.
void refuse_options_of_sweep(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    for (const char* const taken : {"--array", "-a", "--chdir", "-D", "--wrap"}) {
      const std::string option(taken);
      const bool is_long = option.size() > 2;
      const bool same =
          is_long ? word == option || word.starts_with(option + "=") : word.starts_with(option);
      if (same) refuse("--executor-options " + word, "is for the sweep itself to say");
    }
  }
}

}  // namespace

SlurmExecutor::SlurmExecutor(const ExecutorOptions& options, const std::string& folder)
    : options_(options), folder_(folder), tasks_(SweepFolder(folder).tasks_folder()) {
  words_ = words_of_option("--executor-options", options.words);
  refuse_options_of_sweep(words_);
  for (const char* name : {"sbatch", "squeue", "scontrol"}) {
    if (has_command(name)) continue;
    refuse("--executor slurm",
           fmt::format("there is no {} here (start the sweep where jobs are submitted; Debian has "
                       "it in slurm-client)",
                       name));
  }
  const CommandResult config = call_command({"scontrol", "show", "config"}, patience_seconds);
  if (config.status != 0) {
    refuse("--executor slurm",
           fmt::format("Slurm does not answer: {} (`scontrol ping` must find a controller; "
                       "SLURM_CONF, if set, must name its slurm.conf)",
                       config.said.substr(config.said.rfind('\n') + 1)));
  }
  // Array tasks are numbered from 0 to MaxArraySize - 1.
  most_workers_ = std::max<std::uint64_t>(setting(config.said, "MaxArraySize"), 1);
}

void SlurmExecutor::finish_earlier(const std::function<void()>& poll) {
  std::string job;
  if (!(std::ifstream(tasks_ + "/slurm.job") >> job)) return;
  const Job state = look_at(job);
  if (state == Job::unknown) {
    refuse("--executor slurm",
           fmt::format("Slurm does not say whether job {} of this sweep still goes on (try again; "
                       "two jobs at once would run the same)",
                       job));
  }
  if (state == Job::goes_on) {
    fmt::print(stderr, "job {} of this sweep still goes on: waiting for it (scancel ends it)\n",
               job);
    wait_for(job, poll);
  }
}

bool SlurmExecutor::run(std::uint64_t pending, const std::function<void()>& poll) {
  write_script(std::min({options_.workers.value_or(pending), pending, most_workers_}));
  std::vector<std::string> command{"sbatch", "--parsable", "--chdir=" + tasks_};
  command.insert(command.end(), words_.begin(), words_.end());
  command.push_back(tasks_ + "/slurm.sh");
  const CommandResult answer = call_command(command, patience_seconds);
  const std::string job = job_in(answer.said);
  if (answer.status != 0 || job.empty()) {
    fmt::print(stderr, "--executor slurm: {}\n", answer.said);
    return false;
  }
  write_file(tasks_ + "/slurm.job", [&](std::ostream& out) { out << job << "\n"; });
  wait_for(job, poll);
  return true;
}

void SlurmExecutor::write_script(std::uint64_t workers) const {
  std::string command;
  for (const std::string& word : worker_command(options_, folder_)) {
    command += quoted_for_shell(word) + " ";
  }
  write_file(tasks_ + "/slurm.sh", [&](std::ostream& out) {
    out << "#!/bin/sh\n"
           "# Runs of a sweep: each task of this array carries out its share of those pending.\n"
           "#SBATCH --job-name=faultline\n"
        << fmt::format("#SBATCH --array=0-{}\n", workers - 1)
        << "#SBATCH --requeue\n"
           "#SBATCH --open-mode=append\n"
           "#SBATCH --output=slurm-%A_%a.txt\n"
        << fmt::format("exec {}--share \"$((SLURM_ARRAY_TASK_ID + 1))/{}\" ", command, workers)
        << "--jobs \"${SLURM_CPUS_PER_TASK:-1}\"\n";
  });
}

/// The folder tells a job of this sweep from another that has got its number since.
SlurmExecutor::Job SlurmExecutor::look_at(const std::string& job) const {
  const std::size_t behind_number = job.find(';');
  std::vector<std::string> command{"squeue", "--noheader", "--format=%Z",
                                   "--jobs=" + job.substr(0, behind_number)};
  if (behind_number != std::string::npos) {
    command.push_back("--clusters=" + job.substr(behind_number + 1));
  }
  const CommandResult answer = call_command(command, patience_seconds);
  if (answer.status == 0) {
    return answer.said.find(tasks_) != std::string::npos ? Job::goes_on : Job::has_ended;
  }
  const bool is_gone = answer.said.find("Invalid job id") != std::string::npos;
  return is_gone ? Job::has_ended : Job::unknown;
}

void SlurmExecutor::wait_for(const std::string& job, const std::function<void()>& poll) const {
  int silent = 0;
  for (auto pause = first_pause;; pause = std::min(pause * 5 / 4, longest_pause)) {
    std::this_thread::sleep_for(pause);
    const Job state = look_at(job);
    poll();
    if (state == Job::has_ended) return;
    silent = state == Job::unknown ? silent + 1 : 0;
    if (silent == most_silent_looks) {
      fmt::print(stderr, "Slurm has ceased to answer; job {} may go on\n", job);
      return;
    }
  }
}

}  // namespace faultline
