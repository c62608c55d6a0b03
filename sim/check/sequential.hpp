// Sequential consistency (Lamport, "How to make a multiprocessor computer that correctly executes
// multiprocess programs", IEEE Transactions on Computers C-28(9), 1979): one order of all
// operations, the same for everybody, explains every read. It is linearizability without the clock:
// everybody may be behind, but nobody can tell by asking the store alone.
#pragma once

#include <span>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/check/traces.hpp>

namespace faultline {

/// Judges all keys together: unlike linearizability, sequential consistency of each key does not
/// make the whole consistent. To decide is NP-complete (Taylor, "The complexity of analyzing
/// concurrent programs", 1983; Gibbons and Korach, 1997), so this asks cheap questions first: a
/// history that breaks causal+ or causal memory (see causal.hpp) breaks this too; one whose
/// arbitration is such that every session moves forward through it keeps it. What is left is
/// searched, without visiting a state twice, for at most options.effort steps.
///
/// Real time plays no part, but for one thing: a write of unknown outcome may take effect at any
/// time after what its session had done before it. `checked` counts answered reads. `violations` is
/// that of the weaker promise that is broken, or 1.
CheckResult check_sequential(const History& history, const CheckOptions& options = {});
CheckResult judge_sequential(const Traces& traces, const CheckOptions& options);

/// Which sessions move forward through `order`, by chain. `order` holds all steps, causes first;
/// its writes count. A session moves forward if each of its reads returns the latest write at some
/// point, which is not before the point of the read before it. Then the order of the writes, with
/// the session's reads put in, is one that PRAM and causal memory ask for; if all sessions do, with
/// all reads put in, one that sequential consistency asks for. If not, another order may be. Reads
/// from thin air and of siblings do not move forward.
std::vector<bool> moving_forward(const Traces& traces, std::span<const StepId> order);
bool all_move_forward(const Traces& traces, std::span<const StepId> order);

/// Searches for an order of all steps. `result`: as begun; counts one violation if there is none.
void search_sequential(const Traces& traces, const CheckOptions& options, CheckResult& result);

}  // namespace faultline
