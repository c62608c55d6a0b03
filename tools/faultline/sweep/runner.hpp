// Runs tasks of a sweep in processes of this machine, and takes in what each leaves. Used by sweep
// and frontier.
#pragma once

#include <functional>
#include <optional>

#include <faultline/sweep/folder.hpp>

#include "jobs.hpp"

namespace faultline {

struct SweepRunner {
  const SweepPlan& plan;
  const SweepFolder& folder;
  SweepTables& tables;
  SweepCollector& collector;
  std::size_t jobs = 1;

  /// Runs the tasks that `next` gives until it gives no more, and calls `finished` after each that
  /// has ended well, when it is in the tables. A task whose process dies is marked in the tables
  /// and said on standard error; the others go on. exit_bad_input if it
  /// had to stop, else the largest exit status.
  int run(const std::function<std::optional<std::uint64_t>()>& next,
          const std::function<void(const SweepTask&)>& finished);
};

/// The plan in a sweep's folder. Throws BadInput.
SweepPlan load_plan(const std::string& folder);

/// How a run ended that did not end well.
std::string words_of(const ProcessEnd& end);

/// A sweep's folder, locked, with its tables as far as they are: new, or gone on with.
class OpenSweep {
 public:
  /// Throws BadInput if there is a sweep already and none is to be resumed, if it was begun with
  /// another plan, or if another process runs it.
  OpenSweep(const SweepPlan& plan, const std::string& path, bool resume);

  const SweepFolder& folder() const { return folder_; }
  SweepTables& tables() { return tables_; }
  SweepCollector& collector() { return collector_; }

 private:
  SweepFolder folder_;
  SweepLock lock_;
  SweepTables tables_;
  SweepCollector collector_;
};

}  // namespace faultline
