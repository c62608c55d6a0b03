// What follows from which parameter, what cannot be, and how schedules are read.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::raft {
namespace {

struct Settled {
  Parameters parameters;
  Settlement out;
};

Settled settle(Parameters parameters, std::size_t nodes = 5) {
  ServiceView view;
  view.nodes.resize(nodes);
  Settled settled;
  Raft::settle(parameters, view, settled.out);
  settled.parameters = parameters;
  return settled;
}

/// The one parameter that is complained of, and why.
std::string problem(const Parameters& parameters, std::size_t nodes = 5) {
  const Settled settled = settle(parameters, nodes);
  REQUIRE(settled.out.problems.size() == 1);
  return settled.out.problems.front().parameter + ": " + settled.out.problems.front().message;
}

TEST_CASE("defaults fit together, and everybody is a member") {
  const Settled settled = settle({});
  CHECK(settled.out.problems.empty());
  CHECK(settled.out.notes.empty());
  CHECK(settled.parameters.initial_members == 5);
  CHECK(settled.parameters.lease == settled.parameters.election_timeout_min);
  CHECK(Raft::claims(settled.parameters, {}).on_partition == Claims::Partition::consistency);
}

TEST_CASE("schedules say when and who") {
  Parameters parameters;
  parameters.initial_members = 3;
  parameters.reconfigure = "10s: 0 1 2 3 4; 1min : 2 3  4 ;";
  parameters.transfer = "500ms: 2";
  const Settled settled = settle(parameters);
  CHECK(settled.out.problems.empty());
  const auto& changes = settled.parameters.reconfigurations;
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].at == 10s);
  CHECK(changes[0].members == Members::first(5));
  CHECK(changes[1].at == 1min);
  CHECK(changes[1].members.size() == 3);
  CHECK_FALSE(changes[1].members.has(1));
  REQUIRE(settled.parameters.transfers.size() == 1);
  CHECK(settled.parameters.transfers[0].at == 500ms);
  CHECK(settled.parameters.transfers[0].to == 2);
  ServiceView view;
  for (std::uint32_t node = 0; node < 5; ++node) view.nodes.push_back(EndpointId{node});
  CHECK(Raft::replica_nodes(settled.parameters, view, 1) ==
        std::vector{EndpointId{2}, EndpointId{3}, EndpointId{4}});
}

TEST_CASE("combinations that cannot be") {
  Parameters parameters;
  SUBCASE("members that are not there") {
    parameters.initial_members = 6;
    CHECK(problem(parameters) == "initial_members: there are 5 nodes (1 to 5)");
  }
  SUBCASE("a first candidate that is no member") {
    parameters.initial_members = 3;
    parameters.first_candidate = 3;
    CHECK(problem(parameters) == "first_candidate: is not a member at the start (-1 to 2)");
  }
  SUBCASE("timeouts the wrong way round") {
    parameters.election_timeout_max = 500ms;
    CHECK(problem(parameters) ==
          "election_timeout_max: is below election_timeout_min (at least 1s)");
  }
  SUBCASE("heartbeats too far apart") {
    parameters.heartbeat = 1s;
    CHECK(problem(parameters) ==
          "heartbeat: every pause would start an election (below election_timeout_min, 1s)");
  }
  SUBCASE("a lease longer than the followers' promise") {
    parameters.reads = Reads::lease;
    parameters.lease = 1001ms;
    CHECK(problem(parameters) ==
          "lease: others may be elected before it ends (at most election_timeout_min, 1s)");
  }
  SUBCASE("a lease without the followers' promise") {
    parameters.reads = Reads::lease;
    parameters.check_quorum = false;
    CHECK(problem(parameters) ==
          "check_quorum: a lease rests on followers who do not vote while they hear the leader "
          "(use true)");
  }
  SUBCASE("timestamps without the followers' promise") {
    parameters.reads = Reads::timestamp;
    parameters.check_quorum = false;
    CHECK(problem(parameters) ==
          "check_quorum: a lease rests on followers who do not vote while they hear the leader "
          "(use true)");
  }
  SUBCASE("a look at the past without timestamps") {
    parameters.read_age = 1s;
    CHECK(problem(parameters) ==
          "read_age: only reads by timestamp can look at the past (use reads: timestamp, or 0)");
  }
  SUBCASE("safety ahead without timestamps, or beyond the lease") {
    parameters.safe_ahead = 1500ms;
    CHECK(problem(parameters) ==
          "safe_ahead: only reads by timestamp need it (use reads: timestamp, or 0)");
    parameters.reads = Reads::timestamp;
    CHECK(problem(parameters) ==
          "safe_ahead: a leader can only speak for the time of its lease (at most 1s)");
  }
  SUBCASE("a schedule without a time") {
    parameters.reconfigure = "0 1 2";
    CHECK(problem(parameters) == "reconfigure: \"0 1 2\" has no colon (as in \"10s: 0 1 2\")");
  }
  SUBCASE("a schedule out of order") {
    parameters.reconfigure = "10s: 0 1 2; 5s: 0 1";
    CHECK(problem(parameters) == "reconfigure: times have to ascend");
  }
  SUBCASE("a schedule of nodes that are not there") {
    parameters.transfer = "10s: 5";
    CHECK(problem(parameters) == "transfer: \"5\" is no node (0 to 4)");
  }
  SUBCASE("a schedule of nobody") {
    parameters.transfer = "10s:";
    CHECK(problem(parameters) == "transfer: names no node (as in \"10s: 0 1 2\")");
  }
  SUBCASE("two heirs") {
    parameters.transfer = "10s: 1 2";
    CHECK(problem(parameters) == "transfer: hands over to one node at a time (as in \"10s: 2\")");
  }
}

TEST_CASE("joint consensus needs both majorities") {
  Configuration configuration;
  configuration.members = Members::first(3);
  const auto decided_by = [&](std::vector<std::uint32_t> yes) {
    return configuration.decided([&](std::uint32_t number) {
      return std::find(yes.begin(), yes.end(), number) != yes.end();
    });
  };
  CHECK(decided_by({0, 1}));
  CHECK_FALSE(decided_by({0}));
  for (std::uint32_t number = 2; number < 5; ++number) configuration.next.add(number);
  CHECK_FALSE(decided_by({0, 1}));
  CHECK_FALSE(decided_by({3, 4}));
  CHECK(decided_by({1, 2, 3}));
  CHECK(decided_by({0, 1, 3, 4}));
  const std::vector<Index> match{9, 7, 5, 3, 1};
  CHECK(configuration.reached([&](std::uint32_t number) { return match[number]; }) == 3);
}

TEST_CASE("every choice can be written and read back, and no scenario reaches a flaw") {
  const ParameterTable<Parameters>& table = Raft::parameters();
  Parameters parameters;
  for (const ParameterInfo& info : table.info()) {
    CAPTURE(info.name);
    CHECK_FALSE(info.sentence.empty());
    for (const auto& choice : info.choices) {
      table.assign(&parameters, info.name, choice.name);
      CHECK(table.read(&parameters, info.name) == ParameterValue(choice.name));
    }
  }
  CHECK(table.find("flaw") == nullptr);
}

}  // namespace
}  // namespace faultline::raft
