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

#include <faultline/engine/machine.hpp>
#include <faultline/engine/network.hpp>
#include <faultline/engine/topology.hpp>

namespace faultline {

class Simulation {
 public:
  /// Builds the platform. Random streams are named after hosts ("network", "disk/HOST") under
  /// `seed`.
  Simulation(Topology topology, std::uint64_t seed);
  ~Simulation();

  EventQueue& queue();
  Network& network();
  Machine& machine(HostId host);
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

  /// Moves `size` bytes as a SimGrid communication, sharing bandwidth; `done(target, argument)`
  /// runs when all has arrived. Cuts stop it from starting (it is then retried when the path
  /// heals).
  void transfer(HostId from, HostId to, Bytes size, EventHandler done, void* target,
                std::uint64_t argument = 0);

  ImpairmentId impair(Impairment impairment);
  void repair(ImpairmentId impairment);
  /// Whether a cut separates the two at this instant.
  bool cut(HostId from, HostId to) const;

  const TrafficCounters& traffic() const;
  /// Time the host's uplink was busy sending.
  Duration uplink_busy(HostId host) const;
  std::uint64_t transfers() const;

  /// Runs all events up to and including `end`. May be called once.
  void run(Time end);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace faultline
