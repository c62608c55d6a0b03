#include <algorithm>
#include <utility>

#include <faultline/fault/injector.hpp>

namespace faultline {
namespace {

/// Members of `all` that are not in `without`.
std::vector<HostId> difference(const std::vector<HostId>& all, const std::vector<HostId>& without) {
  std::vector<HostId> rest;
  for (const HostId host : all) {
    if (std::find(without.begin(), without.end(), host) == without.end()) rest.push_back(host);
  }
  return rest;
}

Impairment between(std::size_t hosts, const std::vector<HostId>& from,
                   const std::vector<HostId>& to) {
  Impairment impairment;
  impairment.from = HostSet(hosts, from);
  impairment.to = HostSet(hosts, to);
  return impairment;
}

double product(const std::map<std::size_t, double>& factors) {
  double result = 1;
  for (const auto& [span, factor] : factors) result *= factor;
  return result;
}

struct Edge {
  Time at;
  bool begins;
  std::size_t span;
};

std::vector<Edge> edges_in_order(std::span<const FaultSpan> spans) {
  std::vector<Edge> edges;
  for (std::size_t span = 0; span < spans.size(); ++span) {
    if (spans[span].to <= spans[span].from) continue;
    edges.push_back({spans[span].from, true, span});
    if (spans[span].to != never) edges.push_back({spans[span].to, false, span});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    if (a.at != b.at) return a.at < b.at;
    if (a.begins != b.begins) return a.begins;
    return a.span < b.span;
  });
  return edges;
}

}  // namespace

std::vector<Impairment> impairments_of(const PartitionFault& partition, std::size_t hosts) {
  std::vector<Impairment> cuts;
  for (std::size_t group = 0; group < partition.groups.size(); ++group) {
    if (partition.one_way && group > 0) break;
    std::vector<HostId> others;
    for (std::size_t other = 0; other < partition.groups.size(); ++other) {
      if (other == group) continue;
      others.insert(others.end(), partition.groups[other].begin(), partition.groups[other].end());
    }
    cuts.push_back(between(hosts, partition.groups[group], others));
    cuts.back().cut = true;
  }
  return cuts;
}

std::vector<Impairment> impairments_of(const LinkFault& link, std::size_t hosts) {
  std::vector<Impairment> ways{between(hosts, link.from, link.to)};
  if (!link.one_way) {
    // The way back, less the paths that the way there has already: those between hosts on both
    // sides.
    const std::vector<HostId> only_from = difference(link.from, link.to);
    const std::vector<HostId> only_to = difference(link.to, link.from);
    const std::vector<HostId> both = difference(link.to, only_to);
    if (!only_to.empty()) ways.push_back(between(hosts, only_to, link.from));
    if (!both.empty() && !only_from.empty()) ways.push_back(between(hosts, both, only_from));
  }
  for (Impairment& way : ways) {
    way.latency_factor = link.latency_factor;
    way.extra_latency = link.extra_latency;
    way.loss = link.loss;
    way.duplication = link.duplication;
    way.reordering = link.reordering;
    way.bandwidth_factor = link.bandwidth_factor;
  }
  return ways;
}

FaultInjector::FaultInjector(Simulation& simulation, std::vector<Service*> services,
                             std::span<const FaultSettings> faults,
                             std::span<const FaultSpan> spans)
    : simulation_(simulation),
      services_(std::move(services)),
      faults_(faults),
      spans_(spans),
      impairments_(spans.size()) {
  for (const Service* service : services_) nodes_.emplace_back(service->size());
  for (const Edge& edge : edges_in_order(spans_)) {
    simulation_.queue().at(edge.at, edge.begins ? on_begin : on_end, this, edge.span);
  }
}

void FaultInjector::on_begin(void* injector, std::uint64_t span) {
  auto& self = *static_cast<FaultInjector*>(injector);
  std::visit([&self, span](const auto& fault) { self.begin(span, fault); },
             self.faults_[self.spans_[span].fault].fault);
}

void FaultInjector::on_end(void* injector, std::uint64_t span) {
  auto& self = *static_cast<FaultInjector*>(injector);
  std::visit([&self, span](const auto& fault) { self.end(span, fault); },
             self.faults_[self.spans_[span].fault].fault);
}

/// The nodes named and those on the hosts named, each once.
std::vector<NodeRef> FaultInjector::struck(const std::vector<NodeRef>& nodes,
                                           const std::vector<HostId>& on_hosts) const {
  std::vector<NodeRef> all = nodes;
  for (std::uint32_t service = 0; service < services_.size(); ++service) {
    const std::vector<HostId>& hosts = services_[service]->settings().hosts;
    for (std::uint32_t number = 0; number < hosts.size(); ++number) {
      if (std::find(on_hosts.begin(), on_hosts.end(), hosts[number]) != on_hosts.end()) {
        all.push_back({service, number});
      }
    }
  }
  const auto place = [](NodeRef node) { return std::pair(node.service, node.number); };
  std::sort(all.begin(), all.end(), [&](NodeRef a, NodeRef b) { return place(a) < place(b); });
  all.erase(std::unique(all.begin(), all.end(),
                        [&](NodeRef a, NodeRef b) { return place(a) == place(b); }),
            all.end());
  return all;
}

