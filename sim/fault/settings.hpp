// Faults as plain data: dated changes for the worse, and what they make of the run's phases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <faultline/core/distribution.hpp>
#include <faultline/core/time.hpp>
#include <faultline/engine/topology.hpp>
#include <faultline/model/service.hpp>

namespace faultline {

/// A node of a service: the service's position in the scenario and the node's number.
struct NodeRef {
  std::uint32_t service = 0;
  std::uint32_t number = 0;
};

/// Processes die; they restart when the fault ends. A host dies with all nodes on it.
struct CrashFault {
  std::vector<NodeRef> nodes;
  std::vector<HostId> hosts;
  DiskFate disk = DiskFate::kept;
};
/// Processes stand still (a stop-the-world pause, a stopped virtual machine) and go on as if
/// nothing was.
struct PauseFault {
  std::vector<NodeRef> nodes;
  std::vector<HostId> hosts;
};
/// Cores run at `factor` of their speed.
struct SlowFault {
  std::vector<HostId> hosts;
  double factor = 0.1;
};
/// Groups of hosts that cannot reach each other; hosts in no group reach all (a partial partition,
/// with a bridge). One-way: members of the first group cannot send to the others, but hear them.
struct PartitionFault {
  std::vector<std::vector<HostId>> groups;
  bool one_way = false;
};
/// Paths between two sets of hosts (both ways unless `one_way`) get worse.
struct LinkFault {
  std::vector<HostId> from;
  std::vector<HostId> to;
  bool one_way = false;
  double latency_factor = 1;
  Duration extra_latency{0};
  double loss = 0;
  double duplication = 0;
  double reordering = 0;
  double bandwidth_factor = 1;
};
/// Clocks jump by `step` and gain `drift` seconds per second while the fault lasts.
struct ClockFault {
  std::vector<HostId> hosts;
  Duration step{0};
  double drift = 0;
};
/// The disk runs at `factor` of its speed, or reports syncs that did not happen.
struct DiskFault {
  std::vector<HostId> hosts;
  double factor = 1;
  bool lose_syncs = false;
};
using FaultKind = std::variant<CrashFault, PauseFault, SlowFault, PartitionFault, LinkFault,
                               ClockFault, DiskFault>;

/// One entry of the scenario's "faults". It begins at `at` and lasts `length` (never ends without
/// one); with `every` it comes back; with `between_failures` and `to_repair` it comes at random
/// instants from the stream "fault/LABEL", between `at` and `until`.
struct FaultSettings {
  std::string label;  ///< for charts and phases: "partition", "crash store/1"; unique in a scenario
  std::string kind;  ///< the key that the scenario used: "partition", "crash", "region_outage", ...
  std::string what;  ///< whom it strikes, in words: "us-east-1 | eu-west-1"
  Time at{};
  std::optional<Duration> length;
  std::optional<Duration> every;
  std::optional<Distribution> between_failures;  ///< MTBF: from one repair to the next failure
  std::optional<Distribution> to_repair;         ///< MTTR
  Time until = never;
  FaultKind fault;
};

/// One stretch of a fault in the run.
struct FaultSpan {
  std::size_t fault = 0;  ///< index into the scenario's faults
  Time from{};
  Time to = never;
};

/// A stretch of the run between fault edges. Names: "before", "during LABEL", "after LABEL"; two
/// stretches of one name get a number: "during LABEL 2". See phases() in timeline.hpp.
struct Phase {
  std::string name;
  Time from{};
  Time to{};
  std::vector<std::size_t> active;  ///< faults that last through it
};

}  // namespace faultline
