// multi_leader with one line of it wrong: each flaw must be caught, and the sound protocol
// acquitted, by the same check on the same schedules.
#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::multi_leader {
namespace {

using testing::converges;
using testing::expect_caught;
using testing::keeps;
using testing::loses_no_sibling;

constexpr std::uint64_t seeds = 20;

TEST_CASE("a write that replaces siblings its client has not read loses them") {
  Chaos chaos;
  chaos.parameters = quick(Conflicts::siblings);
  expect_caught(Flaw::drops_siblings, seeds, loses_no_sibling(), chaos);
}

TEST_CASE("a clock that hears of nobody numbers a write below what it replaces") {
  Chaos chaos;
  chaos.parameters.topology = Shape::ring;
  SUBCASE("lamport") { chaos.parameters.clock = Clock::lamport; }
  SUBCASE("hybrid, with clocks that differ") {
    chaos.parameters.clock = Clock::hybrid;
    chaos.clock_skew = 200ms;
  }
  expect_caught(Flaw::deaf_clock, seeds, keeps("causal"), chaos);
}

TEST_CASE("leaders that do not break ties keep what they have") {
  Chaos chaos;
  chaos.parameters.clock = Clock::lamport;
  expect_caught(Flaw::ties_not_broken, seeds, converges(), chaos);
}

TEST_CASE("leaders that keep what came last do not agree") {
  expect_caught(Flaw::last_to_arrive_wins, seeds, converges(), Chaos{});
}

TEST_CASE("an outbox that forgets what it has sent does not outlive a cut") {
  expect_caught(Flaw::sends_once, seeds, converges(), Chaos{});
}

TEST_CASE("an outbox in memory does not outlive a crash") {
  Chaos chaos;
  chaos.parameters.ship_every = 50ms;
  expect_caught(Flaw::outbox_in_memory, seeds, converges(), chaos);
}

TEST_CASE("on a star that passes nothing on, nobody hears of anybody but the hub") {
  Chaos chaos;
  chaos.parameters.topology = Shape::star;
  expect_caught(Flaw::passes_nothing_on, seeds, converges(), chaos);
}

// ---- data types that merge ----------------------------------------------------------------------

TEST_CASE("a counter that adds states up counts an increment again with every message") {
  Chaos chaos;
  chaos.parameters = quick(DataType::g_counter);
  expect_caught(Flaw::counters_add_up, seeds, strong_eventual(DataType::g_counter), chaos);
}

TEST_CASE("one counter for what is added and taken away forgets what was taken away") {
  Chaos chaos;
  chaos.parameters = quick(DataType::pn_counter);
  expect_caught(Flaw::one_counter, seeds, strong_eventual(DataType::pn_counter), chaos);
}

TEST_CASE("a set that takes away what it does not know loses what was added elsewhere") {
  Chaos chaos;
  chaos.parameters = quick(DataType::or_set);
  expect_caught(Flaw::removes_unseen, seeds, strong_eventual(DataType::or_set), chaos);
}

TEST_CASE("a map that does not break ties does not agree with others") {
  Chaos chaos;
  chaos.parameters = quick(DataType::lww_map);
  chaos.parameters.clock = Clock::lamport;
  expect_caught(Flaw::ties_not_broken, seeds, strong_eventual(DataType::lww_map), chaos);
}

}  // namespace
}  // namespace faultline::multi_leader
