// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
#include <doctest/doctest.h>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::epaxos {
namespace {

using testing::Stage;
using Talk = testing::Conversation<Epaxos>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/conversations/" name ".txt"

/// Five replicas; what they say to compare how far they are is left out.
struct Scene {
  explicit Scene(std::size_t nodes = 5, const Parameters& given = parameters())
      : talk(given, Stage{.nodes = nodes, .clients = 2}) {
    talk.quiet = {Compare::name, Progress::name};
  }
  static Parameters parameters() {
    Parameters parameters = quick();
    parameters.recover_after = 200ms;
    parameters.timeout = 2s;
    return parameters;
  }
  const Instance& at(std::size_t node, InstanceId id) { return talk.node(node)->instance(id); }
  /// Whether all of `nodes` have committed the instance, with the same command and attributes.
  bool committed(InstanceId id, std::vector<std::size_t> nodes = {0, 1, 2, 3, 4}) {
    return std::all_of(nodes.begin(), nodes.end(), [&](std::size_t node) {
      const Instance& instance = at(node, id);
      const Instance& first = at(nodes.front(), id);
      return instance.committed() && instance.action.kind == first.action.kind &&
             instance.action.command.value == first.action.command.value &&
             instance.attributes == first.attributes;
    });
  }
  /// All up nodes have executed commands in the same order.
  bool one_order(std::size_t nodes = 5) {
    for (std::size_t node = 1; node < nodes; ++node) {
      if (talk.node(node)->executed() != talk.node(0)->executed()) return false;
    }
    return true;
  }
  Talk talk;
};

TEST_CASE("without conflicts: the fast path, at whichever replica") {
  Scene scene;
  Talk& talk = scene.talk;
  talk.note(
      "store/0 leads a write. All are asked, but its fast quorum is store/0, store/1 and store/2. "
      "They know of nothing that interferes and agree: one round trip.");
  const OperationId written = talk.put(0, 7, 101);
  talk.run_for(60ms);
  CHECK(scene.committed({0, 1}));
  talk.note("A read at store/4 of what was written at store/0. It depends on the write.");
  const OperationId read = talk.get(4, 7);
  talk.run_for(60ms);
  CHECK(scene.at(0, {4, 1}).attributes.dependencies.until[0] == 1);
  CHECK(talk.operation(written).latency() < 41ms);
  CHECK(talk.operation(read).observed == 101);
  CHECK(scene.one_order());
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("fast_path")));
}

TEST_CASE("a conflict takes the slow path, and everybody executes in one order") {
  Scene scene;
  Talk& talk = scene.talk;
  talk.quiet.insert({PreAccepted::name, Accepted::name, Commit::name});
  talk.note(
      "store/0 and store/4 write the same key at the same time. Both take store/1 and store/3 for "
      "their fast quorums; store/1 hears of store/0's write first, store/3 of store/4's. (Answers "
      "and commits are left out.)");
  talk.network.latency = [](HostId from, HostId to, std::string_view) -> Duration {
    const std::size_t low = std::min(index_of(from), index_of(to));
    const std::size_t high = std::max(index_of(from), index_of(to));
    if (low == high) return Duration(0);
    if (high > 4) return 10ms;  // a client
    if (high - low == 1 && low != 1 && low != 2) return 5ms;
    return high - low == 3 ? 9ms : 15ms;
  };
  const OperationId one = talk.put(0, 7, 101);
  const OperationId other = talk.put(4, 7, 102);
  talk.run_for(100ms);
  talk.note(
      "Neither fast quorum agreed, and both had to accept. Each depends on the other: a circle. "
      "Both have sequence number 2, so the lower instance goes first, everywhere.");
  CHECK(scene.committed({0, 1}));
  CHECK(scene.committed({4, 1}));
  CHECK(scene.at(0, {0, 1}).attributes.dependencies.has({4, 1}));
  CHECK(scene.at(0, {4, 1}).attributes.dependencies.has({0, 1}));
  CHECK(talk.operation(one).outcome == Outcome::ok);
  CHECK(talk.operation(other).outcome == Outcome::ok);
  CHECK(scene.one_order());
  CHECK(talk.converged());
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("conflict")));
}

