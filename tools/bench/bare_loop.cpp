// Yardstick: the hop workload on a bare loop over a binary heap, without any simulator. What an
// event costs when nothing but the event queue is paid for.
//
//   bare_loop [EVENTS [IN_FLIGHT [HOSTS]]]
#include <cstdint>
#include <queue>
#include <vector>

#include "bench.hpp"

namespace {

struct Arrival {
  double date;  // seconds
  std::uint64_t sequence;
  std::size_t host;
};

struct Later {
  bool operator()(const Arrival& a, const Arrival& b) const {
    return a.date > b.date || (a.date == b.date && a.sequence > b.sequence);
  }
};

}  // namespace

int main(int argc, char** argv) {
  bench::HopWorkload work = bench::hop_workload(argc, argv, 5'000'000);
  std::priority_queue<Arrival, std::vector<Arrival>, Later> queue;
  std::uint64_t next_sequence = 0;
  double now = 0;
  const auto depart = [&] {
    if (!work.departs()) return;
    const std::size_t host = work.next_host();
    queue.push({now + work.delay_seconds(), next_sequence++, host});
  };

  const bench::Stopwatch stopwatch;
  for (std::uint64_t i = 0; i < work.in_flight(); ++i) depart();
  while (!queue.empty()) {
    const Arrival arrival = queue.top();
    queue.pop();
    now = arrival.date;
    work.arrives(arrival.host);
    depart();
  }
  bench::print_result("bare_loop", work.arrivals(), stopwatch.seconds());
}
