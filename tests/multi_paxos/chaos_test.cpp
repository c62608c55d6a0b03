// Multi-Paxos under random crashes, partitions, pauses and wrong clocks: linearizable on every
// schedule, and never with two values chosen in one slot.
#include "chaos.hpp"

#include <doctest/doctest.h>

namespace faultline::multi_paxos {
namespace {

struct Sum : testing::Tally {
  std::size_t elections = 0;
};

Sum over(std::size_t seeds, Chaos chaos) {
  Sum sum;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    const testing::Aftermath aftermath = live_through(chaos);
    testing::add(sum, aftermath, "linearizable", chaos.seed);
    sum.elections += aftermath.count(EventKind::leader_elected);
  }
  return sum;
}

/// Every run must keep its promises, and enough must have happened for that to mean something.
void expect_consistent(const Sum& sum) {
  CAPTURE(sum.first);
  CHECK(sum.violated == 0);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.diverged == 0);
  CHECK(sum.ok > 100 * sum.runs);
  CHECK(sum.elections > sum.runs);
}

void with_all_kinds_of_reads(std::size_t seeds, Chaos chaos) {
  for (const Reads reads : {Reads::log, Reads::quorum, Reads::lease}) {
    chaos.parameters.reads = reads;
    CAPTURE(static_cast<int>(reads));
    expect_consistent(over(seeds, chaos));
  }
}

TEST_CASE("multi-paxos is linearizable under crashes and partitions, however it reads") {
  Chaos chaos;
  SUBCASE("with 3 nodes") {}
  SUBCASE("with 5 nodes") { chaos.nodes = 5; }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  SUBCASE("with lost, doubled and repeated messages") {
    chaos.duplication = 0.1;
    chaos.loss = 0.02;
    chaos.retries = true;
  }
  SUBCASE("with clocks as wrong as the lease allows") {
    chaos.clock_drift = chaos.parameters.clock_drift = 0.05;
    chaos.clock_skew = 1s;
    chaos.pauses = true;
  }
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
  const Sum sum = over(40, chaos);
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
  const Sum sum = over(60, chaos);
  CAPTURE(sum.first);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.elections > 3 * sum.runs);
}

TEST_CASE("a promise or a vote that is only in the disk's cache is forgotten in a power loss") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::write;
  const Sum sum = over(60, chaos);
  CHECK(sum.violated + sum.with_broken_invariants > 3);
}

}  // namespace
}  // namespace faultline::multi_paxos
