// EPaxos under random crashes, partitions and pauses: linearizable on every schedule, whatever its
// fast quorum, and consistent inside at every step.
#include "chaos.hpp"

#include <doctest/doctest.h>

namespace faultline::epaxos {
namespace {

testing::Tally over(std::size_t seeds, Chaos chaos) {
  testing::Tally sum;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    testing::add(sum, live_through(chaos), "linearizable", chaos.seed);
  }
  return sum;
}

/// Every run must keep its promises, and enough must have happened for that to mean something.
void expect_consistent(const testing::Tally& sum) {
  CAPTURE(sum.first);
  CHECK(sum.violated == 0);
  CHECK(sum.with_broken_invariants == 0);
  CHECK(sum.diverged == 0);
  CHECK(sum.ok > 100 * sum.runs);
}

TEST_CASE("epaxos is linearizable under crashes and partitions") {
  Chaos chaos;
  SUBCASE("with 3 nodes") {}
  SUBCASE("with 5 nodes") { chaos.nodes = 5; }
  SUBCASE("with 4 nodes") { chaos.nodes = 4; }
  SUBCASE("with 5 nodes and the simple fast quorum, acknowledged at commit") {
    chaos.nodes = 5;
    chaos.parameters.fast_quorum = FastQuorum::simple;
    chaos.parameters.acknowledge = Acknowledge::commit;
  }
  SUBCASE("when nodes stand still for a while") {
    chaos.nodes = 5;
    chaos.pauses = true;
  }
  SUBCASE("through power losses, with fsync") {
    chaos.nodes = 5;
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  SUBCASE("with lost, doubled and repeated messages") {
    chaos.nodes = 5;
    chaos.duplication = 0.1;
    chaos.loss = 0.02;
    chaos.retries = true;
  }
  expect_consistent(over(20, chaos));
}

}  // namespace
}  // namespace faultline::epaxos
