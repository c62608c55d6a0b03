// The hop workload on faultline's event queue inside SimGrid, on a platform of as many hosts as
// asked for.
//
//   faultline_hop [EVENTS] [IN_FLIGHT] [HOSTS]
#include <string>

#include <faultline/engine/simulation.hpp>

#include "bench.hpp"

namespace {

using faultline::Simulation;
using faultline::Topology;

Topology one_region(std::uint64_t hosts) {
  Topology topology;
  topology.regions = {"here"};
  topology.zones = {{"here", 0}};
  for (std::uint64_t i = 0; i < hosts; ++i) {
    topology.hosts.push_back({"here/" + std::to_string(i), 0, 0, faultline::HostSettings{}});
  }
  return topology;
}

class Hopping {
 public:
  Hopping(bench::HopWorkload& work, Simulation& simulation)
      : work_(work), queue_(simulation.queue()) {}

  void depart() {
    if (!work_.departs()) return;
    const std::size_t host = work_.next_host();
    queue_.after(faultline::from_seconds(work_.delay_seconds()), on_arrival, this, host);
  }

 private:
  static void on_arrival(void* hopping, std::uint64_t host) {
    auto& self = *static_cast<Hopping*>(hopping);
    self.work_.arrives(host);
    self.depart();
  }

  bench::HopWorkload& work_;
  faultline::EventQueue& queue_;
};

}  // namespace

int main(int argc, char** argv) {
  bench::HopWorkload work = bench::hop_workload(argc, argv, 5'000'000);
  Simulation simulation(one_region(work.hosts()), 1);
  Hopping hopping(work, simulation);
  const bench::Stopwatch stopwatch;
  for (std::uint64_t i = 0; i < work.in_flight(); ++i) hopping.depart();
  simulation.run(faultline::Time{std::chrono::hours(24)});
  bench::print_result("faultline_hop", work.arrivals(), stopwatch.seconds());
}
