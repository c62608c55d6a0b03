// SimGrid underneath: routes, transfers, clocks. One Simulation a test case, since a process may
// have one.
#include <functional>
#include <memory>
#include <stdexcept>

#include <doctest/doctest.h>

#include "engine/small_world.hpp"

namespace faultline {
namespace {

using namespace std::chrono_literals;

/// Runs `action` at `when`.
struct Action {
  Action(EventQueue& queue, Duration when, std::function<void()> what) : action(std::move(what)) {
    queue.at(
        Time{when}, [](void* self, std::uint64_t) { static_cast<Action*>(self)->action(); }, this);
  }
  std::function<void()> action;
};

TEST_CASE("SimGrid's routes add up to the topology's latencies (LV08 would multiply them by 13)") {
  Simulation simulation(two_regions(), 1);
  CHECK(simulation.route(host(0), host(1)).latency == 250us);
  CHECK(simulation.route(host(0), host(2)).latency == 1ms);
  CHECK(simulation.route(host(0), host(4)).latency == 40ms);
  CHECK(simulation.route(host(0), host(4)).bandwidth == 125e6);
  CHECK(simulation.typical_latency(host(4), host(0)) == 40ms);
  // A small transfer meets the latency too: 1 byte in 40 ms, not in 520.
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 1, Instants::note, &done);
  simulation.run(Time{1s});
  REQUIRE(done.at.size() == 1);
  CHECK(seconds(done.at[0]) == doctest::Approx(0.040).epsilon(1e-6));
}

TEST_CASE("a second simulation in one process is refused in words") {
  Simulation first(two_regions(), 1);
  CHECK_THROWS_WITH_AS(Simulation(two_regions(), 1),
                       doctest::Contains("one simulation in a process"), std::logic_error);
}

TEST_CASE("100 MB alone take size over bandwidth plus latency") {
  Simulation simulation(two_regions(), 1);
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 100'000'000, Instants::note, &done);
  simulation.run(Time{10s});
  REQUIRE(done.at.size() == 1);
  CHECK(seconds(done.at[0]) == doctest::Approx(100e6 / 125e6 + 0.040).epsilon(1e-6));
  CHECK(simulation.transfers() == 1);
}

TEST_CASE("transfers over one bottleneck share it until the last has it to itself") {
  // 100 MB and 50 MB start together on 125 MB/s: at 62.5 MB/s each until the smaller is through
  // after 0.8 s; the larger then needs 0.4 s more for its remaining 50 MB.
  Simulation simulation(two_regions(), 1);
  Instants large(simulation.queue());
  Instants small(simulation.queue());
  simulation.transfer(host(0), host(4), 100'000'000, Instants::note, &large);
  simulation.transfer(host(1), host(5), 50'000'000, Instants::note, &small);
  simulation.run(Time{10s});
  REQUIRE(large.at.size() == 1);
  REQUIRE(small.at.size() == 1);
  CHECK(seconds(small.at[0]) == doctest::Approx(0.8 + 0.040).epsilon(1e-3));
  CHECK(seconds(large.at[0]) == doctest::Approx(1.2 + 0.040).epsilon(1e-3));
}

TEST_CASE("a transfer starts when it was asked for, however far events have run ahead") {
  Simulation simulation(two_regions(), 1);
  Instants ticks(simulation.queue());
  for (int i = 1; i <= 9999; ++i) simulation.queue().at(Time{i * 1ms}, Instants::note, &ticks);
  Instants done(simulation.queue());
  Action later(simulation.queue(), 7777777777ns,
               [&] { simulation.transfer(host(0), host(4), 12'500'000, Instants::note, &done); });
  simulation.run(Time{10s});
  REQUIRE(done.at.size() == 1);
  CHECK(seconds(done.at[0]) == doctest::Approx(7.777777777 + 0.140).epsilon(1e-9));
  // And while it was under way, events went on at their own times.
  REQUIRE(ticks.at.size() == 9999);
  for (int i = 1; i <= 9999; ++i) {
    REQUIRE(ticks.at[static_cast<std::size_t>(i - 1)] == Time{i * 1ms});
  }
}

TEST_CASE("what a finished transfer starts is not late: a chain of transfers adds up") {
  Simulation simulation(two_regions(), 1);
  struct Chain {
    Simulation& simulation;
    int left = 100;
    Time end{};
    static void next(void* chain, std::uint64_t) {
      auto& self = *static_cast<Chain*>(chain);
      self.end = self.simulation.queue().now();
      if (self.left-- > 0) self.simulation.transfer(host(0), host(4), 1'250'000, next, chain);
    }
  } chain{simulation};
  simulation.queue().at(Time{0s}, Chain::next, &chain);
  simulation.run(Time{60s});
  CHECK(chain.left == -1);
  CHECK(seconds(chain.end) == doctest::Approx(100 * (0.010 + 0.040)).epsilon(1e-6));
}

