#include <algorithm>
#include <limits>

#include <simgrid/kernel/routing/NetPoint.hpp>

#include <faultline/engine/ports.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace routing = simgrid::kernel::routing;
namespace {

// Work is counted in time (machine.hpp); SimGrid computes nothing, but wants a speed.
constexpr double host_speed = 1e9;
constexpr std::uint32_t no_port = std::numeric_limits<std::uint32_t>::max();

/// A path's mean; normal distributions may have one below zero, which no link has.
double mean_latency(const PathSettings& path) { return std::max(0.0, path.latency.mean()); }

std::uint64_t pair_of(std::uint32_t low, std::uint32_t high) {
  return (std::uint64_t{low} << 32U) | high;
}

void set_bandwidth(sg::Link& link, Bandwidth bandwidth) {
  if (link.get_bandwidth() != bandwidth) link.set_bandwidth(bandwidth);
}

}  // namespace

Ports::Ports(const Topology& topology, const std::vector<const PathSettings*>& paths)
    : NetZoneImpl("topology"),
      topology_(topology),
      paths_(paths),
      port_of_(topology.hosts.size(), no_port) {
  make_links();
  make_ports();
  get_iface()->seal();
}

void Ports::make_links() {
  sg::NetZone& zone = *get_iface();
  std::vector<std::size_t> zones_in(topology_.regions.size());
  for (const Zone& each : topology_.zones) ++zones_in[each.region];
  for (const Zone& each : topology_.zones) {
    hubs_.push_back(zone.create_link("hub of " + each.name, topology_.within_zone.bandwidth));
    hubs_.back()->set_sharing_policy(sg::Link::SharingPolicy::FATPIPE);
    const bool alone = zones_in[each.region] == 1;
    trunks_.push_back(alone ? nullptr
                            : zone.create_split_duplex_link("trunk of " + each.name,
                                                            topology_.between_zones.bandwidth));
  }
  for (const RegionLink& link : topology_.links) {
    const auto [low, high] = std::minmax(link.from, link.to);
    between_regions_[pair_of(low, high)] = zone.create_split_duplex_link(
        "between " + topology_.regions[low] + " and " + topology_.regions[high],
        link.path.bandwidth);
  }
}

void Ports::make_ports() {
  const std::size_t count = std::min(topology_.hosts.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "port " + std::to_string(i);
    Port port;
    port.host = get_iface()->create_host(name, host_speed);
    port.uplink = get_iface()->create_split_duplex_link("uplink of " + name,
                                                        topology_.hosts[i].settings.uplink);
    ports_.push_back(port);
  }
  // The first host to need a port takes the first.
  for (std::size_t i = count; i-- > 0;) free_.push_back(static_cast<std::uint32_t>(i));
}

sg::Host* Ports::take(HostId host) {
  std::uint32_t& number = port_of_[index_of(host)];
  if (number == no_port) {
    if (free_.empty()) return nullptr;
    number = free_.back();
    free_.pop_back();
    ports_[number].holder = host;
    const Bandwidth bandwidth = topology_.hosts[index_of(host)].settings.uplink;
    set_bandwidth(*ports_[number].uplink->get_link_up(), bandwidth);
    set_bandwidth(*ports_[number].uplink->get_link_down(), bandwidth);
  }
  ++ports_[number].uses;
  return ports_[number].host;
}

void Ports::give_back(HostId host) {
  std::uint32_t& number = port_of_[index_of(host)];
  if (--ports_[number].uses > 0) return;
  free_.push_back(number);
  number = no_port;
}

HostId Ports::holder(const sg::Host* port) const {
  return ports_[port->get_netpoint()->id()].holder;
}

void Ports::get_local_route(const routing::NetPoint* from, const routing::NetPoint* to,
                            routing::Route* route, double* latency) {
  const Port& sender = ports_[from->id()];
  const Port& receiver = ports_[to->id()];
  const Host& here = topology_.hosts[index_of(sender.holder)];
  const Host& there = topology_.hosts[index_of(receiver.holder)];
  if (latency != nullptr) {
    *latency += mean_latency(*paths_[here.zone * topology_.zones.size() + there.zone]);
  }
  route->link_list_.push_back(sender.uplink->get_link_up()->get_impl());
  add_links_between(here, there, *route);
  route->link_list_.push_back(receiver.uplink->get_link_down()->get_impl());
}

void Ports::add_links_between(const Host& from, const Host& to, routing::Route& route) {
  if (from.zone == to.zone) {
    sg::Link* const hub = hubs_[from.zone];
    if (hub->get_bandwidth() < std::min(from.settings.uplink, to.settings.uplink)) {
      route.link_list_.push_back(hub->get_impl());
    }
  } else if (from.region == to.region) {
    route.link_list_.push_back(trunks_[from.zone]->get_link_up()->get_impl());
    route.link_list_.push_back(trunks_[to.zone]->get_link_down()->get_impl());
  } else {
    const auto [low, high] = std::minmax(from.region, to.region);
    const sg::SplitDuplexLink* const link = between_regions_.at(pair_of(low, high));
    const sg::Link* const way = from.region == low ? link->get_link_up() : link->get_link_down();
    route.link_list_.push_back(way->get_impl());
  }
}

}  // namespace faultline
