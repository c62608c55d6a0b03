#include "sweep/runner.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include <faultline/experiment/write.hpp>
#include <faultline/models/catalog.hpp>

#include "refuse.hpp"

namespace faultline {
namespace {

SweepFolder checked(const std::string& path, bool resume) {
  SweepFolder folder(path);
  if (!resume && folder.holds_sweep()) {
    refuse("--out " + path, "holds a sweep already (--resume goes on with it; or name another)");
  }
  prepare_folder(path);
  prepare_folder(folder.tasks_folder());
  return folder;
}

/// The plan is written last: a folder without it holds no sweep, whatever else is there.
SweepTables tables_in(const SweepFolder& folder, const SweepPlan& plan, bool resume) {
  if (resume) return SweepTables::resume(folder.tables_file(), plan);
  if (folder.holds_sweep()) {  // begun by another process a moment ago
    refuse("--out " + folder.path(), "holds a sweep already (--resume goes on with it)");
  }
  for (const char* leftover : {"", "-journal"}) {
    std::remove((folder.tables_file() + leftover).c_str());
  }
  std::filesystem::remove_all(folder.tasks_folder());
  prepare_folder(folder.tasks_folder());
  SweepTables tables = SweepTables::create(folder.tables_file(), plan);
  plan.save(folder.plan_file());
  return tables;
}

}  // namespace

SweepPlan load_plan(const std::string& folder) {
  const SweepFolder sweep(folder);
  if (!sweep.holds_sweep())
    refuse(folder, "holds no plan.json (name a folder that sweep has made)");
  return SweepPlan::load(sweep.plan_file(), catalog());
}

std::string words_of(const ProcessEnd& end) {
  if (end.signal != 0) {
    return fmt::format("ended by signal {} ({})", end.signal, strsignal(end.signal));
  }
  return "an internal fault";
}

OpenSweep::OpenSweep(const SweepPlan& plan, const std::string& path, bool resume)
    : folder_(checked(path, resume)),
      lock_(folder_),
      tables_(tables_in(folder_, plan, resume)),
      collector_(plan, folder_, tables_) {}

int SweepRunner::run(const std::function<std::optional<std::uint64_t>()>& next,
                     const std::function<void(const SweepTask&)>& finished) {
  int worst = exit_ok;
  bool stopped = false;
  run_in_processes(
      {jobs, next,
       [&](std::uint64_t number) {
         carry_out(plan, plan.task(number), folder);
         return exit_ok;
       },
       [&](std::uint64_t number, const ProcessEnd& end) {
         const SweepTask task = plan.task(number);
         worst = std::max(worst, end.status);
         if (end.status == exit_ok && collector.take_in(task)) {
           finished(task);
           return true;
         }
         stopped |= end.status == exit_bad_input;  // a full disk, which was said
         if (stopped) return false;
         worst = exit_internal;
         const std::uint64_t seed = seed_of_trial(plan.scenario(task.point).seed, task.trial);
         tables.record_failure(task, seed, words_of(end));
         fmt::print(stderr, "run {} (point {}: {}; trial {}): {} (--resume runs it again)\n",
                    number, task.point, plan.words(task.point), task.trial, words_of(end));
         return true;
       }});
  return stopped ? exit_bad_input : worst;
}

}  // namespace faultline
