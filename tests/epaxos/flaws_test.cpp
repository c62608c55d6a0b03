// EPaxos with one line of it wrong: each flaw must be caught, and EPaxos itself acquitted, by the
// same check on the same schedules.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::epaxos {
namespace {

using testing::caught_within;
using testing::Judge;
using testing::keeps;
using testing::keeps_invariants;

void expect_caught(Flaw flaw, std::uint64_t seeds, const Judge& judge, Chaos chaos) {
  const auto run = [&](Flaw given) {
    return [&chaos, given](std::uint64_t seed) {
      chaos.parameters.flaw = given;
      chaos.seed = seed;
      return live_through(chaos);
    };
  };
  const auto caught = caught_within(seeds, run(flaw), judge);
  REQUIRE(caught);
  MESSAGE("seed " << caught->seed << ": " << caught->how);
  const auto accused = caught_within(seeds, run(Flaw::none), judge);
  CHECK_MESSAGE(!accused, "EPaxos itself, seed " << accused->seed << ": " << accused->how);
}

/// Many recoveries, with messages late, doubled and out of order.
Chaos turmoil() {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.length = 4s;
  chaos.between_faults = 150ms;
  chaos.duplication = 0.1;
  chaos.loss = 0.02;
  return chaos;
}

TEST_CASE("a leader that ignores what others say") {
  expect_caught(Flaw::ignores_answers, 10, keeps("linearizable"), turmoil());
  expect_caught(Flaw::ignores_answers, 10, keeps_invariants(), turmoil());
}

TEST_CASE("a fast path with a majority only") {
  Chaos chaos = turmoil();
  chaos.parameters.fast_quorum = FastQuorum::simple;
  expect_caught(Flaw::hasty, 50, keeps_invariants(), chaos);
}

TEST_CASE("a fast path in spite of a promise") {
  expect_caught(Flaw::ignores_ballots, 50, keeps_invariants(), turmoil());
}

TEST_CASE("a replica that executes before the dependencies are committed") {
  expect_caught(Flaw::executes_early, 10, keeps("linearizable"), turmoil());
}

TEST_CASE("a recovery that drops what was pre-accepted") {
  expect_caught(Flaw::drops_pre_accepted, 50, keeps_invariants(), turmoil());
}

TEST_CASE("a recovery that does not try what may have taken the fast path") {
  expect_caught(Flaw::skips_the_trial, 200, keeps_invariants(), turmoil());
}

TEST_CASE("a replica that forgets its promises on a restart") {
  expect_caught(Flaw::forgets_promises, 200, keeps_invariants(), turmoil());
}

TEST_CASE("reads that do not interfere with writes") {
  expect_caught(Flaw::reads_do_not_interfere, 20, keeps("linearizable"), turmoil());
}

TEST_CASE("a state machine that takes a second attempt for a new command") {
  Chaos chaos = turmoil();
  chaos.retries = true;
  expect_caught(Flaw::executes_twice, 50, keeps("linearizable"), chaos);
}

}  // namespace
}  // namespace faultline::epaxos
