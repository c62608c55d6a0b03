// One run in one process: SimGrid's engine and platform, the event queue inside it, the network and
// the machines on top.
//
// The event queue is a SimGrid resource model. While no SimGrid activity is in flight nothing else
// can happen in simulated time, so the queue is drained in a tight loop; a bulk transfer is started
// by a `synchronised` event, at which the loop stops until SimGrid's clock has caught up.
//
// SimGrid keeps global state: a process may construct one Simulation in its life (the second
// throws). This header shows nothing of SimGrid; only sim/engine includes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <faultline/engine/machine.hpp>
#include <faultline/engine/network.hpp>
#include <faultline/engine/topology.hpp>

namespace faultline {

class Simulation {
 public:
  /// Builds the platform. Random streams are named after hosts ("network/HOST", "disk/HOST") under
  /// `seed`. Throws std::logic_error if the process has had a simulation, std::invalid_argument if
  /// the topology cannot be built.
  Simulation(Topology topology, std::uint64_t seed);
  ~Simulation();

  EventQueue& queue();
  Network& network();
  /// Made when first asked for: an idle host has none, and its clock, disk and cores are as new.
  Machine& machine(HostId host);
  /// The hosts that have a machine, by number.
  const std::vector<HostId>& hosts_in_use() const;
  /// As given, or as read from the platform file.
  const Topology& topology() const;

  /// One-way latency without jitter, and bottleneck bandwidth, as SimGrid's routes have them.
  struct Route {
    Duration latency;
    Bandwidth bandwidth;
  };
  Route route(HostId from, HostId to);
  /// The mean one-way latency a message meets (the path's distribution): what `nearest` means.
  Duration typical_latency(HostId from, HostId to) const;

  /// Moves `size` bytes as a SimGrid communication; `done(target, argument)` runs when all has
  /// arrived. It meets the mean latency of its path and shares the bandwidth of links with other
  /// transfers: as long as their latencies are equal they get equal shares, else shares in inverse
  /// proportion to latency, as TCP flows do (Casanova and Marchal, "A network model for simulation
  /// of Grid applications", LIP 2002-40). Messages take nothing from transfers, nor the reverse.
  ///
  /// Impairments of latency and bandwidth count as they are when it starts. A cut keeps it from
  /// starting until the path heals, and does not stop one under way. Loss only costs a transport
  /// time, which is left out.
  void transfer(HostId from, HostId to, Bytes size, EventHandler done, void* target,
                std::uint64_t argument = 0);

  ImpairmentId impair(Impairment impairment);
  void repair(ImpairmentId impairment);
  /// Whether a cut separates the two at this instant.
  bool cut(HostId from, HostId to) const;

  const TrafficCounters& traffic() const;
  /// Time the host's uplink was busy sending messages (large ones: as if they had had it alone).
  Duration uplink_busy(HostId host) const;
  /// Bytes that hosts of one region (by position in the topology) have sent to another.
  Bytes sent_between(std::uint32_t from_region, std::uint32_t to_region) const;
  std::uint64_t transfers() const;
  /// Adds the streams of all hosts.
  void add_streams(StreamDigests& digests) const;

  /// Runs all events up to and including `end`. An exception that an event throws comes out of it.
  /// May be called once (std::logic_error).
  void run(Time end);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace faultline
