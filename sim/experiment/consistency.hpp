// Which promises of consistency a run kept, as JSON: for result.json.
#pragma once

#include <cstdint>
#include <vector>

#include <faultline/experiment/run.hpp>
#include <faultline/scenario/document.hpp>

namespace faultline {

struct ConsistencyReport {
  Json checks;     ///< by the name of the check: verdict, counts, witnesses
  Json hierarchy;  ///< "strongest": what held; "levels": all promises, the strongest first
  bool linearizable = false;
};

/// Judges what the clients of `workloads` saw of one service, together: the data is the same.
ConsistencyReport report_consistency(const Run& run, std::size_t service,
                                     std::vector<std::uint16_t> workloads);

}  // namespace faultline
