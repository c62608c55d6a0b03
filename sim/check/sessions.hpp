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

}  // namespace faultline
