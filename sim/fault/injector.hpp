// Carries the fault timeline out: crashes and boots nodes, cuts and mends the network, slows, stops
// and misleads machines.
//
// Faults overlap freely. Rules where two strike the same thing at once:
//   crash      a node is up when no crash lasts; each crash takes its toll of the disk
//   pause      stands still until the last pause ends; what is down and paused boots when both are
//   over slow, disk factors multiply; a disk keeps its syncs when no fault loses them clock errors
//   add up; when a fault ends, the error it has brought so far goes with it partition, link  the
//   network combines them (Impairment)
// At one instant, what begins does so before what ends: nothing recovers for no time at all.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <faultline/engine/simulation.hpp>
#include <faultline/fault/settings.hpp>
#include <faultline/model/service.hpp>

namespace faultline {

/// How a fault of links or a partition looks to the network: paths in one direction each, no path
/// twice.
std::vector<Impairment> impairments_of(const PartitionFault& partition, std::size_t hosts);
std::vector<Impairment> impairments_of(const LinkFault& link, std::size_t hosts);

class FaultInjector {
 public:
  /// Schedules every span; `services` by their position in the scenario. Everything that is passed
  /// must outlive the run; construct it before the run begins.
  FaultInjector(Simulation& simulation, std::vector<Service*> services,
                std::span<const FaultSettings> faults, std::span<const FaultSpan> spans);
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;

 private:
  /// How many faults hold a node down or still.
  struct NodeState {
    std::uint32_t crashes = 0;
    std::uint32_t pauses = 0;
  };
  /// What holds on a host; sums and products are taken anew at each edge, so that nothing is left
  /// over.
  struct HostState {
    std::uint32_t pauses = 0;
    std::uint32_t lost_syncs = 0;
    std::map<std::size_t, double> slowdowns;       ///< by span
    std::map<std::size_t, double> disk_slowdowns;  ///< by span
    std::map<std::size_t, Time> clock_faults;      ///< by span: when it began
  };

  static void on_begin(void* injector, std::uint64_t span);
  static void on_end(void* injector, std::uint64_t span);

  void begin(std::size_t span, const CrashFault& fault);
  void begin(std::size_t span, const PauseFault& fault);
  void begin(std::size_t span, const SlowFault& fault);
  void begin(std::size_t span, const PartitionFault& fault);
  void begin(std::size_t span, const LinkFault& fault);
  void begin(std::size_t span, const ClockFault& fault);
  void begin(std::size_t span, const DiskFault& fault);
  void end(std::size_t span, const CrashFault& fault);
  void end(std::size_t span, const PauseFault& fault);
  void end(std::size_t span, const SlowFault& fault);
  void end(std::size_t span, const PartitionFault&) { mend(span); }
  void end(std::size_t span, const LinkFault&) { mend(span); }
  void end(std::size_t span, const ClockFault& fault);
  void end(std::size_t span, const DiskFault& fault);

  std::vector<NodeRef> struck(const std::vector<NodeRef>& nodes,
                              const std::vector<HostId>& on_hosts) const;
  NodeState& state(NodeRef node) { return nodes_[node.service][node.number]; }
  HostState& state(HostId host) { return hosts_[host]; }
  void boot_if_free(NodeRef node);
  void set_speed(HostId host);
  void set_disk_speed(HostId host);
  void set_clock(HostId host);
  void impair(std::size_t span, std::vector<Impairment> impairments);
  void mend(std::size_t span);

  Simulation& simulation_;
  std::vector<Service*> services_;
  std::span<const FaultSettings> faults_;
  std::span<const FaultSpan> spans_;
  std::vector<std::vector<NodeState>> nodes_;           ///< by service and number
  std::map<HostId, HostState> hosts_;                   ///< that faults have struck
  std::vector<std::vector<ImpairmentId>> impairments_;  ///< by span
};

}  // namespace faultline
