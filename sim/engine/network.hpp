// Carries packets between hosts: what a model's message meets on its way.
//
// Network is the port that sim/model talks to. MessageNetwork is the real one; tests may use a
// simpler.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <faultline/core/event_queue.hpp>
#include <faultline/core/random.hpp>
#include <faultline/engine/topology.hpp>

namespace faultline {

/// Something on its way. Its owner derives from it and hands it to Network::send(); from then on
/// the network holds it, calls `arrive` once for every copy that arrives (twice if it was
/// duplicated, never if it was lost), and lets go of it. `release` is called once, when the network
/// and all receivers who hold it have done so.
struct Packet {
  HostId from{};
  HostId to{};
  Bytes size = 0;  ///< the content; the network adds its overhead
  void (*arrive)(Packet&) = nullptr;
  void (*release)(Packet&) = nullptr;
  std::uint32_t holders = 1;  ///< copies in flight, and receivers that are not done with it
};

inline void hold(Packet& packet) { ++packet.holders; }
inline void let_go(Packet& packet) {
  if (--packet.holders == 0) packet.release(packet);
}

/// What a message from a host to itself takes; nothing impairs it.
inline constexpr Duration loopback_latency{10'000};

class Network {
 public:
  virtual ~Network() = default;
  virtual void send(Packet& packet) = 0;
};

/// A set of hosts as bits, for tests of membership on the path of every message.
class HostSet {
 public:
  HostSet() = default;
  HostSet(std::size_t hosts, std::span<const HostId> members);
  bool contains(HostId host) const {
    const std::size_t index = index_of(host);
    return index / 64 < bits_.size() && ((bits_[index / 64] >> (index % 64)) & 1U) != 0;
  }

 private:
  std::vector<std::uint64_t> bits_;
};

/// A change for the worse on the paths from some hosts to others, in one direction.
struct Impairment {
  HostSet from;
  HostSet to;
  bool cut = false;           ///< nothing passes (a partition)
  double latency_factor = 1;  ///< not below 0
  Duration extra_latency{0};  ///< not below 0
  double loss = 0;            ///< beside the path's own, independently; likewise below
  double duplication = 0;
  double reordering = 0;
  double bandwidth_factor = 1;  ///< of the path and of the senders' uplinks; above 0
};
enum class ImpairmentId : std::uint32_t {};

struct TrafficCounters {
  std::uint64_t messages = 0;  ///< sent, the lost ones included
  Bytes bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
};

}  // namespace faultline
