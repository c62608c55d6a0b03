// How stale reads are: in time (t-visibility) and in versions (k-staleness), the two measures of
// Bailis et al., "Probabilistically bounded staleness for practical partial quorums", VLDB 5(8),
// 2012.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/history/operation.hpp>

namespace faultline {

/// One answered get.
struct ReadStaleness {
  OperationId read = 0;
  /// How many versions it missed: established before the read began (by their write's answer, or
  /// because another read had already returned them) and definitely newer than all it returned (see
  /// versions.hpp). Writes concurrent with the read, or with the write of what it returned, do not
  /// count, so this is a lower bound that no order of the writes can undercut.
  std::uint32_t versions = 0;
  /// For how long the first of them had been established when the read began; zero if none.
  Duration behind{};

  bool stale() const { return versions > 0; }
};

/// The staleness of every answered get of `workloads` (empty = of everybody), in order of
/// invocation. A get that returned a value of unknown origin counts as fresh. O(n log n).
std::vector<ReadStaleness> measure_staleness(const History& history,
                                             std::span<const std::uint16_t> workloads = {});

/// Bounded staleness: no read misses more versions, or for longer, than options.staleness allows;
/// without bounds nothing is promised. Versions count, and time, as in ReadStaleness, so that what
/// is found too stale certainly was. `checked` counts answered gets, `violations` those too stale.
CheckResult check_bounded_staleness(const History& history, const CheckOptions& options = {});
/// The same of reads that have been measured already.
CheckResult judge_bounded_staleness(const History& history, std::span<const ReadStaleness> reads,
                                    const CheckOptions& options);

/// The least of both bounds that all of `reads` keep.
StalenessBound smallest_bound(std::span<const ReadStaleness> reads);

}  // namespace faultline
