// EPaxos with one line of it wrong: each flaw must be caught, and EPaxos itself acquitted, by the
// same check on the same schedules.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::epaxos {
namespace {

using testing::expect_caught;
using testing::keeps;
using testing::keeps_invariants;

Chaos turmoil() {
  auto chaos = testing::turmoil<Chaos>();
  chaos.length = 4s;
  return chaos;
}

TEST_CASE("a leader that ignores what others say") {
  expect_caught(Flaw::ignores_answers, 10, keeps("linearizable"), turmoil());
  expect_caught(Flaw::ignores_answers, 10, keeps_invariants(), turmoil());
}

TEST_CASE("a fast path with a majority only") {
  Chaos chaos = turmoil();
  chaos.parameters.fast_quorum = FastQuorum::simple;
  chaos.keys = 1;
  chaos.clients = 10;
  expect_caught(Flaw::hasty, 100, keeps_invariants(), chaos);
}

/// Others recover what its leader is still at.
Chaos impatience() {
  Chaos chaos = turmoil();
  chaos.parameters.recover_after = 20ms;
  chaos.parameters.fast_timeout = 100ms;
  chaos.latency = Distribution::uniform(1e-3, 60e-3);
  return chaos;
}

TEST_CASE("a leader that does not write down that it takes the fast path") {
  Chaos chaos = turmoil();
  chaos.nodes = 3;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::fsync;
  chaos.parameters.recover_after = 40ms;
  expect_caught(Flaw::forgets_fast_path, 100, keeps_invariants(), chaos);
}

TEST_CASE("one ballot for what was promised and what was voted for (Sutra 2020)") {
  expect_caught(Flaw::one_ballot, 60, keeps_invariants(), impatience());
}

TEST_CASE("a replica that executes before the dependencies are committed") {
  expect_caught(Flaw::executes_early, 10, keeps("linearizable"), turmoil());
}

TEST_CASE("a recovery that drops what was pre-accepted") {
  expect_caught(Flaw::drops_pre_accepted, 50, keeps_invariants(), turmoil());
}

TEST_CASE("a recovery that does not try what may have taken the fast path") {
  expect_caught(Flaw::skips_the_trial, 100, keeps_invariants(), turmoil());
}

TEST_CASE("reads that do not interfere with writes") {
  expect_caught(Flaw::reads_do_not_interfere, 20, keeps("linearizable"), turmoil());
}

TEST_CASE("a state machine that takes a second attempt for a new command") {
  Chaos chaos = turmoil();
  chaos.retries = true;
  expect_caught(Flaw::executes_twice, 50, keeps("linearizable"), chaos);
}

/// Replicas that forget early, restart often, and are often behind: each in something else, since
/// clients are fast and ask for many keys.
Chaos forgetting() {
  Chaos chaos = turmoil();
  chaos.parameters.checkpoint_threshold = 10;
  chaos.nodes = 3;
  chaos.length = 6s;
  chaos.clients = 10;
  chaos.keys = 10;
  chaos.reads = 0.7;
  chaos.between_operations = 3ms;
  chaos.latency = Distribution::uniform(1e-3, 5e-3);
  return chaos;
}

TEST_CASE("a replica that forgets what it has not executed") {
  expect_caught(Flaw::forgets_committed, 20, testing::converges(), forgetting());
}

TEST_CASE("a checkpoint that does not say what was executed ahead of its row") {
  expect_caught(Flaw::forgets_gaps, 20, keeps("linearizable"), forgetting());
}

TEST_CASE("a replica that believes a checkpoint against its own knowledge") {
  expect_caught(Flaw::trusts_checkpoints, 20, keeps("linearizable"), forgetting());
}

TEST_CASE("a leader that takes the fast path in spite of a promise, when some answers are late") {
  Chaos chaos;
  chaos.length = 3s;
  chaos.parameters.recover_after = 20ms;
  chaos.parameters.fast_timeout = 500ms;
  chaos.latency = Distribution::mixture(
      {{0.8, Distribution::uniform(1e-3, 10e-3)}, {0.2, Distribution::uniform(50e-3, 200e-3)}});
  expect_caught(Flaw::ignores_ballots, 20, keeps_invariants(), chaos);
}

/// Commands by the hundred that all take longer than a restart, and longer than others have
/// patience for: for that, hardly a client hears in time what became of its own.
Chaos restarts_amid_recoveries() {
  Chaos chaos;
  chaos.partitions = false;
  chaos.between_faults = 100ms;
  chaos.outage = 10ms;
  chaos.length = 4s;
  chaos.calm = 1s;
  chaos.clients = 20;
  chaos.keys = 3;
  chaos.patience = 100ms;
  chaos.latency = Distribution::exponential(100e-3);
  chaos.parameters.recover_after = 20ms;
  chaos.parameters.fast_timeout = 100ms;
  chaos.parameters.timeout = 2s;
  return chaos;
}

// Of the first hundred such schedules seven show it. Among five nodes that take half a second to
// restart, none of 5000 did.
TEST_CASE("a replica that forgets its promises, under random restarts") {
  expect_caught(Flaw::forgets_promises, 20, keeps_invariants(), restarts_amid_recoveries());
}

// ---- schedules by hand, which show how it comes about -------------------------------------------

constexpr ClockSettings right{};
constexpr ClockSettings slow{Duration{0}, -0.99};  // does next to nothing of itself
constexpr InstanceId id{0, 1};

/// The answer of store/1 to store/0 takes long. Meanwhile store/2 brings the instance to its end
/// with the promises of both, but store/0 does not hear how it ended.
std::pair<Instance, Instance> a_promise_and_a_late_answer(Flaw flaw) {
  Parameters parameters = quick();
  parameters.flaw = flaw;
  parameters.fast_timeout = 2s;
  testing::Conversation<Epaxos> talk(parameters, testing::Stage{.clocks = {slow, slow, right}});
  talk.silent = true;
  talk.network.latency = [](HostId from, HostId to, std::string_view message) -> Duration {
    if (from == to) return Duration(0);
    if (index_of(to) == 0 && message == PreAccepted::name) return 500ms;
    const bool question = message == Prepare::name || message == Request::name;
    return index_of(to) == 0 && !question ? 5s : 10ms;
  };
  talk.put(0, 7, 101);
  talk.run_for(1s);
  return {talk.node(0)->instance(id), talk.node(2)->instance(id)};
}

TEST_CASE("a leader that takes the fast path in spite of a promise") {
  const auto [leader, rescuer] = a_promise_and_a_late_answer(Flaw::none);
  CHECK_FALSE(leader.committed());
  CHECK(rescuer.committed());
  const auto [one, other] = a_promise_and_a_late_answer(Flaw::ignores_ballots);
  CHECK(one.committed());
  CHECK(other.committed());
  CHECK_FALSE(one.attributes == other.attributes);
}

/// store/0's write reaches store/2 and store/4. store/1 recovers it with the promises of store/2
/// and store/3, and store/2 restarts. store/0 asks store/2 and store/4 to accept; store/4 hears
/// late of the recovery, which it completes with store/1 and store/3. Only store/0 and store/1 have
/// clocks fast enough to do anything of themselves.
std::pair<Instance, Instance> a_promise_and_a_restart(Flaw flaw) {
  Parameters parameters = quick();
  parameters.flaw = flaw;
  parameters.fast_timeout = 300ms;
  parameters.timeout = 2s;
  testing::Conversation<Epaxos> talk(
      parameters, testing::Stage{.nodes = 5, .clocks = {slow, right, slow, slow, slow}});
  talk.silent = true;
  talk.network.latency = [](HostId from, HostId to, std::string_view) -> Duration {
    if (from == to) return Duration(0);
    return index_of(from) == 1 && index_of(to) == 4 ? 400ms : 10ms;
  };
  talk.cut({0}, {1, 3});
  talk.put(0, 7, 101);
  for (int steps = 0; steps < 300 && talk.node(2)->instance(id).joined == 0; ++steps) {
    talk.run_for(1ms);
  }
  REQUIRE(talk.node(2)->instance(id).joined != 0);
  talk.run_for(11ms);  // the promise has arrived
  talk.crash(2);
  talk.cut({2}, {1, 3, 4});
  talk.run_for(10ms);
  talk.boot(2);
  talk.run_until(345ms);  // store/4 has accepted: nothing more reaches it from store/0
  talk.cut_one_way({0}, {4});
  talk.run_until(1500ms);
  return {talk.node(0)->instance(id), talk.node(1)->instance(id)};
}

TEST_CASE("a replica that forgets its promises on a restart") {
  const auto [leader, rescuer] = a_promise_and_a_restart(Flaw::none);
  CHECK_FALSE(leader.committed());
  CHECK(rescuer.committed());
  const auto [one, other] = a_promise_and_a_restart(Flaw::forgets_promises);
  CHECK(one.committed());
  CHECK(other.committed());
  CHECK_FALSE(one.attributes == other.attributes);
}

}  // namespace
}  // namespace faultline::epaxos
