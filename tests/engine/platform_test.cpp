// The platform that SimGrid gets: latencies and bandwidths of its routes against the topology's,
// from plain data and from platform files.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <doctest/doctest.h>
#include <unistd.h>

#include <faultline/core/text.hpp>
#include <faultline/engine/platform_file.hpp>

#include "close_to.hpp"
#include "engine/small_world.hpp"

namespace faultline {
namespace {

using testing::close_to;

using namespace std::chrono_literals;

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
  CHECK(seconds(done.at[0]) == close_to(0.040, 1e-6));
}

TEST_CASE("ten thousand hosts have routes without a table of them") {
  Topology topology = two_regions(3334);
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(0), host(3333)).latency == 250us);
  CHECK(simulation.route(host(0), host(10'000)).latency == 40ms);
}

TEST_CASE("a path between zones or regions may be shorter than one within a zone") {
  Topology topology = two_regions();
  topology.between_zones.latency = Distribution::constant(100e-6);
  topology.links[0].path.latency = Distribution::constant(0);
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(0), host(1)).latency == 250us);
  CHECK(simulation.route(host(0), host(2)).latency == 100us);
  CHECK(simulation.route(host(0), host(4)).latency == 0us);
}

TEST_CASE("routes have the means of the paths' distributions") {
  Topology topology = two_regions();
  const Distribution tailed = Distribution::pareto(1e-3, 1.5);
  topology.within_zone.latency = Distribution::exponential(300e-6);
  topology.between_zones.latency = Distribution::lognormal(1e-3, 0.5);
  topology.links[0].path.latency = tailed;
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(0), host(1)).latency == 300us);
  CHECK(seconds(simulation.route(host(3), host(1)).latency) ==
        close_to(1e-3 * std::exp(0.125), 1e-6));
  CHECK(simulation.route(host(5), host(0)).latency == 3ms);
  CHECK(simulation.typical_latency(host(0), host(5)) == 3ms);
}

TEST_CASE("three regions, some without hosts or zones of their own, have routes all the same") {
  Topology topology = two_regions();
  topology.regions.push_back("c");
  topology.zones.push_back({"c", 2});  // no host yet
  topology.links.push_back({2, 0, {Distribution::constant(70e-3), 1e6}});
  topology.links.push_back({1, 2, {Distribution::constant(90e-3), 2e6}});
  topology.regions.push_back("d");  // not even a zone
  topology.hosts.push_back({"c/0", 2, 3, HostSettings{}});
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(6), host(0)).latency == 70ms);
  CHECK(simulation.route(host(0), host(6)).bandwidth == 1e6);
  CHECK(simulation.route(host(4), host(6)).latency == 90ms);
  CHECK(simulation.route(host(6), host(4)).bandwidth == 2e6);
}

TEST_CASE("regions, zones and hosts of one name do not disturb SimGrid") {
  Topology topology = two_regions();
  topology.zones[0].name = topology.hosts[0].name = "world";
  topology.zones[2].name = topology.hosts[5].name = "gateway of world";
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(0), host(5)).latency == 40ms);
}

TEST_CASE("a topology without hosts is refused") {
  Topology topology = two_regions(0);
  CHECK_THROWS_WITH_AS(Simulation(topology, 1), "the topology has no host", std::invalid_argument);
}
TEST_CASE("regions without a link between them are refused") {
  Topology topology = two_regions();
  topology.links.clear();
  CHECK_THROWS_WITH_AS(Simulation(topology, 1), "no link between the regions a and b",
                       std::invalid_argument);
}
TEST_CASE("a latency without a finite mean is refused") {
  Topology topology = two_regions();
  topology.links[0].path.latency = Distribution::pareto(1e-3, 1);
  CHECK_THROWS_WITH_AS(Simulation(topology, 1), doctest::Contains("no finite mean"),
                       std::invalid_argument);
}

/// A file that is gone at the end of its test.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              (name + std::to_string(::getpid()) + ".xml")) {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

constexpr const char* two_sites = R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="world" routing="Full">
    <cluster id="north" prefix="n" suffix="" radical="0-1" speed="1Gf" bw="125MBps" lat="50us"
             core="8"/>
    <zone id="south" routing="Full">
      <zone id="south-rack" routing="Full"><host id="s0" speed="1Gf" core="2"/></zone>
      <zone id="rack" routing="Full"><host id="s1" speed="1Gf"/></zone>
      <link id="local" bandwidth="10MBps" latency="300us"/>
      <zoneRoute src="south-rack" dst="rack" gw_src="s0" gw_dst="s1">
        <link_ctn id="local"/>
      </zoneRoute>
    </zone>
    <link id="cable" bandwidth="25MBps" latency="20ms"/>
    <zoneRoute src="north" dst="south" gw_src="nnorth_router" gw_dst="s0">
      <link_ctn id="cable"/>
    </zoneRoute>
  </zone>
