// Conversations on record: each is a lesson in a text file beside this one, which a person has
// read. Rewritten with FAULTLINE_REWRITE_GOLDENS=1.
#include "model/conversation.hpp"

#include <doctest/doctest.h>

#include <faultline/quorum/quorum.hpp>

namespace faultline::quorum {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<Quorum>;

#define GOLDEN(name) FAULTLINE_TEST_DIR "/" name ".txt"

/// Node i is 1 + i milliseconds away from everybody, clients are next to every node.
void set_distances(Talk& talk, std::size_t nodes) {
  talk.network.latency = [nodes](HostId from, HostId to, std::string_view) -> Duration {
    if (from == to || std::max(index_of(from), index_of(to)) >= nodes) return 0ms;
    return 1ms * static_cast<std::int64_t>(1 + std::max(index_of(from), index_of(to)));
  };
}

/// The smallest key whose preference list begins at node `node`, with all nodes in one region.
Key key_at(std::uint32_t node, std::uint32_t nodes) {
  const std::vector<std::uint32_t> regions(nodes, 0);
  const Placement placement(regions);
  Key key = 1;
  while (placement.partition_of(key) != node) ++key;
  return key;
}

TEST_CASE("a write and a read with R = W = 2 of 3") {
  Parameters parameters;
  parameters.read_quorum = 2;
  parameters.write_quorum = 2;
  parameters.read_repair = ReadRepair::async;
  parameters.write_versions = WriteVersions::clock;
  parameters.durability = Durability::memory;
  Talk talk(parameters, Stage{});
  set_distances(talk, 3);
  const Key key = key_at(0, 3);
  talk.note(
      "Node 0 coordinates. The write goes to all three replicas; with the second answer it is "
      "done, the third comes later.");
  talk.put(0, key, 1);
  talk.run_for(50ms);
  talk.note(
      "So does the read. Two answers are enough; the third is only looked at for read repair.");
  talk.get(0, key);
  talk.run_for(50ms);
  talk.note("Node 1 misses a write.");
  talk.cut({0}, {1});
  talk.put(0, key, 2);
  talk.run_for(50ms);
  talk.heal();
  talk.note(
      "Through node 1, a read meets its old version and node 0's new one: the newer is returned, "
      "and node 1 gets it.");
  talk.get(1, key);
  talk.run_for(50ms);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("quorums")));
}

TEST_CASE("ABD: reads write back, writes ask first") {
  Talk talk(Parameters{}, Stage{});
  set_distances(talk, 3);
  const Key key = key_at(0, 3);
  talk.note("A write in two rounds: what is the newest version? Then a newer one.");
  talk.put(0, key, 1);
  talk.run_for(50ms);
  talk.note("Two replicas have the same: a read needs one round.");
  talk.get(0, key);
  talk.run_for(50ms);
  talk.note("A write reaches its coordinator and nobody else: nobody knows whether it happened.");
  const OperationId half = talk.put(0, key, 2);
  talk.run_for(5ms);
  talk.cut({0}, {1, 2});
  talk.run_for(600ms);
  CHECK(talk.operation(half).outcome == Outcome::unknown);
  talk.note("A coordinator that suspects the others refuses at once, and certainly.");
  const OperationId refused = talk.put(0, key, 3);
  talk.run_for(1ms);
  CHECK(talk.operation(refused).outcome == Outcome::failed);
  talk.heal();
  talk.run_for(1s);
  talk.note(
      "A read that sees the half-done write finishes it before it returns: the second round.");
  talk.get(0, key);
  talk.run_for(50ms);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("abd")));
}

TEST_CASE("a sloppy quorum hands over") {
  Parameters parameters;
  parameters.on_partition = OnPartition::availability;
  parameters.replicas = 3;
  parameters.write_quorum = 2;
  parameters.read_quorum = 2;
  parameters.timeout = 100ms;
  parameters.durability = Durability::memory;
  Talk talk(parameters, Stage{.nodes = 4});
  set_distances(talk, 4);
  const Key key = key_at(0, 4);
  talk.note(
      "Replicas are nodes 0, 1 and 2; node 2 is down. Two answer, so the write is done. When node "
      "2 is still silent, node 3 gets a hint for it.");
  talk.crash(2);
  talk.put(0, key, 1);
  talk.run_for(90ms);
  talk.note("From now on node 0 suspects node 2 and turns to node 3 at once.");
  talk.put(0, key, 2);
  talk.run_for(50ms);
  talk.note("Node 2 is back: it answers a ping and gets what it missed.");
  talk.boot(2);
  talk.run_for(2s);
  CHECK(talk.held_by(2, key) == 2);
  CHECK(talk.node(3)->hints().empty());
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("handoff")));
}

TEST_CASE("vector clocks keep what nobody has replaced") {
  Parameters parameters;
  parameters.on_partition = OnPartition::availability;
  parameters.otherwise = Else::latency;
  parameters.versions = Versions::vector_clocks;
  parameters.timeout = 100ms;
  parameters.durability = Durability::memory;
  Talk talk(parameters, Stage{.clients = 2});
  set_distances(talk, 3);
  const Key key = key_at(0, 3);
  talk.quiet = {"ping", "pong", "stored"};
  talk.note("Two clients write on two sides of a cut.");
  talk.cut({0}, {1, 2});
  talk.put(0, key, 1, 0);
  talk.put(1, key, 2, 1);
  talk.run_for(200ms);
  talk.heal();
  talk.run_for(3s);
  talk.note("Neither knew of the other: a read returns both.");
  talk.get(2, key, 0);
  talk.run_for(50ms);
  talk.note("A client that has read both writes: its version replaces both.");
  talk.put(2, key, 3, 0);
  talk.run_for(50ms);
  talk.get(1, key, 1);
  talk.run_for(50ms);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("siblings")));
}

TEST_CASE("anti-entropy compares trees from the root down") {
  Parameters parameters;
  parameters.on_partition = OnPartition::availability;
  parameters.otherwise = Else::latency;
  parameters.sloppy = false;
  parameters.read_repair = ReadRepair::none;
  parameters.anti_entropy = 10s;
  parameters.durability = Durability::write;
  Talk talk(parameters, Stage{.nodes = 2});
  set_distances(talk, 2);
  talk.note("Node 1 is down and misses a write; there are no hints and nobody reads.");
  talk.crash(1);
  const Key key = key_at(0, 2);
  talk.put(0, key, 1);
  talk.run_for(50ms);
  talk.note(
      "When it is back it compares its trees with node 0's: of one partition nothing differs, of "
      "the other one leaf does.");
  talk.boot(1);
  talk.run_for(100ms);
  CHECK(talk.held_by(1, key) == 1);
  CHECK(testing::matches_golden(talk.transcript(), GOLDEN("anti_entropy")));
}

}  // namespace
}  // namespace faultline::quorum
