// leader_follower with one line of it wrong: each flaw must be caught, and the protocol acquitted,
// by the same check on the same schedules.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::leader_follower {
namespace {

using testing::caught_within;

void expect_caught(Flaw flaw, std::uint64_t seeds, Chaos chaos, const testing::Judge& judge) {
  const auto run = [&chaos](Flaw which) {
    return [&chaos, which](std::uint64_t seed) {
      chaos.parameters.flaw = which;
      chaos.seed = seed;
      ChaosRun life(chaos);
      return life.run();
    };
  };
  const auto caught = caught_within(seeds, run(flaw), judge);
  REQUIRE(caught);
  MESSAGE("seed " << caught->seed << ": " << caught->how);
  const auto accused = caught_within(seeds, run(Flaw::none), judge);
  CHECK_MESSAGE(!accused, "without it, seed " << accused->seed << ": " << accused->how);
}

/// Many elections, with messages late, doubled and out of order.
Chaos turmoil() {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.between_faults = 150ms;
  chaos.duplication = 0.1;
  chaos.loss = 0.02;
  return chaos;
}

TEST_CASE("a leader that acknowledges before enough followers have a write") {
  expect_caught(Flaw::acknowledges_early, 50, turmoil(), testing::keeps("linearizable"));
}
TEST_CASE("followers that vote for a candidate without the latest writes") {
  expect_caught(Flaw::votes_for_any_log, 50, turmoil(), testing::keeps("linearizable"));
}

/// Partitions only, and clients fast enough to see what a moment of two leaders does.
Chaos partitions() {
  Chaos chaos;
  chaos.crashes = false;
  chaos.keys = 1;
  chaos.clients = 10;
  chaos.latency = Distribution::uniform(0.5e-3, 2e-3);
  chaos.between_operations = 3ms;
  chaos.between_faults = 200ms;
  return chaos;
}

TEST_CASE("a leader that trusts its lease as if all clocks were right") {
  Chaos chaos = partitions();
  chaos.clock_drift = chaos.parameters.clock_drift = 0.5;
  chaos.parameters.election_timeout_max = 110ms;
  expect_caught(Flaw::overlong_lease, 40, chaos, testing::keeps("linearizable"));
}

}  // namespace
}  // namespace faultline::leader_follower
