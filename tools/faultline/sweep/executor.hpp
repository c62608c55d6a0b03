// Where the runs of a sweep are carried out when it is not by processes of this machine: by Slurm
// or Open MPI, each through its own commands. All that passes between here and there are files in
// the sweep's folder, which both must see:
//
//   tasks/pending   what is to be run, one number a line, written before the engine is called
//   tasks/NUMBER    what `sweep-worker` leaves, which carries out a share of them
//
// A worker that comes again (a requeued one, say) leaves out what is there already. What nobody has
// left is missing in the end, whatever the reason, and is for `--resume`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <faultline/sweep/folder.hpp>

namespace faultline {

struct ExecutorOptions {
  std::string name = "local";
  std::string words;                     ///< for the engine's command, quoted as in a shell
  std::optional<std::uint64_t> workers;  ///< the most at the same time; nothing = as it likes
  std::vector<std::string> plugins;      ///< what workers have to load, too
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// Waits for what an earlier call of the program has left running, if anything. To be called
  /// before pending tasks are listed.
  virtual void finish_earlier(const std::function<void()>& /*poll*/) {}
  /// Has so many pending tasks carried out, and calls `poll` now and then until nothing more will
  /// come. False if the engine takes no work, with a line on standard error.
  virtual bool run(std::uint64_t pending, const std::function<void()>& poll) = 0;
};

/// Nothing if it is "local". Throws BadInput if the engine is not there, or does not answer.
std::unique_ptr<Executor> find_executor(const ExecutorOptions& options, const std::string& folder);

/// The command of a worker, as words: its share is still to be said.
std::vector<std::string> worker_command(const ExecutorOptions& options, const std::string& folder);

}  // namespace faultline
