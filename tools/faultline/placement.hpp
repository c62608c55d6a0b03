// `faultline placement`: partitioners side by side: how even, how large, how quick, and what a node
// more or less moves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <faultline/placement/settings.hpp>

namespace CLI {
class App;
}

namespace faultline {

struct PlacementOptions {
  std::vector<std::string> partitioners;  ///< by name; empty = all
  std::int64_t nodes = 10;
  std::int64_t keys = 1'000'000;
  PartitionerSettings settings;
  std::string ranges;  ///< FIRST-LAST:NODE, separated by commas: ranges as somebody has drawn them
  std::string out;     ///< folder for placement.json
  bool json = false;
};

CLI::App* add_placement_command(CLI::App& app, PlacementOptions& options);

/// The exit status. Throws BadInput.
int placement_command(const PlacementOptions& options);

}  // namespace faultline
