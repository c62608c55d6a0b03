#include <utility>

#include <faultline/experiment/usage.hpp>

namespace faultline {

HostUsage usage_of(Simulation& simulation, HostId host) {
  const Machine& machine = simulation.machine(host);
  return {machine.core_busy(), machine.disk_busy(), simulation.uplink_busy(host)};
}

Usage::Usage(Simulation& simulation, std::size_t phases)
    : simulation_(simulation),
      hosts_at_edge_(simulation.topology().hosts.size()),
      links_at_edge_(simulation.topology().regions.size() * simulation.topology().regions.size()),
      hosts_(phases + 1),
      links_(phases + 1) {}

void Usage::close_phase(std::size_t phase) {
  const std::size_t all = hosts_.size() - 1;
  for (const HostId host : simulation_.hosts_in_use()) {
    const auto number = static_cast<std::uint32_t>(host);
    const HostUsage now = usage_of(simulation_, host);
    const HostUsage before = std::exchange(hosts_at_edge_[number], now);
    const HostUsage spent{now.core - before.core, now.disk - before.disk,
                          now.uplink - before.uplink};
    if (phase == all || spent.core + spent.disk + spent.uplink == Duration::zero()) continue;
    hosts_[phase].emplace(number, spent);
    HostUsage& sum = hosts_[all][number];
    sum.core += spent.core;
    sum.disk += spent.disk;
    sum.uplink += spent.uplink;
  }
  const auto regions = static_cast<std::uint32_t>(simulation_.topology().regions.size());
  for (std::uint32_t from = 0; from < regions; ++from) {
    for (std::uint32_t to = 0; to < regions; ++to) {
      const Bytes now = simulation_.sent_between(from, to);
      const Bytes sent = now - std::exchange(links_at_edge_[from * regions + to], now);
      if (phase == all || from == to || sent == 0) continue;
      links_[phase].emplace(std::pair(from, to), sent);
      links_[all][{from, to}] += sent;
    }
  }
}

}  // namespace faultline
