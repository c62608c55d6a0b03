// What happens when replicas miss writes: both sides of a cut, hints, repair, crashes and disks.
#include <doctest/doctest.h>

#include <faultline/quorum/quorum.hpp>

#include "model/conversation.hpp"

namespace faultline::quorum {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<Quorum>;

Parameters dynamo() {
  Parameters parameters;
  parameters.on_partition = OnPartition::availability;
  parameters.replicas = 3;
  parameters.timeout = 100ms;
  return parameters;
}

bool all_replicas_hold(Talk& talk, Key key, Value value) {
  for (const EndpointId node : talk.service->replica_nodes(key)) {
    if (talk.held_by(index_of(node), key) != value) return false;
  }
  return true;
}

TEST_CASE("a sloppy quorum accepts on both sides of a cut, and all replicas agree afterwards") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Talk talk(dynamo(), Stage{.nodes = 6, .clients = 2, .seed = seed});
    talk.silent = true;
    talk.network.latency = [](HostId from, HostId to, std::string_view) {
      return from == to ? Duration(0) : Duration(2ms);
    };
    const std::vector<std::size_t> left{0, 1, 2, 6};
    const std::vector<std::size_t> right{3, 4, 5, 7};
    talk.cut(left, right);
    Value value = 0;
    std::vector<OperationId> puts;
    for (Key key = 1; key <= 20; ++key) {
      puts.push_back(talk.put(key % 3, key, ++value, 0));
      talk.run_for(5ms);
      puts.push_back(talk.put(3 + key % 3, key, ++value, 1));
      talk.run_for(5ms);
    }
    talk.run_for(1s);
    for (const OperationId put : puts) CHECK(talk.operation(put).outcome == Outcome::ok);
    CHECK(talk.count(EventKind::hint_stored) > 0);
    talk.heal();
    talk.run_for(10s);
    CHECK(talk.count(EventKind::hint_delivered) > 0);
    for (Key key = 1; key <= 20; ++key) CHECK(all_replicas_hold(talk, key, 2 * key));
    for (std::size_t node = 0; node < 6; ++node) CHECK(talk.node(node)->hints().empty());
    // The left side's writes were acknowledged and lost to the later ones of the right side.
    CHECK(talk.count(EventKind::conflict) > 0);
  }
}

TEST_CASE("a strict quorum refuses where it cannot be") {
  Parameters parameters = dynamo();
  parameters.sloppy = false;
  Talk talk(parameters, Stage{.nodes = 3});
  talk.cut({0}, {1, 2});
  talk.cut({3}, {1, 2});
  const OperationId first = talk.put(0, 1, 1);
  const OperationId read = talk.get(0, 1);
  talk.run_for(200ms);
  CHECK(talk.operation(first).outcome == Outcome::unknown);  // its own replica has it
  CHECK(talk.operation(first).error == Error::timeout);
  CHECK(talk.operation(read).outcome == Outcome::failed);
  CHECK(talk.operation(read).error == Error::unavailable);
  const OperationId second = talk.put(0, 1, 2);
  talk.run_for(50ms);
  CHECK(talk.operation(second).outcome == Outcome::failed);  // refused before anything was sent
  CHECK(talk.held_by(0, 1) == 1);
  talk.heal();
  talk.run_for(2s);
  const OperationId third = talk.put(0, 1, 3);
  talk.run_for(200ms);
  CHECK(talk.operation(third).outcome == Outcome::ok);
}

TEST_CASE("the store of hints is bounded") {
  Parameters parameters = dynamo();
  parameters.most_hints = 5;
  parameters.otherwise = Else::latency;
  Talk talk(parameters, Stage{.nodes = 3});
  talk.crash(2);
  for (Key key = 1; key <= 9; ++key) talk.put(0, key, key);
  talk.run_for(1s);
  CHECK(talk.node(0)->hints().size() == 5);
  CHECK(talk.count(EventKind::hint_stored) == 5);
  CHECK(talk.count(EventKind::hint_dropped) == 4);
}

