// Lamport and hybrid clocks: their rules, and what the papers prove of them.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/model/hybrid_clock.hpp>
#include <faultline/model/lamport_clock.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a Lamport clock counts on from the highest that it has heard of") {
  DurableState disk;
  LamportClock clock(disk);
  CHECK(clock.tick() == 1);
  clock.hear_of(7);
  CHECK(clock.tick() == 8);
  clock.hear_of(3);
  CHECK(clock.tick() == 9);
}

TEST_CASE("one that keeps up is never behind the wall clock, and never goes back") {
  DurableState disk;
  LamportClock clock(disk);
  clock.keep_up_with(Time{} + 5ms);
  CHECK(clock.tick() == 5001);
  clock.keep_up_with(Time{} + 4ms);
  CHECK(clock.tick() == 5002);
  clock.keep_up_with(Time{} - 1h);
  CHECK(clock.tick() == 5003);
}

HybridTime hybrid(std::uint64_t l, std::uint64_t c) { return {l, c}; }

TEST_CASE("who hears of a clock that is ahead counts, until its own has caught up") {
  HybridClock ahead;
  HybridClock one;
  HybridClock two;
  const HybridTime sent = ahead.send(Time{} + 10us);
  CHECK(sent == hybrid(10, 0));
  CHECK(one.receive(sent, Time{} + 1us) == hybrid(10, 1));
  const HybridTime passed = one.send(Time{} + 2us);
  CHECK(passed == hybrid(10, 2));
  CHECK(two.receive(passed, Time{} + 2us) == hybrid(10, 3));
  CHECK(two.send(Time{} + 3us) == hybrid(10, 4));
  CHECK(two.receive(hybrid(10, 9), Time{} + 4us) == hybrid(10, 10));
  CHECK(two.receive(sent, Time{} + 11us) == hybrid(11, 0));
  CHECK(two.send(Time{} + 11us) == hybrid(11, 1));
}

TEST_CASE("a time fits into a word, ordered as times are, and a full count carries") {
  CHECK(HybridTime::from_word(hybrid(77, 5).word()) == hybrid(77, 5));
  CHECK(hybrid(77, 65'535) < hybrid(78, 0));
  HybridClock clock(hybrid(77, 65'535));
  CHECK(clock.send(Time{}) == hybrid(78, 0));
  CHECK(HybridTime::of(Time{} - 1s) == HybridTime{});
}

/// Nodes with clocks that are wrong by up to epsilon, which speak at random. Vectors know what
/// happened before what.
struct World {
  struct Event {
    std::size_t node;
    std::uint64_t number;                ///< among its node's events, from 1
    std::vector<std::uint64_t> history;  ///< how many events of each node it knows
    HybridTime time;
    Time physical;
  };
  bool before(const Event& a, const Event& b) const {
    return &a != &b && b.history[a.node] >= a.number;
  }
  std::vector<Event> events{};
};

World live(std::uint64_t seed, Duration epsilon) {
  constexpr std::size_t nodes = 4;
  RandomStream random(seed, "hybrid");
  World world;
  std::vector<HybridClock> clocks(nodes);
  std::vector<std::vector<std::uint64_t>> known(nodes, std::vector<std::uint64_t>(nodes));
  std::vector<Duration> skews;
  for (std::size_t node = 0; node < nodes; ++node) {
    skews.push_back(
        Duration(static_cast<std::int64_t>(random.below(1 + epsilon.count() / 1000)) * 1000));
  }
  Time real = Time{} + 1s;
  for (std::size_t step = 0; step < 200; ++step) {
    real += Duration(static_cast<std::int64_t>(1000 * random.below(100)));
    const std::size_t node = random.below(nodes);
    const Time physical = real + skews[node];
    HybridTime time;
    if (world.events.empty() || random.chance(0.5)) {
      time = clocks[node].send(physical);
    } else {
      const std::size_t recent = random.below(std::min<std::size_t>(world.events.size(), 6));
      const World::Event& sender = world.events[world.events.size() - 1 - recent];
      time = clocks[node].receive(sender.time, physical);
      for (std::size_t of = 0; of < nodes; ++of) {
        known[node][of] = std::max(known[node][of], sender.history[of]);
      }
    }
    world.events.push_back({node, ++known[node][node], known[node], time, physical});
  }
  return world;
}

TEST_CASE("what happened before has the lower time, and times stay close to clocks") {
  constexpr Duration epsilon = 500us;
  std::size_t ahead = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const World world = live(seed, epsilon);
    for (const World::Event& event : world.events) {
      const std::uint64_t physical = HybridTime::of(event.physical).l();
      CHECK(event.time.l() >= physical);                                              // theorem 2
      CHECK(event.time.l() - physical <= static_cast<std::uint64_t>(epsilon / 1us));  // corollary 1
      if (event.time.l() > physical) ++ahead;
      for (const World::Event& other : world.events) {
        if (world.before(event, other)) CHECK(event.time < other.time);  // theorem 1
      }
    }
  }
  CHECK(ahead > 100);
}

}  // namespace
}  // namespace faultline
