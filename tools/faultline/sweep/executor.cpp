#include "sweep/executor.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "command.hpp"
#include "jobs.hpp"
#include "refuse.hpp"
#include "sweep/slurm.hpp"

namespace faultline {
namespace {

/// Ranks of one mpirun. Nothing is sent between them, so nothing is linked: a rank knows its share
/// from the environment that Open MPI gives it. It must be Open MPI's mpirun for that.
class MpiExecutor : public Executor {
 public:
  MpiExecutor(const ExecutorOptions& options, std::string folder)
      : options_(options), folder_(std::move(folder)) {
    words_ = words_of_option("--executor-options", options.words);
    if (!has_command("mpirun")) {
      refuse("--executor mpi",
             "there is no mpirun here (install openmpi-bin, or put Open MPI's bin on the PATH)");
    }
    const CommandResult answer = call_command({"mpirun", "--version"}, patience_seconds);
    if (answer.said.find("Open MPI") == std::string::npos) {
      refuse("--executor mpi",
             fmt::format("mpirun is not Open MPI's, but says: {} (put Open MPI's bin on the PATH)",
                         answer.said.substr(0, answer.said.find('\n'))));
    }
  }

  bool run(std::uint64_t pending, const std::function<void()>& poll) override {
    std::vector<std::string> command{"mpirun"};
    if (options_.workers) {  // or as many as there are slots
      command.push_back("-n");
      command.push_back(std::to_string(std::min(*options_.workers, pending)));
    }
    command.insert(command.end(), words_.begin(), words_.end());
    for (const std::string& word : worker_command(options_, folder_)) command.push_back(word);
    const int status = in_child(
        [&] {
          prctl(PR_SET_PDEATHSIG, SIGTERM);  // so that it ends its ranks, too
          become_command(command);
          fmt::print(stderr, "mpirun cannot be started\n");
          return exit_internal;
        },
        poll);
    return status == exit_ok;  // else it has said why
  }

 private:
  static constexpr int patience_seconds = 60;

  ExecutorOptions options_;
  std::string folder_;
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Executor> find_executor(const ExecutorOptions& options, const std::string& folder) {
  // Workers start elsewhere.
  const std::string whole = std::filesystem::absolute(folder).lexically_normal();
  if (options.name == "slurm") return std::make_unique<SlurmExecutor>(options, whole);
  if (options.name == "mpi") return std::make_unique<MpiExecutor>(options, whole);
  if (options.name != "local") {
    refuse("--executor " + options.name, "is none (local, slurm or mpi)");
  }
  if (!options.words.empty()) {
    refuse("--executor-options", "says nothing without --executor slurm or mpi");
  }
  return nullptr;
}

std::vector<std::string> worker_command(const ExecutorOptions& options, const std::string& folder) {
  std::vector<std::string> command{std::filesystem::read_symlink("/proc/self/exe"), "sweep-worker",
                                   folder};
  for (const std::string& plugin : options.plugins) {
    command.push_back("--plugin");
    command.push_back(plugin);
  }
  return command;
}

}  // namespace faultline
