// How long things take and what failures leave possible, against closed forms, a table of measured
// round trips, and what others assert for the same protocol.
#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/multi_paxos/multi_paxos.hpp>

#include "close_to.hpp"
#include "figures.hpp"
#include "model/conversation.hpp"

namespace faultline::multi_paxos {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<MultiPaxos>;

/// Round trips between sites, in milliseconds; only what stands right of the diagonal counts.
using RoundTrips = std::vector<std::vector<double>>;

Duration round_trip(const RoundTrips& table, std::size_t a, std::size_t b) {
  // Halves of a whole number of nanoseconds, so that there and back takes the round trip exactly.
  return a == b ? Duration(0) : 2 * from_seconds(table[std::min(a, b)][std::max(a, b)] / 2000);
}
double in_milliseconds(Duration span) { return 1e3 * seconds(span); }

/// The time in which `count` sites, the one at `from` included, have heard from it and answered.
Duration quorum_time(const RoundTrips& table, std::size_t from, std::size_t count) {
  std::vector<Duration> times;
  for (std::size_t site = 0; site < table.size(); ++site) {
    times.push_back(round_trip(table, from, site));
  }
  std::sort(times.begin(), times.end());
  return times[count - 1];
}

/// One node at each site, and clients beside them all.
struct Sites {
  Sites(const RoundTrips& table, Parameters parameters) : talk(parameters, Stage{.nodes = 5}) {
    talk.silent = true;
    talk.network.latency = [table](HostId from, HostId to, std::string_view) {
      const bool inside = std::max(index_of(from), index_of(to)) < table.size();
      return inside ? round_trip(table, index_of(from), index_of(to)) / 2 : Duration(0);
    };
    talk.run_for(900ms);
  }
  Duration write(std::size_t site) {
    const OperationId id = talk.put(site, 7, ++written);
    talk.run_for(1s);
    REQUIRE(talk.operation(id).outcome == Outcome::ok);
    return talk.operation(id).latency();
  }
  Talk talk;
  Value written = 0;
};

Parameters led_by(std::size_t leader, std::int64_t replication_quorum) {
  Parameters parameters;
  parameters.first_candidate = static_cast<std::int64_t>(leader);
  parameters.replication_quorum = replication_quorum;
  parameters.durability = Durability::memory;
  return parameters;
}

// The five sites of Moraru, Andersen and Kaminsky, "There is more consensus in egalitarian
// parliaments", SOSP 2013, section 7.2: California, Virginia, Oregon, Japan, Ireland. Round trips
// as in sim/scenario/latency/aws.csv.
const RoundTrips egalitarian_sites{{0, 59.912, 21.129, 111.696, 141.152},
                                   {0, 0, 72.501, 152.425, 70.508},
                                   {0, 0, 0, 100.855, 127.28},
                                   {0, 0, 0, 0, 204.446},
                                   {0, 0, 0, 0, 0}};

const std::vector<std::string> site_names{"California", "Virginia", "Oregon", "Japan", "Ireland"};

TEST_CASE("a write takes a round trip to the leader, and one from there to its quorum") {
  for (std::int64_t quorum = 1; quorum <= 5; ++quorum) {
    for (std::size_t leader = 0; leader < 5; ++leader) {
      Sites sites(egalitarian_sites, led_by(leader, quorum));
      for (std::size_t site = 0; site < 5; ++site) {
        CAPTURE(quorum);
        CAPTURE(leader);
        CAPTURE(site);
        const Duration expected =
            round_trip(egalitarian_sites, site, leader) +
            quorum_time(egalitarian_sites, leader, static_cast<std::size_t>(quorum));
        const Duration measured = sites.write(site);
        testing::note_figure("Round trips between AWS's regions: commit latency of Paxos",
                             "quorum of " + std::to_string(quorum) + ", leader in " +
                                 site_names.at(leader) + ", client in " + site_names.at(site),
                             "ms", in_milliseconds(expected), in_milliseconds(measured));
        CHECK(measured == expected);
      }
    }
  }
}

TEST_CASE("some of these by hand") {
  // California hears Oregon after 21 ms and Virginia after 60 ms; Ireland is 141 ms away.
  CHECK(Sites(egalitarian_sites, led_by(0, 3)).write(0) == 59'912us);
  CHECK(Sites(egalitarian_sites, led_by(0, 2)).write(0) == 21'129us);
  CHECK(Sites(egalitarian_sites, led_by(0, 3)).write(4) == 141'152us + 59'912us);
  CHECK(Sites(egalitarian_sites, led_by(0, 2)).write(4) == 141'152us + 21'129us);
  // Japan hears Oregon after 101 ms and California after 112 ms.
  CHECK(Sites(egalitarian_sites, led_by(3, 3)).write(3) == 111'696us);
  CHECK(Sites(egalitarian_sites, led_by(3, 2)).write(3) == 100'855us);
}

// Google Cloud's europe-west1, 2, 3, 4 and 6, pings cut to whole milliseconds, and what the unit
// tests of fantoch assert there for Flexible Paxos with f = 1, whose replication quorum is f + 1
// (V. Enes et al., "State-machine replication for planet-scale systems", EuroSys 2020).
TEST_CASE("writes with a quorum of two among five take what fantoch says") {
  const RoundTrips pings{
      {0, 10, 8, 7, 14}, {0, 0, 13, 9, 19}, {0, 0, 0, 7, 7}, {0, 0, 0, 0, 14}, {0, 0, 0, 0, 0}};
  const std::vector<std::string> europe{"europe-west1", "europe-west2", "europe-west3",
                                        "europe-west4", "europe-west6"};
  const std::vector<std::vector<Duration>> asserted{
      {7ms, 17ms, 15ms, 14ms, 21ms}, {19ms, 9ms, 22ms, 18ms, 28ms}, {15ms, 20ms, 7ms, 14ms, 14ms}};
  for (std::size_t leader = 0; leader < asserted.size(); ++leader) {
    Sites sites(pings, led_by(leader, 2));
    for (std::size_t site = 0; site < 5; ++site) {
      CAPTURE(leader);
      CAPTURE(site);
      const Duration measured = sites.write(site);
      testing::note_figure("Enes et al. 2020, fantoch: commit latency of Flexible Paxos, f = 1",
                           "leader in " + europe.at(leader) + ", client in " + europe.at(site),
                           "ms", in_milliseconds(asserted[leader][site]),
                           in_milliseconds(measured));
      CHECK(measured == asserted[leader][site]);
    }
  }
}

TEST_CASE("an election takes a round trip to its quorum") {
  for (std::int64_t replication = 1; replication <= 5; ++replication) {
    CAPTURE(replication);
    Sites sites(egalitarian_sites, led_by(1, replication));
    REQUIRE(sites.talk.count(EventKind::leader_elected) == 1);
    // The first candidate waits for a nanosecond, for all to be up.
    CHECK(sites.talk.events.front().at - Time{} ==
          1ns + quorum_time(egalitarian_sites, 1, static_cast<std::size_t>(6 - replication)));
  }
}

TEST_CASE("a read takes what its way of making sure takes") {
  const Duration to_quorum = quorum_time(egalitarian_sites, 0, 3);
  for (const auto& [reads, expected] : {std::pair{Reads::log, to_quorum},
                                        {Reads::quorum, to_quorum},
                                        {Reads::lease, Duration(0)}}) {
    CAPTURE(static_cast<int>(reads));
    Parameters parameters = led_by(0, 3);
    parameters.reads = reads;
    Sites sites(egalitarian_sites, parameters);
    const OperationId id = sites.talk.get(0, 7);
    sites.talk.run_for(1s);
    CHECK(sites.talk.operation(id).outcome == Outcome::ok);
    CHECK(sites.talk.operation(id).latency() == expected);
  }
}

TEST_CASE("with a window of alpha, alpha writes are done in a round trip") {
  for (const std::int64_t alpha : {1, 2, 5, 7, 100}) {
    CAPTURE(alpha);
    constexpr std::int64_t writes = 20;
    Parameters parameters = led_by(0, 2);
    parameters.window = alpha;
    Sites sites(egalitarian_sites, parameters);
    for (Value value = 1; value <= writes; ++value) sites.talk.put(0, 7, value);
    sites.talk.run_for(1s);
    for (std::int64_t write = 1; write <= writes; ++write) {
      const Operation& operation = sites.talk.operation(static_cast<OperationId>(write - 1));
      REQUIRE(operation.outcome == Outcome::ok);
      const std::int64_t trips = (write + alpha - 1) / alpha;
      CHECK(operation.latency() == trips * round_trip(egalitarian_sites, 0, 2));
    }
    CHECK(sites.talk.held_by(0, 7) == writes);
  }
}

TEST_CASE("votes have to be on a quorum's disks") {
  Parameters parameters = led_by(0, 2);
  parameters.durability = Durability::fsync;
  const RoundTrips near(5, std::vector<double>(5, 2));
  // A round trip of 2 ms, and at the other end a write of 20 us and of 156 bytes at 500 MB/s, and
  // an fsync of 0.5 ms; the leader's own disk is done by then.
  CHECK(seconds(Sites(near, parameters).write(0)) == testing::close_to(0.002520312));
}

// ---- what failures leave possible --------------------------------------------------------------

Parameters impatient(std::int64_t replication_quorum) {
  Parameters parameters = led_by(0, replication_quorum);
  parameters.retransmission = 50ms;
  parameters.heartbeat = 20ms;
  parameters.election_timeout_min = 100ms;
  parameters.election_timeout_max = 200ms;
  parameters.timeout = 200ms;
  parameters.durability = Durability::write;
  return parameters;
}

/// Whether any of those who are up gets a write done, within the time for some elections.
bool can_write(Talk& talk) {
  talk.run_for(2s);
  std::vector<OperationId> tried;
  for (std::size_t node = 0; node < talk.service->size(); ++node) {
    if (talk.node(node) != nullptr) tried.push_back(talk.put(node, 1, 100 + tried.size()));
  }
  talk.run_for(1s);
  return std::any_of(tried.begin(), tried.end(),
                     [&talk](OperationId id) { return talk.operation(id).outcome == Outcome::ok; });
}

// Howard, Malkhi and Spiegelman 2016, section 4: with quorums of q1 and q2 nodes a leader goes on
// as long as q2 are up, itself included; a new one needs q1 to be elected, and q2 to be of use.
TEST_CASE(
    "a leader goes on with a replication quorum, a new one needs an election quorum as well") {
  for (std::int64_t replication = 1; replication <= 5; ++replication) {
    const int election = static_cast<int>(6 - replication);
    for (unsigned down = 0; down < 16; ++down) {
      Talk talk(impatient(replication), Stage{.nodes = 5});
      talk.silent = true;
      talk.run_for(100ms);
      for (std::size_t node = 1; node < 5; ++node) {
        if (((down >> (node - 1)) & 1U) != 0) talk.crash(node);
      }
      const int up = 5 - std::popcount(down);
      CAPTURE(replication);
      CAPTURE(down);
      CHECK(can_write(talk) == (up >= replication));
      talk.crash(0);
      CHECK(can_write(talk) == (up - 1 >= std::max<int>(election, static_cast<int>(replication))));
    }
  }
}

}  // namespace
}  // namespace faultline::multi_paxos
