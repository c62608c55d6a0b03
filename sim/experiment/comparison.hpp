// Scenarios set against a first one, trial by trial, under common random numbers: trial 5 of each
// has the same seed, so both meet the same clients, keys and delays, and most of what chance does
// cancels out of their difference (Law, "Simulation Modeling and Analysis", section 11.2). What is
// left is judged by paired differences, all of them together by Holm's correction.
#pragma once

#include <string>
#include <vector>

#include <faultline/experiment/trials.hpp>

namespace faultline {

/// One of the scenarios compared. Trials at the same position have the same seed.
struct Contender {
  const Scenario* scenario = nullptr;
  const std::vector<Trial>* trials = nullptr;
};

/// The figures that are compared, of every workload and phase that both scenarios have: dotted
/// paths. Few, since each takes some power from the others.
const std::vector<std::string>& compared_metrics();

/// The differences of the others from the first, and what they prove:
/// "trials", "seeds", "baseline", "confidence", "correction": "Holm", "comparisons": how many; and
/// "differences", each with
///   "scenario", "position" (of the contender), "workload", "phase", "metric",
///   "value", "low", "high", "trials": theirs minus that of the first, over trials that both have,
///   "chance": how probable so large a difference would be if there were none,
///   "adjusted": the same among so many comparisons,
///   "differs": whether that is at most 1 - confidence,
///   "variance_ratio": the variance of the paired difference over what it would be with independent
///   seeds; null if nothing varies.
/// Precondition: two contenders or more, with the same number of trials.
Json compare_trials(const std::vector<Contender>& contenders);

}  // namespace faultline
