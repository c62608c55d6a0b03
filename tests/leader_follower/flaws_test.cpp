// leader_follower with one line of it wrong: each flaw must be caught, and the protocol acquitted,
// by the same check on the same schedules.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>

#include "chaos.hpp"
#include "model/conversation.hpp"

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

TEST_CASE("a leader that answers reads without making sure that it leads") {
  auto chaos = testing::only_partitions<Chaos>();
  chaos.clock_drift = chaos.parameters.clock_drift = 0.5;
  chaos.parameters.election_timeout_max = 110ms;
  chaos.parameters.lease = 0ms;
  expect_caught(Flaw::reads_unconfirmed, 40, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a leader that trusts its lease as if all clocks were right") {
  auto chaos = testing::only_partitions<Chaos>();
  chaos.clock_drift = chaos.parameters.clock_drift = 0.5;
  chaos.parameters.election_timeout_max = 110ms;
  expect_caught(Flaw::overlong_lease, 40, testing::keeps("linearizable"), chaos);
}

TEST_CASE("a follower that shows a session what may yet be taken back") {
  auto chaos = turmoil<Chaos>();
  chaos.parameters.read_from = ReadFrom::any;
  chaos.parameters.sessions = Sessions::wait;
  expect_caught(Flaw::shows_uncommitted, 100, testing::keeps("monotonic_reads"), chaos);
}

/// Nodes stand still for a while, and go on as if nothing had happened: leaders of the past.
Chaos standstills() {
  Chaos chaos;
  chaos.crashes = chaos.partitions = false;
  chaos.pauses = true;
  chaos.between_faults = 100ms;
  chaos.keys = 1;
  chaos.clients = 10;
  return chaos;
}

TEST_CASE("followers that take entries from a leader of the past, under random faults") {
  expect_caught(Flaw::unfenced, 30, testing::keeps("linearizable"), standstills());
}

TEST_CASE("followers that take entries whatever stands before them, under random faults") {
  Chaos chaos;
  chaos.between_faults = 75ms;
  chaos.latency = Distribution::exponential(10e-3);
  chaos.loss = 0.1;
  chaos.parameters.pre_vote = false;  // more elections
  expect_caught(Flaw::skips_the_check, 60, testing::converges(), chaos);
}

// ---- schedules by hand, which show how it comes about -------------------------------------------

using Talk = testing::Conversation<LeaderFollower>;

/// store/0 leads, and its clock is so slow that it does not notice for long that it is cut off from
/// the others, of whom one is elected.
struct TwoLeaders {
  explicit TwoLeaders(Flaw flaw) : talk(flawed(flaw), stage()) {
    talk.silent = true;
    talk.network.latency = [](HostId, HostId, std::string_view) { return 2ms; };
    talk.run_until(50ms);
    talk.cut({0}, {1, 2});
    elect_another();
    REQUIRE(talk.node(0)->leading());
  }
  static testing::Stage stage() {
    constexpr ClockSettings right{};
    constexpr ClockSettings slow{Duration{0}, -0.9};
    return {.clients = 2, .clocks = {slow, right, right}};
  }
  static Parameters flawed(Flaw flaw) {
    Parameters parameters = quick();
    parameters.flaw = flaw;
    return parameters;
  }
  bool leads(std::size_t node) const {
    return talk.service->up(node) && talk.node(node)->leading();
  }
  void elect_another() {
    for (int steps = 0; steps < 1000 && !leads(1) && !leads(2); ++steps) talk.run_for(1ms);
    REQUIRE((leads(1) || leads(2)));
    leader = leads(1) ? 1 : 2;
    follower = 3 - leader;
  }
  /// Through the new leader.
  void write(Key key, Value value) {
    const OperationId id = talk.put(leader, key, value);
    talk.run_for(20ms);
    REQUIRE(talk.operation(id).outcome == Outcome::ok);
  }

  Talk talk;
  std::size_t leader = 0;
  std::size_t follower = 0;
};

/// The new leader's write is acknowledged. Then it is cut off, and the old leader reaches the
/// follower, with a write of its own.
CheckResult a_leader_of_the_past(Flaw flaw) {
  TwoLeaders two(flaw);
  two.write(7, 102);
  two.talk.heal();
  two.talk.cut({two.leader}, {0, two.follower});
  two.talk.put(0, 8, 101, 1);
  two.talk.run_for(10s);
  const OperationId read = two.talk.get(0, 7);
  two.talk.run_for(1s);
  REQUIRE(two.talk.operation(read).outcome == Outcome::ok);
  return check_linearizable(two.talk.history);
}

TEST_CASE("followers that take entries from a leader of the past") {
  CHECK(a_leader_of_the_past(Flaw::none).verdict == Verdict::valid);
  CHECK(a_leader_of_the_past(Flaw::unfenced).verdict == Verdict::invalid);
}

/// The old leader has two entries that nobody else has. Where they stand the others have entries
/// of another term; and the leader after that, when it meets the old one, sends what comes behind.
bool agree_in_the_end(Flaw flaw) {
  TwoLeaders two(flaw);
  two.talk.put(0, 8, 201, 1);
  two.talk.put(0, 9, 202, 1);
  two.write(7, 102);
  two.talk.crash(two.leader);
  two.talk.run_for(50ms);
  two.talk.boot(two.leader);
  two.elect_another();
  two.talk.heal();
  two.talk.run_for(10s);
  return two.talk.converged();
}

TEST_CASE("followers that take entries whatever stands before them") {
  CHECK(agree_in_the_end(Flaw::none));
  CHECK_FALSE(agree_in_the_end(Flaw::skips_the_check));
}

}  // namespace
}  // namespace faultline::leader_follower
