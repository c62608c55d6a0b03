// Turns a topology into SimGrid zones, links and hosts. Private to sim/engine.
//
// Every zone of the topology becomes a SimGrid zone that computes its routes (routing.hpp), so that
// ten thousand hosts need ten thousand links and no table of routes. SimGrid's routes have exactly
// the means of the topology's paths, whichever of them is the longest.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <simgrid/s4u.hpp>

#include <faultline/engine/platform_file.hpp>
#include <faultline/engine/simulation.hpp>

namespace faultline {

/// The hosts of the platform that `engine` has loaded.
std::vector<PlatformHost> hosts_of_platform(const simgrid::s4u::Engine& engine);

class Platform {
 public:
  /// Builds the platform in `engine`, or loads the topology's platform file and takes the hosts
  /// from it if the topology has none. Throws std::invalid_argument if there is no host, a pair of
  /// regions has no link, or a mean latency is not finite.
  Platform(simgrid::s4u::Engine& engine, Topology& topology);

  simgrid::s4u::Host* host(HostId id) const { return hosts_[index_of(id)]; }
  /// The reverse; several hosts of a topology may stand on one of a platform file, then the first.
  HostId id(const simgrid::s4u::Host* host) const { return ids_.at(host); }
  /// What SimGrid's route between two hosts adds up to.
  Simulation::Route route(HostId from, HostId to) const;
  /// What a message between two different hosts meets.
  const PathSettings& path(HostId from, HostId to) const {
    if (from_file_) return path_of_route(from, to);
    return *paths_[zone_of_[index_of(from)] * zones_ + zone_of_[index_of(to)]];
  }

 private:
  void find_paths(const Topology& topology);
  void build(const Topology& topology);
  void load(simgrid::s4u::Engine& engine, Topology& topology);
  const PathSettings& path_of_route(HostId from, HostId to) const;

  std::vector<simgrid::s4u::Host*> hosts_;
  std::unordered_map<const simgrid::s4u::Host*, HostId> ids_;  ///< looked up, never walked
  std::vector<std::uint32_t> zone_of_;                         ///< by host
  std::size_t zones_ = 0;
  std::vector<const PathSettings*> paths_;  ///< by pair of zones
  bool from_file_ = false;
  PathSettings within_;
  /// The paths of a platform file, as far as they have been used.
  mutable std::unordered_map<std::uint64_t, PathSettings> routes_;
};

}  // namespace faultline
