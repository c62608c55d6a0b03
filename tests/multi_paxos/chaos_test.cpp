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

}  // namespace
}  // namespace faultline::multi_paxos
