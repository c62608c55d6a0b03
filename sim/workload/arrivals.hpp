// When operations of an open-loop workload start: at instants that do not depend on the service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/workload/settings.hpp>

namespace faultline {

class ArrivalProcess {
 public:
  /// Arrivals from `start` until before `stop`. Periods (bursts, diurnal) count from `start`; a
  /// trace's instants count from the start of the run, and those outside are left out. Holds a
  /// reference to `arrivals`.
  ArrivalProcess(const Arrivals& arrivals, Time start, Time stop);

  /// The instant of the next arrival; `never` when there are no more, or in a closed loop.
  Time next(RandomStream& random);
  /// What the trace says of the arrival that next() gave last; null without a trace.
  const TraceArrivals::Entry* entry() const;
  /// The mean number of arrivals in all; infinite if there is no end to them, 0 for a closed loop.
  double expected() const;

 private:
  Time candidate(const PoissonArrivals& poisson, RandomStream& random);
  Time candidate(const ConstantArrivals& constant, RandomStream& random);
  Time candidate(const BurstArrivals& bursts, RandomStream& random);
  Time candidate(const DiurnalArrivals& diurnal, RandomStream& random);
  Time candidate(const TraceArrivals& trace, RandomStream& random);
  Time candidate(const ClosedLoop&, RandomStream&) { return never; }

  const Arrivals& arrivals_;
  Time start_;
  Time stop_;
  Time last_;
  std::uint64_t given_ = 0;  ///< arrivals of the constant process, entries read of the trace
};

/// Something wrong with a trace, at a place in its text; lines and columns count from 1.
struct TraceProblem {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;  ///< what is wrong (what would be right)
};

/// The most entries that a trace may have, and the most problems that are listed of one.
inline constexpr std::size_t most_trace_entries = 10'000'000;
inline constexpr std::size_t most_trace_problems = 100;

/// Reads a trace: comma-separated values with the columns `time` (seconds since the start of the
/// run, ascending), and optionally `kind` (get, put, insert, scan, read_modify_write) and `key` (a
/// number), in any order, named in the first line. A kind or key may be left empty: the workload
/// then chooses. Empty lines and lines that begin with # are skipped. All problems are appended to
/// `problems`.
std::vector<TraceArrivals::Entry> parse_trace(std::string_view text,
                                              std::vector<TraceProblem>& problems);

}  // namespace faultline
