// Multi-Paxos with one line of it wrong: each flaw must be caught, and Multi-Paxos itself
// acquitted, by the same check on the same schedules.
#include "model/flaws.hpp"

#include <functional>

#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::multi_paxos {
namespace {

using testing::expect_caught;
using testing::turmoil;

TEST_CASE("a leader that proposes its own values, whatever others have voted for") {
  expect_caught(Flaw::proposes_its_own, 50, testing::keeps("linearizable"), turmoil<Chaos>());
  expect_caught(Flaw::proposes_its_own, 50, testing::keeps_invariants(), turmoil<Chaos>());
}

TEST_CASE("a leader that fills what others have voted for with no-ops") {
  expect_caught(Flaw::fills_all_with_no_ops, 50, testing::keeps("linearizable"), turmoil<Chaos>());
  expect_caught(Flaw::fills_all_with_no_ops, 50, testing::keeps_invariants(), turmoil<Chaos>());
}

TEST_CASE("quorums that need not meet") {
  // Nothing else is wrong with them: one node more for an election, and all is well.
  expect_caught(Flaw::quorums_apart, 50, testing::keeps_invariants(),
                [](Flaw flaw, std::uint64_t seed) {
                  auto chaos = turmoil<Chaos>();
                  chaos.seed = seed;
                  chaos.parameters.flaw = flaw;
                  chaos.parameters.replication_quorum = 2;
                  chaos.parameters.election_quorum = flaw == Flaw::quorums_apart ? 3 : 4;
                  return live_through(chaos);
                });
}

TEST_CASE("a leader that takes almost a quorum for one") {
  expect_caught(Flaw::chooses_early, 50, testing::keeps("linearizable"), turmoil<Chaos>());
  expect_caught(Flaw::chooses_early, 50, testing::keeps_invariants(), turmoil<Chaos>());
}

TEST_CASE("a learner that takes its vote of an earlier ballot for what was chosen") {
  expect_caught(Flaw::learns_any_ballot, 50, testing::keeps_invariants(), turmoil<Chaos>());
}

TEST_CASE("a leader that executes slots as they are chosen") {
  expect_caught(Flaw::executes_as_chosen, 50, testing::converges(), turmoil<Chaos>());
}

Chaos partitions() {
  auto chaos = testing::only_partitions<Chaos>();
  chaos.parameters.reads = Reads::lease;
  return chaos;
}

/// A leader whose clock is slow still leads when others already do.
Chaos two_leaders() {
  Chaos chaos = partitions();
  chaos.length = 4s;
  chaos.clock_drift = chaos.parameters.clock_drift = 0.5;
  chaos.parameters.election_timeout_max = 110ms;
  return chaos;
}

TEST_CASE("a leader that answers reads without making sure that it leads") {
  Chaos chaos = two_leaders();
  chaos.parameters.reads = Reads::quorum;
  expect_caught(Flaw::reads_unconfirmed, 20, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a leader that trusts its lease as if all clocks were right") {
  Chaos chaos = two_leaders();
  expect_caught(Flaw::overlong_lease, 40, testing::keeps("linearizable"), chaos);
}

TEST_CASE("an acceptor that promises although it hears the leader, whose lease rests on that") {
  expect_caught(Flaw::breaks_its_word, 10, testing::keeps("linearizable"), partitions());
}

TEST_CASE("a state machine that takes a second attempt for a new command") {
  auto chaos = turmoil<Chaos>();
  chaos.retries = true;
  expect_caught(Flaw::executes_twice, 50, testing::keeps("linearizable"), chaos);
}

/// Many commands are under way whenever one leader follows another, and it takes each long to hear
/// of the other.
Chaos many_commands() {
  Chaos chaos;
  chaos.clients = 10;
  chaos.between_operations = 3ms;
  chaos.between_faults = 100ms;
  chaos.reads = 0;
  chaos.latency = Distribution::exponential(10e-3);
  return chaos;
}

TEST_CASE("an acceptor whose promise does not bind, when leaders of the past come back") {
  Chaos chaos = many_commands();
  chaos.crashes = chaos.partitions = false;
  chaos.pauses = true;
  chaos.parameters.heartbeat = 90ms;
  expect_caught(Flaw::accepts_any_ballot, 40, testing::keeps_invariants(), chaos);
}

TEST_CASE("an acceptor that forgets its promise when it restarts, under random faults") {
  Chaos chaos = many_commands();
  chaos.between_faults = 50ms;
  expect_caught(Flaw::forgets_promise, 20, testing::keeps_invariants(), chaos);
}

TEST_CASE("a leader that proposes the value of the lowest ballot, under random partitions") {
  Chaos chaos = many_commands();
  chaos.crashes = false;
  chaos.latency = Distribution::exponential(40e-3);
  expect_caught(Flaw::proposes_lowest, 60, testing::keeps_invariants(), chaos);
}

TEST_CASE("a leader that reads before it has executed what it inherited, under partitions") {
  Chaos chaos = many_commands();
  chaos.crashes = false;
  chaos.keys = 1;
  chaos.reads = 0.8;
  chaos.latency = Distribution::exponential(20e-3);
  chaos.parameters.reads = Reads::lease;
  expect_caught(Flaw::reads_early, 30, testing::keeps("linearizable"), chaos);
}

// ---- schedules by hand, which show how it comes about -------------------------------------------

using Talk = testing::Conversation<MultiPaxos>;

constexpr ClockSettings right{};
constexpr ClockSettings slow{Duration{0}, -0.9};

Parameters flawed(Flaw flaw) {
  Parameters parameters = quick();
  parameters.flaw = flaw;
  return parameters;
}

/// store/0 leads in ballot 1.0, and its clock is so slow that it does not notice for long that it
/// is cut off. store/1 leads in 2.1 and has had 102 chosen with store/2's vote. Then `meanwhile`
/// comes over store/2, and it meets store/0 again, which is asked to write 101.
CheckResult a_promise_put_to_the_test(Flaw flaw, const std::function<void(Talk&)>& meanwhile) {
  Talk talk(flawed(flaw), testing::Stage{.clients = 2, .clocks = {slow, right, slow}});
  talk.silent = true;
  talk.network.latency = [](HostId, HostId, std::string_view) { return 2ms; };
  talk.run_until(50ms);
  talk.cut({0}, {1, 2});
  talk.run_until(250ms);
  REQUIRE(talk.node(0)->leading());
  REQUIRE(talk.node(1)->leading());
  talk.put(1, 7, 102, 0);
  talk.run_for(10ms);
  REQUIRE(talk.operation(0).outcome == Outcome::ok);
  meanwhile(talk);
  talk.heal();
  talk.cut({0}, {1});
  talk.put(0, 7, 101, 1);
  talk.run_for(20ms);
  const bool done = talk.operation(1).outcome == Outcome::ok;
  CHECK(done == (flaw != Flaw::none));
  talk.get(1, 7, 0);
  talk.run_for(2s);
  return check_linearizable(talk.history);
}

TEST_CASE("an acceptor whose promise does not bind") {
  const auto nothing = [](Talk&) {};
  CHECK(a_promise_put_to_the_test(Flaw::none, nothing).verdict == Verdict::valid);
  CHECK(a_promise_put_to_the_test(Flaw::accepts_any_ballot, nothing).verdict == Verdict::invalid);
}

TEST_CASE("an acceptor that forgets its promise when it restarts") {
  const auto restart = [](Talk& talk) {
    talk.crash(2);
    talk.run_for(10ms);
    talk.boot(2);
  };
  CHECK(a_promise_put_to_the_test(Flaw::none, restart).verdict == Verdict::valid);
  CHECK(a_promise_put_to_the_test(Flaw::forgets_promise, restart).verdict == Verdict::invalid);
}

/// In slot 1 store/0 has voted for 101 in ballot 1.0, and store/1 and store/2 for 102 in a higher
/// one. Then store/1 is gone, and one of the others has to find out what was chosen.
CheckResult two_votes_in_a_slot(Flaw flaw) {
  Parameters parameters = flawed(flaw);
  parameters.heartbeat = 90ms;  // so that store/2 does not hear what is chosen
  Talk talk(parameters, testing::Stage{.clients = 2, .clocks = {right, right, slow}});
  talk.silent = true;
  talk.network.latency = [](HostId, HostId, std::string_view) { return 2ms; };
  talk.run_until(50ms);
  talk.cut({0}, {1, 2});
  talk.put(0, 7, 101, 0);
  talk.run_until(300ms);
  REQUIRE(talk.node(1)->leading());
  talk.put(1, 8, 102, 1);
  talk.run_for(9ms);
  REQUIRE(talk.operation(1).outcome == Outcome::ok);
  REQUIRE_FALSE(talk.node(2)->knows_chosen(1));
  talk.crash(1);
  talk.heal();
  talk.run_for(1s);
  REQUIRE(talk.node(0)->leading());
  talk.get(0, 8, 1);
  talk.run_for(2s);
  return check_linearizable(talk.history);
}

TEST_CASE("a leader that proposes the value of the lowest ballot") {
  CHECK(two_votes_in_a_slot(Flaw::none).verdict == Verdict::valid);
  CHECK(two_votes_in_a_slot(Flaw::proposes_lowest).verdict == Verdict::invalid);
}

/// A write is done, with store/0's vote and store/1's; store/0 crashes. Its successor has to have
/// it chosen once more, which takes long: proposals are slow, and questions who leads are not.
CheckResult a_read_of_an_inheritance(Flaw flaw) {
  Talk talk(flawed(flaw), testing::Stage{.clocks = {right, right, slow}});
  talk.silent = true;
  talk.network.latency = [](HostId, HostId, std::string_view) { return 2ms; };
  talk.run_until(50ms);
  talk.put(0, 7, 101);
  talk.run_for(9ms);
  REQUIRE(talk.operation(0).outcome == Outcome::ok);
  talk.crash(0);
  talk.network.latency = [](HostId, HostId, std::string_view message) -> Duration {
    return message == Accept::name ? 50ms : 2ms;
  };
  for (int steps = 0; steps < 1000 && !talk.node(1)->leading(); ++steps) talk.run_for(1ms);
  REQUIRE(talk.node(1)->leading());
  REQUIRE(talk.node(1)->executed() == 0);
  talk.get(1, 7);
  talk.run_for(2s);
  REQUIRE(talk.operation(1).outcome == Outcome::ok);
  return check_linearizable(talk.history);
}

TEST_CASE("a leader that answers reads before it has executed what it inherited") {
  CHECK(a_read_of_an_inheritance(Flaw::none).verdict == Verdict::valid);
  CHECK(a_read_of_an_inheritance(Flaw::reads_early).verdict == Verdict::invalid);
}

}  // namespace
}  // namespace faultline::multi_paxos
