// Two kinds of SimGrid zones that compute routes instead of keeping tables of them. Private to
// sim/engine.
//
// SimGrid asks the innermost zone that holds both ends for the way between them. ZoneOfHosts
// answers for hosts, OuterZone for zones. Both add the latency of the topology's path as a number
// of its own, and give links, all without latency, for the bandwidth. A link is only part of a
// route where it can be the bottleneck: SimGrid shares bandwidth anew among all flows that are
// connected through links whenever one of them starts or ends.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <simgrid/kernel/routing/StarZone.hpp>
#include <simgrid/s4u.hpp>

#include <faultline/engine/topology.hpp>

namespace faultline {

/// A star: each host hangs on one link of its own, duplex, with the bandwidth of its uplink.
class ZoneOfHosts final : public simgrid::kernel::routing::StarZone {
 public:
  ZoneOfHosts(const std::string& name, simgrid::s4u::NetZone* world, const PathSettings& within);

  simgrid::s4u::Host* add(const std::string& name, Bandwidth uplink);
  simgrid::kernel::routing::NetPoint* gateway() const { return gateway_; }

  void get_local_route(const simgrid::kernel::routing::NetPoint* from,
                       const simgrid::kernel::routing::NetPoint* to,
                       simgrid::kernel::routing::Route* route, double* latency) override;

 private:
  const double latency_;
  /// Bounds each flow within the zone alone, not all of them together.
  simgrid::s4u::Link* hub_;
  simgrid::kernel::routing::NetPoint* gateway_;
  std::vector<Bandwidth> uplinks_;  ///< by netpoint
};

/// The zones and what joins them: one link for each pair of regions, which all their zones share,
/// and for each zone one to the other zones of its region. All duplex.
class OuterZone final : public simgrid::kernel::routing::NetZoneImpl {
 public:
  OuterZone(const Topology& topology, const std::vector<const PathSettings*>& paths);

  /// Zones are added in the order of the topology.
  ZoneOfHosts& add_zone();

  void get_local_route(const simgrid::kernel::routing::NetPoint* from,
                       const simgrid::kernel::routing::NetPoint* to,
                       simgrid::kernel::routing::Route* route, double* latency) override;

 private:
  void make_links();

  const Topology& topology_;
  const std::vector<const PathSettings*>& paths_;  ///< by pair of zones
  std::vector<ZoneOfHosts*> zones_;                ///< SimGrid owns them
  std::unordered_map<const simgrid::kernel::routing::NetPoint*, std::uint32_t> numbers_;
  std::vector<simgrid::s4u::SplitDuplexLink*> trunks_;  ///< by zone; null where it is alone
  /// By pair of regions, the smaller first.
  std::unordered_map<std::uint64_t, simgrid::s4u::SplitDuplexLink*> between_regions_;
};

}  // namespace faultline
