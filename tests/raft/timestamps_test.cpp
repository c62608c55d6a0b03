// Reads by timestamps: right while clocks are as good as assumed, wrong beyond, and their costs in
// closed form.
#include <cmath>

#include <doctest/doctest.h>

#include "chaos.hpp"
#include "model/conversation.hpp"
#include "model/flaws.hpp"

namespace faultline::raft {
namespace {

using testing::caught_within;
using testing::keeps;

/// Clocks that are off by as much as is assumed, and clients who go from node to node and are fast
/// enough to tell.
Chaos clocks_that_differ(Duration safe_ahead = 50ms) {
  Chaos chaos;
  chaos.keys = 1;
  chaos.clients = 10;
  chaos.between_operations = 2ms;
  chaos.latency = Distribution::uniform(0.5e-3, 2e-3);
  chaos.length = 4s;
  chaos.calm = 1s;
  chaos.crashes = false;
  chaos.clock_skew = chaos.parameters.clock_uncertainty = 10ms;
  chaos.parameters.reads = Reads::timestamp;
  chaos.parameters.safe_ahead = safe_ahead;
  chaos.parameters.heartbeat = 5ms;
  chaos.parameters.durability = Durability::write;
  return chaos;
}

auto run_of(Chaos chaos, Flaw flaw = Flaw::none) {
  chaos.parameters.flaw = flaw;
  return [chaos](std::uint64_t seed) mutable {
    chaos.seed = seed;
    return live_through(chaos);
  };
}

constexpr std::uint64_t seeds = 60;

TEST_CASE("any node reads linearizably while clocks are as good as assumed") {
  Chaos chaos = clocks_that_differ();
  SUBCASE("safe for the past") { chaos.parameters.safe_ahead = 0ms; }
  SUBCASE("safe ahead") { chaos.pauses = true; }
  SUBCASE("crashes, and messages lost and doubled") {
    chaos.crashes = true;
    chaos.loss = chaos.duplication = 0.02;
  }
  SUBCASE("leadership handed over before what was promised is past") {
    chaos.parameters.safe_ahead = 90ms;
    chaos.reads = 0.98;
    chaos.between_faults = 100ms;
    for (int at = 200; at < 3900; at += 150) {
      chaos.parameters.transfer += std::to_string(at) + "ms: " + std::to_string(at / 150 % 3) + ";";
    }
  }
  std::size_t ok = 0;
  std::size_t operations = 0;
  const auto accused = caught_within(seeds, run_of(chaos), [&](const auto& aftermath) {
    ok += aftermath.ok;
    operations += aftermath.history.operations.size();
    return keeps("linearizable")(aftermath) + testing::keeps_invariants()(aftermath);
  });
  if (accused) FAIL_CHECK(testing::in_words(*accused));
  CHECK(ok > operations / 3);
}

TEST_CASE("a clock that is more wrong than assumed breaks linearizability") {
  Chaos chaos = clocks_that_differ();
  chaos.clock_skew = 10 * chaos.parameters.clock_uncertainty;
  CHECK(caught_within(seeds, run_of(chaos), keeps("linearizable")));
}

TEST_CASE("a deposed leader does not vote before what it promised is past") {
  Parameters parameters = quick();
  parameters.reads = Reads::timestamp;
  parameters.safe_ahead = 80ms;
  parameters.pre_vote = false;
  parameters.durability = Durability::memory;
  testing::Cluster cluster(model<Raft>(), std::make_shared<Parameters>(parameters),
                           testing::Stage{});
  cluster.network.latency = [](HostId, HostId, std::string_view) { return Duration(1ms); };
  cluster.start();
  cluster.run_for(500ms);
  const auto vote_of_leader = [&cluster](Term term) {
    bool granted = false;
    Endpoint& candidate = cluster.service->endpoint(2);
    candidate.tasks().spawn([](Endpoint& from, EndpointId to, Term in, bool& won) -> Task<> {
      RequestVote request;
      request.term = in;
      request.last_log = {in, 100};
      const auto vote = co_await call<Raft>(from, to, request, 10ms);
      won = vote && vote->granted;
    }(candidate, cluster.service->endpoint(0).id(), term, granted));
    cluster.run_for(10ms);
    return granted;
  };
  // Another, alone, runs up its term; its first answer deposes the leader.
  cluster.cut({2}, {0, 1});
  cluster.run_for(500ms);
  cluster.heal();
  while (cluster.count(EventKind::leader_stepped_down) == 0) cluster.run_for(100us);
  CHECK_FALSE(vote_of_leader(60));
  cluster.run_for(100ms);
  CHECK(vote_of_leader(70));
}

TEST_CASE("each flaw of timestamps is noticed") {
  Flaw flaw = Flaw::none;
  SUBCASE("the leader does not wait before it acknowledges") { flaw = Flaw::skips_commit_wait; }
  SUBCASE("a node shows what is not past yet") { flaw = Flaw::shows_the_future; }
  SUBCASE("the leader forgets what is under way") { flaw = Flaw::forgets_what_is_under_way; }
  REQUIRE(flaw != Flaw::none);
  testing::expect_caught(flaw, seeds, keeps("linearizable"), clocks_that_differ());
}

// ---- what they cost -----------------------------------------------------------------------------

constexpr Duration one_way = 10ms;  // of testing::Conversation

Parameters on_glass(Duration uncertainty) {
  Parameters parameters;
  parameters.reads = Reads::timestamp;
  parameters.clock_uncertainty = uncertainty;
  parameters.heartbeat = 100ms;
  parameters.durability = Durability::memory;
  return parameters;
}

TEST_CASE("a write takes its round trips or the uncertainty of two clocks, whichever is longer") {
  for (const Duration uncertainty : {0ms, 4ms, 9ms, 11ms, 50ms}) {
    CAPTURE(uncertainty.count());
    testing::Conversation<Raft> talk(on_glass(uncertainty), testing::Stage{});
    talk.run_for(500ms);
    const OperationId write = talk.put(0, 7, 101);
    talk.run_for(500ms);
    // There and back to the client, and meanwhile at the leader: there and back to a follower.
    const Duration past = 2 * uncertainty + 1ns;
    CHECK(talk.operation(write).latency() == 2 * one_way + std::max(2 * one_way, past));
  }
}

TEST_CASE("with safety ahead, a write waits in the place of the reads") {
  Parameters parameters = on_glass(4ms);
  parameters.safe_ahead = 150ms;
  testing::Conversation<Raft> talk(parameters, testing::Stage{});
  talk.run_for(500ms);
  const Time elected = talk.events.front().at;
  const OperationId read = talk.get(1, 7);
  talk.run_for(100ms);
  CHECK(talk.operation(read).latency() == 2 * one_way);
  const OperationId write = talk.put(0, 7, 101);
  talk.run_for(500ms);
  // What it may not fall into was promised with the last heartbeat before.
  const Time arrived = talk.operation(write).invoked + one_way;
  const Duration since_heartbeat = (arrived - elected) % parameters.heartbeat;
  CHECK(talk.operation(write).latency() == 2 * one_way + 150ms - since_heartbeat + 2ns);
}

TEST_CASE("a read at a follower takes until a heartbeat has left two uncertainties later") {
  for (const Duration uncertainty : {0ms, 4ms, 30ms, 70ms}) {
    for (const Duration age : {0ms, 60ms, 400ms}) {
      CAPTURE(uncertainty.count());
      CAPTURE(age.count());
      Parameters parameters = on_glass(uncertainty);
      parameters.read_age = age;
      testing::Conversation<Raft> talk(parameters, testing::Stage{});
      talk.run_for(500ms);
      const Time elected = talk.events.front().at;
      const OperationId read = talk.get(1, 7);
      talk.run_for(1s);
      // It reaches the follower, who needs a message that left the leader at `wanted` or later.
      const Time arrived = talk.operation(read).invoked + one_way;
      const Time wanted = arrived + 2 * uncertainty - age;
      const auto beats = static_cast<std::int64_t>(
          std::ceil(seconds(wanted - elected) / seconds(parameters.heartbeat)));
      const Time heard = elected + beats * parameters.heartbeat + one_way;
      const Time answered = std::max(arrived, heard);
      CHECK(talk.operation(read).latency() == answered + one_way - talk.operation(read).invoked);
    }
  }
}

}  // namespace
}  // namespace faultline::raft
