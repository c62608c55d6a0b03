#include "sweep/sweep.hpp"

#include <chrono>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/experiment/write.hpp>
#include <faultline/sweep/results.hpp>

#include "jobs.hpp"
#include "plugins.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "sweep/runner.hpp"
#include "sweep/summary.hpp"
#include "sweep/worker.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t most_workers = 1'000'000;  // more cores than any cluster has
constexpr auto pause_between_looks = std::chrono::milliseconds(500);

/// Which tasks are still to be run, one after the other.
class MissingTasks {
 public:
  MissingTasks(const SweepPlan& plan, const SweepTables& tables,
               const std::set<std::uint64_t>& left_out)
      : plan_(plan), tables_(tables), left_out_(left_out) {}

  std::optional<std::uint64_t> next() {
    while (++number_ <= plan_.tasks()) {
      if (left_out_.count(plan_.task(number_).point) == 0 && !tables_.is_done(number_)) {
        return number_;
      }
    }
    return std::nullopt;
  }

 private:
  const SweepPlan& plan_;
  const SweepTables& tables_;
  const std::set<std::uint64_t>& left_out_;
  std::uint64_t number_ = 0;
};

class Sweep {
 public:
  Sweep(const SweepPlan& plan, const SweepCommandOptions& options,
        const std::set<std::uint64_t>& left_out, std::unique_ptr<Executor> executor)
      : plan_(plan),
        executor_(std::move(executor)),
        options_(options),
        left_out_(left_out),
        runs_(plan.tasks() - left_out.size() * plan.trials()),
        sweep_(plan, options.out, options.resume) {}

  int run() {
    sweep_.collector().recover();
    sweep_.tables().record_left_out(left_out_);
    done_ = sweep_.tables().count_done();
    if (options_.resume) fmt::print("{} of {} runs were done already\n", done_, runs_);
    if (options_.no_run) {
      fmt::print("{} runs: faultline sweep-task {} 1..{}, then sweep-collect\n", runs_,
                 options_.out, plan_.tasks());
      return exit_ok;
    }
    const int status = executor_ ? run_elsewhere() : run_missing();
    if (status == exit_bad_input) {
      fmt::print(stderr, "stopped; all finished runs are kept: go on with --resume\n");
      return status;
    }
    write_sweep(plan_, sweep_.tables(), options_.out);
    if (sweep_.tables().count_done() == runs_) sweep_.collector().remove_tasks();
    say();
    if (status != exit_ok || options_.no_report) return status;
    std::cout.flush();
    if (const int drawn = draw_sweep(options_.out); drawn != exit_ok) return drawn;
    fmt::print("report {}/sweep.html\n", options_.out);
    return status;
  }

 private:
  int run_missing() {
    MissingTasks missing(plan_, sweep_.tables(), left_out_);
    terminal::Progress bar(fmt::format("{}, {} runs", plan_.base().name, runs_));
    SweepRunner runner{plan_, sweep_.folder(), sweep_.tables(), sweep_.collector(),
                       static_cast<std::size_t>(options_.jobs)};
    return runner.run([&] { return missing.next(); },
                      [&](const SweepTask& task) {
                        sweep_.collector().summarise_if_complete(task.point);
                        bar.show(static_cast<double>(++done_) / static_cast<double>(runs_));
                      });
  }

  /// What has been left by the end counts, whatever became of who should leave it.
  int run_elsewhere() {
    terminal::Progress bar(fmt::format("{}, {} runs", plan_.base().name, runs_));
    auto next_look = Clock::now();
    const auto take_in = [&] {
      sweep_.collector().take_in_all([&](const SweepTask& task) {
        sweep_.collector().summarise_if_complete(task.point);
        bar.show(static_cast<double>(++done_) / static_cast<double>(runs_));
      });
      next_look = Clock::now() + pause_between_looks;
    };
    const auto poll = [&] {
      if (Clock::now() >= next_look) take_in();
    };
    executor_->finish_earlier(poll);
    take_in();
    const std::vector<std::uint64_t> pending = all_missing();
    if (pending.empty()) return exit_ok;
    write_pending(sweep_.folder(), pending);
    const std::uint64_t before = done_;
    const bool taken = executor_->run(pending.size(), poll);
    // What a network file system remembers of a folder, it forgets with a change of one's own.
    prepare_folder(sweep_.folder().tasks_folder());
    take_in();
    if (!taken && done_ == before) return exit_bad_input;  // nothing was begun
    if (done_ == runs_) return exit_ok;
    fmt::print(stderr, "{} of {} runs have left no result (--resume runs them again)\n",
               runs_ - done_, runs_);
    return exit_internal;
  }

  std::vector<std::uint64_t> all_missing() {
    MissingTasks missing(plan_, sweep_.tables(), left_out_);
    std::vector<std::uint64_t> all;
    while (const auto number = missing.next()) all.push_back(*number);
    return all;
  }

  void say() {
    fmt::print("{}", sweep_summary(sweep_.tables().database(), most_rows));
    if (!left_out_.empty()) {
      fmt::print("{} of {} points are left out: no valid scenarios\n", left_out_.size(),
                 plan_.points());
    }
    fmt::print("\nresults {0}/sweep.sqlite, {0}/sweep.json, {0}/sweep.csv\n", options_.out);
  }

  static constexpr std::size_t most_rows = 60;  // more than a screen is for `query`

