// What the commands that run scenarios share: their options, the scenarios that these name, and
// where results go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <faultline/experiment/trials.hpp>
#include <faultline/scenario/scenario.hpp>

namespace CLI {
class App;
}

namespace faultline {

struct RunOptions {
  std::vector<std::string> scenarios;
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  std::string out;
  bool json = false;
  bool trace = false;
  bool no_report = false;

  std::optional<std::int64_t> trials;
  std::int64_t jobs = 1;
  std::string precision;             ///< a share; empty = as many trials as asked for
  std::vector<std::string> metrics;  ///< to be so precise; empty = the usual
  std::int64_t most_trials = 200;    ///< bounds the trials that precision takes

  /// Whether figures are wanted from more than one run.
  bool repeats() const { return trials.value_or(1) != 1 || !precision.empty(); }
};

/// --set and --seed.
void add_override_options(CLI::App& command, std::vector<std::string>& overrides,
                          std::optional<std::uint64_t>& seed);
/// Puts what they say into a scenario. Throws BadInput.
void apply_overrides(Document& document, const std::vector<std::string>& overrides,
                     const std::optional<std::uint64_t>& seed);

/// Throws BadInput if --jobs cannot be.
void check_jobs(std::int64_t jobs);
/// The same for an option that is a number from 1 to `most`.
void check_range(const std::string& option, std::int64_t value, std::int64_t most);

/// Reads every scenario before anything runs. Throws BadInput with what is wrong with all of them.
std::vector<Scenario> read_all(const RunOptions& options);

/// Throws BadInput if there is none.
Json read_result(const std::string& folder);

/// Prints `json` to standard output, readable.
void print_json(const Json& json);

/// A folder for each scenario under `out`, named after its file.
std::vector<std::string> folders_for(const RunOptions& options, const std::string& out,
                                     bool always_under);

/// A folder that goes away again, for runs whose files nobody asked for.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace faultline