TEST_CASE("the run ends at its end, transfers under way or not") {
  Simulation simulation(two_regions(), 1);
  Instants done(simulation.queue());
  Instants at_end(simulation.queue());
  Instants beyond(simulation.queue());
  simulation.transfer(host(0), host(4), 100'000'000'000, Instants::note, &done);
  simulation.queue().at(Time{2s}, Instants::note, &at_end);
  simulation.queue().at(Time{2s + 1ns}, Instants::note, &beyond);
  simulation.run(Time{2s});
  CHECK(simulation.queue().now() == Time{2s});
  CHECK(done.at.empty());
  CHECK(at_end.at.size() == 1);
  CHECK(beyond.at.empty());
}

TEST_CASE("an empty run ends too") {
  Simulation simulation(two_regions(), 1);
  simulation.run(Time{5s});
  CHECK(simulation.queue().now() == Time{5s});
}

TEST_CASE("a transfer waits for its path to heal") {
  Simulation simulation(two_regions(), 1);
  const std::vector<HostId> a{host(0)};
  const std::vector<HostId> b{host(4)};
  Impairment impairment;
  impairment.from = HostSet(6, a);
  impairment.to = HostSet(6, b);
  impairment.cut = true;
  const ImpairmentId id = simulation.impair(impairment);
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 12'500'000, Instants::note, &done);
  Action heal(simulation.queue(), 3s, [&] { simulation.repair(id); });
  simulation.run(Time{10s});
  REQUIRE(done.at.size() == 1);
  CHECK(seconds(done.at[0]) == doctest::Approx(3.140).epsilon(1e-6));
}

/// The arrival of one message of `size` from region a to b.
Time arrival(NetworkSettings::Fidelity fidelity, Bytes size) {
  Topology topology = two_regions();
  topology.network.fidelity = fidelity;
  topology.network.bulk_threshold = 1'000'000'000;
  Simulation simulation(std::move(topology), 1);
  NotedPacket packet(simulation.queue(), host(0), host(4), size);
  simulation.network().send(packet);
  simulation.run(Time{10s});
  REQUIRE(packet.arrivals.size() == 1);
  CHECK(packet.released);
  return packet.arrivals[0];
}

// What both fidelities must give where nothing contends: latency + (size + overhead) / bottleneck.
TEST_CASE("an uncontended message takes latency and transmission, at message level") {
  CHECK(seconds(arrival(NetworkSettings::Fidelity::message, 1'000'000)) ==
        doctest::Approx(0.040 + 1'000'064 / 125e6).epsilon(0.01));
}
TEST_CASE("an uncontended message takes latency and transmission, as a flow") {
  CHECK(seconds(arrival(NetworkSettings::Fidelity::flow, 1'000'000)) ==
        doctest::Approx(0.040 + 1'000'064 / 125e6).epsilon(0.01));
}

TEST_CASE("messages above the threshold become transfers and share bandwidth") {
  Topology topology = two_regions();
  topology.network.bulk_threshold = 1'000'000;
  Simulation simulation(std::move(topology), 1);
  NotedPacket first(simulation.queue(), host(0), host(4), 12'500'000);
  NotedPacket second(simulation.queue(), host(1), host(5), 12'500'000);
  simulation.network().send(first);
  simulation.network().send(second);
  simulation.run(Time{10s});
  CHECK(simulation.transfers() == 2);
  REQUIRE(first.arrivals.size() == 1);
  CHECK(seconds(first.arrivals[0]) == doctest::Approx(0.2 + 0.040).epsilon(0.01));
}

TEST_CASE("packets under way when the run ends are released") {
  auto simulation = std::make_unique<Simulation>(two_regions(), 1);
  NotedPacket small(simulation->queue(), host(0), host(4), 10);
  NotedPacket bulk(simulation->queue(), host(0), host(4), 100'000'000);
  Action send(simulation->queue(), 990ms, [&] {
    simulation->network().send(small);
    simulation->network().send(bulk);
  });
  simulation->run(Time{1s});
  CHECK(small.arrivals.empty());
  CHECK(bulk.arrivals.empty());
  simulation.reset();
  CHECK(small.released);
  CHECK(bulk.released);
}

TEST_CASE("ten thousand hosts have routes without a table of them") {
  Topology topology = two_regions(3334);
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(0), host(3333)).latency == 250us);
  CHECK(simulation.route(host(0), host(10'000)).latency == 40ms);
}

}  // namespace
}  // namespace faultline
