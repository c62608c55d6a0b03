// Raft with one line of it wrong: each flaw must be caught, and Raft itself acquitted, by the same
// check on the same schedules.
#include "model/flaws.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::raft {
namespace {

using testing::expect_caught;
using testing::turmoil;

/// The algorithm of Figure 2 alone, and votes often split: messages take as long as elections.
Chaos bare_elections() {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.between_faults = 50ms;
  chaos.parameters.pre_vote = chaos.parameters.check_quorum = false;
  chaos.latency = Distribution::uniform(5e-3, 100e-3);
  chaos.parameters.election_timeout_min = 200ms;
  chaos.parameters.election_timeout_max = 250ms;
  return chaos;
}

TEST_CASE("a server that votes twice in a term") {
  expect_caught(Flaw::votes_twice, 200, testing::keeps_invariants(), bare_elections());
}

TEST_CASE("a server that forgets its vote when it restarts, under random crashes") {
  Chaos chaos = bare_elections();
  chaos.partitions = false;
  chaos.between_faults = 20ms;
  expect_caught(Flaw::forgets_its_vote, 60, testing::keeps_invariants(), chaos);
}

TEST_CASE("a server that votes for any log") {
  expect_caught(Flaw::votes_for_any_log, 20, testing::keeps("linearizable"), turmoil<Chaos>());
  expect_caught(Flaw::votes_for_any_log, 20, testing::keeps_invariants(), turmoil<Chaos>());
}

TEST_CASE("a server that takes entries whatever stands before them") {
  expect_caught(Flaw::skips_the_check, 20, testing::keeps_invariants(), turmoil<Chaos>());
}

TEST_CASE("a leader that answers reads without making sure that it leads") {
  auto chaos = turmoil<Chaos>();
  chaos.parameters.check_quorum = false;  // else it seldom leads for long after others do
  expect_caught(Flaw::reads_unconfirmed, 50, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a leader that answers reads before it knows what is committed") {
  expect_caught(Flaw::reads_early, 50, testing::keeps("linearizable"), turmoil<Chaos>());
}

Chaos partitions() {
  auto chaos = testing::only_partitions<Chaos>();
  chaos.parameters.reads = Reads::lease;
  return chaos;
}

TEST_CASE("a leader that trusts its lease as if all clocks were right") {
  Chaos chaos = partitions();
  chaos.clock_drift = chaos.parameters.clock_drift = 0.5;
  chaos.parameters.election_timeout_max = 110ms;
  expect_caught(Flaw::overlong_lease, 200, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a change of members that counts one majority") {
  auto chaos = turmoil<Chaos>();
  chaos.parameters.initial_members = 3;
  chaos.parameters.reconfigure = "1s: 2 3 4; 2s: 0 1; 3s: 2 3 4; 4s: 0 1; 5s: 2 3 4; 6s: 0 1 2";
  expect_caught(Flaw::one_majority, 200, testing::keeps_invariants(), chaos);
}

TEST_CASE("a state machine that takes a second attempt for a new command") {
  auto chaos = turmoil<Chaos>();
  chaos.retries = true;
  expect_caught(Flaw::executes_twice, 50, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a server that drops entries that fit, under random faults") {
  Chaos chaos;
  chaos.duplication = 0.3;
  chaos.latency = Distribution::exponential(5e-3);
  chaos.parameters.batch = 1;  // else a late copy seldom ends before the log does
  expect_caught(Flaw::truncates_matching, 20, testing::keeps("linearizable"), chaos);
  expect_caught(Flaw::truncates_matching, 20, testing::keeps_invariants(), chaos);
}

TEST_CASE("a server that votes although it hears the leader, under random partitions") {
  Chaos chaos = partitions();
  chaos.nodes = 5;
  chaos.between_faults = 30ms;  // who hears the leader and who does not changes all the time
  chaos.between_operations = 2ms;
  chaos.length = 4s;
  chaos.parameters.pre_vote = false;  // whoever hears the leader refuses that much
  chaos.parameters.election_timeout_max = 110ms;
  chaos.parameters.heartbeat = 10ms;
  expect_caught(Flaw::breaks_its_promise, 100, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a leader that commits an entry of an older term by counting, under random crashes") {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.partitions = false;
  chaos.between_faults = 15ms;
  chaos.reads = 0;
  // Reigns are short: messages often take longer than followers wait. In that time an old entry
  // gets to a majority, and none behind it, only where each travels alone.
  chaos.latency = Distribution::exponential(20e-3);
  chaos.parameters.pre_vote = chaos.parameters.check_quorum = false;
  chaos.parameters.election_timeout_min = 50ms;
  chaos.parameters.election_timeout_max = 100ms;
  chaos.parameters.heartbeat = 90ms;
  chaos.parameters.batch = 1;
  expect_caught(Flaw::counts_old_terms, 100, testing::keeps_invariants(), chaos);
}

// ---- schedules by hand, which show how it comes about -------------------------------------------

using Talk = testing::Conversation<Raft>;

/// The algorithm of Figure 2 alone. Clocks run at a tenth of their speed on nodes that are not to
/// stand for election.
Parameters figure_2(Flaw flaw) {
  Parameters parameters = quick();
  parameters.pre_vote = parameters.check_quorum = false;
  parameters.batch = 1;
  parameters.flaw = flaw;
  return parameters;
}
constexpr ClockSettings right{};
constexpr ClockSettings slow{Duration{0}, -0.9};

/// How many leaders term 1 has if the server that decides it is down between two requests.
std::size_t leaders_of_term_1(Flaw flaw) {
  Parameters parameters = figure_2(flaw);
  parameters.first_candidate = -1;
  parameters.election_timeout_max = parameters.election_timeout_min;
  Talk talk(parameters, testing::Stage{.nodes = 3, .clocks = {right, right, slow}});
  talk.silent = true;
  // Both stand at 100 ms. One's request reaches store/2 at once, the other's when it was away.
  talk.network.latency = [](HostId from, HostId to, std::string_view) -> Duration {
    return index_of(from) + index_of(to) == 3 ? 45ms : 10ms;
  };
  talk.cut({0}, {1});
  talk.run_until(115ms);
  talk.cut_one_way({0}, {2});  // else it would have an entry that the other lacks
  talk.crash(2);
  talk.run_until(130ms);
  talk.boot(2);
  talk.run_until(195ms);
  const auto terms = talk.numbers_of(EventKind::leader_elected);
  return static_cast<std::size_t>(std::count(terms.begin(), terms.end(), 1));
}

TEST_CASE("a server that forgets its vote when it restarts") {
  CHECK(leaders_of_term_1(Flaw::none) == 1);
  CHECK(leaders_of_term_1(Flaw::forgets_its_vote) == 2);
}

/// Every message of store/0 comes a second time, 60 ms after the first. When store/1 alone has two
/// writes, the first of them comes again; then store/0 is gone.
CheckResult late_copies(Flaw flaw) {
  Parameters parameters = figure_2(flaw);
  parameters.heartbeat = 90ms;
  Talk talk(parameters, testing::Stage{.nodes = 3, .clocks = {right, right, slow}});
  talk.silent = true;
  talk.run_until(100ms);
  std::size_t copies = 0;
  talk.network.latency = [&copies](HostId from, HostId to, std::string_view) {
    const bool replicates = index_of(from) == 0 && index_of(to) == 1;
    return replicates && copies++ % 2 == 1 ? 70ms : 10ms;
  };
  talk.network.duplication = 1;
  talk.network.service_hosts = 3;
  talk.cut({0}, {2});
  talk.run_until(140ms);  // a heartbeat has just gone
  talk.put(0, 1, 101);
  talk.run_for(45ms);
  talk.put(0, 1, 102);
  talk.run_for(37ms);
  talk.crash(0);
  talk.cut({0}, {1, 2});  // with all that is on its way
  talk.network.duplication = 0;
  talk.run_for(4s);
  talk.get(1, 1);
  talk.run_for(1s);
  return check_linearizable(talk.history);
}

TEST_CASE("a server that drops entries that fit") {
  CHECK(late_copies(Flaw::none).verdict == Verdict::valid);
  CHECK(late_copies(Flaw::truncates_matching).verdict == Verdict::invalid);
}

/// store/1 has not heard the leader for long, store/2 has just now, and then the leader is alone.
CheckResult a_vote_too_early(Flaw flaw) {
  Parameters parameters = quick();
  parameters.flaw = flaw;
  parameters.pre_vote = false;
  parameters.reads = Reads::lease;
  parameters.election_timeout_max = 105ms;
  Talk talk(parameters, testing::Stage{});
  talk.silent = true;
  talk.network.latency = [](HostId, HostId, std::string_view) { return 2ms; };
  talk.run_until(200ms);
  talk.put(0, 1, 101);
  talk.run_until(220ms);
  talk.cut({0}, {1});
  talk.run_until(305ms);
  talk.cut({0}, {2});
  talk.run_until(345ms);
  talk.put(1, 1, 102);
  talk.run_until(365ms);
  talk.get(0, 1);
  talk.run_until(2s);
  return check_linearizable(talk.history);
}

TEST_CASE("a server that votes although it hears the leader, whose lease rests on that") {
  CHECK(a_vote_too_early(Flaw::none).verdict == Verdict::valid);
  CHECK(a_vote_too_early(Flaw::breaks_its_promise).verdict == Verdict::invalid);
}

/// Ongaro and Ousterhout 2014, Figure 8. Only store/0 and store/4 ever stand for election.
struct Figure8 {
  bool committed = false;    ///< store/0 holds the old entry for committed in (c)
  bool overwritten = false;  ///< and store/4 has another in its place in (e)
};
template <class Happened>
void wait_for(Talk& talk, Happened happened) {
  for (int steps = 0; steps < 10'000 && !happened(); ++steps) talk.run_for(1ms);
  REQUIRE(happened());
}
Figure8 figure_8(Flaw flaw) {
  Talk talk(figure_2(flaw), testing::Stage{.nodes = 5, .clocks = {right, slow, slow, slow, right}});
  talk.silent = true;
  talk.run_until(100ms);
  REQUIRE(talk.node(0)->leading());
  // (a) store/0 leads and replicates entry 2 to store/1 alone.
  talk.cut({0, 1}, {2, 3, 4});
  talk.put(0, 1, 101);
  talk.run_for(40ms);
  REQUIRE(talk.node(1)->log().at(2).command.value == 101);
  // (b) It crashes. store/4 is elected, and cut off before it can send what it has at entry 2.
  talk.crash(0);
  talk.heal();
  talk.cut({1}, {4});
  talk.when_it_happens = [&talk](const testing::Event& event) {
    if (event.kind == EventKind::leader_elected && event.node == 4) talk.cut({4}, {0, 1, 2, 3});
  };
  wait_for(talk, [&] { return talk.node(4)->leading(); });
  talk.when_it_happens = nullptr;
  // (c) store/4 crashes; store/0 is elected again and replicates entry 2, but nothing newer, to
  // store/2: a majority has it.
  talk.crash(4);
  talk.heal();
  talk.boot(0);
  wait_for(talk, [&] { return talk.node(0)->leading(); });
  talk.cut({0}, {3});
  wait_for(talk, [&] { return talk.node(2)->log().last() >= 2; });
  talk.cut_one_way({0}, {2});
  talk.run_for(15ms);
  Figure8 result;
  result.committed = talk.node(0)->committed() >= 2;
  // (d) store/0 crashes; store/4 is elected by store/2 and store/3, whose logs are older.
  talk.crash(0);
  talk.heal();
  talk.boot(4);
  wait_for(talk, [&] { return talk.node(4)->leading(); });
  talk.run_for(1s);
  result.overwritten = talk.node(4)->committed() >= 2 && talk.node(4)->log().term_at(2) == 2;
  return result;
}

TEST_CASE("a leader that commits an entry of an older term by counting (Figure 8)") {
  const Figure8 right_rule = figure_8(Flaw::none);
  CHECK_FALSE(right_rule.committed);
  CHECK(right_rule.overwritten);
  const Figure8 wrong_rule = figure_8(Flaw::counts_old_terms);
  CHECK(wrong_rule.committed);
  CHECK(wrong_rule.overwritten);
}

}  // namespace
}  // namespace faultline::raft
