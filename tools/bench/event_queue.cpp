// The pending events of sim/core beside std::priority_queue, under the hold model (Jones, "An
// empirical comparison of priority-queue and event-set implementations", CACM 29(4), 1986): take
// the first event, schedule another 1 ms and an exponential 1 ms later, again and again, with a
// fixed number pending. Both keep events of one instant in the order in which they were scheduled.
//
//   event_queue ours|standard [EVENTS] [PENDING]
#include <cstring>
#include <queue>
#include <string>
#include <vector>

#include <faultline/core/pending_events.hpp>

#include "bench.hpp"

namespace {

using faultline::Duration;
using faultline::PendingEvent;
using faultline::PendingEvents;
using faultline::Time;

class Standard {
 public:
  void push(const PendingEvent& event) { events_.push(event); }
  PendingEvent pop() {
    const PendingEvent first = events_.top();
    events_.pop();
    return first;
  }

 private:
  struct Later {
    bool operator()(const PendingEvent& a, const PendingEvent& b) const {
      return b.when < a.when || (b.when == a.when && b.sequence < a.sequence);
    }
  };
  std::priority_queue<PendingEvent, std::vector<PendingEvent>, Later> events_;
};

void count(void* counter, std::uint64_t amount) { *static_cast<std::uint64_t*>(counter) += amount; }

template <class Queue>
void hold(const std::string& name, std::uint64_t events, std::uint64_t pending) {
  bench::Random random;
  std::vector<Duration> spans(1U << 16U);  // drawn before, so that no draw is measured
  for (Duration& span : spans) {
    span = Duration{1'000'000 + static_cast<std::int64_t>(random.exponential(1e6))};
  }
  Queue queue;
  std::uint64_t sequence = 0;
  std::uint64_t ran = 0;
  const auto schedule = [&](Time now) {
    queue.push({now + spans[sequence % spans.size()], 2 * sequence, count, &ran, 1});
    ++sequence;
  };
  const auto run = [&](std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step) {
      const PendingEvent event = queue.pop();
      event.handler(event.target, event.argument);
      schedule(event.when);
    }
  };
  for (std::uint64_t i = 0; i < pending; ++i) schedule(Time{});
  run(2 * pending);  // until the queue has its usual shape
  const bench::Stopwatch stopwatch;
  run(events);
  bench::print_result(name, events, stopwatch.seconds());
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t events = bench::positive_argument(argc, argv, 2, 5'000'000);
  const std::uint64_t pending = bench::positive_argument(argc, argv, 3, 1'000);
  if (argc > 1 && std::strcmp(argv[1], "ours") == 0) {
    hold<PendingEvents>("event_queue_ours", events, pending);
  } else if (argc > 1 && std::strcmp(argv[1], "standard") == 0) {
    hold<Standard>("event_queue_standard", events, pending);
  } else {
    std::fprintf(stderr, "%s: say whose queue: ours or standard\n", argv[0]);
    return 2;
  }
}