TEST_CASE("the last writer wins and the other acknowledged write is lost, siblings keep both") {
  for (const Versions versions : {Versions::last_writer_wins, Versions::vector_clocks}) {
    Parameters parameters = dynamo();
    parameters.otherwise = Else::latency;
    parameters.versions = versions;
    Talk talk(parameters, Stage{.nodes = 3, .clients = 2});
    talk.cut({0, 3}, {1, 2, 4});
    const OperationId one = talk.put(0, 7, 1, 0);
    talk.run_for(50ms);
    const OperationId other = talk.put(1, 7, 2, 1);
    talk.run_for(1s);
    CHECK(talk.operation(one).outcome == Outcome::ok);
    CHECK(talk.operation(other).outcome == Outcome::ok);
    talk.heal();
    talk.run_for(5s);
    const OperationId read = talk.get(2, 7, 0);
    talk.run_for(100ms);
    std::set<Value> seen{talk.operation(read).observed};
    for (const Value value : talk.history.siblings(talk.operation(read))) seen.insert(value);
    if (versions == Versions::last_writer_wins) {
      CHECK(seen == std::set<Value>{2});
      CHECK(talk.count(EventKind::lost_write) == 1);
      CHECK(all_replicas_hold(talk, 7, 2));
    } else {
      CHECK(seen == std::set<Value>{1, 2});
      CHECK(talk.count(EventKind::lost_write) == 0);
      CHECK(talk.held_by(0, 7) == talk.held_by(1, 7));
      CHECK(talk.held_by(0, 7) == talk.held_by(2, 7));
    }
    CHECK(talk.count(EventKind::conflict) > 0);
  }
}

TEST_CASE("a slow clock loses writes, unless versions come from a quorum") {
  for (const WriteVersions source : {WriteVersions::clock, WriteVersions::quorum}) {
    Parameters parameters;
    parameters.write_versions = source;
    Stage stage{.nodes = 3};
    stage.clocks = {{}, {-10s, 0}, {}};
    Talk talk(parameters, stage);
    talk.put(0, 7, 1);
    talk.run_for(200ms);
    const OperationId second = talk.put(1, 7, 2);  // ten seconds ago, by node 1's clock
    talk.run_for(200ms);
    const OperationId read = talk.get(2, 7);
    talk.run_for(200ms);
    CHECK(talk.operation(second).outcome == Outcome::ok);
    CHECK(talk.operation(read).observed == (source == WriteVersions::clock ? 1 : 2));
    CHECK(talk.count(EventKind::lost_write) == (source == WriteVersions::clock ? 1 : 0));
  }
}

TEST_CASE("read repair mends what a read finds old, and none does not") {
  for (const ReadRepair repair : {ReadRepair::none, ReadRepair::async, ReadRepair::blocking}) {
    Parameters parameters;
    parameters.read_repair = repair;
    Talk talk(parameters, Stage{.nodes = 3});
    talk.crash(2);
    talk.put(0, 7, 1);
    talk.run_for(200ms);
    talk.boot(2);
    talk.run_for(2s);
    CHECK(talk.held_by(2, 7) == nil);
    talk.get(0, 7);
    talk.run_for(1s);
    CHECK(talk.held_by(2, 7) == (repair == ReadRepair::none ? nil : 1));
    CHECK((talk.count(EventKind::read_repair) > 0) == (repair != ReadRepair::none));
  }
}

TEST_CASE("anti-entropy mends what nobody reads, with bounded messages") {
  Parameters parameters = dynamo();
  parameters.sloppy = false;
  parameters.otherwise = Else::latency;
  parameters.anti_entropy = 1s;
  Talk talk(parameters, Stage{.nodes = 5});
  talk.silent = true;
  talk.cut({0, 1, 2, 5}, {3, 4});
  constexpr Key keys = 2000;
  for (Key key = 1; key <= keys; ++key) talk.put(key % 3, key, key);
  talk.run_for(1s);
  talk.heal();
  talk.run_for(30s);
  for (Key key = 1; key <= keys; ++key) REQUIRE(all_replicas_hold(talk, key, key));
  const std::size_t repaired = talk.count(EventKind::anti_entropy_repair);
  std::size_t missing = 0;
  for (Key key = 1; key <= keys; ++key) {
    for (const EndpointId node : talk.service->replica_nodes(key)) {
      if (index_of(node) >= 3) ++missing;
    }
  }
  CHECK(repaired == missing);
  // Converged: from now on roots are equal and nothing else is said.
  talk.sent_by_name.clear();
  talk.run_for(10s);
  CHECK(talk.sent_by_name["compare tree"] > 0);
  CHECK(talk.sent_by_name["compare leaf"] == 0);
}

