// How long commands take, against closed forms: round trips from a measured table, and nothing
// else.
//
// A command is committed in a round trip to the farthest of its leader's nearest fast quorum, and
// in two to the nearest majority if others know of what interferes and do not agree. The five sites
// are those of SOSP 2013, section 7.2: California, Virginia, Ireland, Oregon and Tokyo.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/epaxos/epaxos.hpp>
#include <faultline/epaxos/quorums.hpp>
#include <faultline/scenario/region_latency.hpp>

#include "figures.hpp"
#include "model/conversation.hpp"

namespace faultline::epaxos {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<Epaxos>;

constexpr std::array<const char*, 5> sites{"us-west-1", "us-east-1", "eu-west-1", "us-west-2",
                                           "ap-northeast-1"};

/// Half the measured round trip, the same both ways.
Duration one_way(std::size_t from, std::size_t to) {
  if (from == to) return Duration(0);
  const std::size_t a = std::min(from, to);
  const std::size_t b = std::max(from, to);
  return *measured_round_trip(sites.at(a), sites.at(b)) / 2;
}
Duration round_trip(std::size_t a, std::size_t b) { return 2 * one_way(a, b); }

/// The others of a cluster of the first `replicas` sites, the nearest first.
std::vector<std::size_t> others(std::size_t site, std::size_t replicas) {
  std::vector<std::size_t> found;
  for (std::size_t other = 0; other < replicas; ++other) {
    if (other != site) found.push_back(other);
  }
  std::sort(found.begin(), found.end(), [site](std::size_t a, std::size_t b) {
    return round_trip(site, a) < round_trip(site, b);
  });
  return found;
}
/// To the farthest of a quorum of `size`, this site included.
Duration round_trip_to_quorum(std::size_t site, std::size_t replicas, std::size_t size) {
  return size < 2 ? Duration(0) : round_trip(site, others(site, replicas)[size - 2]);
}

/// A cluster on the first sites, with clients beside every replica; disks take no time.
struct World {
  using OneWay = Duration (*)(std::size_t from, std::size_t to);
  explicit World(std::size_t replicas, Parameters parameters = {}, OneWay delay = one_way)
      : talk(on_no_disk(parameters), Stage{.nodes = replicas}) {
    talk.silent = true;
    talk.network.latency = [replicas, delay](HostId from, HostId to, std::string_view) {
      const bool inside = std::max(index_of(from), index_of(to)) < replicas;
      return inside ? delay(index_of(from), index_of(to)) : Duration(0);
    };
  }
  static Parameters on_no_disk(Parameters parameters) {
    parameters.durability = Durability::memory;
    parameters.acknowledge = Acknowledge::commit;  // no replica recovers here
    return parameters;
  }
  Duration latency(OperationId id) const {
    REQUIRE(talk.operation(id).outcome == Outcome::ok);
    return talk.operation(id).latency();
  }
  Talk talk;
};

TEST_CASE("without conflicts a command takes a round trip to its nearest fast quorum, everywhere") {
  for (const FastQuorum kind : {FastQuorum::optimised, FastQuorum::simple}) {
    for (std::size_t replicas = 1; replicas <= sites.size(); ++replicas) {
      CAPTURE(replicas);
      Parameters parameters;
      parameters.fast_quorum = kind;
      const std::size_t quorum = Epaxos::fast_quorum_size(parameters, replicas);
      World world(replicas, parameters);
      for (std::size_t site = 0; site < replicas; ++site) {
        CAPTURE(sites.at(site));
        const OperationId written = world.talk.put(site, site, 100 + site);
        const OperationId read = world.talk.get(site, 10 + site);
        world.talk.run_for(2s);
        const Duration expected = round_trip_to_quorum(site, replicas, quorum);
        if (replicas == 3 || replicas == 5) {
          const std::string of = kind == FastQuorum::simple ? "simple" : "optimised";
          testing::note_figure("Round trips between AWS's regions: commit latency of EPaxos",
                               of + " fast quorum, " + std::to_string(replicas) +
                                   " replicas, client in " + sites.at(site),
                               "ms", 1e3 * seconds(expected),
                               1e3 * seconds(world.latency(written)));
        }
        CHECK(world.latency(written) == expected);
        CHECK(world.latency(read) == round_trip_to_quorum(site, replicas, quorum));
      }
    }
  }
}

// Google Cloud's europe-west1, 2, 3, 4 and 6, pings cut to whole milliseconds, and what the unit
// tests of fantoch assert there for commands that need no leader and three of five replicas: the
// size of EPaxos' fast quorum (V. Enes et al., "State-machine replication for planet-scale
// systems", EuroSys 2020).
TEST_CASE("in five European regions commands take what fantoch says") {
  constexpr std::array<const char*, 5> regions{"europe-west1", "europe-west2", "europe-west3",
                                               "europe-west4", "europe-west6"};
  constexpr std::array<Duration, 5> asserted{8ms, 10ms, 7ms, 7ms, 14ms};
  World world(5, {}, [](std::size_t from, std::size_t to) -> Duration {
    constexpr int pings[5][5]{{0, 10, 8, 7, 14},
                              {10, 0, 13, 9, 19},
                              {8, 13, 0, 7, 7},
                              {7, 9, 7, 0, 14},
                              {14, 19, 7, 14, 0}};
    return pings[from][to] * 500us;
  });
  for (std::size_t site = 0; site < regions.size(); ++site) {
    CAPTURE(regions.at(site));
    const OperationId written = world.talk.put(site, site, 100 + site);
    world.talk.run_for(1s);
    testing::note_figure("Enes et al. 2020, fantoch: commit latency of EPaxos",
                         std::string("client in ") + regions.at(site), "ms",
                         1e3 * seconds(asserted.at(site)), 1e3 * seconds(world.latency(written)));
    CHECK(world.latency(written) == asserted.at(site));
  }
}

/// Two sites write a key at the same time: `site` and the nearest to it. Of the fast quorum of
/// three the other one, further away, may hear of either first.
TEST_CASE("a command whose fast quorum does not agree takes two round trips") {
  std::size_t slow = 0;
  for (std::size_t site = 0; site < sites.size(); ++site) {
    CAPTURE(sites.at(site));
    const std::size_t rival = others(site, sites.size())[0];
    const std::size_t third = others(site, sites.size())[1];
    World world(sites.size());
    const OperationId written = world.talk.put(site, 7, 1);
    world.talk.put(rival, 7, 2);
    world.talk.run_for(3s);
    const bool disagree = round_trip(site, third) < round_trip(rival, third);
    slow += disagree ? 1 : 0;
    CHECK(world.latency(written) == (disagree ? 2 : 1) * round_trip(site, third));
  }
  CHECK(slow > 0);
  CHECK(slow < sites.size());
}

TEST_CASE("with three replicas a fast quorum is one other, which always agrees with itself") {
  World world(3);
  std::vector<OperationId> ids;
  for (std::size_t site = 0; site < 3; ++site) ids.push_back(world.talk.put(site, 7, 1 + site));
  world.talk.run_for(3s);
  for (std::size_t site = 0; site < 3; ++site) {
    CHECK(world.latency(ids[site]) == round_trip_to_quorum(site, 3, 2));
  }
}

TEST_CASE("the leader writes its own record first, and again when it takes the fast path") {
  Parameters parameters;
  Talk talk(parameters, Stage{});
  talk.silent = true;
  talk.network.latency = [](HostId, HostId, std::string_view) { return Duration(0); };
  const OperationId id = talk.put(0, 7, 1);
  talk.run_for(100ms);
  REQUIRE(talk.operation(id).outcome == Outcome::ok);
  // Three times one behind the other: a write of 20 us and an fsync of 0.5 ms, and what the bytes
  // take at 500 MB/s; of which two are with the value of 100 bytes and one is without.
  const Duration bytes = from_seconds((3.0 * bytes_of_instance + 2 * 100) / 500e6);
  CHECK(talk.operation(id).latency() == 3 * 520us + bytes);
}

}  // namespace
}  // namespace faultline::epaxos
