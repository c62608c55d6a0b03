// quorum with one line of it wrong: each flaw must be caught, and the protocol acquitted, by the
// same check on the same schedules.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include <faultline/quorum/quorum.hpp>

#include "model/conversation.hpp"

namespace faultline::quorum {
namespace {

using namespace std::chrono_literals;
using testing::Chaos;

void expect_caught(Flaw flaw, std::uint64_t seeds, Parameters parameters, Chaos chaos,
                   const testing::Judge& judge) {
  parameters.timeout = 60ms;
  parameters.hint_retry = 30ms;
  testing::expect_caught(flaw, seeds, judge, [&](Flaw given, std::uint64_t seed) {
    parameters.flaw = given;
    chaos.seed = seed;
    return testing::live_through<Quorum>(parameters, chaos);
  });
}

/// Four clients for two seconds, a fault every 75 ms.
Chaos short_chaos() {
  Chaos chaos;
  chaos.length = 2s;
  chaos.calm = 500ms;
  chaos.clients = 4;
  chaos.patience = 200ms;
  chaos.between_faults = 75ms;
  chaos.latency = Distribution::exponential(5e-3);
  return chaos;
}

TEST_CASE("a read that waits for so few that it may miss a write") {
  expect_caught(Flaw::quorums_do_not_meet, 20, Parameters{}, short_chaos(),
                testing::keeps("linearizable"));
}
TEST_CASE("a repair that overwrites what is newer") {
  expect_caught(Flaw::repairs_backwards, 100, Parameters{}, short_chaos(),
                testing::keeps("linearizable"));
}

/// Sloppy quorums, and nodes that can stand in.
Parameters available() {
  Parameters parameters;
  parameters.on_partition = OnPartition::availability;
  parameters.otherwise = Else::latency;
  parameters.replicas = 3;
  return parameters;
}

TEST_CASE("a node that stands in for a replica and keeps nothing for it") {
  Chaos chaos = short_chaos();
  chaos.nodes = 6;
  chaos.keys = 8;
  expect_caught(Flaw::drops_hints, 100, available(), chaos, testing::loses_no_write());
}

TEST_CASE("a write that replaces versions its client has not seen, under random faults") {
  Parameters parameters = available();
  parameters.versions = Versions::vector_clocks;
  parameters.anti_entropy = 100ms;  // else the last read may miss what a lost hint was to bring
  Chaos chaos = short_chaos();
  chaos.nodes = 5;
  expect_caught(Flaw::drops_siblings, 20, parameters, chaos, testing::loses_no_sibling());
}

// ---- a schedule by hand, which shows how it comes about -----------------------------------------

/// How many versions a third client reads after two that did not know of each other have written.
std::size_t siblings_of_two_writes(Flaw flaw) {
  Parameters parameters = available();
  parameters.versions = Versions::vector_clocks;
  parameters.flaw = flaw;
  testing::Conversation<Quorum> talk(parameters, testing::Stage{.clients = 3});
  talk.silent = true;
  talk.put(0, 1, 101, 0);
  talk.run_for(200ms);
  talk.put(0, 1, 102, 1);
  talk.run_for(200ms);
  const OperationId read = talk.get(0, 1, 2);
  talk.run_for(200ms);
  return 1 + talk.history.siblings(talk.operation(read)).size();
}

TEST_CASE("a write that replaces versions its client has not seen") {
  CHECK(siblings_of_two_writes(Flaw::none) == 2);
  CHECK(siblings_of_two_writes(Flaw::drops_siblings) == 1);
}

}  // namespace
}  // namespace faultline::quorum
