// Topologies and packets for the tests of the engine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <faultline/engine/simulation.hpp>

namespace faultline {

/// Two regions, "a" with two zones and "b" with one; `hosts` in each zone; every path its own
/// latency.
inline Topology two_regions(int hosts = 2) {
  Topology topology;
  topology.regions = {"a", "b"};
  topology.zones = {{"a/1", 0}, {"a/2", 0}, {"b", 1}};
  for (std::uint32_t zone = 0; zone < 3; ++zone) {
    for (int i = 0; i < hosts; ++i) {
      topology.hosts.push_back({topology.zones[zone].name + "/" + std::to_string(i),
                                topology.zones[zone].region, zone, HostSettings{}});
    }
  }
  topology.within_zone.latency = Distribution::constant(250e-6);
  topology.between_zones.latency = Distribution::constant(1e-3);
  RegionLink link{0, 1, {}};
  link.path.latency = Distribution::constant(40e-3);
  link.path.bandwidth = 125e6;
  topology.links.push_back(link);
  return topology;
}

constexpr HostId host(std::uint32_t number) { return static_cast<HostId>(number); }

/// A packet that notes when its copies arrive and that it was released.
struct NotedPacket : Packet {
  NotedPacket(EventQueue& of, HostId source, HostId destination, Bytes bytes) : queue(of) {
    from = source;
    to = destination;
    size = bytes;
    arrive = [](Packet& packet) {
      auto& self = static_cast<NotedPacket&>(packet);
      self.arrivals.push_back(self.queue.now());
    };
    release = [](Packet& packet) { static_cast<NotedPacket&>(packet).released = true; };
  }
  EventQueue& queue;
  std::vector<Time> arrivals;
  bool released = false;
};

/// Notes the instants at which its events run.
struct Instants {
  explicit Instants(EventQueue& of) : queue(of) {}
  static void note(void* instants, std::uint64_t) {
    auto& self = *static_cast<Instants*>(instants);
    self.at.push_back(self.queue.now());
  }
  EventQueue& queue;
  std::vector<Time> at;
};

/// Runs `action` at `when`.
struct Action {
  Action(EventQueue& queue, Duration when, std::function<void()> what) : action(std::move(what)) {
    queue.at(
        Time{when}, [](void* self, std::uint64_t) { static_cast<Action*>(self)->action(); }, this);
  }
  std::function<void()> action;
};

/// Nothing wrong yet, from some hosts of two_regions() to others.
inline Impairment impairment_between(const std::vector<HostId>& from,
                                     const std::vector<HostId>& to) {
  Impairment impairment;
  impairment.from = HostSet(6, from);
  impairment.to = HostSet(6, to);
  return impairment;
}
inline Impairment cut_between(const std::vector<HostId>& from, const std::vector<HostId>& to) {
  Impairment impairment = impairment_between(from, to);
  impairment.cut = true;
  return impairment;
}

}  // namespace faultline
