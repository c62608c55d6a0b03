// The geometry behind the linearizability check: every value of a register claims a stretch of
// time, and the history is linearizable just when the stretches can live together.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <faultline/history/real_time.hpp>

namespace faultline {

/// All operations on one value, its write and the reads that returned it, form a cluster. In a
/// linearization a cluster is contiguous, because the value is written once and reads return the
/// latest write. The zone of a cluster lies between its first answer and its last call.
///
///   forward zone, first answer < last call: the register held this value all along the zone;
///   backward zone: all operations of the cluster overlap, so that the value need have been there
///   for one instant only, somewhere in the zone.
struct ClusterZone {
  Moment first_answer;
  Moment last_call;
  std::size_t cluster = 0;

  bool forward() const { return first_answer < last_call; }
};

/// Two clusters that no order can keep contiguous; the first one's zone is forward.
struct ZoneConflict {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 26(4), 1997, in the terms of
/// Golab, Li and Shah, "Analyzing consistency properties for fun and profit", PODC 2011, section 3:
/// a history whose reads all return values that were written, and not before, is linearizable if
/// and only if (1) no two forward zones overlap and (2) no backward zone lies within a forward
/// zone. O(n log n) for n zones.
std::optional<ZoneConflict> find_conflict(const std::vector<ClusterZone>& zones);

}  // namespace faultline
