#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/StarZone.hpp>

#include <faultline/engine/platform.hpp>
#include <faultline/engine/platform_file.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace routing = simgrid::kernel::routing;
namespace {

// Work is counted in time (machine.hpp); SimGrid computes nothing, but wants a speed.
constexpr double host_speed = 1e9;

/// A star whose hosts reach each other, but not the outside, through one link more: the hub.
class HubZone final : public routing::StarZone {
 public:
  HubZone(const std::string& name, sg::NetZone* parent, const PathSettings& within)
      : StarZone(name) {
    get_iface()->set_parent(parent);
    hub_ = get_iface()->create_link("hub of " + name, within.bandwidth);
    hub_->set_latency(std::max(0.0, within.latency.mean()));
    // What a path can carry bounds each flow through the hub alone, not all of them together.
    hub_->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE);
  }

  void get_local_route(const routing::NetPoint* from, const routing::NetPoint* to,
                       routing::Route* route, double* latency) override {
    StarZone::get_local_route(from, to, route, latency);
    if (!from->is_host() || !to->is_host()) return;
    route->link_list_.push_back(hub_->get_impl());
    if (latency != nullptr) *latency += hub_->get_latency();
  }

 private:
  sg::Link* hub_;
};

/// SimGrid wants all names of zones, hosts and routers to be different; regions, zones and hosts of
/// a topology may share theirs.
std::string zone_name(const Zone& zone) { return "zone " + zone.name; }

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
  auto* const world = sg::create_full_zone("world");
  std::vector<sg::NetZone*> zones;
  std::vector<routing::NetPoint*> gateways;
  for (const Zone& zone : topology.zones) {
    // SimGrid owns its zones: the parent deletes them.
    auto* const made = new HubZone(zone_name(zone), world, topology.within_zone);
    zones.push_back(made->get_iface());
    gateways.push_back(zones.back()->create_router("gateway of " + zone.name));
    zones.back()->add_route(gateways.back(), nullptr, nullptr, nullptr,
                            std::vector<sg::LinkInRoute>{}, true);
  }
  build_hosts(topology, zones);
  for (sg::NetZone* zone : zones) zone->seal();
  join(topology, *world, zones, gateways);
  world->seal();
}

void Platform::build_hosts(const Topology& topology, const std::vector<sg::NetZone*>& zones) {
  for (const Host& host : topology.hosts) {
    sg::NetZone* const zone = zones[host.zone];
    auto* const made = zone->create_host(host.name, host_speed);
    auto* const link =
        zone->create_split_duplex_link("uplink of " + host.name, host.settings.uplink);
    link->set_latency(0.0);
    zone->add_route(made->get_netpoint(), nullptr, nullptr, nullptr,
                    {{link, sg::LinkInRoute::Direction::UP}}, true);
    hosts_.push_back(made);
    zone_of_.push_back(host.zone);
  }
}

void Platform::join(const Topology& topology, sg::NetZone& world,
                    const std::vector<sg::NetZone*>& zones,
                    const std::vector<routing::NetPoint*>& gateways) {
  std::unordered_map<std::uint64_t, sg::SplitDuplexLink*> between_regions;
  for (std::size_t a = 0; a < zones.size(); ++a) {
    for (std::size_t b = a + 1; b < zones.size(); ++b) {
      const PathSettings& path = *paths_[a * zones_ + b];
      const auto [low, high] = std::minmax(topology.zones[a].region, topology.zones[b].region);
      sg::SplitDuplexLink*& shared = between_regions[pair_of(low, high)];
      sg::SplitDuplexLink* link = low == high ? nullptr : shared;
      if (link == nullptr) {
        link = world.create_split_duplex_link(
            "between " + topology.zones[a].name + " and " + topology.zones[b].name, path.bandwidth);
        link->set_latency(std::max(0.0, path.latency.mean()));
        shared = link;
      }
      const auto direction = topology.zones[a].region == low ? sg::LinkInRoute::Direction::UP
                                                             : sg::LinkInRoute::Direction::DOWN;
      world.add_route(zones[a]->get_netpoint(), zones[b]->get_netpoint(), gateways[a], gateways[b],
                      {{link, direction}}, true);
    }
  }
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
