// What names of places mean: the part of Reading that knows regions, zones, hosts and nodes.
#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>

namespace faultline {
namespace {

/// All faults and services of a scenario together may name so many hosts.
constexpr std::size_t most_named_hosts = 10'000'000;

}  // namespace

void Reading::index_places() {
  const Topology& topology = scenario.topology;
  for (std::uint32_t i = 0; i < topology.regions.size(); ++i) {
    regions_.emplace(topology.regions[i], i);
  }
  for (std::uint32_t i = 0; i < topology.zones.size(); ++i) {
    zones_.emplace(topology.zones[i].name, i);
  }
  hosts_of_region_.resize(topology.regions.size());
  hosts_of_zone_.resize(topology.zones.size());
  const std::size_t without_clients = topology.hosts.size() - scenario.client_hosts.size();
  for (std::uint32_t i = 0; i < without_clients; ++i) {
    const Host& host = topology.hosts[i];
    hosts_.emplace(host.name, i);
    hosts_of_region_[host.region].push_back(static_cast<HostId>(i));
    hosts_of_zone_[host.zone].push_back(static_cast<HostId>(i));
  }
}

std::vector<std::string> Reading::regions_with_hosts() const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < hosts_of_region_.size(); ++i) {
    if (!hosts_of_region_[i].empty()) result.push_back(scenario.topology.regions[i]);
  }
  return result;
}

std::optional<std::uint32_t> Reading::region(const std::string& name, const std::string& pointer) {
  if (const auto found = regions_.find(name); found != regions_.end()) return found->second;
  if (hosts_in_doubt) return std::nullopt;
  problem(pointer, fmt::format("there is no region \"{}\" ({})", name,
                               hint(name, scenario.topology.regions)));
  return std::nullopt;
}

std::optional<std::vector<HostId>> Reading::find_hosts(const std::string& place,
                                                       bool with_clients) const {
  std::vector<HostId> found;
  const auto add_clients = [&](auto is_there) {
    for (const HostId client : scenario.client_hosts) {
      if (with_clients && is_there(scenario.topology.hosts[index_of(client)])) {
        found.push_back(client);
      }
    }
  };
  if (const auto region = regions_.find(place); region != regions_.end()) {
    found = hosts_of_region_[region->second];
    add_clients([&](const Host& host) { return host.region == region->second; });
  } else if (const auto zone = zones_.find(place); zone != zones_.end()) {
    found = hosts_of_zone_[zone->second];
    add_clients([&](const Host& host) { return host.zone == zone->second; });
  } else if (const auto host = hosts_.find(place); host != hosts_.end()) {
    found = {static_cast<HostId>(host->second)};
  } else {
    return std::nullopt;
  }
  return found;
}

std::optional<NodeRef> Reading::node(const std::string& name, const std::string& pointer) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string service_name = name.substr(0, slash);
  for (std::uint32_t i = 0; i < scenario.services.size(); ++i) {
    if (scenario.services[i].name != service_name) continue;
    const std::size_t nodes = scenario.services[i].hosts.size();
    const auto number = list_position(std::string_view(name).substr(slash + 1));
    if (number && *number < nodes) return NodeRef{i, static_cast<std::uint32_t>(*number)};
    if (nodes > 0 && !hosts_in_doubt) {  // otherwise others are at fault, which has been said
      problem(pointer, fmt::format("there is no node \"{}\" ({} has {}/0 to {}/{})", name,
                                   service_name, service_name, service_name, nodes - 1));
    }
    return NodeRef{i, 0};
  }
  return std::nullopt;
}

std::vector<HostId> Reading::hosts(const std::string& place, const std::string& pointer,
                                   bool with_clients) {
  if (auto found = find_hosts(place, with_clients)) {
    named_hosts_ += found->size();
    if (named_hosts_ > most_named_hosts) {
      problem(pointer,
              fmt::format("services and faults name more than {} hosts in all", most_named_hosts));
      return {};
    }
    if (found->empty() && !hosts_in_doubt) {
      problem(pointer, fmt::format("\"{}\" has no hosts (give it some in the topology)", place));
    }
    return *found;
  }
  const std::size_t before = count();
  if (const auto found = node(place, pointer)) {
    const auto& hosts = scenario.services[found->service].hosts;
    if (count() == before && !hosts.empty()) return {hosts[found->number]};
    return {};
  }
  if (hosts_in_doubt) return {};
  std::vector<std::string> known = scenario.topology.regions;
  if (count() < most_problems) {
    for (const Zone& zone : scenario.topology.zones) known.push_back(zone.name);
    for (const ServiceSettings& service : scenario.services) {
      if (!service.hosts.empty()) known.push_back(service.name + "/0");
    }
  }
  const auto near = count() < most_problems ? nearest(place, known) : std::nullopt;
  problem(pointer, fmt::format("there is no region, zone, host or node \"{}\" ({})", place,
                               near ? "did you mean \"" + *near + "\"?"
                                    : fmt::format("regions: {}",
                                                  fmt::join(scenario.topology.regions, ", "))));
  return {};
}

}  // namespace faultline
