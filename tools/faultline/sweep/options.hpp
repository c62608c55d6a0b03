// What the commands that vary a scenario's parameters share: their options, the plan that these
// amount to, and which of its points can be run.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <faultline/sweep/plan.hpp>

namespace CLI {
class App;
}

namespace faultline {

struct SweepOptions {
  std::string scenario;  ///< a file
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> vary;  ///< "/pointer=values"; empty = as the scenario says
  std::string plan;               ///< empty = as the scenario says
  std::optional<std::uint64_t> points;
  std::optional<std::uint64_t> trials;
  std::int64_t jobs = 1;
  std::string out;
  bool resume = false;
  bool skip_invalid = false;
  bool yes = false;
};

/// SCENARIO, --set, --seed, --vary, -j, --out, --skip-invalid, --yes.
void add_varying_options(CLI::App& command, SweepOptions& options);

/// The scenario as a document that says what to sweep. Throws BadInput.
Document sweep_document(const SweepOptions& options);
SweepPlan plan_of(const SweepOptions& options);

/// Asks on a terminal before more runs than anybody starts by mistake, each point `trials` times;
/// throws BadInput if there is none, or the answer is no.
void ask_whether_so_many(const SweepPlan& plan, const SweepOptions& options, std::uint64_t trials);

/// Reads every point before anything runs. The points that are no scenario; throws BadInput with
/// what is wrong with them unless they may be skipped, or if none is left.
std::set<std::uint64_t> invalid_points(const SweepPlan& plan, const SweepOptions& options);

}  // namespace faultline
