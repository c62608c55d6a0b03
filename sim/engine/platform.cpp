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

/// A star whose hosts reach each other, but not the outside, through a hub. The hub is latency
/// alone wherever it cannot be the bottleneck: a link that all flows of the zone pass would make
/// SimGrid share bandwidth anew among all of them whenever one of them starts or ends.
class HubZone final : public routing::StarZone {
 public:
  HubZone(const std::string& name, sg::NetZone* parent, const PathSettings& within)
      : StarZone(name), latency_(std::max(0.0, within.latency.mean())) {
    get_iface()->set_parent(parent);
    hub_ = get_iface()->create_link("hub of " + name, within.bandwidth);
    // What a path can carry bounds each flow through the hub alone, not all of them together.
    hub_->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE);
    hub_->set_latency(0.0);
  }

  sg::Host* add(const std::string& name, Bandwidth bandwidth) {
    sg::NetZone* const zone = get_iface();
    sg::Host* const host = zone->create_host(name, host_speed);
    auto* const link = zone->create_split_duplex_link("uplink of " + name, bandwidth);
    link->set_latency(0.0);
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                    {{link, sg::LinkInRoute::Direction::UP}}, true);
    uplinks_.resize(host->get_netpoint()->id() + 1);
    uplinks_.back() = bandwidth;
    return host;
  }
  routing::NetPoint* add_gateway() {
    routing::NetPoint* const gateway = create_router("gateway of " + get_name());
    get_iface()->add_route(gateway, nullptr, nullptr, nullptr, std::vector<sg::LinkInRoute>{},
                           true);
    return gateway;
  }

  void get_local_route(const routing::NetPoint* from, const routing::NetPoint* to,
                       routing::Route* route, double* latency) override {
    StarZone::get_local_route(from, to, route, latency);
    if (!from->is_host() || !to->is_host()) return;
    if (latency != nullptr) *latency += latency_;
    if (hub_->get_bandwidth() < std::min(uplinks_[from->id()], uplinks_[to->id()])) {
      route->link_list_.push_back(hub_->get_impl());
    }
  }

 private:
  const double latency_;
  sg::Link* hub_;
  std::vector<Bandwidth> uplinks_;  ///< by netpoint
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
  std::vector<HubZone*> zones;  // SimGrid owns them
  std::vector<End> ends;
  for (const Zone& zone : topology.zones) {
    zones.push_back(new HubZone(zone_name(zone), world, topology.within_zone));
    ends.push_back({zones.back()->get_netpoint(), zones.back()->add_gateway()});
  }
  for (const Host& host : topology.hosts) {
    hosts_.push_back(zones[host.zone]->add(host.name, host.settings.uplink));
    zone_of_.push_back(host.zone);
  }
  for (HubZone* zone : zones) zone->get_iface()->seal();
  join(topology, *world, ends);
  world->seal();
}

void Platform::join(const Topology& topology, sg::NetZone& world, const std::vector<End>& zones) {
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
      world.add_route(zones[a].zone, zones[b].zone, zones[a].gateway, zones[b].gateway,
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
