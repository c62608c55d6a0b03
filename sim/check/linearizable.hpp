// Linearizability (Herlihy and Wing, "Linearizability: a correctness condition for concurrent
// objects", TOPLAS 12(3), 1990): every operation seems to take effect at one instant between its
// call and its answer. Use it on stores that promise "C", and on other objects.
#pragma once

#include <faultline/check/check.hpp>
#include <faultline/check/objects.hpp>

namespace faultline {

/// Judges every key as a register of its own (linearizability is local: a history is linearizable
/// if and only if each object's part is). Where each value is written once per key, as workloads
/// do, one pass over sorted zones decides exactly, in O(n log n) (see zones.hpp); where values
/// repeat or are compared and set the problem is NP-complete, and a search decides (see
/// search.hpp).
///
///   A key starts with nil, written before everything.
///   A write whose outcome is unknown may take effect at any time after its call, or never: it
///   counts from its call on if a read saw it, and not at all otherwise. A failed write must not
///   take effect: to see its value is a violation (a dirty read). A read without a result, of
///   unknown or failed outcome, tells nothing. To read a value that nobody wrote, or before its
///   write began, is a violation. A read that returns siblings is a violation: a register holds one
///   value at any instant, so no single instant explains several.
///
/// `checked` counts the operations judged: answered reads and all writes. `violations` counts keys
/// whose operations contradict each other; each key's witness is about the answer from which on its
/// history was no longer linearizable. The verdict is unknown if a search was given up.
CheckResult check_linearizable(const History& history, const CheckOptions& options = {});

/// The same for any kind of object; each key is one. Precondition: the history has no operations
/// but those that the kind knows (and scans and spans of read_modify_writes, which are left out).
CheckResult check_object(const History& history, const ObjectKind& kind,
                         const CheckOptions& options = {});

}  // namespace faultline
