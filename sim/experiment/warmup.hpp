// Where the warm-up of a scenario ends, if it says "warmup": "detect". Looked for once, before the
// run or its trials, so that all of them leave out the same stretch and count the same population.
//
// Pilots tell: runs with seeds of their own, without faults, up to where the first fault begins. A
// run that were cut by its own latencies would lean towards what is short: MSER leaves out whatever
// long queue happened to stand near the beginning. (An M/M/1 queue at load 0.9, 10,000 requests,
// started empty: the mean of a run came out 3.5 % too low uncut, 8 % too low cut by itself, and
// not measurably wrong cut by other runs.) The average of some pilots, operation by operation,
// settles more visibly than one does (Welch, "The Statistical Analysis of Simulation Results",
// 1983; for MSER-5 Hoad, Robinson and Davies, "Automating warm-up length estimation", Journal of
// the Operational Research Society 61(9), 2010).
//
// What is judged is how long each operation took, however it ended: a cache that fills shows, and
// so does a service that refuses everything until it has a leader.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <faultline/experiment/run.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

/// Five make the average of replications smooth enough (Hoad, Robinson and Davies).
inline constexpr std::size_t warmup_pilots = 5;

/// The scenario of a pilot, counted from 1. Throws WarmupNotFound if faults begin with the run.
Scenario pilot_of(const Scenario& scenario, std::size_t number);

/// What a pilot measured of a workload: its operations in the order in which they were wanted, in
/// fives; what does not fill the last is left out.
struct PilotFives {
  std::vector<double> begin;  ///< seconds: when the first of the five was wanted
  std::vector<double> took;   ///< seconds: the mean of them
};
/// By workload.
using Pilot = std::vector<PilotFives>;

/// Precondition: the run has been simulated.
Pilot measure_pilot(const Run& run);
void write_pilot(const Pilot& pilot, const std::string& path);
/// Throws std::runtime_error if it cannot be read.
Pilot read_pilot(const std::string& path);

/// There is no stretch of the scenario after which it can be said to have settled.
class WarmupNotFound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The warm-up of one scenario.
struct FoundWarmup {
  Duration span{0};  ///< the longest of the workloads', in whole milliseconds, rounded up
  Json detection;    ///< {"method", "pilots", "stretch", "workloads": {NAME: seconds}}
};

/// MSER-5 for each workload. Throws WarmupNotFound if for some workload no cut in the first half is
/// best: then what looks settled may be chance, and every figure behind it wrong in silence.
FoundWarmup find_warmup(const Scenario& scenario, const std::vector<Pilot>& pilots);

/// The scenario with this warm-up, as if it had been given.
Scenario with_warmup(Scenario scenario, const FoundWarmup& found);

}  // namespace faultline
