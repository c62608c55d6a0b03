// Raft under random crashes, partitions, pauses and wrong clocks: linearizable on every schedule,
// and with the properties of Figure 3 at every step.
#include "chaos.hpp"

#include <doctest/doctest.h>

namespace faultline::raft {
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
  for (const Reads reads : {Reads::log, Reads::read_index, Reads::lease}) {
    chaos.parameters.reads = reads;
    CAPTURE(static_cast<int>(reads));
    expect_consistent(over(seeds, chaos));
  }
}

TEST_CASE("raft is linearizable under crashes and partitions, however it reads") {
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

TEST_CASE("raft is linearizable in every variant") {
  Chaos chaos;
  SUBCASE("without pre-votes") { chaos.parameters.pre_vote = false; }
  SUBCASE("as in the paper's Figure 2, with neither pre-votes nor checks of the quorum") {
    chaos.parameters.pre_vote = chaos.parameters.check_quorum = false;
  }
  SUBCASE("when followers refuse instead of forwarding") { chaos.parameters.forward = false; }
  SUBCASE("with snapshots instead of long logs") {
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
  SUBCASE("with leadership handed over") {
    chaos.parameters.reads = Reads::lease;
    chaos.parameters.transfer = "1s: 1; 2s: 2; 3s: 0; 4s: 1; 5s: 2; 6s: 0; 7s: 1";
  }
  expect_consistent(over(40, chaos));
}

TEST_CASE("members change under fire") {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.parameters.initial_members = 3;
  chaos.parameters.reconfigure = "1s: 0 1 2 3 4; 3s: 2 3 4; 5s: 0 1; 7s: 0 1 2 3 4";
  SUBCASE("with logs") {}
  SUBCASE("with snapshots") { chaos.parameters.snapshot_threshold = 20; }
  SUBCASE("with power losses") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  with_all_kinds_of_reads(20, chaos);
}

TEST_CASE("no term has two leaders on many schedules") {
  Chaos chaos;
  chaos.length = 3s;
  chaos.clients = 1;
  chaos.between_faults = 150ms;
  chaos.nodes = 5;
  SUBCASE("with pre-votes") {}
  SUBCASE("with pauses and without pre-votes") {
    chaos.pauses = true;
    chaos.parameters.pre_vote = false;
  }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  const Sum sum = over(200, chaos);
  CAPTURE(sum.first);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.elections > 3 * sum.runs);
}

TEST_CASE("a vote or an entry that is only in the disk's cache is forgotten in a power loss") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::write;
  const Sum sum = over(60, chaos);
  CHECK(sum.violated + sum.with_broken_invariants > 3);
}

}  // namespace
}  // namespace faultline::raft
