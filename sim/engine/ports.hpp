// The SimGrid side of a topology: one zone that computes its routes, with as few hosts in it as
// transfers need. Private to sim/engine.
//
// A host with its links takes SimGrid 3 KB and a while to make, and most hosts of a large topology
// never move bulk data. So SimGrid knows only *ports*: hosts on a duplex link each. A host of the
// topology takes one when its first transfer begins and returns it when its last is through; the
// port's link then has the bandwidth of its holder's uplink, and routes are those between the
// holders. As many ports as hosts, up to a bound: when all are taken, a transfer waits (see
// transfers.hpp).
//
// A route has the mean latency of the topology's path as a number of its own, and links, all
// without latency, for the bandwidth. A link is only part of a route where it can be the
// bottleneck: SimGrid shares bandwidth anew among all flows that are connected through links
// whenever one of them starts or ends.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>

#include <faultline/engine/topology.hpp>

namespace faultline {

class Ports final : public simgrid::kernel::routing::NetZoneImpl {
 public:
  /// How many hosts can have transfers under way at one time.
  static constexpr std::size_t most = 4096;

  /// `paths` by pair of the topology's zones; both must outlive the engine, which owns this.
  Ports(const Topology& topology, const std::vector<const PathSettings*>& paths);

  /// The host's port, which it keeps until it has returned it as often as taken it. Null if all
  /// are others'.
  simgrid::s4u::Host* take(HostId host);
  void give_back(HostId host);
  /// Whose port this is. Precondition: it is taken.
  HostId holder(const simgrid::s4u::Host* port) const;
  /// Some port, whoever has it.
  simgrid::s4u::Host* any() const { return ports_.front().host; }

  void get_local_route(const simgrid::kernel::routing::NetPoint* from,
                       const simgrid::kernel::routing::NetPoint* to,
                       simgrid::kernel::routing::Route* route, double* latency) override;

 private:
  struct Port {
    simgrid::s4u::Host* host = nullptr;
    simgrid::s4u::SplitDuplexLink* uplink = nullptr;
    HostId holder{};
    std::uint32_t uses = 0;
  };

  void make_links();
  void make_ports();
  void add_links_between(const Host& from, const Host& to, simgrid::kernel::routing::Route& route);

  const Topology& topology_;
  const std::vector<const PathSettings*>& paths_;
  std::vector<Port> ports_;             ///< by the number of their netpoint
  std::vector<std::uint32_t> free_;     ///< a stack: who was used last is used first
  std::vector<std::uint32_t> port_of_;  ///< by host of the topology

  /// By zone: what bounds each flow within it, but not all of them together.
  std::vector<simgrid::s4u::Link*> hubs_;
  /// By zone: what joins it to the other zones of its region; null where there are none.
  std::vector<simgrid::s4u::SplitDuplexLink*> trunks_;
  /// By pair of regions, the smaller first: one link, which all their zones share.
  std::unordered_map<std::uint64_t, simgrid::s4u::SplitDuplexLink*> between_regions_;
};

}  // namespace faultline
