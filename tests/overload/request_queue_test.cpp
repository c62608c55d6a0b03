// Queues that shed: CoDel against the control law of RFC 8289, and the order of the others.
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/overload/codel.hpp>
#include <faultline/overload/request_queue.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

/// When CoDel drops, if something that has waited for `sojourn` is taken every millisecond.
std::vector<Duration> drops(CoDel& codel, Duration from, Duration to, Duration sojourn) {
  std::vector<Duration> dropped;
  for (Duration at = from; at < to; at += 1ms) {
    while (codel.drops(Time{at}, sojourn, false)) dropped.push_back(at);
  }
  return dropped;
}

TEST_CASE("a standing queue loses one after each interval / sqrt(count)") {
  CoDel codel(5ms, 100ms);
  // 100 + 100 / sqrt(1) + 100 / sqrt(2) + ..., each at the next millisecond.
  CHECK(drops(codel, 0ms, 505ms, 20ms) ==
        std::vector<Duration>{100ms, 200ms, 271ms, 329ms, 379ms, 424ms, 464ms, 502ms});
}

TEST_CASE("the thousandth drop is where the control law has it") {
  CoDel codel(5ms, 100ms);
  const std::vector<Duration> all = drops(codel, 0ms, 7s, 20ms);
  REQUIRE(all.size() >= 1000);
  double expected = 0.1;
  for (int count = 1; count < 1000; ++count) expected += 0.1 / std::sqrt(count);
  CHECK(seconds(all[999]) >= expected - 1e-6);  // a thousand times half a nanosecond
  CHECK(seconds(all[999]) < expected + 0.001);
}

TEST_CASE("a queue that is short, once an interval, is a good one") {
  CoDel codel(5ms, 100ms);
  for (Duration at = 0ms; at < 5s; at += 100ms) {
    CHECK(drops(codel, at, at + 99ms, 50ms).empty());
    CHECK_FALSE(codel.drops(Time{at + 99ms}, 4999us, false));
  }
  // Nor is one that has nothing left behind the head.
  for (Duration at = 5s; at < 6s; at += 1ms) CHECK_FALSE(codel.drops(Time{at}, 50ms, true));
}

TEST_CASE("dropping begins where it ended if that was a short while ago") {
  for (const auto& [calm, gap] : {std::pair{1s, 38ms}, {2s, 100ms}}) {  // 16 intervals are 1.6 s
    CoDel codel(5ms, 100ms);
    REQUIRE(drops(codel, 0ms, 505ms, 20ms).size() == 8);
    REQUIRE(drops(codel, 505ms, 505ms + calm, 1ms).empty());
    const auto again = drops(codel, 505ms + calm, 705ms + calm + 1ms, 20ms);
    REQUIRE(again.size() >= 2);
    CHECK(again[0] == 605ms + calm);
    CHECK(again[1] - again[0] == gap);  // 100 / sqrt(8 - 1), or as the first time
  }
}

struct Served {
  std::vector<int> served;
  std::vector<int> shed;
};

/// Everything that is taken out every 10 ms from `from` on.
template <class Queue>
Served drain(Queue& queue, Duration from) {
  Served all;
  while (const std::optional<int> next =
             queue.pop(Time{from}, [&](int item) { all.shed.push_back(item); })) {
    all.served.push_back(*next);
    from += 10ms;
  }
  return all;
}

TEST_CASE("first come, first served, and the last to come is refused") {
  RequestQueue<int> queue({QueueDiscipline::fifo, 3});
  for (int i = 1; i <= 3; ++i) CHECK(queue.push(Time{1s}, i) == std::nullopt);
  CHECK(queue.push(Time{1s}, 4) == std::optional{4});
  CHECK(queue.size() == 3);
  CHECK(drain(queue, 100s).served == std::vector{1, 2, 3});
  CHECK(queue.empty());
}

TEST_CASE("adaptive LIFO serves the newest as long as the queue stands") {
  RequestQueue<int> queue({QueueDiscipline::adaptive_lifo, 3, 5ms, 100ms});
  const auto nobody = [](int) { FAIL("shed"); };
  for (int i = 1; i <= 3; ++i) CHECK(queue.push(Time{1s}, i) == std::nullopt);
  CHECK(queue.push(Time{1s}, 4) == std::optional{4});  // not standing yet
  CHECK(queue.pop(Time{1100ms}, nobody) == std::optional{1});
  CHECK(queue.push(Time{1100ms}, 5) == std::nullopt);
  CHECK(queue.pop(Time{1101ms}, nobody) == std::optional{5});
  CHECK(queue.push(Time{1101ms}, 6) == std::nullopt);
  CHECK(queue.push(Time{1101ms}, 7) == std::optional{2});  // the oldest makes room
  CHECK(drain(queue, 1200ms).served == std::vector{7, 6, 3});
  // Empty: in order again.
  CHECK(queue.push(Time{2s}, 8) == std::nullopt);
  CHECK(queue.push(Time{2s}, 9) == std::nullopt);
  CHECK(drain(queue, 2s).served == std::vector{8, 9});
}

TEST_CASE("a queue with CoDel sheds at the head") {
  RequestQueue<int> queue({QueueDiscipline::codel, 100, 5ms, 100ms});
  for (int i = 0; i < 30; ++i) CHECK(queue.push(Time{}, i) == std::nullopt);
  // From 10 ms on all have waited too long. At 110 ms that is an interval: 10 is shed and 11
  // served. So at 210 ms, by 21 and 22; the next would be due at 281 ms, when nothing is left.
  const Served all = drain(queue, 10ms);
  CHECK(all.shed == std::vector{10, 21});
  CHECK(all.served.size() == 28);
}

}  // namespace
}  // namespace faultline
