#include "trials.hpp"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/core/units.hpp>
#include <faultline/experiment/trial_file.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/scenario/metric_names.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "terminal.hpp"
#include "trial_summary.hpp"
#include "warmups.hpp"

namespace faultline {
namespace {

/// Fewer trials say too little about their own spread to stop by it.
constexpr std::int64_t least_for_precision = 10;

/// More would take longer than anybody waits, and more memory than a machine has.
constexpr std::int64_t most_trials = 100'000;

std::optional<Precision> precision_of(const RunOptions& options) {
  if (options.precision.empty()) return std::nullopt;
  Precision precision;
  try {
    precision.share = parse_quantity(options.precision, Unit::fraction);
  } catch (const BadValue& error) {
    refuse("--precision " + options.precision, error.what());
  }
  if (!options.metrics.empty()) precision.metrics = options.metrics;
  return precision;
}

/// Trials of one scenario, begun where the last have ended.
class TrialRunner {
 public:
  TrialRunner(const Scenario& scenario, const RunOptions& options, const TrialFolders& folders)
      : scenario_(scenario), options_(options), folders_(folders) {}

  /// Runs trials until there are `number`. The exit status of these.
  int run_until(std::size_t number) {
    std::vector<TrialJob> jobs;
    for (std::size_t trial = trials_.size() + 1; trial <= number; ++trial) {
      jobs.push_back({&scenario_,
                      seed_of_trial(scenario_.seed, trial),
                      fmt::format("{}/{}", folders_.scratch, trial),
                      trial == 1 ? folders_.result : "",
                      trial == 1 && options_.trace,
                      {}});
    }
    terminal::Progress bar(fmt::format("{}, {} trials", scenario_.name, number));
    const std::size_t before = trials_.size();
    const int status =
        run_trials(jobs, static_cast<std::size_t>(options_.jobs), [&](std::size_t ended) {
          bar.show(static_cast<double>(before + ended) / static_cast<double>(number));
        });
    if (status > exit_unmet) return status;
    for (const TrialJob& job : jobs) trials_.push_back(read_trial(job.file));
    return status;
  }

  std::vector<Trial> trials_;

 private:
  const Scenario& scenario_;
  const RunOptions& options_;
  const TrialFolders& folders_;
};

}  // namespace

namespace {

/// How many trials there are before anybody asks whether they suffice.
std::int64_t first_trials(const RunOptions& options) {
  const std::int64_t wanted = options.trials.value_or(1);
  return options.precision.empty() ? wanted : std::max(wanted, least_for_precision);
}

}  // namespace

void check_trial_options(const RunOptions& options, const std::vector<Scenario>& scenarios) {
  if (options.trials) check_range("--trials", *options.trials, most_trials);
  check_jobs(options.jobs);
  check_range("--max-trials", options.most_trials, most_trials);
  const auto precision = precision_of(options);
  if (!precision) {
    if (!options.metrics.empty()) {
      refuse("--metric", "says what is to be precise, but not how much (as in --precision 2%)");
    }
    return;
  }
  if (precision->share <= 0 || precision->share >= 1) {
    refuse("--precision " + options.precision,
           "half an interval would be nothing, or all of its value (such as 2%)");
  }
  for (const std::string& metric : precision->metrics) {
    const bool known = std::all_of(scenarios.begin(), scenarios.end(), [&](const Scenario& each) {
      const auto all = all_workload_metrics(each.topology.regions);
      return std::find(all.begin(), all.end(), metric) != all.end();
    });
    if (known) continue;
    refuse("--metric " + metric,
           fmt::format("no figure of a workload ({})", suggestion(metric, workload_metrics())));
  }
  if (const std::int64_t least = first_trials(options); options.most_trials < least) {
    refuse(fmt::format("--max-trials {}", options.most_trials),
           fmt::format("below the {} trials that a precision begins with (raise it)", least));
  }
}

TrialSets run_trials_of(const std::vector<const Scenario*>& scenarios, const RunOptions& options,
                        const std::vector<TrialFolders>& folders) {
  const auto precision = precision_of(options);
  std::vector<TrialRunner> runners;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    runners.emplace_back(*scenarios[i], options, folders[i]);
  }
  std::vector<Json> judged(scenarios.size());
  TrialSets all;
  std::int64_t number = first_trials(options);
  while (true) {
    bool reached = true;
    for (std::size_t i = 0; i < runners.size(); ++i) {
      all.status = std::max(all.status, runners[i].run_until(static_cast<std::size_t>(number)));
      if (all.status > exit_unmet) return all;
      if (!precision) continue;
      judged[i] = judge_precision(*scenarios[i], runners[i].trials_, *precision);
      reached &= judged[i]["reached"].get<bool>();
    }
    if (!precision || reached || number >= options.most_trials) break;
    number = std::min(options.most_trials, number + number / 4 + 1);
  }
  for (std::size_t i = 0; i < runners.size(); ++i) {
    TrialSet set{std::move(runners[i].trials_), {}};
    set.summary = summarise_trials(*scenarios[i], set.trials);
    if (precision) {
      judged[i]["most_trials"] = options.most_trials;
      set.summary["precision"] = std::move(judged[i]);
    }
    if (!folders[i].result.empty()) write_json(folders[i].result + "/trials.json", set.summary);
    all.sets.push_back(std::move(set));
  }
  return all;
}

int trials_command(const RunOptions& options) {
  std::vector<Scenario> scenarios = read_all(options);
  check_trial_options(options, scenarios);
  if (const int status = find_warmups(scenarios, options, false); status != exit_ok) return status;
  std::vector<std::string> folders(scenarios.size());
  if (!options.out.empty()) {
    folders = folders_for(options, options.out, false);
    for (const std::string& folder : folders) prepare_folder(folder);
  }
  int status = exit_ok;
  Json all = Json::array();
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const ScratchFolder scratch;
    const TrialSets one =
        run_trials_of({&scenarios[i]}, options, {TrialFolders{scratch.path(), folders[i]}});
    if (one.status > exit_unmet) return one.status;
    status = std::max(status, one.status);
    const Json& summary = one.sets.front().summary;
    if (!options.json) fmt::print("{}{}", i > 0 ? "\n" : "", trial_summary(summary));
    std::cout.flush();
    all.push_back(summary);
  }
  if (options.json) print_json(all.size() == 1 ? all[0] : all);
  if (options.out.empty()) return status;
  if (!options.no_report) {
    if (const int drawn = draw_report(folders); drawn != exit_ok) return drawn;
  }
  for (const std::string& folder : folders) {
    if (options.json) break;
    fmt::print("\nresults {}/trials.json\n", folder);
    if (!options.no_report) fmt::print("report {}/report.html\n", folder);
  }
  return status;
}

}  // namespace faultline
