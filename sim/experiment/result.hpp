// From a run to its result: judged, counted by phase, as JSON and as time series.
#pragma once

#include <faultline/experiment/run.hpp>
#include <faultline/metric/series.hpp>
#include <faultline/metric/tally.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

inline constexpr const char* version = "0.1.0";
inline constexpr const char* compiler =
#ifdef __clang__
    "clang " __clang_version__;
#else
    "g++ " __VERSION__;
#endif

struct Analysis {
  Json result;    ///< result.json
  Series series;  ///< timeseries.csv
  /// By workload and phase, the last being "all"; latencies ascend.
  std::vector<std::vector<PhaseTally>> tallies;
  bool expectations_met = true;
};

Analysis analyse(const Run& run);

/// What of a result the same scenario, version and seed bring again: all but what depends on the
/// machine, and but the notes on what the scenario's file left out and on how its warm-up was
/// found, for a scenario as run leaves out nothing.
Json reproducible_part(Json result);

}  // namespace faultline
