// What hosts and the paths between regions had to do, by phase.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <faultline/engine/simulation.hpp>

namespace faultline {

/// Time during which a host was busy: its cores (summed over cores), its disk, its uplink.
struct HostUsage {
  Duration core{0};
  Duration disk{0};
  Duration uplink{0};
};
HostUsage usage_of(Simulation& simulation, HostId host);

class Usage {
 public:
  using Hosts = std::map<std::uint32_t, HostUsage>;                        ///< by number
  using Links = std::map<std::pair<std::uint32_t, std::uint32_t>, Bytes>;  ///< by (from, to) region

  Usage(Simulation& simulation, std::size_t phases);

  /// What was done since the last call belongs to `phase`; to none, if it is the number of phases.
  void close_phase(std::size_t phase);

  /// Hosts, and pairs of regions, that did something in the phase; the number of phases stands for
  /// all of them together.
  const Hosts& hosts(std::size_t phase) const { return hosts_[phase]; }
  const Links& links(std::size_t phase) const { return links_[phase]; }

 private:
  Simulation& simulation_;
  std::vector<HostUsage> hosts_at_edge_;
  std::vector<Bytes> links_at_edge_;  ///< by region of the sender, then of the receiver
  std::vector<Hosts> hosts_;
  std::vector<Links> links_;
};

}  // namespace faultline
