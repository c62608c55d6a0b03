// Peer: the hop workload on the scheduler of ns-3, without its network stack.
//
//   ns3_scheduler [EVENTS [IN_FLIGHT [HOSTS [SCHEDULER]]]]
//
// SCHEDULER is map (what ns-3 takes unless told otherwise), heap, calendar or priority-queue.
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include <ns3/core-module.h>

#include "bench.hpp"

namespace {

class Hops {
 public:
  explicit Hops(bench::HopWorkload& work) : work_(work) {
    for (std::uint64_t i = 0; i < work_.in_flight(); ++i) depart();
  }

 private:
  void depart() {
    if (!work_.departs()) return;
    const std::size_t host = work_.next_host();
    const auto delay = ns3::NanoSeconds(static_cast<std::uint64_t>(work_.delay_seconds() * 1e9));
    ns3::Simulator::Schedule(delay, &Hops::arrive, this, host);
  }

  void arrive(std::size_t host) {
    work_.arrives(host);
    depart();
  }

  bench::HopWorkload& work_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::string> schedulers = {
      {"map", "ns3::MapScheduler"},
      {"heap", "ns3::HeapScheduler"},
      {"calendar", "ns3::CalendarScheduler"},
      {"priority-queue", "ns3::PriorityQueueScheduler"}};
  bench::HopWorkload work = bench::hop_workload(argc, argv, 2'000'000);
  const std::string scheduler = argc > 4 ? argv[4] : "map";
  const auto chosen = schedulers.find(scheduler);
  if (chosen == schedulers.end()) {
    std::fprintf(stderr, "%s: no scheduler \"%s\": map, heap, calendar or priority-queue\n",
                 argv[0], scheduler.c_str());
    return 2;
  }
  ns3::ObjectFactory factory;
  factory.SetTypeId(chosen->second);
  ns3::Simulator::SetScheduler(factory);

  const bench::Stopwatch stopwatch;
  const Hops hops(work);
  ns3::Simulator::Run();
  bench::print_result("ns3_" + scheduler, work.arrivals(), stopwatch.seconds());
  ns3::Simulator::Destroy();
}
