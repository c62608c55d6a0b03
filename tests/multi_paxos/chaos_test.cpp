// Multi-Paxos under random crashes, partitions, pauses and wrong clocks: linearizable on every
// schedule, and never with two values chosen in one slot.
#include "chaos.hpp"

#include <doctest/doctest.h>

#include "model/elections.hpp"

namespace faultline::multi_paxos {
namespace {

using testing::expect_consistent;
using testing::over;

void with_all_kinds_of_reads(std::size_t seeds, const Chaos& chaos) {
  testing::expect_consistent_with_all({Reads::log, Reads::quorum, Reads::lease}, seeds, chaos);
}

TEST_CASE("multi-paxos is linearizable under crashes and partitions, however it reads") {
  Chaos chaos;
  testing::choose_adversity(chaos);
  with_all_kinds_of_reads(25, chaos);
}

TEST_CASE("multi-paxos is linearizable in every variant") {
  Chaos chaos;
  SUBCASE("with a quorum of two for writes among five") {
    chaos.nodes = 5;
    chaos.parameters.replication_quorum = 2;
    chaos.duplication = 0.05;
  }
  SUBCASE("with a quorum of two for elections among five") {
    chaos.nodes = 5;
    chaos.parameters.election_quorum = 2;
  }
  SUBCASE("with half of four for writes") {
    chaos.nodes = 4;
    chaos.parameters.replication_quorum = 2;
    chaos.parameters.reads = Reads::lease;
  }
  SUBCASE("one slot at a time") { chaos.parameters.window = 1; }
  SUBCASE("when nodes refuse instead of forwarding") { chaos.parameters.forward = false; }
  SUBCASE("with snapshots instead of long ledgers") {
    chaos.parameters.snapshot_threshold = 20;
    chaos.parameters.batch = 3;
    chaos.duplication = 0.05;
  }
  SUBCASE("with snapshots and power losses") {
    chaos.nodes = 5;
    chaos.parameters.snapshot_threshold = 20;
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  expect_consistent(over(40, chaos));
}

TEST_CASE("proposers that outbid each other may get nowhere, but do no harm") {
  Chaos chaos;
  chaos.parameters.outbid = true;
  const testing::ElectionTally sum = over(40, chaos);
  CAPTURE(sum.first);
  CHECK(sum.violated == 0);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.ok > 20 * sum.runs);
}

TEST_CASE("no slot has two values on many schedules") {
  Chaos chaos;
  chaos.length = 3s;
  chaos.clients = 2;
  chaos.between_faults = 100ms;
  chaos.nodes = 5;
  chaos.loss = 0.05;
  chaos.duplication = 0.1;
  SUBCASE("with majorities") {}
  SUBCASE("with flexible quorums and pauses") {
    chaos.pauses = true;
    chaos.parameters.replication_quorum = 2;
  }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  const testing::ElectionTally sum = over(60, chaos);
  CAPTURE(sum.first);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.elections > 3 * sum.runs);
}

TEST_CASE("a promise or a vote that is only in the disk's cache is forgotten in a power loss") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::write;
  const testing::ElectionTally sum = over(60, chaos);
  CHECK(sum.violated + sum.with_broken_invariants > 3);
}

}  // namespace
}  // namespace faultline::multi_paxos