  const SweepPlan& plan_;
  std::unique_ptr<Executor> executor_;  ///< nothing: processes of this machine
  const SweepCommandOptions& options_;
  const std::set<std::uint64_t>& left_out_;
  std::uint64_t runs_;
  std::uint64_t done_ = 0;
  OpenSweep sweep_;
};

std::unique_ptr<Executor> executor_of(const SweepCommandOptions& options) {
  ExecutorOptions wanted = options.executor;
  if (wanted.name == "local") {
    check_jobs(options.jobs);
  } else {
    check_range("--jobs", options.jobs, most_workers);
  }
  if (options.jobs_given) wanted.workers = static_cast<std::uint64_t>(options.jobs);
  wanted.plugins = loaded_plugins();
  return find_executor(wanted, options.out);
}

}  // namespace

CLI::App* add_sweep_command(CLI::App& app, SweepCommandOptions& options) {
  CLI::App* command = app.add_subcommand("sweep", "runs a scenario at many values of parameters");
  add_varying_options(*command, options);
  command->add_option("--plan", options.plan,
                      "which values come together: grid, latin_hypercube or one_at_a_time");
  command->add_option("--points", options.points, "of a Latin hypercube: how many");
  command->add_option("--trials", options.trials, "runs of each point, with seeds of their own");
  command->add_flag("--no-run", options.no_run,
                    "writes the plan only: sweep-task runs its parts, anywhere");
  command->add_flag("--no-report", options.no_report, "draws nothing");
  command
      ->add_option("--executor", options.executor.name,
                   "where: local (-j processes), slurm (a job array of -j tasks; as many as runs, "
                   "unless told otherwise) or mpi (-j ranks; as many as slots)")
      ->capture_default_str();
  command->add_option("--executor-options", options.executor.words,
                      "for sbatch or mpirun, quoted as in a shell");
  command->get_option("--jobs")->each([&](const std::string&) { options.jobs_given = true; });
  command->footer(
      "exit status: 0 done, whatever the scenario expects; 2 bad input; 3 a run's process died\n"
      "example: faultline sweep scenarios/cap/quorum-ap.json --vary "
      "/services/store/read_quorum=1..3 --trials 10 -j 2 --out sweep");
  return command;
}

CLI::App* add_sweep_task_command(CLI::App& app, SweepPieceOptions& options) {
  CLI::App* command = app.add_subcommand("sweep-task", "runs one task of a sweep's plan");
  command->add_option("DIR", options.folder, "the folder of a sweep")->required();
  command->add_option("NUMBER", options.task, "from 1")->required();
  command->footer("example: faultline sweep-task sweep 17");
  return command;
}

CLI::App* add_sweep_collect_command(CLI::App& app, SweepPieceOptions& options) {
  CLI::App* command =
      app.add_subcommand("sweep-collect", "puts what tasks have left into a sweep's tables");
  command->add_option("DIR", options.folder, "the folder of a sweep")->required();
  command->footer("example: faultline sweep-collect sweep");
  return command;
}

int sweep_command(SweepCommandOptions options) {
  if (options.out.empty()) refuse("--out", "is missing (a folder for the results)");
  auto executor = executor_of(options);
  const SweepFolder folder(options.out);
  // Killed before it had a plan, or never begun: whoever asks to go on wants it begun.
  options.resume = options.resume && folder.holds_sweep();
  const bool as_begun = options.resume && options.scenario.empty();
  const SweepPlan plan = as_begun ? load_plan(options.out) : plan_of(options);
  if (!plan.question().is_null()) {
    refuse(options.out, "holds a search (go on with it by frontier --resume)");
  }
  if (as_begun) {
    options.scenario = folder.plan_file();
    options.skip_invalid = true;  // or it would not have begun
  }
  if (!options.resume) ask_whether_so_many(plan, options, plan.trials());
  const auto left_out = invalid_points(plan, options);
  return Sweep(plan, options, left_out, std::move(executor)).run();
}

int sweep_task_command(const SweepPieceOptions& options) {
  const SweepPlan plan = load_plan(options.folder);
  if (options.task < 1 || options.task > plan.tasks()) {
    refuse(fmt::format("sweep-task {}", options.task),
           fmt::format("no number from 1 to {}, which are the tasks of the plan", plan.tasks()));
  }
  const SweepFolder folder(options.folder);
  const SweepTask task = plan.task(options.task);
  prepare_folder(folder.tasks_folder());
  try {
    carry_out(plan, task, folder);
  } catch (const BadInput&) {  // or the sweep would not have begun without --skip-invalid
    fmt::print("task {}: point {} ({}) is left out: no valid scenario\n", task.number, task.point,
               plan.words(task.point));
  }
  return exit_ok;
}

int sweep_collect_command(const SweepPieceOptions& options) {
  const SweepPlan plan = load_plan(options.folder);
  OpenSweep sweep(plan, options.folder, true);
  sweep.collector().recover();
  std::uint64_t left_out = 0;
  sweep.tables().each_point(
      [&](const SweepPoint& point) { left_out += point.status == "left out" ? 1U : 0U; });
  const std::uint64_t runs = plan.tasks() - left_out * plan.trials();
  const std::uint64_t done = sweep.tables().count_done();
  write_sweep(plan, sweep.tables(), options.folder);
  fmt::print("{} of {} runs are done\n", done, runs);
  if (done == runs) sweep.collector().remove_tasks();
  return exit_ok;
}

}  // namespace faultline
