// leader_follower with one line of it wrong: each flaw must be caught, and the protocol acquitted,
// by the same check on the same schedules.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::leader_follower {
namespace {

using testing::expect_caught;
using testing::turmoil;

TEST_CASE("a leader that acknowledges before enough followers have a write") {
  expect_caught(Flaw::acknowledges_early, 50, testing::keeps("linearizable"), turmoil<Chaos>());
}
TEST_CASE("followers that vote for a candidate without the latest writes") {
  expect_caught(Flaw::votes_for_any_log, 50, testing::keeps("linearizable"), turmoil<Chaos>());
}

TEST_CASE("a leader that trusts its lease as if all clocks were right") {
  auto chaos = testing::only_partitions<Chaos>();
  chaos.clock_drift = chaos.parameters.clock_drift = 0.5;
  chaos.parameters.election_timeout_max = 110ms;
  expect_caught(Flaw::overlong_lease, 40, testing::keeps("linearizable"), chaos);
}

}  // namespace
}  // namespace faultline::leader_follower
