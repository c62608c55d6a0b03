#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/event_queue.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

/// Notes the arguments of its events in the order in which they run.
struct Log {
  std::vector<std::uint64_t> ran;
  static void note(void* log, std::uint64_t argument) {
    static_cast<Log*>(log)->ran.push_back(argument);
  }
};

TEST_CASE("events of one instant run in the order in which they were scheduled") {
  EventQueue queue;
  Log log;
  for (std::uint64_t i = 0; i < 100; ++i) queue.at(Time{5s}, Log::note, &log, i);
  queue.at(Time{1s}, Log::note, &log, 1000);
  queue.run_until(Time{10s});
  REQUIRE(log.ran.size() == 101);
  CHECK(log.ran.front() == 1000);
  CHECK(std::is_sorted(log.ran.begin() + 1, log.ran.end()));
  CHECK(queue.now() == Time{10s});
}

TEST_CASE("a mixture of events, timers and timeouts runs as a stable sort would order it") {
  // The oracle is std::stable_sort over (time, order of scheduling) without the cancelled.
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 bits(seed);
    EventQueue queue;
    Log log;
    struct Expected {
      Time when;
      std::uint64_t argument;
    };
    std::vector<Expected> expected;
    std::vector<std::tuple<TimerId, std::uint64_t>> cancellable;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const Duration span{static_cast<std::int64_t>(bits() % 50) * 1'000'000};
      switch (bits() % 3) {
        case 0:
          queue.after(span, Log::note, &log, i);
          break;
        case 1:
          cancellable.emplace_back(queue.timer(span, Log::note, &log, i), i);
          break;
        default:
          cancellable.emplace_back(queue.timeout(span, Log::note, &log, i), i);
          break;
      }
      expected.push_back({queue.now() + span, i});
      if (bits() % 4 == 0 && !cancellable.empty()) {
        const std::size_t chosen = bits() % cancellable.size();
        const auto [timer, argument] = cancellable[chosen];
        const bool ran = std::find(log.ran.begin(), log.ran.end(), argument) != log.ran.end();
        queue.cancel(timer);
        if (!ran) {
          std::erase_if(expected, [&, argument = argument](const Expected& e) {
            return e.argument == argument;
          });
        }
        cancellable.erase(cancellable.begin() + static_cast<std::ptrdiff_t>(chosen));
      }
      if (bits() % 10 == 0) queue.run_until(queue.now() + 3ms);
    }
    queue.run_until(queue.now() + 1s);
    std::stable_sort(expected.begin(), expected.end(),
                     [](const Expected& a, const Expected& b) { return a.when < b.when; });
    std::vector<std::uint64_t> order;
    for (const Expected& e : expected) order.push_back(e.argument);
    CHECK(log.ran == order);
    CHECK(queue.empty());
  }
}

TEST_CASE("cancelling a timer that fired, or none, does nothing to its successor in the slot") {
  EventQueue queue;
  Log log;
  const TimerId first = queue.timer(1ms, Log::note, &log, 1);
  queue.run_until(Time{2ms});
  const TimerId second = queue.timer(1ms, Log::note, &log, 2);
  queue.cancel(first);
  queue.cancel(TimerId{});
  queue.run_until(Time{5ms});
  CHECK(log.ran == std::vector<std::uint64_t>{1, 2});
  queue.cancel(second);
}

TEST_CASE("an instant in the past means now, and spans too long mean never") {
  EventQueue queue;
  Log log;
  queue.run_until(Time{1s});
  queue.at(Time{1ms}, Log::note, &log, 7);
  CHECK(queue.next_time() == Time{1s});
  queue.timer(Duration::max(), Log::note, &log, 8);
  queue.run_until(Time{100h});
  CHECK(log.ran == std::vector<std::uint64_t>{7});
  CHECK(queue.next_time() == never);
}

TEST_CASE("a synchronised event shows itself before it runs") {
  EventQueue queue;
  Log log;
  queue.at(Time{1ms}, Log::note, &log, 1);
  queue.run_next();
  queue.synchronised(Log::note, &log, 2);
  CHECK(queue.next_is_synchronised());
  CHECK(queue.next_time() == Time{1ms});
  queue.run_next();
  CHECK_FALSE(queue.next_is_synchronised());
}

}  // namespace
}  // namespace faultline
