// The fault timeline: when each fault of a scenario strikes, and which phases of the run that
// makes. Pure functions of the settings and the seed; faultline/fault/injector.hpp carries the
// result out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <faultline/fault/settings.hpp>

namespace faultline {

/// The most often that one fault may strike in a run.
inline constexpr std::size_t most_spans_per_fault = 10'000;

/// When each fault strikes before `end`: repetitions written out, random instants drawn from the
/// stream "fault/LABEL" under `seed`. A span that has begun lasts its full length, past `until` and
/// past `end`. Repetitions that are as long as their period run into one span. Ordered by
/// beginning, then by fault. Throws std::length_error, naming the fault, if it strikes more than
/// `most_spans_per_fault` times.
std::vector<FaultSpan> unfold(std::span<const FaultSettings> faults, Time end, std::uint64_t seed);

/// The most phases that a run is divided into; what remains is one phase, `rest_of_the_run`.
inline constexpr std::size_t most_phases = 50;
inline constexpr const char* rest_of_the_run = "rest of the run";
/// The one phase of a run without faults.
inline constexpr const char* steady = "steady";
/// The phase that no fault has been before or in, of a run with faults.
inline constexpr const char* before_faults = "before";

/// Divides the time from `warmup` to `end` at the edges of the spans into phases that follow one
/// another without gaps. While faults last: "during A", "during A + B" (in the scenario's order).
/// Otherwise "before" the first fault, and "after A" once A was the last to end ("after A + B" if
/// both ended at that instant). The second phase of one name is "during A 2", and so on. Edges
/// within `closest` of one another are one edge. `warmup` < `end`.
std::vector<Phase> phases(std::span<const FaultSettings> faults, std::span<const FaultSpan> spans,
                          Time warmup, Time end);
inline constexpr Duration closest{1};

}  // namespace faultline