TEST_CASE("what a crash leaves of a replica depends on the disk and on what it waits for") {
  struct Case {
    Durability durability;
    DiskFate fate;
    bool survives;
  };
  for (const Case& c : {Case{Durability::memory, DiskFate::kept, false},
                        Case{Durability::write, DiskFate::kept, true},
                        Case{Durability::write, DiskFate::unsynced_lost, false},
                        Case{Durability::fsync, DiskFate::unsynced_lost, true},
                        Case{Durability::fsync, DiskFate::lost, false}}) {
    CAPTURE(static_cast<int>(c.durability));
    CAPTURE(static_cast<int>(c.fate));
    Parameters parameters;
    parameters.durability = c.durability;
    parameters.read_repair = ReadRepair::none;
    Talk talk(parameters, Stage{.nodes = 3, .journaled = true});
    talk.put(0, 7, 1);
    talk.run_for(200ms);
    REQUIRE(talk.node(2)->record(7) != nullptr);
    talk.crash(2, c.fate);
    talk.run_for(100ms);
    talk.boot(2);
    talk.run_for(100ms);
    const Record* record = talk.node(2)->record(7);
    CHECK((record != nullptr) == c.survives);
    if (c.fate != DiskFate::unsynced_lost) CHECK(talk.held_by(2, 7) == (c.survives ? 1 : nil));
  }
}

TEST_CASE("a node that lost its disk gets everything back from its fellows") {
  Parameters parameters = dynamo();
  parameters.anti_entropy = 10s;
  Talk talk(parameters, Stage{.nodes = 5});
  talk.silent = true;
  for (Key key = 1; key <= 300; ++key) talk.put(key % 5, key, key);
  talk.run_for(1s);
  std::size_t own = 0;
  for (Key key = 1; key <= 300; ++key) own += talk.held_by(2, key) != nil ? 1U : 0U;
  CHECK(own > 100);
  talk.crash(2, DiskFate::lost);
  CHECK(talk.held[2].empty());
  talk.run_for(1s);
  talk.boot(2);
  talk.run_for(5s);
  CHECK(talk.held[2].size() == own);
  REQUIRE(talk.count(EventKind::caught_up) == 1);
  for (const auto& event : talk.events) {
    if (event.kind == EventKind::caught_up) CHECK(event.number == own);
  }
}

TEST_CASE("hints outlive a crash of who keeps them") {
  Parameters parameters = dynamo();
  Talk talk(parameters, Stage{.nodes = 4});
  talk.crash(2);
  Key key = 1;
  while (talk.parameters->placement->partition_of(key) != 0) ++key;
  talk.put(0, key, 1);
  talk.run_for(500ms);
  REQUIRE(talk.node(3)->hints().size() == 1);
  talk.crash(3);
  talk.run_for(100ms);
  talk.boot(2);
  talk.boot(3);
  talk.run_for(3s);
  CHECK(talk.held_by(2, key) == 1);
  CHECK(talk.node(3)->hints().empty());
}

TEST_CASE("a paused replica is suspected and trusted again") {
  Talk talk(dynamo(), Stage{.nodes = 4});
  Key key = 1;
  while (talk.parameters->placement->partition_of(key) != 0) ++key;
  talk.service->endpoint(2).pause();
  talk.put(0, key, 1);
  talk.run_for(500ms);
  CHECK(talk.node(0)->suspects(2));
  talk.service->endpoint(2).resume();
  talk.run_for(2s);
  CHECK_FALSE(talk.node(0)->suspects(2));
  CHECK(all_replicas_hold(talk, key, 1));
}

TEST_CASE("a scan reads many keys at once") {
  Talk talk(Parameters{}, Stage{.nodes = 5});
  Endpoint& client = *talk.clients[0];
  std::optional<Response> response;
  Request request;
  request.kind = OperationKind::scan;
  request.key = 1;
  request.length = 50;
  for (Key key = 1; key <= 60; ++key) talk.put(0, key, key);
  talk.run_for(1s);
  const auto ask_for_scan = [](Endpoint& from, EndpointId node, Request what,
                               std::optional<Response>& out) -> Task<> {
    out = co_await call<Node>(from, node, what, 1s);
  };
  client.tasks().spawn(ask_for_scan(client, talk.service->endpoint(0).id(), request, response));
  talk.run_for(100ms);
  REQUIRE(response);
  CHECK(response->outcome == Outcome::ok);
  CHECK(response->size == 50 * 100);
}

}  // namespace
}  // namespace faultline::quorum
