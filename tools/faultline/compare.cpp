#include "compare.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include <faultline/experiment/comparison.hpp>
#include <faultline/experiment/write.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "summary.hpp"
#include "trial_summary.hpp"
#include "trials.hpp"
#include "warmups.hpp"

namespace faultline {
namespace {

/// Each scenario once.
int compare_single_runs(const RunOptions& options, const std::vector<Scenario>& scenarios) {
  std::optional<ScratchFolder> scratch;
  if (options.out.empty()) scratch.emplace();
  const std::string out = scratch ? scratch->path() : options.out;
  const auto folders = folders_for(options, out, true);
  prepare_folder(out);
  std::filesystem::remove(out + "/comparison.json");  // of trials compared earlier in this folder
  int status = exit_ok;
  std::vector<Json> results;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const int one = run_into(scenarios[i], folders[i], options.trace);
    if (one > exit_unmet) return one;
    status = std::max(status, one);
    results.push_back(read_result(folders[i]));
  }
  if (options.json) {
    print_json(Json(results));
  } else {
    fmt::print("{}\nseed {}, one trial each: differences of a few percent may be chance\n",
               comparison(results), *options.seed);
    std::cout.flush();
  }
  if (scratch) return status;
  if (!options.no_report) {
    if (const int drawn = draw_report(folders); drawn != exit_ok) return drawn;
    if (const int drawn = draw_comparison(out, folders); drawn != exit_ok) return drawn;
    if (!options.json) fmt::print("\nreport {}/report.html\n", out);
  }
  return status;
}

/// The trials of all scenarios, gathered side by side.
int compare_trials_of(const RunOptions& options, const std::vector<Scenario>& scenarios) {
  if (scenarios.size() < 2) {
    refuse("compare", "there is one scenario (name others to set against the first)");
  }
  std::vector<std::string> folders(scenarios.size());
  if (!options.out.empty()) {
    folders = folders_for(options, options.out, true);
    for (const std::string& folder : folders) prepare_folder(folder);
  }
  std::deque<ScratchFolder> scratch;  // latencies are read from there to the end
  std::vector<const Scenario*> all;
  std::vector<TrialFolders> places;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    scratch.emplace_back();
    all.push_back(&scenarios[i]);
    places.push_back({scratch.back().path(), folders[i]});
  }
  // As many of each, also where one is precise sooner: differences are those of pairs.
  const auto [sets, status] = run_trials_of(all, options, places);
  if (status > exit_unmet) return status;
  std::vector<Contender> contenders;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    contenders.push_back({&scenarios[i], &sets[i].trials});
  }
  Json result = compare_trials(contenders);
  for (const TrialSet& set : sets) result["scenarios"].push_back(set.summary);
  if (!options.out.empty()) write_json(options.out + "/comparison.json", result);
  if (options.json) {
    print_json(result);
  } else {
    fmt::print("{}", trial_comparison(result));
    std::cout.flush();
  }
  if (options.out.empty()) return status;
  if (!options.no_report) {
    if (const int drawn = draw_report(folders); drawn != exit_ok) return drawn;
    if (const int drawn = draw_comparison(options.out, folders); drawn != exit_ok) return drawn;
  }
  if (!options.json) {
    fmt::print("\nresults {}/comparison.json\n", options.out);
    if (!options.no_report) fmt::print("report {}/report.html\n", options.out);
  }
  return status;
}

}  // namespace

int compare_command(RunOptions options) {
  if (!options.seed) {
    // Common random numbers: all run with the seed of the first.
    RunOptions first = options;
    first.scenarios.resize(1);
    options.seed = read_all(first).front().seed;
  }
  std::vector<Scenario> scenarios = read_all(options);
  check_trial_options(options, scenarios);
  if (const int status = find_warmups(scenarios, options, true); status != exit_ok) return status;
  return options.repeats() ? compare_trials_of(options, scenarios)
                           : compare_single_runs(options, scenarios);
}

}  // namespace faultline
