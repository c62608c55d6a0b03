// What follows from which parameter, and what cannot be.
#include <string>

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::multi_paxos {
namespace {

struct Settled {
  Parameters parameters;
  Settlement out;
};

Settled settle(Parameters parameters, std::size_t nodes = 5) {
  ServiceView view;
  view.nodes.resize(nodes);
  Settled settled;
  MultiPaxos::settle(parameters, view, settled.out);
  settled.parameters = parameters;
  return settled;
}

/// The one parameter that is complained of, and why.
std::string problem(const Parameters& parameters, std::size_t nodes = 5) {
  const Settled settled = settle(parameters, nodes);
  REQUIRE(settled.out.problems.size() == 1);
  return settled.out.problems.front().parameter + ": " + settled.out.problems.front().message;
}

TEST_CASE("by default quorums are majorities") {
  for (std::size_t nodes = 1; nodes <= 9; ++nodes) {
    CAPTURE(nodes);
    const Settled settled = settle({}, nodes);
    CHECK(settled.out.problems.empty());
    CHECK(settled.out.notes.empty());
    const auto half = static_cast<std::int64_t>(nodes / 2);
    CHECK(settled.parameters.election_quorum == half + 1);
    CHECK(settled.parameters.replication_quorum == half + 1);
    CHECK(settled.parameters.lease == settled.parameters.election_timeout_min);
  }
  CHECK(MultiPaxos::claims({}, {}).on_partition == Claims::Partition::consistency);
}

TEST_CASE("the quorum that is not given is just large enough to meet the other") {
  Parameters parameters;
  parameters.replication_quorum = 2;
  Settled settled = settle(parameters);
  CHECK(settled.parameters.election_quorum == 4);
  CHECK(settled.out.notes ==
        std::vector<std::string>{"election_quorum: 4 follows from replication_quorum"});
  parameters = {};
  parameters.election_quorum = 5;
  settled = settle(parameters);
  CHECK(settled.parameters.replication_quorum == 1);
  CHECK(settled.out.notes ==
        std::vector<std::string>{"replication_quorum: 1 follows from election_quorum"});
}

TEST_CASE("quorums have to meet, of one phase with the other") {
  Parameters parameters;
  for (std::int64_t election = 1; election <= 5; ++election) {
    for (std::int64_t replication = 1; replication <= 5; ++replication) {
      parameters.election_quorum = election;
      parameters.replication_quorum = replication;
      CAPTURE(election);
      CAPTURE(replication);
      CHECK(settle(parameters).out.problems.empty() == (election + replication > 5));
    }
  }
  parameters.election_quorum = 3;
  parameters.replication_quorum = 2;
  CHECK(problem(parameters) ==
        "election_quorum: a quorum of 3 need not meet one of 2 among 5 nodes, and a new leader "
        "could miss what is chosen (at least 4 with this replication_quorum)");
}

TEST_CASE("combinations that cannot be") {
  Parameters parameters;
  SUBCASE("a quorum of more than all") {
    parameters.replication_quorum = 6;
    CHECK(problem(parameters) == "replication_quorum: there are 5 nodes (1 to 5)");
  }
  SUBCASE("a first candidate that is no node") {
    parameters.first_candidate = 5;
    CHECK(problem(parameters) == "first_candidate: is no node (-1 to 4)");
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
  SUBCASE("a lease longer than others wait") {
    parameters.reads = Reads::lease;
    parameters.lease = 1001ms;
    CHECK(problem(parameters) ==
          "lease: others may be elected before it ends (at most election_timeout_min, 1s)");
  }
  SUBCASE("too many nodes") {
    CHECK(problem(parameters, 65) == "election_quorum: a cluster has at most 64 nodes, not 65");
  }
}

TEST_CASE("every choice can be written and read back, and no scenario reaches a flaw") {
  const ParameterTable<Parameters>& table = MultiPaxos::parameters();
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
}  // namespace faultline::multi_paxos
