// Transfers: SimGrid's bandwidth sharing against shares worked out by hand.
#include <memory>

#include <doctest/doctest.h>

#include "close_to.hpp"
#include "engine/small_world.hpp"

namespace faultline {
namespace {

using testing::close_to;

using namespace std::chrono_literals;

/// Transfers that begin together at the start; seconds until each is through, latency included.
class Together {
 public:
  explicit Together(Topology topology) : simulation_(std::move(topology), 1) {}
  void add(std::uint32_t from, std::uint32_t to, Bytes size) {
    done_.push_back(std::make_unique<Instants>(simulation_.queue()));
    simulation_.transfer(host(from), host(to), size, Instants::note, done_.back().get());
  }
  std::vector<double> run() {
    simulation_.run(Time{1h});
    std::vector<double> took;
    for (const auto& done : done_) took.push_back(seconds(done->at.at(0)));
    return took;
  }
  Simulation& simulation() { return simulation_; }

 private:
  Simulation simulation_;
  std::vector<std::unique_ptr<Instants>> done_;
};

TEST_CASE("100 MB alone take size over bandwidth plus latency") {
  Simulation simulation(two_regions(), 1);
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 100'000'000, Instants::note, &done);
  simulation.run(Time{10s});
  REQUIRE(done.at.size() == 1);
  CHECK(seconds(done.at[0]) == close_to(100e6 / 125e6 + 0.040, 1e-6));
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
  CHECK(seconds(small.at[0]) == close_to(0.8 + 0.040, 1e-6));
  CHECK(seconds(large.at[0]) == close_to(1.2 + 0.040, 1e-6));
}

TEST_CASE("a transfer waits for its path to heal") {
  Simulation simulation(two_regions(), 1);
  const ImpairmentId id = simulation.impair(cut_between({host(0)}, {host(4)}));
  Instants done(simulation.queue());
  simulation.transfer(host(0), host(4), 12'500'000, Instants::note, &done);
  Action heal(simulation.queue(), 3s, [&] { simulation.repair(id); });
  simulation.run(Time{10s});
  REQUIRE(done.at.size() == 1);
  CHECK(seconds(done.at[0]) == close_to(3.140, 1e-6));
}

TEST_CASE("three transfers get max-min fair shares") {
  // Two leave by an uplink of 50 MB/s, 25 each; the third gets what they leave of the 125 MB/s
  // between the regions: 100 of 125, not a third.
  Topology topology = two_regions();
  topology.hosts[0].settings.uplink = 50e6;
  topology.hosts[5].settings.uplink = 1e12;
  Together transfers(std::move(topology));
  transfers.add(0, 4, 50'000'000);
  transfers.add(0, 5, 50'000'000);
  transfers.add(1, 5, 150'000'000);
  for (const double took : transfers.run()) CHECK(took == close_to(2.040, 1e-6));
}

TEST_CASE("zones of a region share its link to another region") {
  Together transfers(two_regions());
  transfers.add(0, 4, 62'500'000);  // from zone a/1
  transfers.add(2, 5, 62'500'000);  // from zone a/2
  for (const double took : transfers.run()) CHECK(took == close_to(1.040, 1e-6));
}

TEST_CASE("so they do wherever the topology lists them, each direction for itself") {
  Topology topology = two_regions();
  std::swap(topology.zones[1], topology.zones[2]);  // a/1, b, a/2
  for (Host& each : topology.hosts) each.zone = (each.zone * 2) % 3;
  Together transfers(std::move(topology));
  transfers.add(0, 4, 62'500'000);
  transfers.add(2, 5, 62'500'000);
  transfers.add(4, 3, 125'000'000);  // has the way back to itself
  for (const double took : transfers.run()) CHECK(took == close_to(1.040, 1e-6));
}

TEST_CASE("a zone's transfers to the other zones of its region share its trunk") {
  Topology topology = two_regions();
  topology.zones.push_back({"a/3", 0});
  topology.hosts.push_back({"a/3/0", 0, 3, HostSettings{}});
  topology.between_zones.bandwidth = 100e6;
  Together transfers(std::move(topology));
  transfers.add(0, 2, 50'000'000);
  transfers.add(1, 6, 50'000'000);
  transfers.add(6, 3, 50'000'000);  // leaves a/3 and enters a/2, where it shares with the first
  for (const double took : transfers.run()) CHECK(took == close_to(1.001, 1e-6));
}

TEST_CASE("both directions of a link have its bandwidth") {
  Together transfers(two_regions());
  transfers.add(0, 4, 125'000'000);
  transfers.add(5, 1, 125'000'000);
  for (const double took : transfers.run()) CHECK(took == close_to(1.040, 1e-6));
}

TEST_CASE("the bandwidth within a zone bounds each transfer, not all of them together") {
  Topology topology = two_regions(4);
  topology.within_zone.bandwidth = 100e6;
  Together transfers(std::move(topology));
  transfers.add(0, 1, 100'000'000);
  transfers.add(2, 3, 100'000'000);
  for (const double took : transfers.run()) CHECK(took == close_to(1.00025, 1e-6));
}

TEST_CASE("of one uplink, shares are in inverse proportion to latency, as TCP's are") {
  // 250 us against 1 ms on 100 MB/s: 80 and 20 MB/s.
  Topology topology = two_regions();
  topology.hosts[0].settings.uplink = 100e6;
  Together transfers(std::move(topology));
  transfers.add(0, 1, 80'000'000);
  transfers.add(0, 2, 20'000'000);
  for (const double took : transfers.run()) CHECK(took == close_to(1.0, 2e-3));
}

TEST_CASE("a transfer meets the impairments that its path has when it starts") {
  Together transfers(two_regions());
  Impairment bad = impairment_between({host(0)}, {host(4)});
  bad.latency_factor = 3;
  bad.extra_latency = 30ms;
  bad.bandwidth_factor = 0.1;
  transfers.simulation().impair(bad);
  transfers.add(0, 4, 12'500'000);
  CHECK(transfers.run().at(0) == close_to(0.150 + 1, 1e-6));
}

TEST_CASE("a transfer of nothing takes the latency, and one within a host needs no network") {
  Together transfers(two_regions());
  transfers.simulation().impair(cut_between({host(1)}, {host(1)}));
  transfers.add(0, 4, 0);
  transfers.add(1, 1, 10'000'000);
  const auto took = transfers.run();
  CHECK(took[0] == close_to(0.040, 1e-6));
  CHECK(took[1] == close_to(0.00101, 1e-6));
}

TEST_CASE("a crashed host is no trouble to SimGrid: whether it answers is the model's affair") {
  Together transfers(two_regions());
  transfers.simulation().machine(host(4)).reset();
  transfers.simulation().machine(host(0)).pause();
  transfers.add(0, 4, 12'500'000);
  CHECK(transfers.run().at(0) == close_to(0.140, 1e-6));
}

TEST_CASE("a bulk message is lost if its path is cut when it would arrive") {
  Simulation simulation(two_regions(), 1);
  NotedPacket lost(simulation.queue(), host(0), host(4), 12'500'000);
  NotedPacket lucky(simulation.queue(), host(1), host(5), 12'500'000);
  simulation.network().send(lost);
  simulation.network().send(lucky);
  ImpairmentId healed{};
  Action cut(simulation.queue(), 50ms, [&] {
    simulation.impair(cut_between({host(0)}, {host(4)}));
    healed = simulation.impair(cut_between({host(1)}, {host(5)}));
  });
  Action heal(simulation.queue(), 100ms, [&] { simulation.repair(healed); });
  simulation.run(Time{1s});
  CHECK(lost.arrivals.empty());
  CHECK(lost.released);
  CHECK(lucky.arrivals.size() == 1);
  CHECK(simulation.traffic().lost == 1);
}

TEST_CASE("whoever begins a transfer has its own uplink, whatever the last one to had") {
  Topology topology = two_regions();
  const std::vector<Bandwidth> uplinks{10e6, 20e6, 40e6, 50e6, 100e6, 80e6};
  for (std::size_t i = 0; i < uplinks.size(); ++i) topology.hosts[i].settings.uplink = uplinks[i];
  Simulation simulation(std::move(topology), 1);
  Instants done(simulation.queue());
  const auto start = [&](std::uint32_t from, std::uint32_t to, Duration when) {
    return Action(simulation.queue(), when, [&simulation, &done, from, to] {
      simulation.transfer(host(from), host(to), 10'000'000, Instants::note, &done);
    });
  };
  const Action slow = start(0, 4, 0s);
  const Action fast = start(5, 3, 2s);     // 50 MB/s into 3
  const Action slower = start(4, 1, 3s);   // 20 MB/s into 1
  const Action shared1 = start(2, 4, 4s);  // 40 MB/s, of which
  const Action shared2 = start(2, 5, 4s);  // each has a half
  simulation.run(Time{10s});
  REQUIRE(done.at.size() == 5);
  CHECK(seconds(done.at[0]) == close_to(1.040, 1e-6));
  CHECK(seconds(done.at[1]) == close_to(2.240, 1e-6));
  CHECK(seconds(done.at[2]) == close_to(3.540, 1e-6));
  CHECK(seconds(done.at[3]) == close_to(4.540, 1e-6));
  CHECK(seconds(done.at[4]) == close_to(4.540, 1e-6));
}

TEST_CASE("when more hosts have transfers than there are ports, those who came last wait") {
  // 5,000 pairs, each alone on its way for a second; 4,096 ports are 2,048 pairs at one time.
  constexpr std::uint32_t pairs = 5000;
  Topology topology;
  topology.regions = {"a"};
  topology.zones = {{"a", 0}};
  for (std::uint32_t i = 0; i < 2 * pairs; ++i) {
    topology.hosts.push_back({"a/" + std::to_string(i), 0, 0, HostSettings{}});
  }
  topology.within_zone.latency = Distribution::constant(0);
  Together transfers(std::move(topology));
  for (std::uint32_t i = 0; i < pairs; ++i) transfers.add(i, pairs + i, 1'250'000'000);
  const auto took = transfers.run();
  for (std::uint32_t i = 0; i < pairs; ++i) {
    const double turn = 1 + i / 2048;
    if (took[i] != close_to(turn, 1e-6)) FAIL("pair " << i << " took " << took[i] << " s");
  }
}

}  // namespace
}  // namespace faultline
