// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
#include <doctest/doctest.h>

#include "scene.hpp"

namespace faultline::multi_leader {
namespace {

using testing::matches_golden;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

constexpr std::size_t alice = 0;
constexpr std::size_t bob = 1;
constexpr std::size_t carol = 2;

TEST_CASE("two write at once, and one is lost") {
  Scene scene(calm(), 2);
  Talk& talk = scene.talk;
  talk.note("Alice and Bob write the same key at two leaders. Both are told that all is well.");
  talk.put(0, 7, 1, alice);
  talk.put(1, 7, 2, bob);
  talk.run_for(60ms);
  talk.note(
      "Both wrote at the same time, so the higher leader's number decides, here and there. Leader "
      "0 "
      "says that a write which it took was lost.");
  talk.get(0, 7, alice);
  talk.get(1, 7, bob);
  talk.run_for(1ms);
  CHECK(talk.converged());
  CHECK(matches_golden(talk.transcript(), GOLDEN("concurrent_writes")));
}

/// Bob's leader has a clock that is 1 s behind. He reads what Alice wrote and replaces it.
void overwrite(Scene& scene) {
  Talk& talk = scene.talk;
  talk.note("The clock of leader 1 is a second behind. Alice writes at leader 0.");
  talk.run_for(2s);
  talk.put(0, 7, 1, alice);
  talk.run_for(100ms);
  talk.note("Bob reads that at leader 1, replaces it, and looks.");
  talk.get(1, 7, bob);
  talk.run_for(1ms);
  talk.put(1, 7, 2, bob);
  talk.run_for(1ms);
  talk.get(1, 7, bob);
  talk.run_for(60ms);
}

TEST_CASE("a wall clock that is behind loses what comes later") {
  Parameters parameters = calm();
  parameters.clock = Clock::wall;
  Scene scene(parameters, 2, {0ms, -1s});
  Talk& talk = scene.talk;
  overwrite(scene);
  talk.note("By its leader's clock Bob's write is almost a second older than what it replaces.");
  talk.get(0, 7, alice);
  talk.run_for(1ms);
  CHECK(talk.held_by(0, 7) == 1);
  CHECK(talk.converged());
  CHECK(talk.count(EventKind::lost_write) == 1);
  CHECK(matches_golden(talk.transcript(), GOLDEN("wall_clock")));
}

TEST_CASE("a hybrid clock that is behind does not") {
  Scene scene(calm(), 2, {0ms, -1s});
  Talk& talk = scene.talk;
  overwrite(scene);
  talk.note("With Alice's write leader 1 has heard of its time, and counts on from there.");
  talk.get(0, 7, alice);
  talk.run_for(1ms);
  CHECK(talk.held_by(0, 7) == 2);
  CHECK(talk.converged());
  CHECK(talk.count(EventKind::lost_write) == 0);
  CHECK(matches_golden(talk.transcript(), GOLDEN("hybrid_clock")));
}

TEST_CASE("siblings stay until somebody who has read both writes") {
  Parameters parameters = calm();
  parameters.conflicts = Conflicts::siblings;
  Scene scene(parameters, 2);
  Talk& talk = scene.talk;
  talk.note("Alice and Bob write the same key at two leaders.");
  talk.put(0, 7, 1, alice);
  talk.put(1, 7, 2, bob);
  talk.run_for(60ms);
  talk.note("Neither knew of the other: both are kept. Carol reads both, and replaces both.");
  talk.get(0, 7, carol);
  talk.run_for(1ms);
  talk.put(0, 7, 3, carol);
  talk.run_for(1ms);
  talk.note("Alice, who has read neither Bob's nor Carol's, replaces her own, which is gone.");
  talk.put(0, 7, 4, alice);
  talk.run_for(60ms);
  const OperationId read = talk.get(1, 7, bob);
  talk.run_for(1ms);
  CHECK(talk.history.siblings(talk.operation(read)).size() == 1);
  CHECK(talk.converged());
  CHECK(matches_golden(talk.transcript(), GOLDEN("siblings")));
}

/// Alice asks, Bob answers, Carol reads. From Alice's leader to Carol's it is far.
void ask_and_answer(Scene& scene) {
  Talk& talk = scene.talk;
  scene.slow_ways[{0, 2}] = 300ms;
  talk.note("Alice writes a question, key 7. It is slow on its way to leader 2.");
  talk.put(0, 7, 1, alice);
  talk.run_for(60ms);
  talk.note("Bob reads it at leader 1 and writes an answer, key 8.");
  talk.get(1, 7, bob);
  talk.run_for(1ms);
  talk.put(1, 8, 2, bob);
  talk.run_for(60ms);
  talk.note("Carol reads at leader 2: first key 8, then key 7.");
  talk.get(2, 8, carol);
  talk.run_for(1ms);
  talk.get(2, 7, carol);
  talk.run_for(250ms);
}

TEST_CASE("from all to all an answer overtakes its question") {
  Scene scene(calm());
  ask_and_answer(scene);
  CHECK(scene.talk.history.operations.back().observed == nil);
  CHECK(matches_golden(scene.talk.transcript(), GOLDEN("overtaking")));
}

TEST_CASE("on a ring it comes after it") {
  Parameters parameters = calm();
  parameters.topology = Shape::ring;
  Scene scene(parameters);
  ask_and_answer(scene);
  CHECK(scene.talk.history.operations.back().observed == 1);
  CHECK(matches_golden(scene.talk.transcript(), GOLDEN("ring")));
}

TEST_CASE("a dead leader breaks the ring") {
  Parameters parameters = calm();
  parameters.topology = Shape::ring;
  Scene scene(parameters);
  Talk& talk = scene.talk;
  talk.note("Leader 1 is down. What leader 0 takes has to pass it on the way to leader 2.");
  talk.crash(1);
  talk.put(0, 7, 1, alice);
  talk.run_for(100ms);
  talk.note("The other way round it is not cut.");
  talk.put(2, 8, 2, carol);
  talk.run_for(500ms);
  CHECK(talk.held_by(2, 7) == nil);
  CHECK(talk.held_by(0, 8) == 2);
  talk.note("Leader 1 is back. What has waited for it is sent again.");
  talk.boot(1);
  talk.run_for(1s);
  CHECK(talk.held_by(2, 7) == 1);
  CHECK(talk.held_by(1, 8) == 2);
  CHECK(matches_golden(talk.transcript(), GOLDEN("broken_ring")));
}

TEST_CASE("the outbox outlives a cut and a crash") {
  Parameters parameters = calm();
  parameters.durability = Durability::write;
  Scene scene(parameters, 2);
  Talk& talk = scene.talk;
  talk.note("The leaders are cut apart. Both go on.");
  talk.cut({0}, {1});
  talk.put(0, 7, 1, alice);
  talk.put(1, 8, 2, bob);
  talk.run_for(100ms);
  talk.note("Leader 0 crashes, and comes back.");
  talk.crash(0);
  talk.boot(0);
  talk.run_for(100ms);
  talk.heal();
  talk.note("The cut has healed. Nobody has answered: both send again.");
  talk.run_for(700ms);
  CHECK(talk.converged());
  CHECK(talk.held_by(1, 7) == 1);
  CHECK(talk.held_by(0, 8) == 2);
  CHECK(matches_golden(talk.transcript(), GOLDEN("outbox")));
}

TEST_CASE("in a long partition a full outbox is the end of availability, until the cut heals") {
  Parameters parameters = calm();
  parameters.outbox_limit = 5;
  Scene scene(parameters, 2);
  Talk& talk = scene.talk;
  talk.silent = true;
  talk.cut({0}, {1});
  for (Value value = 1; value <= 7; ++value) {
    const OperationId write = talk.put(0, 7, value, alice);
    talk.run_for(10s);
    const bool room = value <= 5;
    CHECK(talk.operation(write).outcome == (room ? Outcome::ok : Outcome::failed));
    CHECK(talk.operation(write).error == (room ? Error::none : Error::overloaded));
  }
  CHECK(talk.node(0)->longest_outbox() == 5);
  talk.heal();
  talk.run_for(1s);
  const OperationId write = talk.put(0, 7, 8, alice);
  talk.run_for(1s);
  CHECK(talk.operation(write).outcome == Outcome::ok);
  CHECK(talk.held_by(1, 7) == 8);
  CHECK(talk.node(0)->longest_outbox() == 0);
}

TEST_CASE("who has lost its disk asks for all, and passes on what is new to it") {
  Parameters parameters = calm();
  parameters.durability = Durability::write;
  Scene scene(parameters);
  Talk& talk = scene.talk;
  talk.note("Leader 0 takes a write, which reaches leader 1 but not leader 2.");
  talk.cut({0}, {2});
  talk.put(0, 7, 1, alice);
  talk.run_for(110ms);
  talk.note("Its disk is lost, and with it the outbox.");
  talk.crash(0, DiskFate::lost);
  talk.heal();
  talk.boot(0);
  talk.run_for(500ms);
  CHECK(talk.held_by(2, 7) == 1);
  CHECK(talk.converged());
  CHECK(matches_golden(talk.transcript(), GOLDEN("lost_disk")));
}

}  // namespace
}  // namespace faultline::multi_leader
