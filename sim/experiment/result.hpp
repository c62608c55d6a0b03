// From a run to its result: judged, counted by phase, as JSON and as time series.
#pragma once

#include <optional>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/experiment/run.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

inline constexpr const char* version = "0.1.0";

struct Analysis {
  Json result;    ///< result.json
  Series series;  ///< timeseries.csv
  bool expectations_met = true;
  /// The first violation of linearizability or of a session guarantee: what to film.
  std::optional<Witness> violation;
};

Analysis analyse(const Run& run);

}  // namespace faultline
