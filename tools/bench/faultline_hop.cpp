// The hop workload on faultline's event queue inside SimGrid, on a platform of as many hosts as
// asked for. A hop is an event; with "messages" it is a message of 100 bytes through the network,
// whose path then draws the delay, and with "flows" a SimGrid communication.
//
//   faultline_hop [EVENTS [IN_FLIGHT [HOSTS [events|messages|flows]]]]
#include <cstring>
#include <string>

#include <faultline/engine/simulation.hpp>

#include "bench.hpp"

namespace {

using faultline::HostId;
using faultline::Packet;
using faultline::Simulation;
using faultline::Topology;

Topology one_region(std::uint64_t hosts, bool flows) {
  Topology topology;
  topology.regions = {"here"};
  topology.zones = {{"here", 0}};
  for (std::uint64_t i = 0; i < hosts; ++i) {
    topology.hosts.push_back({"here/" + std::to_string(i), 0, 0, faultline::HostSettings{}});
  }
  topology.within_zone.latency = faultline::Distribution::exponential(1e-3);
  if (flows) topology.network.fidelity = faultline::NetworkSettings::Fidelity::flow;
  return topology;
}

class Hopping {
 public:
  Hopping(bench::HopWorkload& work, Simulation& simulation, bool messages)
      : work_(work), queue_(simulation.queue()), network_(simulation.network()) {
    for (std::uint64_t i = 0; i < work.in_flight(); ++i) {
      if (messages) {
        send(*new Message(*this), HostId{0});  // it goes on to the end
      } else {
        depart();
      }
    }
  }

 private:
  /// Sends itself on when it arrives: released first, as the network demands, then sent again.
  struct Message : Packet {
    explicit Message(Hopping& of) : hopping(of) {
      size = 100;
      arrive = [](Packet& packet) {
        auto& self = static_cast<Message&>(packet);
        self.hopping.work_.arrives(index_of(self.to));
      };
      release = [](Packet& packet) {
        auto& self = static_cast<Message&>(packet);
        self.hopping.send(self, self.to);
      };
    }
    Hopping& hopping;
  };

  void send(Message& message, HostId from) {
    if (!work_.departs()) return;
    message.from = from;
    message.to = static_cast<HostId>(work_.next_host());
    network_.send(message);
  }

  void depart() {
    if (!work_.departs()) return;
    const std::size_t host = work_.next_host();
    queue_.after(faultline::from_seconds(work_.delay_seconds()), on_arrival, this, host);
  }
  static void on_arrival(void* hopping, std::uint64_t host) {
    auto& self = *static_cast<Hopping*>(hopping);
    self.work_.arrives(host);
    self.depart();
  }

  bench::HopWorkload& work_;
  faultline::EventQueue& queue_;
  faultline::Network& network_;
};

}  // namespace

int main(int argc, char** argv) {
  bench::HopWorkload work = bench::hop_workload(argc, argv, 5'000'000);
  const char* const hop = argc > 4 ? argv[4] : "events";
  const bool messages = std::strcmp(hop, "messages") == 0;
  const bool flows = std::strcmp(hop, "flows") == 0;
  if (!messages && !flows && std::strcmp(hop, "events") != 0) {
    std::fprintf(stderr, "%s: argument 4: \"%s\" is none of events, messages, flows\n", argv[0],
                 hop);
    return 2;
  }
  Simulation simulation(one_region(work.hosts(), flows), 1);
  const bench::Stopwatch stopwatch;
  Hopping hopping(work, simulation, messages || flows);
  simulation.run(faultline::Time{std::chrono::hours(24)});
  bench::print_result("faultline_hop", work.arrivals(), stopwatch.seconds());
}
