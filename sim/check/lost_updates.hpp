// Updates that were acknowledged and are gone: the damage that weak consistency does to data, as
// opposed to what stale reads do to a reader.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <faultline/check/replica_states.hpp>
#include <faultline/history/operation.hpp>

namespace faultline {

struct LostUpdate {
  OperationId write = 0;  ///< the acknowledged write that is lost
  /// What took its place: for an overwritten update the write that survived; for a write rolled
  /// back the newest write that a replica still holds, `nobody` if they hold nil.
  OperationId instead = 0;
};

/// Two read-modify-writes that read the same value and both wrote: the later write was made in
/// ignorance of the other and overwrites it (anomaly P4 of Berenson et al., "A critique of ANSI SQL
/// isolation levels", SIGMOD 1995). Of all that read one value, only the one answered last counts
/// as surviving: the history does not show which one the store kept, the number of lost ones is the
/// same. Updates that some read returned together as siblings are not lost: nothing was
/// overwritten. Only parts whose outcome is ok count: a get and the put after it by the same
/// session on the same key, both marked as parts of a read_modify_write. Ascending by `write`.
std::vector<LostUpdate> find_overwritten_updates(const History& history,
                                                 std::span<const std::uint16_t> workloads = {});

/// Acknowledged writes that are definitely newer (see versions.hpp) than everything that any live
/// replica holds in the end. Keys without a live replica, or where a replica holds a value that is
/// no version (a digest of siblings), are not judged. Ascending by `write`.
std::vector<LostUpdate> find_rolled_back_writes(const History& history, const ReplicaStates& states,
                                                std::span<const std::uint16_t> workloads = {});

}  // namespace faultline
