#include <algorithm>

#include <simgrid/kernel/routing/NetPoint.hpp>

#include <faultline/engine/routing.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace routing = simgrid::kernel::routing;
namespace {

// Work is counted in time (machine.hpp); SimGrid computes nothing, but wants a speed.
constexpr double host_speed = 1e9;

/// SimGrid wants all names of zones, hosts and routers to be different; regions, zones and hosts of
/// a topology may share theirs.
std::string zone_name(const Zone& zone) { return "zone " + zone.name; }

/// A path's mean; normal distributions may have one below zero, which no link has.
double mean_latency(const PathSettings& path) { return std::max(0.0, path.latency.mean()); }

std::uint64_t pair_of(std::uint32_t low, std::uint32_t high) {
  return (std::uint64_t{low} << 32U) | high;
}

}  // namespace

ZoneOfHosts::ZoneOfHosts(const std::string& name, sg::NetZone* world, const PathSettings& within)
    : StarZone(name), latency_(mean_latency(within)) {
  sg::NetZone* const zone = get_iface();
  zone->set_parent(world);
  hub_ = zone->create_link("hub of " + name, within.bandwidth);
  hub_->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE);
  gateway_ = zone->create_router("gateway of " + name);
  zone->add_route(gateway_, nullptr, nullptr, nullptr, std::vector<sg::LinkInRoute>{}, true);
}

sg::Host* ZoneOfHosts::add(const std::string& name, Bandwidth uplink) {
  sg::NetZone* const zone = get_iface();
  sg::Host* const host = zone->create_host(name, host_speed);
  auto* const link = zone->create_split_duplex_link("uplink of " + name, uplink);
  zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr,
                  {{link, sg::LinkInRoute::Direction::UP}}, true);
  uplinks_.resize(host->get_netpoint()->id() + 1);
  uplinks_.back() = uplink;
  return host;
}

void ZoneOfHosts::get_local_route(const routing::NetPoint* from, const routing::NetPoint* to,
                                  routing::Route* route, double* latency) {
  StarZone::get_local_route(from, to, route, latency);
  if (!from->is_host() || !to->is_host()) return;  // to or from another zone
  if (latency != nullptr) *latency += latency_;
  if (hub_->get_bandwidth() < std::min(uplinks_[from->id()], uplinks_[to->id()])) {
    route->link_list_.push_back(hub_->get_impl());
  }
}

OuterZone::OuterZone(const Topology& topology, const std::vector<const PathSettings*>& paths)
    : NetZoneImpl("world"), topology_(topology), paths_(paths) {
  // Links first: SimGrid looks for each link's name in all zones that there are.
  make_links();
}

void OuterZone::make_links() {
  std::vector<std::size_t> zones_in(topology_.regions.size());
  for (const Zone& zone : topology_.zones) ++zones_in[zone.region];
  for (const Zone& zone : topology_.zones) {
    const bool alone = zones_in[zone.region] == 1;
    trunks_.push_back(alone ? nullptr
                            : get_iface()->create_split_duplex_link(
                                  "trunk of " + zone.name, topology_.between_zones.bandwidth));
  }
  for (const RegionLink& link : topology_.links) {
    const auto [low, high] = std::minmax(link.from, link.to);
    between_regions_[pair_of(low, high)] = get_iface()->create_split_duplex_link(
        "between " + topology_.regions[low] + " and " + topology_.regions[high],
        link.path.bandwidth);
  }
}

ZoneOfHosts& OuterZone::add_zone() {
  const auto number = static_cast<std::uint32_t>(zones_.size());
  zones_.push_back(
      new ZoneOfHosts(zone_name(topology_.zones[number]), get_iface(), topology_.within_zone));
  numbers_.emplace(zones_.back()->get_netpoint(), number);
  return *zones_.back();
}

void OuterZone::get_local_route(const routing::NetPoint* from, const routing::NetPoint* to,
                                routing::Route* route, double* latency) {
  const std::uint32_t a = numbers_.at(from);
  const std::uint32_t b = numbers_.at(to);
  route->gw_src_ = zones_[a]->gateway();
  route->gw_dst_ = zones_[b]->gateway();
  if (latency != nullptr) *latency += mean_latency(*paths_[a * zones_.size() + b]);
  const std::uint32_t here = topology_.zones[a].region;
  const std::uint32_t there = topology_.zones[b].region;
  if (here == there) {
    route->link_list_.push_back(trunks_[a]->get_link_up()->get_impl());
    route->link_list_.push_back(trunks_[b]->get_link_down()->get_impl());
    return;
  }
  const auto [low, high] = std::minmax(here, there);
  const sg::SplitDuplexLink* const link = between_regions_.at(pair_of(low, high));
  const sg::Link* const way = here == low ? link->get_link_up() : link->get_link_down();
  route->link_list_.push_back(way->get_impl());
}

}  // namespace faultline
