#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <faultline/engine/platform.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

std::uint64_t pair_of(std::uint32_t from, std::uint32_t to) {
  return (std::uint64_t{from} << 32U) | to;
}

}  // namespace

Platform::Platform(sg::Engine& engine, Topology& topology) : within_(topology.within_zone) {
  if (topology.platform_file) {
    load(engine, topology);
  } else {
    find_paths(topology);
  }
  if (topology.hosts.empty()) throw std::invalid_argument("the topology has no host");
  if (!topology.platform_file) ports_ = new Ports(topology, paths_);  // SimGrid owns it
}

void Platform::find_paths(const Topology& topology) {
  const std::size_t regions = topology.regions.size();
  std::vector<const PathSettings*> between(regions * regions, nullptr);
  for (const RegionLink& link : topology.links) {
    between[link.from * regions + link.to] = between[link.to * regions + link.from] = &link.path;
  }
  for (const Host& host : topology.hosts) zone_of_.push_back(host.zone);
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
    ids_.emplace(found, static_cast<HostId>(hosts_.size()));
    hosts_.push_back(found);
  }
}

std::optional<Platform::Ends> Platform::connect(HostId from, HostId to) {
  if (ports_ == nullptr) return Ends{hosts_[index_of(from)], hosts_[index_of(to)]};
  sg::Host* const sender = ports_->take(from);
  if (sender == nullptr) return std::nullopt;
  sg::Host* const receiver = ports_->take(to);
  if (receiver != nullptr) return Ends{sender, receiver};
  ports_->give_back(from);
  return std::nullopt;
}

void Platform::disconnect(HostId from, HostId to) {
  if (ports_ == nullptr) return;
  ports_->give_back(from);
  ports_->give_back(to);
}

HostId Platform::id(const sg::Host* end) const {
  return ports_ == nullptr ? ids_.at(end) : ports_->holder(end);
}

bool Platform::apart(HostId from, HostId to) const {
  return ports_ == nullptr ? hosts_[index_of(from)] != hosts_[index_of(to)] : from != to;
}

sg::Host* Platform::any_host() const { return ports_ == nullptr ? hosts_.front() : ports_->any(); }

Simulation::Route Platform::route(HostId from, HostId to) {
  if (from == to) return {loopback_latency, within_.bandwidth};
  if (ports_ == nullptr) {
    const PathSettings& path = path_of_route(from, to);
    return {from_seconds(path.latency.mean()), path.bandwidth};
  }
  const auto ends = connect(from, to);
  if (!ends) throw std::logic_error("all ports are taken");
  const Simulation::Route route = route_between(*ends);
  disconnect(from, to);
  return route;
}

Simulation::Route Platform::route_between(Ends ends) const {
  std::vector<sg::Link*> links;
  double latency = 0;
  ends.from->route_to(ends.to, links, &latency);
  Bandwidth bandwidth = 1e18;
  for (const sg::Link* link : links) bandwidth = std::min(bandwidth, link->get_bandwidth());
  return {from_seconds(latency), bandwidth};
}

const PathSettings& Platform::path_of_route(HostId from, HostId to) const {
  const auto [place, inserted] = routes_.try_emplace(
      pair_of(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)));
  if (!inserted) return place->second;
  // Those of a topology that stand on one host of the file are neighbours.
  Simulation::Route route{from_seconds(within_.latency.mean()), within_.bandwidth};
  if (apart(from, to)) route = route_between({hosts_[index_of(from)], hosts_[index_of(to)]});
  place->second.latency = Distribution::constant(seconds(route.latency));
  place->second.bandwidth = route.bandwidth;
  return place->second;
}

}  // namespace faultline
