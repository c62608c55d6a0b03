// The message-level carrier: every small message is one event. Private to sim/engine.
//
// On its way a message waits for the sender's uplink, first come first served; then for one sample
// of its path's latency. Samples are independent, so messages between two hosts may overtake each
// other, as datagrams do. A cut path loses what is sent into it and what is still under way when it
// would arrive.
//
// Messages above the bulk threshold, and all messages if the scenario asks for flows, are handed to
// SimGrid instead. SimGrid samples no latency: such a message meets the path's mean, and what
// impairs its path when it starts. Neither duplication nor reordering happens to it; nor does loss
// above the threshold, where a transport would send the missing part again.
#pragma once

#include <functional>
#include <vector>

#include <faultline/engine/network.hpp>
#include <faultline/engine/platform.hpp>

namespace faultline {

class MessageNetwork final : public Network {
 public:
  /// `bulk` takes the messages that travel as transfers and calls carried() when they are through.
  MessageNetwork(EventQueue& queue, const Topology& topology, const Platform& platform,
                 std::uint64_t seed, std::function<void(Packet&)> bulk);
  /// Releases the packets that are still under way.
  ~MessageNetwork() override;

  void send(Packet& packet) override;
  /// A bulk message has come through.
  void carried(Packet& packet) { on_arrival(this, packet); }

  ImpairmentId impair(Impairment impairment);
  void repair(ImpairmentId id);
  bool cut(HostId from, HostId to) const;
  /// What the impairments of this instant multiply a transfer's latency and bandwidth by.
  double latency_factor(HostId from, HostId to) const;
  double bandwidth_factor(HostId from, HostId to) const;

  const TrafficCounters& traffic() const { return traffic_; }
  Duration uplink_busy(HostId host) const { return uplinks_[index_of(host)].busy; }
  /// Bytes that hosts of one region have sent to another so far, messages and transfers alike.
  Bytes sent_between(std::uint32_t from, std::uint32_t to) const {
    return sent_[from * regions_ + to];
  }
  const RandomStream& random(HostId sender) const { return random_[index_of(sender)]; }
  /// Counts what is sent past the network's own messages: a transfer.
  void count(HostId from, HostId to, Bytes size) {
    sent_[region_[index_of(from)] * regions_ + region_[index_of(to)]] += size;
  }

 private:
  struct Uplink {
    Bandwidth bandwidth;
    Time free{};
    Duration busy{0};
  };
  /// What all impairments of a path come to, together with its own settings.
  struct Conditions {
    double latency_factor = 1;
    Duration extra_latency{0};
    double loss;
    double duplication;
    double reordering;
    double bandwidth_factor = 1;
  };

  Conditions conditions(HostId from, HostId to, const PathSettings& path) const;
  void lose(Packet& packet);
  void send_bulk(Packet& packet, Bytes size);
  Time transmit(const Packet& packet, Bytes size, const PathSettings& path, double factor);
  Duration latency(const PathSettings& path, const Conditions& conditions, RandomStream& random);
  static void on_event(void* packet, std::uint64_t network);
  static void on_arrival(MessageNetwork* network, Packet& packet);

  EventQueue& queue_;
  const NetworkSettings settings_;
  const Platform& platform_;
  std::function<void(Packet&)> bulk_;
  std::vector<Uplink> uplinks_;       ///< by host
  std::vector<RandomStream> random_;  ///< by sending host: "network/HOST"
  struct Active {
    ImpairmentId id;
    Impairment impairment;
  };
  std::vector<Active> impairments_;
  std::size_t cuts_ = 0;
  std::uint32_t next_impairment_ = 0;
  TrafficCounters traffic_;
  const std::size_t regions_;
  std::vector<std::uint32_t> region_;  ///< by host
  std::vector<Bytes> sent_;            ///< by region of the sender, then of the receiver
};

}  // namespace faultline
