// Trials: the same scenario again and again with seeds of its own, and every figure of a result
// with its confidence interval. One run is an anecdote; this is what turns runs into answers.
//
// Trials are independent, so what differs between them says how sure their mean is (Student's
// interval). Latencies within a trial are not independent, and percentiles must not be averaged:
// those of latencies are of the latencies of all trials together, and sectioning, with a trial as a
// section, gives their interval. See statistics/interval.hpp for sources.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <faultline/experiment/result.hpp>
#include <faultline/statistics/interval.hpp>

namespace faultline {

/// What one run measured, without what only a single run has use for.
struct Trial {
  std::uint64_t seed = 0;
  Json measured;      ///< "workloads", "services", "hosts", "links": their phases in result.json
  Json verdicts;      ///< by the name of a check: "valid", "invalid", "unknown"
  Json expectations;  ///< as in result.json
  /// The latencies behind a summary in `measured`, ascending, by its JSON pointer
  /// ("/workloads/clients/phases/all/latency"). Empty if there are none.
  std::function<std::vector<Duration>(const std::string& pointer)> latencies;
  std::string label;   ///< as write_trial was given it
  std::string digest;  ///< of its result (reproducible_part)
};

/// The seed of a trial, counted from 1: the first runs with the scenario's own; the others draw
/// theirs from the streams "trial/2", "trial/3", ... of that seed. Below 2^53, so that every reader
/// of JSON keeps them whole. Scenarios with the same seed have the same trials: common random
/// numbers.
std::uint64_t seed_of_trial(std::uint64_t seed, std::size_t trial);

/// The same scenario with another seed.
Scenario with_seed(Scenario scenario, std::uint64_t seed);

/// A figure of several trials: of all together, and of each that has it.
struct TrialFigure {
  double whole = 0;
  std::vector<double> each;
};

/// The latencies of the same trials together, kept from one quantile to the next.
struct PooledLatencies {
  std::string pointer;  ///< of their summary; empty = none yet
  std::vector<Duration> together;
};

/// The figure at a JSON pointer into `Trial::measured`. Empty if no trial has it. `pool`, if given,
/// has been used with these trials alone: they are then asked once for all quantiles of a summary.
/// Throws std::invalid_argument if it is a quantile of latencies that the trials do not have.
TrialFigure figure_of(std::span<const Trial* const> trials, const std::string& pointer,
                      PooledLatencies* pool = nullptr);

/// Its estimate, cut to what the figure can be (nothing is negative, no share above one). Nothing
/// if no trial has it.
std::optional<Estimate> estimate_of(std::span<const Trial* const> trials,
                                    const std::string& pointer, PooledLatencies* pool = nullptr,
                                    double confidence = usual_confidence);

/// {value, low, high, trials}; a bound that there is not is null. The value is null if there is no
/// estimate.
Json estimate_json(const std::optional<Estimate>& estimate);

/// trials.json: every figure as estimate_json, the share of trials in which each check held and
/// each expectation was met. `scenario` is the one that the trials repeat.
Json summarise_trials(const Scenario& scenario, const std::vector<Trial>& trials);

std::vector<const Trial*> pointers_to(const std::vector<Trial>& trials);

/// The JSON pointer of a workload's figure in a phase; `metric` as expectations name it
/// (scenario/metric_names.hpp).
std::string pointer_to(const std::string& workload, const std::string& phase,
                       const std::string& metric);

/// How narrow intervals are to be.
struct Precision {
  double share = 0;  ///< the most that half an interval may be of its value
  /// Of every workload, in the phase "all".
  std::vector<std::string> metrics{"throughput", "latency.p50", "latency.p99", "availability"};
};

/// How narrow they are: {"target", "reached", "figures": [{"workload", "metric", "share"}]}. A
/// figure that no trial has is left out, an interval without width is narrow whatever its value.
Json judge_precision(const Scenario& scenario, const std::vector<Trial>& trials,
                     const Precision& precision);

}  // namespace faultline
