// Raft under random crashes, partitions, pauses and wrong clocks: linearizable on every schedule,
// and with the properties of Figure 3 at every step.
#include "chaos.hpp"

#include <doctest/doctest.h>

#include "model/elections.hpp"

namespace faultline::raft {
namespace {

using testing::expect_consistent;
using testing::over;

void with_all_kinds_of_reads(std::size_t seeds, const Chaos& chaos) {
  testing::expect_consistent_with_all({Reads::log, Reads::read_index, Reads::lease}, seeds, chaos);
}

TEST_CASE("raft is linearizable under crashes and partitions, however it reads") {
  Chaos chaos;
  testing::choose_adversity(chaos);
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
  const testing::ElectionTally sum = over(200, chaos);
  CAPTURE(sum.first);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.elections > 3 * sum.runs);
}

TEST_CASE("a vote or an entry that is only in the disk's cache is forgotten in a power loss") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::write;
  const testing::ElectionTally sum = over(60, chaos);
  CHECK(sum.violated + sum.with_broken_invariants > 3);
}

}  // namespace
}  // namespace faultline::raft
