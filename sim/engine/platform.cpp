#include <algorithm>
#include <stdexcept>

#include <faultline/engine/platform.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

constexpr double host_speed =
    1e9;  // work is counted in time (machine.hpp), SimGrid computes nothing

}  // namespace

Platform::Platform(sg::Engine& engine, const Topology& topology) : within_(topology.within_zone) {
  for (const Host& host : topology.hosts) zone_of_.push_back(host.zone);
  zones_ = topology.zones.size();
  if (topology.platform_file) {
    from_file_ = true;
    load(engine, topology);
  } else {
    find_paths(topology);
    build(topology);
  }
}

void Platform::find_paths(const Topology& topology) {
  const std::size_t regions = topology.regions.size();
  std::vector<const PathSettings*> between(regions * regions, nullptr);
  for (const RegionLink& link : topology.links) {
    between[link.from * regions + link.to] = between[link.to * regions + link.from] = &link.path;
  }
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
      paths_[a * zones_ + b] = path;
    }
  }
}

void Platform::build(const Topology& topology) {
  auto* const root = sg::create_full_zone("world");
  const double within = topology.within_zone.latency.mean();
  std::vector<sg::NetZone*> zones;
  std::vector<simgrid::kernel::routing::NetPoint*> gateways;
  for (const Zone& zone : topology.zones) {
    zones.push_back(sg::create_star_zone(zone.name));
    zones.back()->set_parent(root);
    gateways.push_back(zones.back()->create_router("gateway of " + zone.name));
  }
  for (const Host& host : topology.hosts) {
    sg::NetZone* const zone = zones[host.zone];
    auto* const made = zone->create_host(host.name, host_speed);
    auto* const link =
        zone->create_split_duplex_link("uplink of " + host.name, host.settings.uplink);
    link->set_latency(within / 2);
    zone->add_route(made->get_netpoint(), nullptr, nullptr, nullptr,
                    {{link, sg::LinkInRoute::Direction::UP}}, true);
    hosts_.push_back(made);
  }
  for (std::size_t i = 0; i < zones.size(); ++i) {
    zones[i]->add_route(gateways[i], nullptr, nullptr, nullptr, std::vector<sg::LinkInRoute>{},
                        true);
    zones[i]->seal();
  }
  for (std::size_t a = 0; a < zones.size(); ++a) {
    for (std::size_t b = a + 1; b < zones.size(); ++b) {
      const PathSettings& path = *paths_[a * zones_ + b];
      auto* const link = root->create_split_duplex_link(
          "between " + topology.zones[a].name + " and " + topology.zones[b].name, path.bandwidth);
      link->set_latency(std::max(0.0, path.latency.mean() - within));
      link->seal();
      root->add_route(zones[a]->get_netpoint(), zones[b]->get_netpoint(), gateways[a], gateways[b],
                      {{link, sg::LinkInRoute::Direction::UP}}, true);
    }
  }
  root->seal();
}

/// Hosts are found by name; those that the file does not have (a region's clients) stand beside the
/// first host of their region.
void Platform::load(sg::Engine& engine, const Topology& topology) {
  engine.load_platform(*topology.platform_file);
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
  if (host(from) == host(to)) return {from_seconds(within_.latency.mean()), within_.bandwidth};
  std::vector<sg::Link*> links;
  double latency = 0;
  host(from)->route_to(host(to), links, &latency);
  Bandwidth bandwidth = 1e18;
  for (const sg::Link* link : links) bandwidth = std::min(bandwidth, link->get_bandwidth());
  return {from_seconds(latency), bandwidth};
}

const PathSettings& Platform::path_of_route(HostId from, HostId to) const {
  const std::uint64_t pair = (std::uint64_t{index_of(from)} << 32U) | index_of(to);
  const auto [place, inserted] = routes_.try_emplace(pair);
  if (inserted) {
    const Simulation::Route measured = route(from, to);
    place->second.latency = Distribution::constant(seconds(measured.latency));
    place->second.bandwidth = measured.bandwidth;
  }
  return place->second;
}

}  // namespace faultline
