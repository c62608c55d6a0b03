// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
#include <doctest/doctest.h>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::multi_paxos {
namespace {

using testing::Stage;
using Talk = testing::Conversation<MultiPaxos>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/conversations/" name ".txt"

constexpr ClockSettings right{};
constexpr ClockSettings slow{Duration{0}, -0.5};  ///< of a node that is not to lead next

Parameters seldom_heartbeats() {
  Parameters parameters;
  parameters.heartbeat = 500ms;
  parameters.durability = Durability::write;
  return parameters;
}

std::string words(const Ballot& ballot) {
  return std::to_string(ballot.round) + "." + std::to_string(ballot.node);
}
std::string words(const Vote& vote) {
  const bool writes = vote.proposal.kind == Proposal::Kind::write;
  const std::string what = writes ? std::to_string(vote.proposal.command.value) : "no-op";
  return what + " (ballot " + words(vote.ballot) + ")";
}
/// Writes down what stands in a node's ledger.
void note_ledger(Talk& talk, std::size_t node) {
  const Ledger& ledger = talk.node(node)->ledger();
  std::string text = "Ledger of store/" + std::to_string(node) + ", promised " +
                     words(talk.node(node)->promised()) + ":";
  if (ledger.snapshot()) text += " [snapshot up to " + std::to_string(ledger.snapshot_end()) + "]";
  for (Slot slot = ledger.first(); slot <= ledger.last(); ++slot) {
    const Vote* vote = ledger.find(slot);
    text += " [" + std::to_string(slot) + ": " + (vote != nullptr ? words(*vote) : "a hole") +
            (talk.node(node)->knows_chosen(slot) ? ", chosen]" : "]");
  }
  talk.note(text);
}
Value value_in(const Talk& talk, std::size_t node, Slot slot) {
  const Vote* vote = talk.node(node)->ledger().find(slot);
  return vote != nullptr ? vote->proposal.command.value : nil;
}
std::size_t leader_of(const Talk& talk, std::size_t nodes) {
  for (std::size_t node = 0; node < nodes; ++node) {
    if (talk.node(node) != nullptr && talk.node(node)->leading()) return node;
  }
  FAIL("nobody leads");
  return nodes;
}

TEST_CASE("phase 1 once, phase 2 for every write") {
  Talk talk(seldom_heartbeats(), Stage{});
  talk.note(
      "store/0 prepares ballot 1.0, for all slots at once. It leads when one promise and its own "
      "are there: a majority. Nothing was ever voted for, so it may propose what it likes.");
  talk.run_for(100ms);
  talk.note(
      "A write takes phase 2 alone. It is chosen with one vote beside the leader's own; the other "
      "comes too late to matter.");
  talk.put(0, 7, 101);
  talk.run_for(60ms);
  note_ledger(talk, 0);
  note_ledger(talk, 1);
  talk.note(
      "A read: the leader asks whether it still leads; with one answer nobody else can. Its "
      "heartbeat also says that slot 1 is chosen. Who voted in this ballot knows what that is.");
  talk.get(0, 7);
  talk.run_for(50ms);
  talk.note("A node that does not lead hands a write on.");
  talk.put(2, 7, 102);
  talk.run_for(100ms);
  CHECK(talk.held_by(1, 7) == 101);
  CHECK(talk.held_by(0, 7) == 102);
  CHECK(talk.sent_by_name[Prepare::name] == 2);
  CHECK(talk.sent_by_name[Accept::name] == 2 * 2);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("write_and_read")));
}

TEST_CASE("a new leader proposes once more what one acceptor has voted for") {
  Talk talk(seldom_heartbeats(), Stage{.clocks = {right, slow, right}});
  talk.note("store/0 leads. Its proposal reaches store/1 alone, and then it is gone.");
  talk.run_for(100ms);
  talk.cut({0}, {2});
  const OperationId id = talk.put(0, 7, 101);
  talk.run_for(25ms);
  talk.crash(0);
  talk.heal();
  talk.run_for(20ms);
  note_ledger(talk, 1);
  talk.note(
      "store/2 has never heard of it, but asks store/1 for its promise, and is told of the vote. "
      "Perhaps it is chosen: store/0 may have been told of it. So store/2 must propose 101 again, "
      "in "
      "its own ballot, and so it is chosen, by whoever had asked for it.");
  talk.run_for(2s);
  const std::size_t leader = leader_of(talk, 3);
  CHECK(leader == 2);
  note_ledger(talk, leader);
  CHECK(talk.operation(id).outcome == Outcome::unknown);
  CHECK(talk.held_by(leader, 7) == 101);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("leader_change")));
}

