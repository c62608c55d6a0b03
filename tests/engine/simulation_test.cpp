// The event queue inside SimGrid: clocks, order, the end of a run, and how messages and flows
// agree. One Simulation a test case, since a process may have one.
#include <cmath>
#include <memory>
#include <stdexcept>

#include <doctest/doctest.h>

#include "close_to.hpp"
#include "engine/small_world.hpp"

namespace faultline {
namespace {

using testing::close_to;

using namespace std::chrono_literals;

TEST_CASE("a second simulation in one process is refused in words") {
  Simulation first(two_regions(), 1);
  CHECK_THROWS_WITH_AS(Simulation(two_regions(), 1),
                       doctest::Contains("one simulation in a process"), std::logic_error);
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
  CHECK(seconds(done.at[0]) == close_to(7.777777777 + 0.140, 1e-9));
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
  CHECK(seconds(chain.end) == close_to(100 * (0.010 + 0.040), 1e-6));
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

TEST_CASE(
    "events of one instant run in the order of their scheduling, transfers under way or not") {
  Simulation simulation(two_regions(), 1);
  struct Order {
    Simulation& simulation;
    std::vector<std::uint64_t> seen;
    static void note(void* order, std::uint64_t number) {
      static_cast<Order*>(order)->seen.push_back(number);
    }
    // What is scheduled for this very instant comes after all that was scheduled before.
    static void schedule_more(void* order, std::uint64_t number) {
      auto& self = *static_cast<Order*>(order);
      self.seen.push_back(number);
      self.simulation.queue().after(0ns, note, order, number + 1000);
    }
  } order{simulation, {}};
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 125'000'000, Instants::note, &done);  // 1.04 s
  std::vector<std::uint64_t> expected;
  for (const Duration when : {500'000'001ns, 2'000'000'001ns}) {
    for (std::uint64_t i = 0; i < 100; ++i) {
      simulation.queue().at(Time{when}, Order::schedule_more, &order, i);
      expected.push_back(i);
    }
    for (std::uint64_t i = 0; i < 100; ++i) expected.push_back(i + 1000);
  }
  simulation.run(Time{3s});
  CHECK(done.at.size() == 1);
  CHECK(order.seen == expected);
}

TEST_CASE("a transfer is not through early because something else happens shortly before") {
  // SimGrid counts as due what is due within its setting surf/precision.
  Simulation simulation(two_regions(), 1);
  Instants ticks(simulation.queue());
  Instants done(simulation.queue());
  for (int i = 1; i < 1000; ++i) simulation.queue().at(Time{i * 1us}, Instants::note, &ticks);
  simulation.transfer(host(0), host(1), 125'000, Instants::note, &done);  // 250 us + 100 us
  simulation.run(Time{1s});
  REQUIRE(done.at.size() == 1);
  CHECK(std::abs((done.at[0] - Time{350us}).count()) <= 1);
}

TEST_CASE("clocks agree to the nanosecond after a day of events, and end where they should") {
  Simulation simulation(two_regions(), 1);
  struct Day {
    Simulation& simulation;
    Time started{};
    Duration worst{0};
    int transfers = 0;
    static void ask(void* day, std::uint64_t) {
      auto& self = *static_cast<Day*>(day);
      self.started = self.simulation.queue().now();
      self.simulation.transfer(host(0), host(4), 1'250'000, through, day);
    }
    static void through(void* day, std::uint64_t) {
      auto& self = *static_cast<Day*>(day);
      const Duration took = self.simulation.queue().now() - self.started;
      self.worst = std::max(self.worst, took > 50ms ? took - 50ms : 50ms - took);
      ++self.transfers;
      self.simulation.queue().after(99'999'999'937ns, ask, day);  // no round number
    }
  } day{simulation};
  simulation.queue().at(Time{1ns}, Day::ask, &day);
  simulation.run(Time{24h});
  CHECK(day.transfers == 864);
  CHECK(day.worst <= 2ns);
  CHECK(simulation.queue().now() == Time{24h});
}

TEST_CASE("what an event throws comes out of run()") {
  Simulation simulation(two_regions(), 1);
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 125'000'000, Instants::note, &done);
  Action fails(simulation.queue(), 100ms, [] { throw std::runtime_error("a model's mistake"); });
  CHECK_THROWS_WITH_AS(simulation.run(Time{1s}), "a model's mistake", std::runtime_error);
}

TEST_CASE("a simulation runs once") {
  Simulation simulation(two_regions(), 1);
  simulation.run(Time{1s});
  CHECK_THROWS_AS(simulation.run(Time{2s}), std::logic_error);
}

TEST_CASE("an empty run ends too") {
  Simulation simulation(two_regions(), 1);
  simulation.run(Time{5s});
  CHECK(simulation.queue().now() == Time{5s});
}

/// Single messages of several sizes over every kind of path, one a second: each must take latency
/// + (size + overhead) / bottleneck, which so holds both fidelities together.
void check_uncontended(NetworkSettings::Fidelity fidelity) {
  struct Way {
    std::uint32_t to;
    double latency;
    double bandwidth;
  };
  Topology topology = two_regions();
  topology.network.fidelity = fidelity;
  topology.network.bulk_threshold = 1'000'000'000;
  topology.within_zone.bandwidth = 0.5e9;
  topology.hosts[3].settings.uplink = 10e6;
  Simulation simulation(std::move(topology), 1);
  std::vector<std::unique_ptr<NotedPacket>> packets;
  std::vector<double> expected;
  for (const Way& way :
       {Way{1, 250e-6, 0.5e9}, {2, 1e-3, 1.25e9}, {3, 1e-3, 10e6}, {4, 40e-3, 125e6}}) {
    for (const Bytes size : {0U, 200U, 10'000U, 1'000'000U}) {
      packets.push_back(
          std::make_unique<NotedPacket>(simulation.queue(), host(0), host(way.to), size));
      expected.push_back(way.latency + static_cast<double>(size + 64) / way.bandwidth);
    }
  }
  std::vector<std::unique_ptr<Action>> sends;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    sends.push_back(std::make_unique<Action>(simulation.queue(), i * 1s,
                                             [&, i] { simulation.network().send(*packets[i]); }));
  }
  simulation.run(Time{packets.size() * 1s});
  for (std::size_t i = 0; i < packets.size(); ++i) {
    REQUIRE(packets[i]->arrivals.size() == 1);
    CHECK(packets[i]->released);
    CHECK(seconds(packets[i]->arrivals[0] - Time{i * 1s}) == close_to(expected[i], 0.0001));
  }
}

TEST_CASE("uncontended messages take latency and transmission, at message level") {
  check_uncontended(NetworkSettings::Fidelity::message);
}
TEST_CASE("uncontended messages take latency and transmission, as flows") {
  check_uncontended(NetworkSettings::Fidelity::flow);
}

TEST_CASE("as flows, small messages are lost like datagrams and large ones are not") {
  Topology topology = two_regions();
  topology.network.fidelity = NetworkSettings::Fidelity::flow;
  topology.network.bulk_threshold = 10'000;
  topology.links[0].path.loss = 0.3;
  Simulation simulation(std::move(topology), 1);
  constexpr int each = 1000;
  std::vector<std::unique_ptr<NotedPacket>> packets;
  for (int i = 0; i < 2 * each; ++i) {
    packets.push_back(std::make_unique<NotedPacket>(simulation.queue(), host(0), host(4),
                                                    i < each ? 100U : 20'000U));
    simulation.network().send(*packets.back());
  }
  simulation.run(Time{10s});
  int small = 0;
  int large = 0;
  for (int i = 0; i < 2 * each; ++i) {
    const auto& packet = *packets[static_cast<std::size_t>(i)];
    CHECK(packet.released);
    (i < each ? small : large) += static_cast<int>(packet.arrivals.size());
  }
  CHECK(large == each);
  // 4.5 standard errors of the share that arrives
  CHECK(std::abs(small / double(each) - 0.7) < 4.5 * std::sqrt(0.3 * 0.7 / each));
  CHECK(simulation.traffic().lost == static_cast<std::uint64_t>(each - small));
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
  CHECK(seconds(first.arrivals[0]) == close_to(2 * 12'500'064 / 125e6 + 0.040));
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

TEST_CASE("a host has a machine from when it is asked for one, which changes no draw") {
  Simulation simulation(two_regions(), 1);
  const auto digests = [&] {
    StreamDigests all;
    simulation.add_streams(all);
    return all;
  };
  CHECK(simulation.hosts_in_use().empty());
  const StreamDigests before = digests();
  simulation.machine(host(4));
  simulation.machine(host(1));
  simulation.machine(host(4));
  CHECK(simulation.hosts_in_use() == std::vector{host(1), host(4)});
  CHECK(digests() == before);
  CHECK(before.at("disk/a/1/1") == RandomStream(1, "disk/a/1/1").digest());
}

}  // namespace
}  // namespace faultline