TEST_CASE("a leader dies when its command is committed nowhere, and nobody knows it") {
  Scene scene(3);
  Talk& talk = scene.talk;
  talk.note("store/0 leads a write, and is cut off before anybody hears of it.");
  talk.cut({0}, {1, 2});
  const OperationId lost = talk.put(0, 7, 101);
  talk.run_for(20ms);
  talk.crash(0);
  talk.heal();
  talk.note("The others go on without it, with each other as a fast quorum.");
  talk.run_for(130ms);
  const OperationId written = talk.put(1, 7, 102, 1);
  talk.run_for(50ms);
  CHECK(talk.operation(written).outcome == Outcome::ok);
  talk.note(
      "When store/0 comes back, it knows its write, and recovers it itself when its time has come: "
      "behind what was written meanwhile.");
  talk.boot(0);
  talk.run_for(600ms);
  CHECK(talk.operation(lost).outcome == Outcome::unknown);
  CHECK(scene.committed({0, 1}, {0, 1, 2}));
  CHECK(scene.at(1, {0, 1}).attributes.dependencies.has({1, 1}));
  CHECK(talk.held_by(1, 7) == 101);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("unheard")));
}

TEST_CASE("a leader dies after its fast quorum has agreed") {
  Scene scene;
  Talk& talk = scene.talk;
  talk.quiet.insert(PreAccepted::name);
  talk.note(
      "store/0 dies when the answers of its fast quorum, store/1 and store/2, are on the way.");
  const OperationId lost = talk.put(0, 7, 101);
  talk.run_for(25ms);
  talk.crash(0);
  talk.run_for(20ms);
  talk.note("A read depends on the write that is left open, and has to wait for its recovery.");
  const OperationId read = talk.get(3, 7);
  talk.run_for(600ms);
  talk.note(
      "store/1 and store/2 make a majority with the dead leader: what they have is accepted.");
  CHECK(talk.operation(lost).outcome == Outcome::unknown);
  CHECK(talk.operation(read).observed == 101);
  CHECK(scene.committed({0, 1}, {1, 2, 3, 4}));
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("pre_accepted")));
}

TEST_CASE("a leader dies, and another of its fast quorum: the remaining one is put to trial") {
  Scene scene;
  Talk& talk = scene.talk;
  talk.quiet.insert(PreAccepted::name);
  talk.note(
      "store/0's write has reached store/1 and store/2. store/0 and store/1 die. It may have been "
      "committed by them and store/2.");
  talk.cut({0}, {3, 4});
  talk.put(0, 7, 101);
  talk.run_for(25ms);
  talk.crash(0);
  talk.crash(1);
  talk.heal();
  talk.run_for(700ms);
  talk.note("Nobody has seen anything that speaks against it.");
  CHECK(scene.committed({0, 1}, {2, 3, 4}));
  CHECK(scene.at(2, {0, 1}).action.command.value == 101);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("trial")));
}

TEST_CASE("the trial fails: another command was committed past it") {
  Scene scene;
  Talk& talk = scene.talk;
  talk.quiet.insert(PreAccepted::name);
  talk.note(
      "store/0's write reaches store/2 only. Then store/4 writes the same key, with store/1 and "
      "store/3, who know nothing of it.");
  talk.cut({0}, {1, 3, 4});
  talk.put(0, 7, 101);
  talk.run_for(25ms);
  talk.crash(0);
  talk.heal();
  talk.cut({2}, {1, 3, 4});
  talk.run_for(150ms);
  const OperationId written = talk.put(4, 7, 102, 1);
  talk.run_for(50ms);
  CHECK(talk.operation(written).outcome == Outcome::ok);
  talk.note(
      "store/1 dies, store/2 is back. The fast quorum of store/0 was store/0, store/1 and store/2; "
      "store/2 alone is left of it. But a command that interferes is committed and does not depend "
      "on the write, so store/1 had not agreed. The write begins anew, behind the other.");
  talk.crash(1);
  talk.heal();
  talk.run_for(900ms);
  CHECK(scene.committed({0, 1}, {2, 3, 4}));
  CHECK(scene.at(2, {0, 1}).attributes.dependencies.has({4, 1}));
  CHECK(talk.held_by(4, 7) == 101);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("refuted")));
}

