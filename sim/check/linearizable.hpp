// Linearizability of registers (Herlihy and Wing, "Linearizability: a correctness condition for
// concurrent objects", TOPLAS 12(3), 1990): every operation seems to take effect at one instant
// between its call and its answer, and a read returns the latest write. Use it on stores that
// promise "C".
#pragma once

#include <faultline/check/check.hpp>

namespace faultline {

/// Judges every key as a register of its own (linearizability is local: a history is linearizable
/// if and only if each object's part is). Needs each value to be written once per key, as workloads
/// do; then one pass over sorted zones decides exactly, in O(n log n) (see zones.hpp), where the
/// problem in general is NP-complete.
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
/// whose operations contradict each other; each key's witness is about the instant from which on
/// its history was no longer linearizable, and holds at most four operations. Keys with a value
/// that was written more than once (nil counts as written) are not judged: the verdict is then at
/// best unknown.
CheckResult check_linearizable(const History& history, const CheckOptions& options = {});

}  // namespace faultline
