// Turns a topology into SimGrid zones, links and hosts. Private to sim/engine.
//
// Every zone of the topology is a SimGrid star: each host hangs on one link of its own, so that ten
// thousand hosts need ten thousand links and no table of routes. The stars are joined pairwise by
// backbone links. A host's link carries half of the latency within a zone, a backbone link what is
// left of the latency between two zones, so that SimGrid's routes have exactly the means of the
// topology's paths.
#pragma once

#include <unordered_map>
#include <vector>

#include <simgrid/s4u.hpp>

#include <faultline/engine/simulation.hpp>

namespace faultline {

class Platform {
 public:
  /// Builds the platform in `engine`, or loads the topology's platform file.
  Platform(simgrid::s4u::Engine& engine, const Topology& topology);

  simgrid::s4u::Host* host(HostId id) const { return hosts_[index_of(id)]; }
  /// What SimGrid's route between two hosts adds up to.
  Simulation::Route route(HostId from, HostId to) const;
  /// What a message between two different hosts meets.
  const PathSettings& path(HostId from, HostId to) const {
    if (from_file_) return path_of_route(from, to);
    return *paths_[zone_of_[index_of(from)] * zones_ + zone_of_[index_of(to)]];
  }

 private:
  void build(const Topology& topology);
  void find_paths(const Topology& topology);
  void load(simgrid::s4u::Engine& engine, const Topology& topology);
  const PathSettings& path_of_route(HostId from, HostId to) const;

  std::vector<simgrid::s4u::Host*> hosts_;
  std::vector<std::uint32_t> zone_of_;  ///< by host
  std::size_t zones_ = 0;
  std::vector<const PathSettings*> paths_;  ///< by pair of zones
  bool from_file_ = false;
  PathSettings within_;
  mutable std::unordered_map<std::uint64_t, PathSettings>
      routes_;  ///< of a file's platform, as used
};

}  // namespace faultline