TEST_CASE("a leader dies when its command has been accepted") {
  Scene scene(3);
  Talk& talk = scene.talk;
  talk.quiet.insert(PreAccepted::name);
  talk.note(
      "store/1, of store/0's fast quorum, does not answer; after a while store/2 is enough, for "
      "the slow path. store/0 dies before it can say that the write is committed.");
  talk.cut({0}, {1});
  const OperationId lost = talk.put(0, 7, 101);
  talk.run_for(75ms);
  talk.crash(0);
  talk.heal();
  talk.run_for(600ms);
  talk.note("What store/2 has accepted may be committed, and is accepted again.");
  CHECK(talk.operation(lost).outcome == Outcome::unknown);
  CHECK(scene.committed({0, 1}, {1, 2}));
  CHECK(scene.at(1, {0, 1}).action.command.value == 101);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("accepted")));
}

TEST_CASE("a no-op takes the place of what nobody knows") {
  Scene scene(3);
  Talk& talk = scene.talk;
  talk.quiet.insert({PreAccepted::name, Accepted::name});
  talk.note(
      "store/0 begins two writes. Nobody hears of the first, store/1 and store/2 of the second; so "
      "there must be a first. store/0 dies.");
  talk.cut({0}, {1, 2});
  const OperationId first = talk.put(0, 7, 101);
  talk.run_for(15ms);
  talk.heal();
  const OperationId second = talk.put(0, 8, 102);
  talk.run_for(35ms);
  talk.crash(0);
  talk.run_for(600ms);
  talk.note("The second is recovered; the first has become a no-op, and stays one.");
  CHECK(scene.committed({0, 1}, {1, 2}));
  CHECK(scene.at(1, {0, 1}).action.kind == Action::Kind::no_op);
  CHECK(talk.held_by(1, 8) == 102);
  talk.boot(0);
  talk.run_for(400ms);
  CHECK(scene.committed({0, 1}, {0, 1, 2}));
  CHECK(talk.held_by(0, 7) == nil);
  CHECK(talk.operation(first).outcome == Outcome::unknown);
  CHECK(talk.operation(second).outcome == Outcome::ok);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("no_op")));
}

TEST_CASE("a replica that was away fetches what it missed") {
  Scene scene(3);
  Talk& talk = scene.talk;
  talk.quiet.insert({PreAccept::name, PreAccepted::name, Commit::name});
  talk.note("store/2 is down while two writes are made.");
  talk.crash(2);
  talk.put(0, 7, 101);
  talk.run_for(200ms);
  talk.put(1, 8, 102);
  talk.run_for(100ms);
  talk.note("It compares how far it is, and fetches the rows in which it is behind.");
  talk.boot(2);
  talk.run_for(100ms);
  CHECK(talk.held_by(2, 7) == 101);
  CHECK(talk.held_by(2, 8) == 102);
  CHECK(talk.count(EventKind::caught_up) == 1);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("catch_up")));
}

TEST_CASE("a replica that has lost its disk is told what others have forgotten how they know") {
  Parameters parameters = Scene::parameters();
  parameters.checkpoint_threshold = 2;
  Scene scene(3, parameters);
  Talk& talk = scene.talk;
  talk.quiet.insert({PreAccept::name, PreAccepted::name, Commit::name});
  talk.note("store/2 loses its disk. When it has been silent for a while, two writes are made.");
  talk.crash(2, DiskFate::lost);
  talk.run_for(200ms);
  talk.put(0, 7, 101);
  talk.run_for(50ms);
  talk.put(0, 7, 102);
  talk.run_for(50ms);
  CHECK(talk.node(0)->kept() == 1);
  CHECK(talk.node(1)->kept() == 1);
  talk.note(
      "Nobody has the first instance any more: it fetches what that has led to, and then the "
      "second, of which nobody knew in time that all have executed it.");
  talk.boot(2);
  talk.run_for(100ms);
  CHECK(talk.held_by(2, 7) == 102);
  CHECK(talk.node(2)->kept() == 1);
  talk.note("It votes and leads again: its next write depends on those that it has never seen.");
  talk.put(2, 7, 103, 1);
  talk.run_for(100ms);
  CHECK(scene.at(2, {2, 1}).attributes.dependencies.until[0] == 2);
  CHECK(talk.held_by(0, 7) == 103);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("checkpoint")));
}

}  // namespace
}  // namespace faultline::epaxos
