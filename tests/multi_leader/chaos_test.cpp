// Leaders under random crashes, partitions and pauses: they agree in the end, whatever becomes of
// conflicts; and what sessions are promised on the way.
#include "chaos.hpp"

#include <initializer_list>

#include <doctest/doctest.h>

namespace faultline::multi_leader {
namespace {

using testing::expect_kept;
using testing::runs_that_break;

void expect_no_complaint(std::initializer_list<testing::Judge> judges, std::size_t seeds,
                         Chaos chaos) {
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    CAPTURE(chaos.seed);
    const testing::Aftermath aftermath = live_through(chaos);
    for (const testing::Judge& judge : judges) CHECK(judge(aftermath) == "");
    CHECK(aftermath.ok > 300);
  }
}

/// Two sessions at each of three leaders, all that can happen.
void vary(Chaos& chaos) {
  SUBCASE("when leaders crash and the network is cut") {}
  SUBCASE("with five leaders") { chaos.nodes = 5; }
  SUBCASE("when leaders stand still for a while") { chaos.pauses = true; }
  SUBCASE("with lost and doubled messages") {
    chaos.duplication = 0.1;
    chaos.loss = 0.05;
  }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  SUBCASE("when writes travel together") { chaos.parameters.ship_every = 50ms; }
}

TEST_CASE("by hybrid clocks that agree, sessions that stay see the last write win") {
  Chaos chaos;
  SUBCASE("from every leader to every other") {
    vary(chaos);
    expect_kept({"read_your_writes", "monotonic_reads", "monotonic_writes"}, 6, chaos);
  }
  SUBCASE("on a ring") {
    chaos.parameters.topology = Shape::ring;
    vary(chaos);
    expect_kept({"causal_plus", "read_your_writes", "monotonic_reads", "monotonic_writes",
                 "writes_follow_reads"},
                6, chaos);
  }
  SUBCASE("on a star") {
    chaos.parameters.topology = Shape::star;
    vary(chaos);
    expect_kept({"causal_plus", "read_your_writes", "monotonic_reads", "monotonic_writes",
                 "writes_follow_reads"},
                6, chaos);
  }
}

TEST_CASE(
    "by clocks that count, causes come first on a ring and a star, however wrong clocks are") {
  Chaos chaos;
  chaos.clock_skew = 1s;
  chaos.clock_drift = 0.05;
  for (const Clock clock : {Clock::lamport, Clock::hybrid}) {
    for (const Shape shape : {Shape::ring, Shape::star}) {
      CAPTURE(static_cast<int>(clock));
      CAPTURE(static_cast<int>(shape));
      chaos.parameters.clock = clock;
      chaos.parameters.topology = shape;
      expect_kept({"causal_plus"}, 6, chaos);
    }
  }
}

TEST_CASE("siblings: what nobody has replaced is there, and all agree on what that is") {
  Chaos chaos;
  chaos.parameters.conflicts = Conflicts::siblings;
  SUBCASE("from every leader to every other") { vary(chaos); }
  SUBCASE("on a ring") {
    chaos.parameters.topology = Shape::ring;
    vary(chaos);
  }
  SUBCASE("on a star") {
    chaos.parameters.topology = Shape::star;
    vary(chaos);
  }
  SUBCASE("when sessions move") { chaos.faithful = false; }
  SUBCASE("when nobody reads before writing") { chaos.reads = 0.1; }
  expect_no_complaint(
      {testing::loses_no_sibling(), testing::converges(), testing::keeps_invariants()}, 6, chaos);
}

TEST_CASE("data types that merge end as their updates say") {
  Chaos chaos;
  vary(chaos);
  for (const DataType type :
       {DataType::g_counter, DataType::pn_counter, DataType::or_set, DataType::lww_map}) {
    for (const Shape shape : {Shape::all_to_all, Shape::ring, Shape::star}) {
      CAPTURE(static_cast<int>(type));
      CAPTURE(static_cast<int>(shape));
      const Duration ship_every = chaos.parameters.ship_every;
      const Durability durability = chaos.parameters.durability;
      chaos.parameters = quick(type);
      chaos.parameters.topology = shape;
      chaos.parameters.ship_every = ship_every;
      chaos.parameters.durability = durability;
      expect_no_complaint({strong_eventual(type), testing::keeps_invariants()}, 2, chaos);
    }
  }
}

TEST_CASE("leaders agree in the end, even if they lose their disks") {
  Chaos chaos;
  chaos.fate = DiskFate::lost;
  chaos.between_faults = 600ms;
  for (const Conflicts conflicts : {Conflicts::last_writer_wins, Conflicts::siblings}) {
    for (const Shape shape : {Shape::all_to_all, Shape::ring, Shape::star}) {
      chaos.parameters.conflicts = conflicts;
      chaos.parameters.topology = shape;
      CAPTURE(static_cast<int>(conflicts));
      CAPTURE(static_cast<int>(shape));
      expect_no_complaint({testing::converges(), testing::keeps_invariants()}, 10, chaos);
    }
  }
}

TEST_CASE("outboxes that are full refuse what they cannot keep, and no way stands still for good") {
  Chaos chaos;
  chaos.nodes = 4;
  chaos.parameters.outbox_limit = 5;
  chaos.parameters.batch = 3;
  chaos.between_faults = 1s;
  for (const Conflicts conflicts : {Conflicts::last_writer_wins, Conflicts::siblings}) {
    for (const Shape shape : {Shape::all_to_all, Shape::ring, Shape::star}) {
      CAPTURE(static_cast<int>(conflicts));
      CAPTURE(static_cast<int>(shape));
      chaos.parameters.conflicts = conflicts;
      chaos.parameters.topology = shape;
      expect_no_complaint({testing::converges(), testing::keeps_invariants()}, 6, chaos);
      chaos.seed = 1;
      CHECK(testing::refused_for_want_of_room(live_through(chaos)) > 0);
    }
  }
}

TEST_CASE("a lost disk is refilled though the table is far longer than outboxes may be") {
  Chaos chaos;
  chaos.fate = DiskFate::lost;
  chaos.keys = 40;
  chaos.parameters.outbox_limit = 5;
  chaos.parameters.batch = 3;
  chaos.calm = 20s;  // a long table in small batches
  chaos.between_faults = 1s;
  for (const Conflicts conflicts : {Conflicts::last_writer_wins, Conflicts::siblings}) {
    for (const Shape shape : {Shape::all_to_all, Shape::ring, Shape::star}) {
      CAPTURE(static_cast<int>(conflicts));
      CAPTURE(static_cast<int>(shape));
      chaos.parameters.conflicts = conflicts;
      chaos.parameters.topology = shape;
      expect_no_complaint({testing::converges(), testing::keeps_invariants()}, 4, chaos);
    }
  }
}

TEST_CASE("it is not stronger than it says") {
  Chaos chaos;
  CHECK(runs_that_break("linearizable", 5, chaos) == 5);
  CHECK(runs_that_break("sequential", 5, chaos) > 0);
  // Where two ways lead to a leader, an answer may overtake a question that has to be sent again.
  Chaos busy = chaos;
  busy.clients = 12;
  busy.keys = 10;
  busy.between_operations = 1ms;
  busy.latency = Distribution::uniform(0.1e-3, 1e-3);
  busy.loss = 0.05;
  busy.patience = 10ms;
  busy.length = 3s;
  CHECK(runs_that_break("causal", 5, busy) > 0);
  busy.parameters.topology = Shape::ring;
  CHECK(runs_that_break("causal", 5, busy) == 0);
  // Nobody waits for what a session that moves knows.
  chaos.parameters.topology = Shape::ring;
  chaos.faithful = false;
  CHECK(runs_that_break("read_your_writes", 5, chaos) > 0);
}

TEST_CASE("by wall clocks that are wrong a session loses what it overwrites") {
  Chaos chaos;
  chaos.parameters.topology = Shape::ring;
  chaos.parameters.clock = Clock::wall;
  chaos.clock_skew = 500ms;
  CHECK(runs_that_break("causal", 5, chaos) == 5);
}

}  // namespace
}  // namespace faultline::multi_leader
