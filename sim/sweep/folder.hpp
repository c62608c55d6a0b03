// The folder of a sweep, where plan, tasks and tables meet:
//
//   plan.json      what is to be run (plan.hpp)
//   lock           whoever runs the sweep holds it; it goes when the process does
//   tasks/NUMBER   what a finished task has left (experiment/trial_file.hpp), written beside and
//                  renamed; it goes when all of its point is summarised
//   sweep.sqlite   the results (tables.hpp)
//   sweep.json, sweep.csv   the points' summaries, written at the end (results.hpp)
//
// Tasks need plan.json and tasks/ alone, so they may run wherever these can be seen. Collecting
// needs the lock, and may be done again and again.
//
// Percentiles of several trials need the latencies of all of them together, which are too many for
// tables. So these stay in tasks/ until a point's last trial has ended; the summary is made of them
// then, put into the tables, and only afterwards they go. A process that is killed in between finds
// the files again, so a summary after `--resume` is of the same latencies and has the same bytes. A
// file that is missing or cut short (a power failure) makes its run one that has not ended.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <faultline/experiment/digest.hpp>
#include <faultline/sweep/plan.hpp>
#include <faultline/sweep/tables.hpp>

namespace faultline {

class SweepFolder {
 public:
  explicit SweepFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string plan_file() const { return path_ + "/plan.json"; }
  std::string tables_file() const { return path_ + "/sweep.sqlite"; }
  std::string tasks_folder() const { return path_ + "/tasks"; }
  std::string task_file(std::uint64_t number) const;
  bool holds_sweep() const;

 private:
  std::string path_;
};

/// Keeps a second sweep out of a folder. Another process's lock is not waited for.
class SweepLock {
 public:
  /// Throws BadInput if somebody else holds it, CannotWrite if nobody can.
  explicit SweepLock(const SweepFolder& folder);
  ~SweepLock();
  SweepLock(const SweepLock&) = delete;
  SweepLock& operator=(const SweepLock&) = delete;

 private:
  int file_;
};

/// Simulates one task and leaves its file. One simulation in a process. Throws BadInput if the
/// point is no scenario, CannotWrite.
void carry_out(const SweepPlan& plan, const SweepTask& task, const SweepFolder& folder);

/// Moves what tasks have left into the tables. Everything may be called again, with the same effect
/// as once.
class SweepCollector {
 public:
  SweepCollector(const SweepPlan& plan, const SweepFolder& folder, SweepTables& tables)
      : plan_(plan),
        folder_(folder),
        tables_(tables),
        plan_digest_(digest_of(plan.json().dump())) {}

  /// Makes good what an interruption has left, takes in all files that there are, and summarises
  /// the points that are complete.
  void recover();
  /// The same without summaries, which a search makes at its end.
  void recover_runs();
  /// Takes in all files that came since, in the order of their numbers, and calls `hear` after
  /// each.
  void take_in_all(const std::function<void(const SweepTask&)>& hear);
  /// Takes in one finished task; false if none of this plan has left a whole file. Throws BadInput
  /// if it is there and cannot be read: it must not pass for one that is cut short, and be removed.
  bool take_in(const SweepTask& task);
  /// Summarises a point, if all its trials have ended and it is not done yet.
  void summarise_if_complete(std::uint64_t point);
  /// Summarises a point from its first trials, which have ended.
  void summarise(std::uint64_t point, std::uint64_t trials);
  /// A point's first trials. Precondition: they are taken in, the point is not summarised.
  std::vector<Trial> trials(std::uint64_t point, std::uint64_t number) const;
  void remove_tasks();

 private:
  /// What a task of this plan has left, if all of it is there. Throws as take_in.
  std::optional<Trial> left_by(std::uint64_t number) const;

  const SweepPlan& plan_;
  const SweepFolder& folder_;
  SweepTables& tables_;
  const std::string plan_digest_;
};

}  // namespace faultline
