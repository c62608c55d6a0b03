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

/// Replicas that forget early and often.
Chaos forgetting() {
  Chaos chaos;
  chaos.parameters.checkpoint_threshold = 10;
  chaos.retries = true;
  return chaos;
}

TEST_CASE("epaxos is linearizable when replicas forget what they have executed") {
  Chaos chaos = forgetting();
  SUBCASE("with 3 nodes") {}
  SUBCASE("with 5 nodes") { chaos.nodes = 5; }
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
  SUBCASE("with lost and doubled messages") {
    chaos.nodes = 5;
    chaos.duplication = 0.1;
    chaos.loss = 0.02;
  }
  SUBCASE("with many keys") { chaos.keys = 30; }
  SUBCASE("with five nodes, of which one at a time loses its disk") {
    chaos.nodes = 5;
    chaos.fate = DiskFate::lost;
    chaos.between_faults = 1s;
    chaos.one_at_a_time = true;
  }
  expect_consistent(over(20, chaos));
}

TEST_CASE("what a replica keeps does not grow with the length of the run") {
  Chaos chaos = forgetting();
  chaos.between_operations = 5ms;
  struct Kept {
    std::size_t instances;  ///< at the most
    std::size_t of;
  };
  const auto live = [&](Duration length) {
    chaos.length = length;
    ChaosRun run(chaos);
    CHECK(run.run().check("linearizable").verdict == Verdict::valid);
    return Kept{run.most_kept(), run.instances()};
  };
  SUBCASE("without faults") { chaos.crashes = chaos.partitions = false; }
  SUBCASE("nor while replicas are out of reach") { chaos.between_faults = 1s; }
  const Kept shorter = live(10s);
  const Kept longer = live(40s);
  CAPTURE(shorter.instances);
  CAPTURE(longer.instances);
  CAPTURE(longer.of);
  CHECK(longer.of > 3 * shorter.of);
  CHECK(longer.instances < 2 * shorter.instances);
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
