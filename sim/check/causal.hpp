// Causal consistency: who sees a write sees what had led to it (Ahamad et al., "Causal memory",
// Distributed Computing 9, 1995). The strongest promises that a store can keep on both sides of a
// cut. Judged by the bad patterns of Bouajjani, Enea, Guerraoui and Hamza, "On verifying causal
// consistency", POPL 2017, which a history of unique values contains if and only if it breaks the
// promise.
//
// One operation may have caused another if it came before it in its session, or was the write that
// it read, or through several such steps; real time says nothing. See traces.hpp for what counts as
// having happened. Reads of values that nobody wrote violate each of these promises. Where a value
// was written twice, or a session's operations overlap, the verdict is at best unknown; also where
// a check ran out of its bounds, which the result then names.
#pragma once

#include <faultline/check/check.hpp>
#include <faultline/check/traces.hpp>

namespace faultline {

/// Causal consistency ("CC"): every read is explained by some order of what may have caused it. A
/// read breaks it if a write that it knows of, directly or through others, had replaced what it
/// returned: w1 caused w2 on the same key, w2 caused the read, the read returned w1; or nothing,
/// though a write of the key had caused it. What one session read earlier may have to be explained
/// by another order than what it reads later.
///
/// `checked` counts answered reads, `violations` those that break the promise. A circle of causes
/// counts once. Siblings count as several values, of which none may have been replaced. Time: O(n
/// sessions) and what a read has to look at; memory: O(sessions (sessions + writes still to be
/// read)), at most options.clocks.
CheckResult check_causal(const History& history, const CheckOptions& options = {});

/// Causal+ or causal convergence ("CCv"; Lloyd et al., "Don't settle for eventual", SOSP 2011): all
/// reads are explained by one order of all writes, of which each reader may lack some: it returns
/// the last of those that may have caused it. So replicas that have seen the same agree. Broken if
/// the order of causes, and the order from each write that a reader knew of to the one that it
/// returned, run in a circle. A read of siblings breaks it too: there, no write is the last.
///
/// `checked` counts answered reads, `violations` is 1 for a circle and counts reads otherwise.
CheckResult check_causal_plus(const History& history, const CheckOptions& options = {});

/// Causal memory ("CM"): for every session there is one order of all that it may know of, which
/// explains all its reads. Sessions may disagree on the order of concurrent writes for ever.
///
/// `checked` counts sessions that read, `violations` those that have no such order.
CheckResult check_causal_memory(const History& history, const CheckOptions& options = {});

/// PRAM or FIFO consistency (Lipton and Sandberg, "PRAM: a scalable shared memory", 1988): for
/// every session there is one order of its own reads and all writes, in which each session's writes
/// stand in the order in which it made them; each read returns the latest. What a writer had read
/// does not matter.
///
/// Exact for unique values: all that must come before a read is put before the write that it
/// returned, if on the same key, until nothing changes; the promise is broken if and only if that
/// runs in a circle, or a read of nothing has a write before it. (A session's reads stand in one
/// line, so that its writes can be laid out read by read; Wei et al., "Verifying PRAM consistency
/// over read/write traces of data replicas", 2013.) `checked` counts sessions that read,
/// `violations` those that have no such order.
CheckResult check_pram(const History& history, const CheckOptions& options = {});

// The same on traces that are there already.
CheckResult judge_causal(const Traces& traces, const CheckOptions& options);
CheckResult judge_causal_plus(const Traces& traces, const CheckOptions& options);
CheckResult judge_causal_memory(const Traces& traces, const CheckOptions& options);
CheckResult judge_pram(const Traces& traces, const CheckOptions& options);

}  // namespace faultline