TEST_CASE("slots are chosen in any order, and executed in one") {
  Parameters parameters = seldom_heartbeats();
  parameters.retransmission = 300ms;
  Talk talk(parameters, Stage{.clients = 2});
  talk.note("store/0 leads. All it says of slot 1 is lost; slot 2 is chosen long before it.");
  talk.run_for(100ms);
  talk.cut({0}, {1, 2});
  const OperationId first = talk.put(0, 7, 101, 0);
  talk.run_for(20ms);
  talk.heal();
  const OperationId second = talk.put(0, 7, 102, 1);
  talk.run_for(100ms);
  note_ledger(talk, 0);
  CHECK(talk.node(0)->knows_chosen(2));
  CHECK_FALSE(talk.node(0)->knows_chosen(1));
  CHECK(talk.node(0)->executed() == 0);
  CHECK(talk.held_by(0, 7) == nil);
  talk.note(
      "It may not execute slot 2 before slot 1, and the second client waits. After a while the "
      "leader asks again for the votes that it lacks. Then both are executed, in order: the later "
      "write wins, as it must on every replica.");
  talk.run_for(1s);
  CHECK(talk.operation(first).outcome == Outcome::ok);
  CHECK(talk.operation(second).outcome == Outcome::ok);
  CHECK(talk.held_by(0, 7) == 102);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("out_of_order")));
}

TEST_CASE("a new leader fills a hole with a command that does nothing") {
  Talk talk(seldom_heartbeats(), Stage{.clients = 3, .clocks = {right, slow, right}});
  talk.quiet = {"request", "response"};
  talk.note("store/0 leads, and has 101 chosen in slot 1.");
  talk.run_for(100ms);
  talk.put(0, 1, 101, 0);
  talk.run_for(100ms);
  talk.note("What it says of slot 2 is lost. Its proposal for slot 3 reaches store/1. It crashes.");
  talk.cut({0}, {1, 2});
  talk.put(0, 2, 102, 1);
  talk.run_for(20ms);
  talk.heal();
  talk.cut({0}, {2});
  talk.put(0, 3, 103, 2);
  talk.run_for(25ms);
  talk.crash(0);
  talk.heal();
  talk.run_for(20ms);
  note_ledger(talk, 1);
  note_ledger(talk, 2);
  talk.note(
      "store/2 asks next, and store/1 tells it what is chosen in slot 1 and what it voted for in "
      "slot 3. Nobody whom it asked has voted in slot 2, so nothing can have been chosen there; "
      "but "
      "3 cannot be executed before it. store/2 proposes 103 once more, and before it nothing.");
  talk.run_for(2s);
  const std::size_t leader = leader_of(talk, 3);
  CHECK(leader == 2);
  note_ledger(talk, leader);
  CHECK(talk.node(leader)->ledger().find(2)->proposal.kind == Proposal::Kind::no_op);
  CHECK(value_in(talk, leader, 1) == 101);
  CHECK(value_in(talk, leader, 3) == 103);
  talk.note(
      "store/0 comes back with 102 in slot 2. It was voted for in a ballot of the past, and never "
      "chosen; nor does store/0 know what was, so it asks.");
  talk.boot(0);
  talk.run_for(600ms);
  note_ledger(talk, 0);
  CHECK(talk.held_by(0, 2) == nil);
  CHECK(talk.held_by(0, 3) == 103);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("hole")));
}

/// Two nodes whose timeouts end at the same time, while store/0 is gone.
void let_two_stand(Talk& talk) {
  talk.run_for(100ms);
  talk.crash(0);
  talk.run_for(200ms);
}
Parameters same_timeouts() {
  Parameters parameters = quick();
  parameters.heartbeat = 90ms;
  parameters.election_timeout_max = parameters.election_timeout_min = 200ms;
  return parameters;
}

TEST_CASE("two proposers: the higher ballot wins") {
  Talk talk(same_timeouts(), Stage{.nodes = 3});
  talk.note("store/0 leads and crashes. The timeouts of the other two end at the same time.");
  let_two_stand(talk);
  talk.note(
      "Both have prepared, 2.1 and 2.2. store/1 has promised the higher one and given up its own; "
      "what store/2 answered was a refusal. There is no vote to be split: of two ballots one is "
      "higher.");
  talk.run_for(50ms);
  CHECK(leader_of(talk, 3) == 2);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("two_proposers")));
}

