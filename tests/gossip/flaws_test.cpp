// Gossip with one line of it wrong: each flaw must be caught, and gossip itself acquitted, by the
// same check on the same schedules.
#include "model/flaws.hpp"

#include <cmath>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "chaos.hpp"
#include "model/conversation.hpp"

namespace faultline::gossip {
namespace {

using testing::Aftermath;
using testing::Judge;

void expect_caught(Flaw flaw, std::uint64_t seeds, const Judge& judge, Chaos chaos = {}) {
  testing::expect_caught(flaw, seeds, judge, [&chaos](Flaw given, std::uint64_t seed) {
    chaos.parameters.flaw = given;
    chaos.seed = seed;
    ChaosRun life(chaos);
    life.watch_deaths();
    Aftermath aftermath = life.run();
    // Where nobody crashes and nobody is cut off, nobody is dead.
    if (!chaos.crashes && !chaos.partitions && life.false_deaths() > 0) {
      aftermath.broken.push_back("one that is up was held for dead");
    }
    return aftermath;
  });
}

/// A network that loses every tenth message, and nothing else.
Chaos lossy() {
  Chaos chaos;
  chaos.nodes = 8;
  chaos.crashes = chaos.partitions = false;
  chaos.loss = 0.1;
  chaos.parameters.suspicion = 1s;
  return chaos;
}

TEST_CASE("a node that takes an older version for a newer one") {
  expect_caught(Flaw::takes_anything, 10, testing::loses_no_write());
}
TEST_CASE("a digest that says nothing of versions") {
  expect_caught(Flaw::compares_keys_alone, 10, testing::converges());
}
TEST_CASE("a node that answers before its disk has the write") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::fsync;
  chaos.parameters.interval = 500ms;
  chaos.between_faults = 100ms;
  expect_caught(Flaw::answers_early, 50, testing::loses_no_write(), chaos);
}
TEST_CASE("a suspect that contradicts without raising its incarnation") {
  expect_caught(Flaw::keeps_incarnation, 10, testing::keeps_invariants());
}
TEST_CASE("a detector that takes suspects for dead") {
  expect_caught(Flaw::condemns_at_once, 10, testing::keeps_invariants(), lossy());
}
TEST_CASE("a node for which the dead stay dead") {
  expect_caught(Flaw::never_forgives, 10, testing::keeps_invariants());
}

TEST_CASE("a node that dates writes by its clock alone, under random faults") {
  // Clocks that differ lose writes anyhow, but never one to what its writer had read.
  Chaos chaos;
  chaos.faithful = true;
  chaos.clock_skew = 200ms;
  expect_caught(Flaw::trusts_its_clock, 10, testing::keeps("causal"), chaos);
}

// ---- schedules by hand, which show how it comes about -------------------------------------------

/// One of fifty crashes. All are to know within lambda ln(n + 1) periods of the first.
Aftermath one_death(Flaw flaw, std::uint64_t seed) {
  constexpr std::size_t nodes = 50;
  Parameters parameters = quick();
  parameters.flaw = flaw;
  parameters.suspicion = 0ms;
  testing::Cluster cluster(model<Gossip>(), std::make_shared<Parameters>(parameters),
                           testing::Stage{.nodes = nodes, .clients = 0, .seed = seed});
  cluster.network.latency = [](HostId, HostId, std::string_view) { return 1ms; };
  cluster.start();
  cluster.run_for(200ms);
  cluster.crash(0);
  while (cluster.count(EventKind::member_dead) == 0) cluster.run_for(1ms);
  const double periods = parameters.news_factor * std::log(nodes + 1.0);
  cluster.run_for(from_seconds(seconds(parameters.period) * periods));
  Aftermath aftermath;
  const std::size_t know = cluster.count(EventKind::member_dead);
  if (know < nodes - 1) {
    aftermath.broken.push_back(std::to_string(nodes - 1 - know) + " have not heard of a death");
  }
  return aftermath;
}

TEST_CASE("news that goes out on one message only") {
  testing::expect_caught(Flaw::tells_once, 20, testing::keeps_invariants(), one_death);
}

/// What is left of two writes, the second through a node that knows of the first and whose clock is
/// a second slow.
Value last_of_two(Flaw flaw) {
  Parameters parameters = quick();
  parameters.flaw = flaw;
  constexpr ClockSettings right{};
  constexpr ClockSettings slow{-1s, 0};
  testing::Conversation<Gossip> talk(parameters, testing::Stage{.clocks = {right, slow, right}});
  talk.silent = true;
  talk.put(0, 1, 101);
  talk.run_for(500ms);
  REQUIRE(talk.held_by(1, 1) == 101);
  talk.put(1, 1, 102);
  talk.run_for(500ms);
  REQUIRE(talk.converged());
  return talk.held_by(0, 1);
}

TEST_CASE("a node that dates writes by its clock alone") {
  CHECK(last_of_two(Flaw::none) == 102);
  CHECK(last_of_two(Flaw::trusts_its_clock) == 101);
}

}  // namespace
}  // namespace faultline::gossip
