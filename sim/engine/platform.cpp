#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <faultline/engine/platform.hpp>
#include <faultline/engine/routing.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

std::uint64_t pair_of(std::uint32_t from, std::uint32_t to) {
  return (std::uint64_t{from} << 32U) | to;
}

}  // namespace

Platform::Platform(sg::Engine& engine, Topology& topology) : within_(topology.within_zone) {
  if (topology.platform_file) {
    from_file_ = true;
    load(engine, topology);
  } else {
    find_paths(topology);
    build(topology);
  }
  if (hosts_.empty()) throw std::invalid_argument("the topology has no host");
  for (std::size_t i = 0; i < hosts_.size(); ++i) ids_.emplace(hosts_[i], static_cast<HostId>(i));
}

void Platform::find_paths(const Topology& topology) {
  const std::size_t regions = topology.regions.size();
  std::vector<const PathSettings*> between(regions * regions, nullptr);
  for (const RegionLink& link : topology.links) {
    between[link.from * regions + link.to] = between[link.to * regions + link.from] = &link.path;
  }
  zones_ = topology.zones.size();
  paths_.resize(zones_ * zones_);
  for (std::size_t a = 0; a < zones_; ++a) {
    for (std::size_t b = 0; b < zones_; ++b) {
      const std::size_t from = topology.zones[a].region;
      const std::size_t to = topology.zones[b].region;
      const PathSettings* path = between[from * regions + to];
      if (from == to) path = a == b ? &topology.within_zone : &topology.between_zones;
      if (path == nullptr) {
        throw std::invalid_argument("no link between the regions " + topology.regions[from] +
                                    " and " + topology.regions[to]);
      }
      if (!std::isfinite(path->latency.mean())) {
        throw std::invalid_argument("the latency between " + topology.zones[a].name + " and " +
                                    topology.zones[b].name +
                                    " has no finite mean (a Pareto's shape must be above 1)");
      }
      paths_[a * zones_ + b] = path;
    }
  }
}

void Platform::build(const Topology& topology) {
  auto* const world = new OuterZone(topology, paths_);  // SimGrid owns it
  std::vector<ZoneOfHosts*> zones;
  for (std::size_t i = 0; i < zones_; ++i) zones.push_back(&world->add_zone());
  for (const Host& host : topology.hosts) {
    hosts_.push_back(zones[host.zone]->add(host.name, host.settings.uplink));
    zone_of_.push_back(host.zone);
  }
  for (ZoneOfHosts* zone : zones) zone->get_iface()->seal();
  world->get_iface()->seal();
}

/// Hosts are found by name; those that the file does not have (a region's clients) stand beside the
/// first host of their region.
void Platform::load(sg::Engine& engine, Topology& topology) {
  engine.load_platform(*topology.platform_file);
  if (topology.hosts.empty()) add_hosts(topology, hosts_of_platform(engine), HostSettings{});
  for (const Host& host : topology.hosts) {
    sg::Host* found = sg::Host::by_name_or_null(host.name);
    for (std::size_t i = 0; found == nullptr && i < hosts_.size(); ++i) {
      if (topology.hosts[i].region == host.region) found = hosts_[i];
    }
    if (found == nullptr) {
      throw std::invalid_argument("the platform file has no host " + host.name);
    }
    hosts_.push_back(found);
  }
}

Simulation::Route Platform::route(HostId from, HostId to) const {
  if (from == to) return {loopback_latency, within_.bandwidth};
  if (host(from) == host(to)) return {from_seconds(within_.latency.mean()), within_.bandwidth};
  std::vector<sg::Link*> links;
  double latency = 0;
  host(from)->route_to(host(to), links, &latency);
  Bandwidth bandwidth = 1e18;
  for (const sg::Link* link : links) bandwidth = std::min(bandwidth, link->get_bandwidth());
  return {from_seconds(latency), bandwidth};
}

const PathSettings& Platform::path_of_route(HostId from, HostId to) const {
  const auto [place, inserted] = routes_.try_emplace(
      pair_of(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)));
  if (inserted) {
    const Simulation::Route measured = route(from, to);
    place->second.latency = Distribution::constant(seconds(measured.latency));
    place->second.bandwidth = measured.bandwidth;
  }
  return place->second;
}

}  // namespace faultline
