// Histories of quorum stores under random partitions and crashes, judged by the checks: the
// settings of ABD are linearizable, and each of its parts is needed.
#include <doctest/doctest.h>

#include <faultline/quorum/quorum.hpp>

#include "model/chaos.hpp"

namespace faultline::quorum {
namespace {

using namespace std::chrono_literals;
using testing::Chaos;

/// Four clients for two seconds, a fault every 75 ms.
Chaos short_chaos() {
  Chaos chaos;
  chaos.length = 2s;
  chaos.calm = 0ms;
  chaos.clients = 4;
  chaos.patience = 200ms;
  chaos.between_faults = 75ms;
  chaos.latency = Distribution::exponential(5e-3);
  return chaos;
}
Chaos with_wrong_clocks(Chaos chaos) {
  chaos.clock_skew = 100ms;
  chaos.clock_drift = 0.01;
  return chaos;
}

/// How many of `seeds` runs are not linearizable.
std::size_t violations(Parameters parameters, Chaos chaos, std::uint64_t seeds) {
  parameters.timeout = 60ms;
  parameters.hint_retry = 30ms;
  testing::Tally tally;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    testing::add(tally, testing::live_through<Quorum>(parameters, chaos), "linearizable",
                 chaos.seed);
  }
  CAPTURE(tally.first);
  CHECK(tally.ok > tally.operations / 4);  // most of the time there was something to judge
  return tally.violated;
}

TEST_CASE("consistency in both cases is linearizable under partitions, crashes and wrong clocks") {
  const Parameters parameters;
  Chaos chaos = with_wrong_clocks(short_chaos());
  SUBCASE("with all nodes replicas") {
    chaos.loss = 0.01;
    CHECK(violations(parameters, chaos, 150) == 0);
  }
  SUBCASE("with replicas on some nodes") {
    chaos.nodes = 5;
    CHECK(violations(parameters, chaos, 50) == 0);
  }
  SUBCASE("with five replicas") {
    Parameters five;
    five.replicas = 5;
    chaos.nodes = 5;
    chaos.loss = 0.01;
    CHECK(violations(five, chaos, 50) == 0);
  }
  SUBCASE("with uneven quorums") {
    chaos.crashes = false;
    for (const std::int64_t r : {1, 3}) {
      Parameters uneven;
      uneven.read_quorum = r;
      uneven.write_quorum = 4 - r;
      CHECK(violations(uneven, chaos, 50) == 0);
    }
  }
  SUBCASE("and through power losses if replicas sync") {
    Parameters synced;
    synced.durability = Durability::fsync;
    chaos.fate = DiskFate::unsynced_lost;
    CHECK(violations(synced, chaos, 100) == 0);
  }
}

TEST_CASE("every part of it is needed") {
  Parameters parameters;
  Chaos chaos = with_wrong_clocks(short_chaos());
  chaos.nodes = 4;
  std::uint64_t seeds = 40;
  SUBCASE("overlapping quorums") {
    parameters.read_quorum = 1;
    parameters.write_quorum = 1;
  }
  SUBCASE("the write-back of reads") {
    // Rarer than the others: a read sees a write on its way, a later one does not.
    parameters.read_repair = ReadRepair::none;
    chaos = short_chaos();
    chaos.loss = 0.1;
    seeds = 200;
  }
  SUBCASE("versions from a quorum, where clocks differ") {
    parameters.write_versions = WriteVersions::clock;
  }
  SUBCASE("strict quorums") { parameters.sloppy = true; }
  SUBCASE("a memory") { parameters.durability = Durability::memory; }
  CHECK(violations(parameters, chaos, seeds) > 0);
}

TEST_CASE("a power loss takes back what was written and not synced") {
  Chaos chaos = short_chaos();
  chaos.fate = DiskFate::unsynced_lost;
  CHECK(violations(Parameters{}, chaos, 60) > 0);
}

}  // namespace
}  // namespace faultline::quorum
