// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1. Unless they say otherwise, nodes 0 and 1 are
// one region, 2 and 3 another; even nodes have the one half of the keys, odd ones the other.
#include <doctest/doctest.h>

#include "scene.hpp"

namespace faultline::causal {
namespace {

using testing::matches_golden;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

constexpr std::size_t alice = 0;
constexpr std::size_t bob = 1;
constexpr std::size_t carol = 2;

/// Alice uploads a photo and puts it into her album, whose way to the other region is shorter.
void upload(Scene& scene) {
  Talk& talk = scene.talk;
  const Key photo = scene.key_on(0);
  const Key album = scene.key_on(1);
  scene.slow_ways[{0, 2}] = 120ms;
  talk.note("Alice uploads a photo, key " + std::to_string(photo) +
            ", and adds it to her album, key " + std::to_string(album) +
            ". Each write is done at once.");
  talk.put(0, photo, 1, alice);
  talk.run_for(1ms);
  talk.put(1, album, 2, alice);
  talk.run_for(59ms);
}

TEST_CASE("the photo and the album") {
  Scene scene(calm());
  Talk& talk = scene.talk;
  upload(scene);
  talk.note(
      "The album has come, the photo has not. Node 3 has asked node 2 for it and shows nothing.");
  talk.get(3, scene.key_on(1), bob);
  talk.run_for(70ms);
  talk.note("Now node 2 has the photo and said so.");
  talk.get(3, scene.key_on(1), bob);
  talk.get(2, scene.key_on(0), bob);
  talk.run_for(1ms);
  CHECK(talk.held_by(3, scene.key_on(1)) == 2);
  CHECK(matches_golden(talk.transcript(), GOLDEN("photo_and_album")));
}

TEST_CASE("the photo and the album, with vectors") {
  Parameters parameters = calm();
  parameters.dependencies = DependencyKind::vector;
  parameters.stabilization = 20ms;
  Scene scene(parameters);
  Talk& talk = scene.talk;
  talk.quiet = {Pulse::name, Known::name};
  upload(scene);
  talk.note(
      "The album has come. Nobody is asked about the photo; but node 2 has told node 3 that "
      "nothing "
      "from Alice's region has come for it so far, so the album waits.");
  talk.get(3, scene.key_on(1), bob);
  talk.run_for(70ms);
  talk.note(
      "Node 2 shows the photo; node 3 learns of it with node 2's next word, and shows the album.");
  talk.run_for(40ms);
  talk.get(3, scene.key_on(1), bob);
  talk.get(2, scene.key_on(0), bob);
  talk.run_for(1ms);
  CHECK(talk.held_by(3, scene.key_on(1)) == 2);
  CHECK(matches_golden(talk.transcript(), GOLDEN("vectors")));
}

TEST_CASE("a comment from a third region") {
  Scene scene(calm(), {0, 1, 2});
  Talk& talk = scene.talk;
  scene.slow_ways[{0, 2}] = 200ms;
  talk.note("Three regions of one node. Alice's photo is slow on its way to Carol's region, 2.");
  talk.put(0, 7, 1, alice);
  talk.run_for(60ms);
  talk.note("Bob sees it in region 1, and comments on it.");
  talk.get(1, 7, bob);
  talk.run_for(1ms);
  talk.put(1, 8, 2, bob);
  talk.run_for(60ms);
  talk.note(
      "Carol's region has the comment, and does not show it. The node has the photo's key itself, "
      "so it "
      "asks nobody.");
  talk.get(2, 8, carol);
  talk.run_for(90ms);
  talk.note("Photo and comment.");
  talk.get(2, 8, carol);
  talk.get(2, 7, carol);
  talk.run_for(1ms);
  CHECK(talk.held_by(2, 8) == 2);
  CHECK(matches_golden(talk.transcript(), GOLDEN("comment")));
}

TEST_CASE("two write at once") {
  Scene scene(calm(), {0, 1});
  Talk& talk = scene.talk;
  talk.note("Alice and Bob write the same key in two regions. Both are told that all is well.");
  talk.put(0, 7, 1, alice);
  talk.put(1, 7, 2, bob);
  talk.run_for(60ms);
  talk.note(
      "Both had the Lamport time 1, so the higher node's number decides. Node 0 says that a write "
      "which it took was lost; both regions have the other one.");
  talk.get(0, 7, alice);
  talk.get(1, 7, bob);
  talk.run_for(1ms);
  CHECK(talk.converged());
  CHECK(matches_golden(talk.transcript(), GOLDEN("concurrent_writes")));
}

TEST_CASE("a higher version does not bring the causes of a lower one") {
  Scene scene(calm(), {0, 0, 1, 1});
  Talk& talk = scene.talk;
  const Key cause = scene.key_on(1);
  const Key contested = scene.key_on(0);
  const Key effect = scene.key_on(0, 1);
  scene.slow_ways[{1, 3}] = 200ms;
  talk.note("Bob has written key " + std::to_string(contested) + " often: its version is high.");
  for (Value value = 101; value <= 105; ++value) talk.put(2, contested, value, bob);
  talk.cut({2, 3}, {0, 1});
  talk.note("Alice, who has not heard of that, writes a cause, that key, and an effect.");
  talk.put(1, cause, 1, alice);
  talk.run_for(1ms);
  talk.heal();
  talk.put(0, contested, 2, alice);
  talk.run_for(1ms);
  talk.put(0, effect, 3, alice);
  talk.run_for(60ms);
  talk.note(
      "Bob's region has Alice's last two writes. Its version of the contested key is higher than "
      "hers, and stays; but the effect waits, for her version has not been there with its cause.");
  CHECK(talk.held_by(2, effect) == nil);
  talk.run_for(600ms);
  CHECK(talk.held_by(2, effect) == 3);
  CHECK(talk.held_by(0, contested) == 105);
  CHECK(talk.held_by(2, contested) == 105);
  CHECK(matches_golden(talk.transcript(), GOLDEN("higher_version")));
}

TEST_CASE("a client moves") {
  Parameters parameters = calm();
  Scene scene(parameters);
  Talk& talk = scene.talk;
  talk.note("Alice writes two keys and takes the next plane.");
  talk.put(0, scene.key_on(0), 1, alice);
  talk.run_for(1ms);
  talk.put(1, scene.key_on(1), 2, alice);
  talk.run_for(1ms);
  talk.note(
      "She asks for her first in the other region, which has nothing yet. Her token says what she "
      "knows: node 2 asks node 3 for it, and waits.");
  const OperationId read = talk.get(2, scene.key_on(0), alice);
  talk.run_for(60ms);
  CHECK(talk.operation(read).observed == 1);
  talk.note("Bob, who knows nothing, is answered at once, there as anywhere.");
  talk.get(2, scene.key_on(0), bob);
  talk.run_for(1ms);
  CHECK(matches_golden(talk.transcript(), GOLDEN("moving_client")));
}

TEST_CASE("a client moves, and is refused") {
  Parameters parameters = calm();
  parameters.moved_sessions = MovedSessions::refuse;
  for (const DependencyKind kind : {DependencyKind::nearest, DependencyKind::vector}) {
    parameters.dependencies = kind;
    Scene scene(parameters, {0, 1});
    Talk& talk = scene.talk;
    talk.put(0, 7, 1, alice);
    talk.run_for(1ms);
    const OperationId read = talk.get(1, 7, alice);
    const OperationId write = talk.put(1, 8, 2, alice);
    talk.run_for(100ms);
    const OperationId again = talk.get(1, 7, alice);
    talk.run_for(1ms);
    CHECK(talk.operation(read).outcome == Outcome::failed);
    CHECK(talk.operation(write).outcome == Outcome::failed);
    CHECK(talk.operation(again).observed == 1);
    CHECK(talk.held_by(1, 8) == nil);
  }
}

TEST_CASE("the outbox outlives a cut and a crash") {
  Parameters parameters = calm();
  parameters.durability = Durability::write;
  Scene scene(parameters, {0, 1});
  Talk& talk = scene.talk;
  talk.note("The regions are cut apart. Alice writes.");
  talk.cut({0}, {1});
  talk.put(0, 7, 1, alice);
  talk.put(0, 8, 2, alice);
  talk.run_for(100ms);
  talk.note("Her node crashes, and comes back.");
  talk.crash(0);
  talk.boot(0);
  talk.run_for(100ms);
  talk.heal();
  talk.note("The cut has healed. Nothing has answered: both are sent again.");
  talk.run_for(600ms);
  CHECK(talk.held_by(1, 8) == 2);
  CHECK(talk.node(0)->longest_outbox() == 0);
  CHECK(matches_golden(talk.transcript(), GOLDEN("outbox")));
}

TEST_CASE("in a long partition a full outbox is the end of availability, until the cut heals") {
  Parameters parameters = calm();
  parameters.outbox_limit = 5;
  Scene scene(parameters, {0, 1});
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

TEST_CASE("a lost disk is not survived, but others go on") {
  for (const std::size_t lost : {0U, 1U}) {
    Scene scene(calm(), {0, 1});
    Talk& talk = scene.talk;
    talk.put(0, 7, 10 * lost + 1, alice);
    talk.put(1, 8, 10 * lost + 2, bob);
    talk.run_for(600ms);
    talk.crash(lost, DiskFate::lost);
    talk.boot(lost);
    CHECK(talk.held_by(lost, 7) == nil);
    // A first write may share the place in the line of one before; the answer puts that right.
    talk.put(lost, 9, 10 * lost + 3, carol);
    talk.run_for(600ms);
    talk.put(0, 10, 10 * lost + 4, alice);
    talk.put(1, 11, 10 * lost + 5, bob);
    talk.run_for(600ms);
    for (const std::size_t node : {0U, 1U}) {
      CHECK(talk.held_by(node, 10) == 10 * lost + 4);
      CHECK(talk.held_by(node, 11) == 10 * lost + 5);
    }
  }
}

TEST_CASE("a full context becomes a marker") {
  Scene scene(calm(), {0, 1});
  Talk& talk = scene.talk;
  talk.quiet = {Replicate::name, Received::name};
  talk.cut({0}, {1});
  talk.note(
      "The regions are cut apart. Alice writes as many keys as a token has room for, and one.");
  const Key keys = Dependencies::capacity + 1;
  for (Key key = 1; key <= keys; ++key) talk.put(0, key, key, alice);
  talk.run_for(1ms);
  talk.note("Bob reads all of them.");
  for (Key key = 1; key <= keys; ++key) {
    talk.get(0, key, bob);
    talk.run_for(1ms);
  }
  CHECK(talk.node(0)->markers() == 1);
  talk.note("What he writes then depends on two things, and through them on all that he has read.");
  talk.put(0, 9, 9, bob);
  talk.run_for(100ms);
  talk.heal();
  talk.run_for(600ms);
  CHECK(talk.converged());
  CHECK(matches_golden(talk.transcript(), GOLDEN("marker")));
}

}  // namespace
}  // namespace faultline::causal
