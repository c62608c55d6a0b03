// Causal stores under random crashes, partitions and pauses: causal+ on every schedule, whatever
// the sessions do; and not stronger than that.
#include "chaos.hpp"

#include <doctest/doctest.h>

namespace faultline::causal {
namespace {

using Checks = std::initializer_list<const char*>;

using testing::expect_kept;
using testing::runs_that_break;

void expect_kept_either_way(Checks checks, std::size_t seeds, Chaos chaos) {
  for (const DependencyKind kind : {DependencyKind::nearest, DependencyKind::vector}) {
    CAPTURE(static_cast<int>(kind));
    chaos.parameters.dependencies = kind;
    expect_kept(checks, seeds, chaos);
  }
}

TEST_CASE("causal+ whatever happens, and replicas that agree in the end") {
  Chaos chaos;
  SUBCASE("with two nodes in each of three regions") {}
  SUBCASE("with one node in each") {
    chaos.nodes = 3;
    chaos.regions = {0, 1, 2};
  }
  SUBCASE("with regions of different sizes") { chaos.regions = {0, 1, 1, 2, 2, 2}; }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("with lost and doubled messages") {
    chaos.duplication = 0.1;
    chaos.loss = 0.05;
  }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  SUBCASE("with more keys than a context has room for") {
    chaos.keys = 40;
    chaos.reads = 0.9;
  }
  SUBCASE("when sessions move") { chaos.faithful = false; }
  SUBCASE("when sessions move, and are refused where they know more") {
    chaos.faithful = false;
    chaos.parameters.moved_sessions = MovedSessions::refuse;
  }
  SUBCASE("with clocks that are wrong") {
    chaos.parameters.timestamps = Timestamps::hybrid;
    chaos.clock_skew = 1s;
    chaos.clock_drift = 0.05;
  }
  expect_kept_either_way({"causal", "causal_plus"}, 6, chaos);
}

TEST_CASE("with clocks that agree, sessions are promised all that there is to promise") {
  Chaos chaos;
  chaos.parameters.timestamps = Timestamps::hybrid;
  SUBCASE("those that stay") {}
  SUBCASE("and those that move") { chaos.faithful = false; }
  expect_kept_either_way({"causal_plus", "read_your_writes", "monotonic_reads", "monotonic_writes",
                          "writes_follow_reads"},
                         6, chaos);
}

TEST_CASE("it is not stronger than it says") {
  Chaos chaos;
  CHECK(runs_that_break("linearizable", 5, chaos) == 5);
  CHECK(runs_that_break("sequential", 10, chaos) > 0);
  // A Lamport time knows nothing of the time of day: an earlier write may be the higher version.
  CHECK(runs_that_break("monotonic_reads", 10, chaos) > 0);
}

TEST_CASE("outboxes that are full refuse what they cannot keep, and nothing else goes wrong") {
  Chaos chaos;
  chaos.parameters.outbox_limit = 10;
  chaos.between_faults = 1s;
  SUBCASE("writes only") {}
  SUBCASE("markers, too") {
    chaos.keys = 40;
    chaos.reads = 0.9;
    chaos.parameters.outbox_limit = 3;
  }
  for (const DependencyKind kind : {DependencyKind::nearest, DependencyKind::vector}) {
    CAPTURE(static_cast<int>(kind));
    chaos.parameters.dependencies = kind;
    expect_kept({"causal", "causal_plus"}, 6, chaos);
    chaos.seed = 1;
    CHECK(testing::refused_for_want_of_room(live_through(chaos)) > 0);
  }
}

TEST_CASE("contexts that are full become markers") {
  Chaos chaos;
  chaos.keys = 40;
  chaos.reads = 0.9;
  std::size_t markers = 0;
  for (chaos.seed = 1; chaos.seed <= 10; ++chaos.seed) {
    ChaosRun run(chaos);
    run.run();
    markers += run.markers();
  }
  CHECK(markers > 10);
}

}  // namespace
}  // namespace faultline::causal
