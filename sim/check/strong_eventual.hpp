// Strong eventual consistency (Shapiro, Preguica, Baquero and Zawirski, "Conflict-free replicated
// data types", SSS 2011): replicas that know of the same updates hold the same, and that is what
// the data type's specification says of those updates. Judged in the end, when all replicas know of
// all: they have to agree, and on something that can come of the updates that clients made.
#pragma once

#include <faultline/check/check.hpp>
#include <faultline/check/replica_states.hpp>

namespace faultline {

/// What the updates of a key (adds and removes, see Operation::written) leave open:
///
///   counter  lies between what it is if of the updates without an answer only removes took effect,
///            and if only adds did. An update that was sent several times may have taken effect as
///            often.
///   set      has an element of which an add was acknowledged that began when all removes of it
///            were over (in real time: a map in which clocks decide may break that); has none that
///            nobody has tried to add.
///
/// Replicas of a counter hold what it counts, below zero in two's complement; those of a set its
/// elements as bits. Precondition: it is one of the two. `checked` counts keys, `violations` those
/// that break it. Witnesses name keys, smallest first.
CheckResult check_strong_eventual(const History& history, const ReplicaStates& states,
                                  DataKind kind, const CheckOptions& options = {});

/// Whether the operations of these workloads (all, if there are none) update such objects.
bool updates_objects(const History& history, const std::vector<std::uint16_t>& workloads = {});

}  // namespace faultline
