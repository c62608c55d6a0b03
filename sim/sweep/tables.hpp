// The tables of a sweep, in one SQLite file. Whoever asks them needs to know:
//
//   sweep        name TEXT, value TEXT             the plan, the version, ...: what --resume
//                                                  compares
//   points       point, status                     'done' (all trials), 'open', 'failed' (some
//                                                  run has), 'left out' (no valid scenario)
//                trials                            how many its summary is of
//                summary TEXT                      trials.json of its trials, once it is done
//   parameters   point, pointer, name              one row for each point and parameter:
//                value TEXT                        its value as JSON: 2, "20ms", true
//                number REAL, unit TEXT            the same in base units (s, B, B/s, 1/s), if it
//                                                  is a quantity
//   runs         run, point, trial, seed           one row for each run that has ended
//                status, error                     'done' or 'failed', and how
//                expectations_met                  1 or 0
//                digest                         of its result: what `faultline reproduce` compares
//   metrics      run, kind, subject, phase,        one row for each figure of a run: of which
//                metric, value                     workload or service, in which phase; dotted as
//                                                  expectations name them: latency.p99
//   checks       run, name, verdict                'valid', 'invalid', 'unknown'
//   expectations run, position, text, met
//   estimates    point, kind, subject, phase,      the figures of all trials of a point together,
//                metric, value, low, high, trials  with their 95 % intervals
//
// Percentiles must not be averaged: AVG(metrics.value) of latency.p99 is no p99. Ask `estimates`.
//
// A run's rows, and a point's, come in one transaction each, so that a process may be killed at any
// moment. Rows are kept in the order of their keys, and nothing in them depends on when or where
// something ran: equal sweeps have equal tables, whatever interrupted them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <faultline/sweep/database.hpp>
#include <faultline/sweep/plan.hpp>

namespace faultline {

/// A point as its tables have it.
struct SweepPoint {
  std::uint64_t point = 1;
  std::string status;
  Json summary;  ///< null unless it is done
};

class SweepTables {
 public:
  /// The tables of a new sweep. Throws CannotWrite.
  static SweepTables create(const std::string& path, const SweepPlan& plan);
  /// Those of one that was begun. Throws BadInput with what differs if it was begun with another
  /// plan or version.
  static SweepTables resume(const std::string& path, const SweepPlan& plan);

  void record_run(const SweepTask& task, const Trial& trial);
  void record_failure(const SweepTask& task, std::uint64_t seed, const std::string& error);
  /// Of the first `trials` trials of a point, which are now all there are of it.
  void record_summary(std::uint64_t point, std::uint64_t trials, const Json& summary);
  void record_left_out(const std::set<std::uint64_t>& points);
  /// As if it had never run.
  void forget_run(std::uint64_t run);
  void forget_failures();

  /// Whether a run has ended well.
  bool is_done(std::uint64_t run) const;
  /// "" if there is nothing of it yet.
  std::string status_of_point(std::uint64_t point) const;
  std::uint64_t count_done() const;
  /// Runs that ended well of points that have no summary yet.
  std::vector<std::uint64_t> unsummarised_runs() const;
  /// In order, one at a time: a sweep's summaries may be more than memory holds.
  void each_point(const std::function<void(const SweepPoint&)>& hear) const;

  const Database& database() const { return database_; }

 private:
  SweepTables(Database database, const SweepPlan& plan);
  void open_point(std::uint64_t point, const char* status);
  void settle_status(std::uint64_t point);
  void insert_metrics(std::uint64_t run, const Json& measured);

  Database database_;
  const SweepPlan* plan_;
};

/// The figures of a run that are others in the tables than in what it has measured now, in words.
std::vector<std::string> differing_metrics(const Database& database, std::uint64_t run,
                                           const Json& measured);

/// The name of a dimension's base unit in results ("s", "B", "B/s", "1/s", "1"); nothing for plain
/// numbers.
const char* base_unit(Unit unit);

/// A parameter's value as a number in base units, if it is one; null if not.
Json number_of_value(const Json& value);

}  // namespace faultline
