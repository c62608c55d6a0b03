// A network of glass for tests: latencies as the test wants them, cuts by hand, losses and
// duplicates by chance. No SimGrid.
#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include <faultline/core/event_queue.hpp>
#include <faultline/core/random.hpp>
#include <faultline/engine/network.hpp>

namespace faultline::testing {

using namespace std::chrono_literals;

/// Carries each message after a latency that may depend on its name, and loses what is cut off.
class GlassNetwork final : public Network {
 public:
  using Latency = std::function<Duration(HostId from, HostId to, std::string_view message)>;

  GlassNetwork(EventQueue& queue, std::uint64_t seed) : queue_(queue), random_(seed, "network") {}
  ~GlassNetwork() override {
    queue_.for_each_pending(
        on_arrival, [](void* packet, std::uint64_t) { let_go(*static_cast<Packet*>(packet)); });
  }

  Latency latency = [](HostId from, HostId to, std::string_view) {
    return from == to ? Duration(0) : Duration(10ms);
  };
  double loss = 0;
  double duplication = 0;         ///< among the service's hosts: clients have connections
  std::size_t service_hosts = 0;  ///< they come first
  std::set<std::pair<std::size_t, std::size_t>> cuts;  ///< (from, to)
  std::string_view message;                            ///< the name of what is sent next, if known

  bool cut(HostId from, HostId to) const {
    return !cuts.empty() && cuts.contains({index_of(from), index_of(to)});
  }
  void send(Packet& packet) override {
    if (cut(packet.from, packet.to) || (packet.from != packet.to && random_.chance(loss))) {
      packet.release(packet);
      return;
    }
    const bool inside = std::max(index_of(packet.from), index_of(packet.to)) < service_hosts;
    packet.holders = inside && random_.chance(duplication) ? 2 : 1;
    for (std::uint32_t copies = packet.holders; copies > 0; --copies) {
      queue_.after(latency(packet.from, packet.to, message), on_arrival, &packet,
                   reinterpret_cast<std::uint64_t>(this));
    }
  }

 private:
  /// What is under way when the path is cut is lost as well.
  static void on_arrival(void* target, std::uint64_t network) {
    auto& packet = *static_cast<Packet*>(target);
    // The argument of an event is a number.
    const auto& self = *reinterpret_cast<GlassNetwork*>(network);  // NOLINT
    if (!self.cut(packet.from, packet.to)) packet.arrive(packet);
    let_go(packet);
  }
  EventQueue& queue_;
  RandomStream random_;
};

}  // namespace faultline::testing
