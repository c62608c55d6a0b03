// Histories of quorum stores under random partitions and crashes, judged by the checks: the
// settings of ABD are linearizable, and each of its parts is needed.
#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>
#include <faultline/quorum/quorum.hpp>

#include "model/conversation.hpp"

namespace faultline::quorum {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<Quorum>;

struct Chaos {
  std::size_t nodes = 3;
  bool partitions = true;
  bool crashes = true;
  bool power_losses = false;
  bool skew = false;
  double loss = 0;
};

struct Aftermath {
  CheckResult linearizable;
  std::size_t ok = 0;
  std::size_t operations = 0;
};

void change_fate(Talk& talk, const Chaos& chaos, RandomStream& random, std::vector<bool>& up) {
  const std::size_t nodes = chaos.nodes;
  if (chaos.partitions && random.chance(0.5)) {
    talk.heal();
    if (random.chance(0.6)) {
      std::vector<std::size_t> sides[2];
      for (std::size_t node = 0; node < nodes; ++node) sides[random.below(2)].push_back(node);
      talk.cut(sides[0], sides[1]);
    }
  }
  if (chaos.crashes && random.chance(0.4)) {
    const std::size_t node = random.below(nodes);
    if (up[node]) {
      talk.crash(node, chaos.power_losses ? DiskFate::unsynced_lost : DiskFate::kept);
    } else {
      talk.boot(node);
    }
    up[node] = !up[node];
  }
}

Aftermath live_through(const Parameters& given, const Chaos& chaos, std::uint64_t seed) {
  Parameters parameters = given;
  parameters.timeout = 60ms;
  parameters.hint_retry = 30ms;
  constexpr std::size_t clients = 4;
  Stage stage{.nodes = chaos.nodes, .clients = clients, .seed = seed};
  stage.journaled = chaos.power_losses;
  RandomStream random(seed, "chaos");
  if (chaos.skew) {
    for (std::size_t node = 0; node < chaos.nodes; ++node) {
      stage.clocks.push_back(
          {from_seconds(random.uniform(-0.1, 0.1)), random.uniform(-0.01, 0.01)});
    }
  }
  Talk talk(parameters, stage);
  talk.silent = true;
  talk.patience = 200ms;
  talk.network.loss = chaos.loss;
  talk.network.latency = [&random](HostId from, HostId to, std::string_view) {
    return from == to ? Duration(0) : from_seconds(random.exponential(0.005));
  };
  std::vector<bool> up(chaos.nodes, true);
  std::vector<std::optional<OperationId>> busy(clients);
  Value value = 0;
  for (int step = 0; step < 600; ++step) {
    talk.run_for(from_seconds(random.exponential(0.003)));
    if (step % 25 == 24) change_fate(talk, chaos, random, up);
    const std::size_t client = random.below(clients);
    if (busy[client] && talk.operation(*busy[client]).completed == never) continue;
    const std::size_t node = random.below(chaos.nodes);
    const Key key = 1 + random.below(2);
    busy[client] =
        random.chance(0.5) ? talk.put(node, key, ++value, client) : talk.get(node, key, client);
  }
  talk.run_for(1s);
  Aftermath aftermath;
  aftermath.linearizable = check_linearizable(talk.history);
  aftermath.operations = talk.history.operations.size();
  for (const Operation& operation : talk.history.operations) {
    if (operation.outcome == Outcome::ok) ++aftermath.ok;
  }
  return aftermath;
}

/// How many of `seeds` runs are not linearizable.
int violations(const Parameters& parameters, const Chaos& chaos, std::uint64_t seeds) {
  int invalid = 0;
  std::size_t ok = 0;
  std::size_t operations = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Aftermath aftermath = live_through(parameters, chaos, seed);
    if (aftermath.linearizable.verdict != Verdict::valid) ++invalid;
    ok += aftermath.ok;
    operations += aftermath.operations;
  }
  CHECK(ok > operations / 4);  // most of the time there was something to judge
  return invalid;
}

TEST_CASE("consistency in both cases is linearizable under partitions, crashes and wrong clocks") {
  const Parameters parameters;
  CHECK(violations(parameters, Chaos{.skew = true, .loss = 0.01}, 150) == 0);
  CHECK(violations(parameters, Chaos{.nodes = 5, .skew = true}, 50) == 0);
  SUBCASE("with five replicas") {
    Parameters five;
    five.replicas = 5;
    CHECK(violations(five, Chaos{.nodes = 5, .skew = true, .loss = 0.01}, 50) == 0);
  }
  SUBCASE("with uneven quorums") {
    for (const std::int64_t r : {1, 3}) {
      Parameters uneven;
      uneven.read_quorum = r;
      uneven.write_quorum = 4 - r;
      CHECK(violations(uneven, Chaos{.crashes = false, .skew = true}, 50) == 0);
    }
  }
  SUBCASE("and through power losses if replicas sync") {
    Parameters synced;
    synced.durability = Durability::fsync;
    CHECK(violations(synced, Chaos{.power_losses = true, .skew = true}, 100) == 0);
  }
}

TEST_CASE("every part of it is needed") {
  Parameters parameters;
  Chaos chaos{.nodes = 4, .skew = true};
  std::uint64_t seeds = 40;
  SUBCASE("overlapping quorums") {
    parameters.read_quorum = 1;
    parameters.write_quorum = 1;
  }
  SUBCASE("the write-back of reads") {
    // Rarer than the others: a read sees a write on its way, a later one does not.
    parameters.read_repair = ReadRepair::none;
    chaos = {.loss = 0.1};
    seeds = 200;
  }
  SUBCASE("versions from a quorum, where clocks differ") {
    parameters.write_versions = WriteVersions::clock;
  }
  SUBCASE("strict quorums") { parameters.sloppy = true; }
  SUBCASE("a memory") { parameters.durability = Durability::memory; }
  CHECK(violations(parameters, chaos, seeds) > 0);
}

TEST_CASE("a power loss takes back what was written and not synced") {
  CHECK(violations(Parameters{}, Chaos{.power_losses = true}, 60) > 0);
}

}  // namespace
}  // namespace faultline::quorum
