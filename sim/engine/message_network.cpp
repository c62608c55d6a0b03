#include <algorithm>

#include <faultline/engine/message_network.hpp>

namespace faultline {
namespace {

/// Of two independent chances, that at least one strikes.
double either(double a, double b) { return 1 - (1 - a) * (1 - b); }

}  // namespace

MessageNetwork::MessageNetwork(EventQueue& queue, const Topology& topology,
                               const Platform& platform, std::uint64_t seed,
                               std::function<void(Packet&)> bulk)
    : queue_(queue),
      settings_(topology.network),
      platform_(platform),
      bulk_(std::move(bulk)),
      regions_(topology.regions.size()),
      sent_(regions_ * regions_) {
  uplinks_.reserve(topology.hosts.size());
  random_.reserve(topology.hosts.size());
  for (const Host& host : topology.hosts) {
    uplinks_.push_back({host.settings.uplink});
    random_.emplace_back(seed, "network/" + host.name);
    region_.push_back(host.region);
  }
}

MessageNetwork::~MessageNetwork() {
  queue_.for_each_pending(on_event, [](void* target, std::uint64_t) {
    auto& packet = *static_cast<Packet*>(target);
    let_go(packet);
  });
}

void MessageNetwork::send(Packet& packet) {
  const Bytes size = packet.size + settings_.overhead;
  ++traffic_.messages;
  traffic_.bytes += size;
  packet.holders = 1;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  if (packet.from == packet.to) {
    queue_.after(loopback_latency, on_event, &packet, self);
    return;
  }
  if (cuts_ > 0 && cut(packet.from, packet.to)) {
    lose(packet);
    return;
  }
  count(packet.from, packet.to, size);
  if (size > settings_.bulk_threshold || settings_.fidelity == NetworkSettings::Fidelity::flow) {
    send_bulk(packet, size);
    return;
  }
  const PathSettings& path = platform_.path(packet.from, packet.to);
  RandomStream& random = random_[index_of(packet.from)];
  const Conditions now = conditions(packet.from, packet.to, path);
  const Time sent = transmit(packet, size, path, now.bandwidth_factor);
  if (random.chance(now.loss)) {
    lose(packet);
    return;
  }
  if (random.chance(now.duplication)) {
    ++traffic_.duplicated;
    hold(packet);
    queue_.at(sent + latency(path, now, random), on_event, &packet, self);
  }
  queue_.at(sent + latency(path, now, random), on_event, &packet, self);
}

/// With flow fidelity a small message is a datagram still, and may be lost.
void MessageNetwork::send_bulk(Packet& packet, Bytes size) {
  Uplink& uplink = uplinks_[index_of(packet.from)];
  uplink.busy += from_seconds(static_cast<double>(size) / uplink.bandwidth);
  if (size <= settings_.bulk_threshold) {
    const PathSettings& path = platform_.path(packet.from, packet.to);
    const double loss = conditions(packet.from, packet.to, path).loss;
    if (random_[index_of(packet.from)].chance(loss)) {
      lose(packet);
      return;
    }
  }
  packet.size = size;
  bulk_(packet);
}

void MessageNetwork::lose(Packet& packet) {
  ++traffic_.lost;
  let_go(packet);
}

MessageNetwork::Conditions MessageNetwork::conditions(HostId from, HostId to,
                                                      const PathSettings& path) const {
  Conditions result{1, Duration::zero(), path.loss, path.duplication, path.reordering, 1};
  for (const auto& [id, impairment] : impairments_) {
    if (!impairment.from.contains(from) || !impairment.to.contains(to)) continue;
    result.latency_factor *= impairment.latency_factor;
    result.extra_latency += impairment.extra_latency;
    result.loss = either(result.loss, impairment.loss);
    result.duplication = either(result.duplication, impairment.duplication);
    result.reordering = either(result.reordering, impairment.reordering);
    result.bandwidth_factor *= impairment.bandwidth_factor;
  }
  return result;
}

/// When the last byte has left for the receiver. The slowest of sender's uplink, path and
/// receiver's link sets the pace, the first two for the messages behind this one too.
Time MessageNetwork::transmit(const Packet& packet, Bytes size, const PathSettings& path,
                              double factor) {
  Uplink& uplink = uplinks_[index_of(packet.from)];
  const double bytes = static_cast<double>(size);
  const Bandwidth rate = std::min(uplink.bandwidth, path.bandwidth) * factor;
  const Duration takes = from_seconds(bytes / rate);
  uplink.free = std::max(uplink.free, queue_.now()) + takes;
  uplink.busy += takes;
  const Bandwidth at_receiver = uplinks_[index_of(packet.to)].bandwidth;
  if (at_receiver >= rate) return uplink.free;
  return uplink.free + from_seconds(bytes / at_receiver - bytes / rate);
}

Duration MessageNetwork::latency(const PathSettings& path, const Conditions& conditions,
                                 RandomStream& random) {
  Duration total = path.latency.sample_duration(random);
  if (random.chance(conditions.reordering)) total += path.latency.sample_duration(random);
  if (conditions.latency_factor != 1) {
    total = from_seconds(seconds(total) * conditions.latency_factor);
  }
  return total + conditions.extra_latency;
}

void MessageNetwork::on_event(void* packet, std::uint64_t network) {
  on_arrival(reinterpret_cast<MessageNetwork*>(static_cast<std::uintptr_t>(network)),
             *static_cast<Packet*>(packet));
}

void MessageNetwork::on_arrival(MessageNetwork* network, Packet& packet) {
  if (network->cuts_ > 0 && network->cut(packet.from, packet.to)) {
    ++network->traffic_.lost;
  } else {
    packet.arrive(packet);
  }
  let_go(packet);
}

ImpairmentId MessageNetwork::impair(Impairment impairment) {
  const auto id = static_cast<ImpairmentId>(next_impairment_++);
  if (impairment.cut) ++cuts_;
  impairments_.push_back({id, std::move(impairment)});
  return id;
}

void MessageNetwork::repair(ImpairmentId id) {
  const auto found = std::find_if(impairments_.begin(), impairments_.end(),
                                  [id](const Active& active) { return active.id == id; });
  if (found == impairments_.end()) return;
  if (found->impairment.cut) --cuts_;
  impairments_.erase(found);
}

bool MessageNetwork::cut(HostId from, HostId to) const {
  if (from == to) return false;
  return std::any_of(impairments_.begin(), impairments_.end(), [&](const Active& active) {
    return active.impairment.cut && active.impairment.from.contains(from) &&
           active.impairment.to.contains(to);
  });
}

double MessageNetwork::latency_factor(HostId from, HostId to) const {
  if (impairments_.empty()) return 1;
  const PathSettings& path = platform_.path(from, to);
  const Conditions now = conditions(from, to, path);
  const double mean = path.latency.mean();
  return mean > 0 ? now.latency_factor + seconds(now.extra_latency) / mean : 1;
}

double MessageNetwork::bandwidth_factor(HostId from, HostId to) const {
  if (impairments_.empty()) return 1;
  return conditions(from, to, platform_.path(from, to)).bandwidth_factor;
}

}  // namespace faultline