</platform>
)";

TEST_CASE("a platform file gives regions, hosts, cores and routes") {
  const TemporaryFile file("two-sites-", two_sites);
  Topology topology;
  topology.platform_file = file.path();
  add_hosts(topology, hosts_of_platform_file(file.path()), HostSettings{});
  CHECK(topology.regions == std::vector<std::string>{"north", "south"});
  REQUIRE(topology.hosts.size() == 4);
  CHECK(topology.hosts[1].name == "n1");
  CHECK(topology.hosts[1].settings.cores == 8);
  CHECK(topology.hosts[2].name == "s0");
  CHECK(topology.hosts[2].region == 1);
  CHECK(topology.hosts[3].settings.cores == 1);
  // The clients of a region stand beside its first host.
  topology.hosts.push_back({"clients@south", 1, 1, HostSettings{}});
  topology.network.overhead = 0;

  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.route(host(0), host(1)).latency == 100us);
  CHECK(simulation.route(host(0), host(1)).bandwidth == 125e6);
  CHECK(simulation.route(host(2), host(3)).latency == 300us);
  CHECK(simulation.route(host(0), host(2)).latency == 20ms + 50us);
  CHECK(simulation.route(host(4), host(0)).latency == 20ms + 50us);
  CHECK(simulation.typical_latency(host(3), host(0)) == 20ms + 350us);
  CHECK(simulation.machine(host(2)).cores() == 2);
  NotedPacket packet(simulation.queue(), host(0), host(3), 10'000);
  simulation.network().send(packet);
  NotedPacket bulk(simulation.queue(), host(1), host(3), 10'000'000);
  simulation.network().send(bulk);
  NotedPacket near(simulation.queue(), host(4), host(2), 0);
  simulation.network().send(near);
  simulation.run(Time{10s});
  CHECK(packet.arrivals.at(0) == Time{20ms + 350us + 1ms});
  CHECK(seconds(bulk.arrivals.at(0)) == close_to(1.02035, 1e-6));
  CHECK(near.arrivals.at(0) == Time{250us});
}

TEST_CASE("the hosts of a platform file need not be given") {
  const TemporaryFile file("hosts-", two_sites);
  Topology topology;
  topology.platform_file = file.path();
  Simulation simulation(std::move(topology), 1);
  CHECK(simulation.topology().hosts.size() == 4);
  CHECK(simulation.topology().regions.size() == 2);
}

TEST_CASE("faulty platform files are refused in words, again and again") {
  const auto refused = [](const std::string& path, const std::string& words) {
    CHECK_THROWS_WITH_AS(hosts_of_platform_file(path), doctest::Contains(words.c_str()), BadValue);
  };
  refused("/no/such/file.xml", "cannot read the platform file");
  refused("/", "cannot read the platform file");
  const TemporaryFile nonsense("nonsense-", "{\"not\": \"xml\"}");
  const TemporaryFile empty("empty-", "");
  const TemporaryFile hostless("hostless-", R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="world" routing="Full"/></platform>)");
  const TemporaryFile twice("twice-", R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="world" routing="Full">
<host id="h" speed="1Gf"/><host id="h" speed="1Gf"/></zone></platform>)");
  const TemporaryFile unknown_link("unknown-link-", R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="world" routing="Full">
<host id="g" speed="1Gf"/><host id="h" speed="1Gf"/>
<route src="g" dst="h"><link_ctn id="nothing"/></route></zone></platform>)");
  const TemporaryFile apart("apart-", R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="world" routing="Full">
<host id="g" speed="1Gf"/><host id="h" speed="1Gf"/></zone></platform>)");
  refused(nonsense.path(), "SimGrid cannot read");
  refused(empty.path(), "SimGrid cannot read");
  refused(hostless.path(), "has no host");
  refused(twice.path(), "SimGrid cannot read");
  refused(unknown_link.path(), "nothing");
  refused(apart.path(), "no route from g to h");
  refused(std::string(FAULTLINE_TEST_DIR) + "/platform_test.cpp", "must end in .xml");
}

}  // namespace
}  // namespace faultline
