// What became of a population of operations: the figures that every table and chart starts from.
//
// An operation belongs to the phase or interval in which its workload wanted it to start. Those
// that were still open at the end of the run count as unknown.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <faultline/fault/settings.hpp>
#include <faultline/history/operation.hpp>
#include <faultline/metric/latency.hpp>

namespace faultline {

/// Counts by outcome, and the latencies of those that went well.
struct Tally {
  std::uint64_t operations = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown = 0;
  std::uint64_t attempts = 0;
  std::vector<Duration> latencies;  ///< of the operations that ended ok

  void add(const Operation& operation);
  /// Leaves the latency out.
  void count(const Operation& operation);
  /// ok / operations; none if there were no operations.
  std::optional<double> availability() const;
};

/// Stale reads of a population (see check/staleness.hpp for what stale means).
struct StalenessTally {
  std::uint64_t reads = 0;  ///< that ended ok and could be judged
  std::uint64_t stale = 0;
  double time_total = 0;  ///< seconds, over the stale ones
  double time_max = 0;
  std::uint64_t versions_total = 0;
  std::uint64_t versions_max = 0;

  void add(Duration by, std::uint64_t versions);
  std::optional<double> fraction() const;
};

/// All figures of one workload in one phase.
struct PhaseTally {
  Tally all;
  std::map<OperationKind, Tally> kinds;
  std::map<std::uint32_t, Tally> regions;  ///< by index into History::regions
  StalenessTally staleness;
  std::uint64_t lost_updates = 0;
};

/// Which of `phases` an instant lies in; nothing outside all of them (during the warm-up). Phases
/// ascend.
std::optional<std::size_t> phase_at(const std::vector<Phase>& phases, Time instant);

/// One workload's figures by phase; the last entry is the whole of them ("all").
std::vector<PhaseTally> tally_phases(const History& history, std::uint16_t workload,
                                     const std::vector<Phase>& phases);

}  // namespace faultline