TEST_CASE("two proposers that outbid each other get nowhere") {
  Parameters parameters = same_timeouts();
  parameters.outbid = true;
  Talk talk(parameters, Stage{});
  talk.note("As before, but whoever meets a higher ballot prepares a yet higher one at once.");
  let_two_stand(talk);
  talk.note(
      "Each makes a promise to the other and breaks off its own attempt; and then goes higher, "
      "before the other's promise is of use to it.");
  talk.run_for(100ms);
  CHECK(talk.node(1)->promised().round > 5);
  talk.silent = true;
  talk.run_for(10s);
  talk.silent = false;
  talk.note("And so on. After ten seconds they have promised " + words(talk.node(1)->promised()) +
            " and " + words(talk.node(2)->promised()) + ", and nobody has led.");
  CHECK(talk.count(EventKind::leader_elected) == 1);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("duel")));
}

TEST_CASE("small quorums for writes, large ones for elections") {
  Parameters parameters = seldom_heartbeats();
  parameters.replication_quorum = 2;
  Talk talk(parameters, Stage{.nodes = 5});
  talk.quiet = {Following::name, Heartbeat::name};
  talk.note("Five nodes; two votes do for a write, so a leader needs four promises.");
  CHECK(talk.parameters->election_quorum == 4);
  talk.run_for(100ms);
  talk.note("Three crash. The leader and the last follower go on.");
  for (std::size_t node = 2; node < 5; ++node) talk.crash(node);
  const OperationId alone = talk.put(0, 7, 101);
  talk.run_for(100ms);
  CHECK(talk.operation(alone).outcome == Outcome::ok);
  talk.note(
      "Then the leader crashes and one of the three comes back. Two are up, enough for writes; but "
      "they cannot find four promises, and nobody may lead.");
  talk.crash(0);
  talk.boot(2);
  talk.run_for(4s);
  CHECK(talk.count(EventKind::leader_elected) == 1);
  talk.note("With four up somebody can.");
  talk.boot(3);
  talk.boot(4);
  talk.run_for(3s);
  CHECK(talk.held_by(leader_of(talk, 5), 7) == 101);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("flexible")));
}

TEST_CASE("who was away asks for what it lacks, or gets a snapshot") {
  Parameters parameters = seldom_heartbeats();
  parameters.snapshot_threshold = 4;
  parameters.batch = 2;
  Talk talk(parameters, Stage{});
  talk.quiet = {Accepted::name, "request", "response"};
  talk.note("store/2 is cut off while three writes are made.");
  talk.run_for(100ms);
  talk.cut({0, 1}, {2});
  for (Value value = 101; value <= 103; ++value) {
    talk.put(0, value % 2, value);
    talk.run_for(50ms);
  }
  talk.heal();
  talk.note(
      "A heartbeat tells it that all is chosen up to slot 3. It has no votes there, and learns "
      "them, "
      "two at a time.");
  talk.run_for(550ms);
  CHECK(talk.held_by(2, 1) == 103);
  talk.note("It is away again, and this time the others have forgotten the slots that it lacks.");
  talk.cut({0, 1}, {2});
  for (Value value = 104; value <= 108; ++value) {
    talk.put(0, value % 2, value);
    talk.run_for(50ms);
  }
  talk.heal();
  talk.run_for(550ms);
  note_ledger(talk, 2);
  CHECK(talk.held_by(2, 0) == 108);
  CHECK(talk.held_by(2, 1) == 107);
  CHECK(talk.node(2)->ledger().snapshot_end() >= 4);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("catch_up")));
}

TEST_CASE("who has lost its disk makes no promises until it has caught up") {
  Talk talk(seldom_heartbeats(), Stage{.clocks = {right, right, slow}});
  talk.quiet = {"request", "response"};
  talk.note("store/0 leads and has 101 chosen. store/2 loses its disk, and then store/0 is gone.");
  talk.run_for(100ms);
  talk.put(0, 7, 101);
  talk.run_for(100ms);
  talk.crash(2, DiskFate::lost);
  talk.run_for(50ms);
  talk.crash(0);
  talk.boot(2);
  talk.note(
      "store/2 does not know any more what it has promised and voted for. It refuses; with its "
      "help "
      "store/1 could overlook what the two others had agreed on.");
  talk.run_for(2s);
  CHECK(talk.count(EventKind::leader_elected) == 1);
  talk.note("With store/0 there is a leader again, who brings store/2 up to date.");
  talk.boot(0);
  talk.run_for(3s);
  const std::size_t leader = leader_of(talk, 3);
  CHECK(talk.held_by(2, 7) == 101);
  CHECK(talk.count(EventKind::caught_up) >= 1);
  talk.note("From now on its promise counts.");
  talk.crash(leader);
  talk.run_for(3s);
  CHECK(talk.count(EventKind::leader_elected) == 3);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("lost_disk")));
}

}  // namespace
}  // namespace faultline::multi_paxos
