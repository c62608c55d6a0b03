// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
#include <doctest/doctest.h>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::raft {
namespace {

using testing::Stage;
using Talk = testing::Conversation<Raft>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/conversations/" name ".txt"

/// Heartbeats and their answers are left out unless a story is about them; so are entries' answers.
void leave_out_heartbeats(Talk& talk) { talk.quiet = {Appended::name}; }

Parameters seldom_heartbeats() {
  Parameters parameters;
  parameters.heartbeat = 500ms;
  parameters.durability = Durability::write;
  return parameters;
}
std::size_t leader_of(const Talk& talk, std::size_t nodes) {
  for (std::size_t node = 0; node < nodes; ++node) {
    if (talk.node(node) != nullptr && talk.node(node)->leading()) return node;
  }
  FAIL("nobody leads");
  return nodes;
}

TEST_CASE("a term begins, a write, a read") {
  Talk talk(seldom_heartbeats(), Stage{});
  talk.note(
      "store/0 stands first. It asks whether it would win (pre-vote), then for the votes. Its term "
      "begins with an empty entry; a heartbeat goes with it.");
  talk.run_for(100ms);
  talk.note("A write is done when one follower and the leader have it: a majority.");
  talk.put(0, 7, 101);
  talk.run_for(50ms);
  talk.note("A read: a majority confirms with a round of heartbeats that store/0 still leads.");
  talk.get(0, 7);
  talk.run_for(50ms);
  talk.note("A follower hands a write to the leader.");
  talk.put(2, 7, 102);
  talk.run_for(100ms);
  talk.note("With the next heartbeat the followers learn how far the log is committed.");
  talk.run_for(350ms);
  CHECK(talk.held_by(2, 7) == 102);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("write_and_read")));
}

TEST_CASE("a failover, and the old leader's log is put right") {
  Talk talk(seldom_heartbeats(), Stage{.seed = 3});
  leave_out_heartbeats(talk);
  talk.note("store/0 leads and takes a write.");
  talk.run_for(100ms);
  talk.put(0, 7, 101);
  talk.run_for(100ms);
  talk.note("Cut off, it takes one more, which no majority will have, and crashes.");
  talk.cut({0}, {1, 2});
  talk.put(0, 7, 102);
  talk.run_for(50ms);
  talk.crash(0);
  talk.heal();
  talk.note("When its election timeout ends, one of the others wins the next term.");
  talk.run_for(2s);
  const std::size_t leader = leader_of(talk, 3);
  talk.put(leader, 7, 103);
  talk.run_for(50ms);
  talk.note(
      "store/0 comes back with 102 at the place where the others have an entry of the new term. "
      "The consistency check fails there, and the new leader's log replaces it.");
  talk.boot(0);
  talk.run_for(1200ms);
  CHECK(talk.held_by(0, 7) == 103);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("failover")));
}

TEST_CASE("a follower too far behind gets a snapshot") {
  Parameters parameters = seldom_heartbeats();
  parameters.snapshot_threshold = 3;
  Talk talk(parameters, Stage{});
  leave_out_heartbeats(talk);
  talk.note(
      "store/2 is away while five writes are made; snapshots are taken at every third entry.");
  talk.run_for(100ms);
  talk.crash(2);
  for (Value value = 101; value <= 105; ++value) {
    talk.put(0, value % 2, value);
    talk.run_for(30ms);
  }
  talk.note(
      "It returns, at first with nothing; what it lacks is not in the leader's log any more.");
  talk.boot(2);
  talk.run_for(1100ms);
  CHECK(talk.held_by(2, 0) == 104);
  CHECK(talk.held_by(2, 1) == 105);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("snapshot")));
}

TEST_CASE("members change, and the leader leaves") {
  Parameters parameters = seldom_heartbeats();
  parameters.initial_members = 3;
  parameters.reconfigure = "400ms: 1 2 3";
  Talk talk(parameters, Stage{.nodes = 4});
  talk.quiet = {Vote::name, RequestVote::name};
  talk.note("store/0 leads store/1 and store/2; store/3 is no member.");
  talk.run_for(100ms);
  talk.put(0, 7, 101);
  talk.run_for(350ms);
  talk.note(
      "store/3 is to take store/0's place. It first gets the log; then C_old,new goes out, which "
      "needs majorities of both; then C_new. When that is committed, store/0 has led itself out.");
  talk.run_for(1200ms);
  CHECK_FALSE(talk.node(0)->leading());
  talk.note("One of the new members is elected when its timeout ends.");
  talk.run_for(2s);
  CHECK(leader_of(talk, 4) != 0);
  CHECK(talk.node(3)->configuration().members.size() == 3);
  CHECK_FALSE(talk.node(3)->configuration().has(0));
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("membership")));
}

TEST_CASE("leadership is handed over") {
  Parameters parameters = seldom_heartbeats();
  parameters.transfer = "400ms: 2";
  Talk talk(parameters, Stage{});
  leave_out_heartbeats(talk);
  talk.note("store/0 leads.");
  talk.run_for(450ms);
  talk.note(
      "With the heartbeat after 400 ms it tells store/2 to stand at once. The others vote although "
      "they hear a leader, because it is the leader's wish. Nobody waits for a timeout.");
  talk.run_for(200ms);
  CHECK(talk.node(2)->leading());
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("transfer")));
}

TEST_CASE("a minority refuses and learns") {
  Talk talk(quick(), Stage{.seed = 2});
  leave_out_heartbeats(talk);
  talk.quiet.insert(AppendEntries::name);
  talk.note("store/0 leads. Heartbeats and entries are left out.");
  talk.run_for(100ms);
  talk.note("It is cut off with a client, who writes and reads: neither can be done.");
  talk.cut({0}, {1, 2});
  const OperationId written = talk.put(0, 7, 101);
  const OperationId read = talk.get(0, 7);
  talk.run_for(300ms);
  CHECK(talk.operation(written).outcome == Outcome::unknown);
  CHECK(talk.operation(read).outcome == Outcome::failed);
  talk.note("The majority has elected another leader and goes on.");
  const OperationId other = talk.put(leader_of(talk, 3), 7, 102);
  talk.run_for(50ms);
  CHECK(talk.operation(other).outcome == Outcome::ok);
  talk.note("store/0 only tries in vain whether it would win: its term stays, and deposes nobody.");
  talk.run_for(300ms);
  talk.heal();
  talk.note("Healed: it follows, and 101 is gone for ever.");
  talk.run_for(200ms);
  CHECK(talk.held_by(0, 7) == 102);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("minority")));
}

}  // namespace
}  // namespace faultline::raft
