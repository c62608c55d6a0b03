// Session guarantees (Terry et al., "Session guarantees for weakly consistent replicated data",
// PDIS 1994): what one client may rely on in a store where different clients may see different
// things.
//
// A session's operation comes before another if it was over when the other began. Which of two
// values is newer is judged only as far as real time proves it (see versions.hpp), so every
// violation is a definite one: it would be one under any order in which the store may have put the
// writes. A read of siblings breaks a promise only if all its values do; a read that returns a
// value of unknown origin proves nothing. Outcomes other than ok promise nothing.
//
// `checked` counts answered reads, `violations` the reads among them that break the promise.
#pragma once

#include <faultline/check/check.hpp>

namespace faultline {

/// Read your writes: a read does not return a value older than one that the same session has
/// written (and was told so) before.
CheckResult check_read_your_writes(const History& history, const CheckOptions& options = {});

/// Monotonic reads: a read does not return a value older than one that the same session has read
/// before. Nor does a value return that had been replaced in the eyes of the session: to see 5,
/// then 9 without 5, then 5 again is a step back in any order of the two. A read that broke the
/// promise is forgotten, so that one step back counts once.
CheckResult check_monotonic_reads(const History& history, const CheckOptions& options = {});

// The other two are promises about writes. Replicas keep them among each other; a client can only
// tell by what it finds. Once a session has read a write of another session, what that write came
// after must be there, too: a later read of the same or another key does not return a value older
// than that. (A session that asks now this replica and now that one may find the promise broken
// although each replica kept it: what it was promised is what it sees.)

/// Monotonic writes: having read a write of another session, a session does not read a value older
/// than one that the writer had written (and was told so) before.
CheckResult check_monotonic_writes(const History& history, const CheckOptions& options = {});

/// Writes follow reads: having read a write of another session, a session does not read a value
/// older than one that the writer had read before it wrote.
CheckResult check_writes_follow_reads(const History& history, const CheckOptions& options = {});

}  // namespace faultline
