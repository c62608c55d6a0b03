// A topology as SimGrid's platform: what messages meet between two hosts, and the SimGrid hosts
// between which transfers run. Private to sim/engine.
//
// Without a platform file the SimGrid hosts are ports (ports.hpp). SimGrid's routes have exactly
// the means of the topology's paths, whichever of them is the longest.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <simgrid/s4u.hpp>

#include <faultline/engine/platform_file.hpp>
#include <faultline/engine/ports.hpp>
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

  /// The SimGrid hosts that a transfer runs between.
  struct Ends {
    simgrid::s4u::Host* from;
    simgrid::s4u::Host* to;
  };
  /// Gives both hosts what a transfer needs, until disconnect(); nothing if there are not enough
  /// ports. Precondition: apart().
  std::optional<Ends> connect(HostId from, HostId to);
  void disconnect(HostId from, HostId to);
  /// Whose end this is; several hosts of a topology may stand on one of a platform file, then the
  /// first.
  HostId id(const simgrid::s4u::Host* end) const;
  /// Whether the two do not stand on the same host.
  bool apart(HostId from, HostId to) const;
  /// Some host of SimGrid's.
  simgrid::s4u::Host* any_host() const;

  /// What SimGrid's route between two hosts adds up to. Throws std::logic_error if there is no port
  /// left for them.
  Simulation::Route route(HostId from, HostId to);
  /// What a message between two different hosts meets.
  const PathSettings& path(HostId from, HostId to) const {
    if (ports_ == nullptr) return path_of_route(from, to);
    return *paths_[zone_of_[index_of(from)] * zones_ + zone_of_[index_of(to)]];
  }

 private:
  void find_paths(const Topology& topology);
  void load(simgrid::s4u::Engine& engine, Topology& topology);
  Simulation::Route route_between(Ends ends) const;
  const PathSettings& path_of_route(HostId from, HostId to) const;

  Ports* ports_ = nullptr;              ///< SimGrid's engine owns them; null with a platform file
  std::vector<std::uint32_t> zone_of_;  ///< by host
  std::size_t zones_ = 0;
  std::vector<const PathSettings*> paths_;  ///< by pair of zones
  PathSettings within_;

  // With a platform file.
  std::vector<simgrid::s4u::Host*> hosts_;
  std::unordered_map<const simgrid::s4u::Host*, HostId> ids_;       ///< looked up, never walked
  mutable std::unordered_map<std::uint64_t, PathSettings> routes_;  ///< as far as used
};

}  // namespace faultline