// ---- crashes and pauses -------------------------------------------------------------------------

void FaultInjector::begin(std::size_t, const CrashFault& fault) {
  for (const NodeRef node : struck(fault.nodes, fault.hosts)) {
    ++state(node).crashes;
    services_[node.service]->crash(node.number, fault.disk);
  }
  for (const HostId host : fault.hosts) simulation_.machine(host).reset();
}

void FaultInjector::end(std::size_t, const CrashFault& fault) {
  for (const NodeRef node : struck(fault.nodes, fault.hosts)) {
    --state(node).crashes;
    boot_if_free(node);
  }
}

void FaultInjector::begin(std::size_t, const PauseFault& fault) {
  for (const NodeRef node : struck(fault.nodes, fault.hosts)) {
    Service& service = *services_[node.service];
    if (state(node).pauses++ == 0 && service.up(node.number)) {
      service.endpoint(node.number).pause();
    }
  }
  for (const HostId host : fault.hosts) {
    if (state(host).pauses++ == 0) simulation_.machine(host).pause();
  }
}

void FaultInjector::end(std::size_t, const PauseFault& fault) {
  for (const HostId host : fault.hosts) {
    if (--state(host).pauses == 0) simulation_.machine(host).resume();
  }
  for (const NodeRef node : struck(fault.nodes, fault.hosts)) {
    Service& service = *services_[node.service];
    if (--state(node).pauses == 0 && service.up(node.number)) {
      service.endpoint(node.number).resume();
    }
    boot_if_free(node);
  }
}

void FaultInjector::boot_if_free(NodeRef node) {
  if (state(node).crashes == 0 && state(node).pauses == 0) {
    services_[node.service]->boot(node.number);
  }
}

// ---- machines -----------------------------------------------------------------------------------

void FaultInjector::begin(std::size_t span, const SlowFault& fault) {
  for (const HostId host : fault.hosts) {
    state(host).slowdowns[span] = fault.factor;
    set_speed(host);
  }
}

void FaultInjector::end(std::size_t span, const SlowFault& fault) {
  for (const HostId host : fault.hosts) {
    state(host).slowdowns.erase(span);
    set_speed(host);
  }
}

void FaultInjector::begin(std::size_t span, const DiskFault& fault) {
  for (const HostId host : fault.hosts) {
    state(host).disk_slowdowns[span] = fault.factor;
    set_disk_speed(host);
    if (fault.lose_syncs && state(host).lost_syncs++ == 0) {
      simulation_.machine(host).set_loses_syncs(true);
    }
  }
}

void FaultInjector::end(std::size_t span, const DiskFault& fault) {
  for (const HostId host : fault.hosts) {
    state(host).disk_slowdowns.erase(span);
    set_disk_speed(host);
    if (fault.lose_syncs && --state(host).lost_syncs == 0) {
      simulation_.machine(host).set_loses_syncs(false);
    }
  }
}

void FaultInjector::begin(std::size_t span, const ClockFault& fault) {
  for (const HostId host : fault.hosts) {
    state(host).clock_faults[span] = simulation_.queue().now();
    set_clock(host);
  }
}

void FaultInjector::end(std::size_t span, const ClockFault& fault) {
  for (const HostId host : fault.hosts) {
    state(host).clock_faults.erase(span);
    set_clock(host);
  }
}

void FaultInjector::set_speed(HostId host) {
  simulation_.machine(host).set_speed(product(state(host).slowdowns));
}

void FaultInjector::set_disk_speed(HostId host) {
  simulation_.machine(host).set_disk_speed(product(state(host).disk_slowdowns));
}

/// The host's own error at this instant, and what each clock fault has added to it so far.
void FaultInjector::set_clock(HostId host) {
  const Time now = simulation_.queue().now();
  ClockSettings clock = simulation_.topology().hosts[index_of(host)].settings.clock;
  clock.skew += from_seconds(clock.drift * seconds(now));
  for (const auto& [span, began] : state(host).clock_faults) {
    const auto& fault = std::get<ClockFault>(faults_[spans_[span].fault].fault);
    clock.skew += fault.step + from_seconds(fault.drift * seconds(now - began));
    clock.drift += fault.drift;
  }
  simulation_.machine(host).set_clock(now, clock);
}

// ---- the network --------------------------------------------------------------------------------

void FaultInjector::begin(std::size_t span, const PartitionFault& fault) {
  impair(span, impairments_of(fault, simulation_.topology().hosts.size()));
}

void FaultInjector::begin(std::size_t span, const LinkFault& fault) {
  impair(span, impairments_of(fault, simulation_.topology().hosts.size()));
}

void FaultInjector::impair(std::size_t span, std::vector<Impairment> impairments) {
  for (Impairment& impairment : impairments) {
    impairments_[span].push_back(simulation_.impair(std::move(impairment)));
  }
}

void FaultInjector::mend(std::size_t span) {
  for (const ImpairmentId id : std::exchange(impairments_[span], {})) simulation_.repair(id);
}

}  // namespace faultline
