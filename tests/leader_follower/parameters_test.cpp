// What follows from which parameter, what cannot be, and what is promised.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cluster.hpp"

namespace faultline::leader_follower {
namespace {

struct Settled {
  Parameters parameters;
  Settlement out;
  Claims claims;
};

Settled settle(Parameters parameters, std::size_t nodes = 5) {
  ServiceView view;
  view.nodes.resize(nodes);
  Settled settled;
  LeaderFollower::settle(parameters, view, settled.out);
  settled.parameters = parameters;
  settled.claims = LeaderFollower::claims(parameters, view);
  return settled;
}

std::vector<std::string> problems(const Parameters& parameters, std::size_t nodes = 5) {
  std::vector<std::string> names;
  for (const auto& problem : settle(parameters, nodes).out.problems) {
    names.push_back(problem.parameter);
  }
  return names;
}

TEST_CASE("else: consistency makes writes wait for a majority and reads go to the leader") {
  const Settled settled = settle({});
  CHECK(settled.parameters.replication == Replication::semi_synchronous);
  CHECK(settled.parameters.acks == 2);
  CHECK(settled.parameters.read_from == ReadFrom::leader);
  CHECK(settled.claims.on_partition == Claims::Partition::consistency);
  CHECK(settled.claims.otherwise == Claims::Else::consistency);
  CHECK(settled.out.notes.size() == 4);
  CHECK(settled.out.problems.empty());
}

TEST_CASE("else: latency makes writes wait for nobody and reads go to the nearest") {
  Parameters parameters;
  parameters.otherwise = Else::latency;
  const Settled settled = settle(parameters);
  CHECK(settled.parameters.replication == Replication::asynchronous);
  CHECK(settled.parameters.read_from == ReadFrom::nearest);
  CHECK(settled.claims.otherwise == Claims::Else::latency);
  CHECK(LeaderFollower::contact(settled.parameters) == Contact::nearest);
}

TEST_CASE("what is given is left alone, and claims follow what is, not what was wished") {
  Parameters parameters;
  parameters.replication = Replication::asynchronous;
  const Settled settled = settle(parameters);
  CHECK(settled.parameters.read_from == ReadFrom::leader);
  CHECK(settled.claims.otherwise == Claims::Else::latency);  // an acknowledged write may be lost
  parameters.replication = Replication::synchronous;
  CHECK(settle(parameters).claims.otherwise == Claims::Else::consistency);
  parameters.on_partition = OnPartition::availability;
  CHECK(settle(parameters).claims.on_partition == Claims::Partition::availability);
  parameters.read_from = ReadFrom::any;
  CHECK(LeaderFollower::contact(parameters) == Contact::random);
}

TEST_CASE("combinations that cannot be") {
  Parameters parameters;
  parameters.acks = 5;
  CHECK(problems(parameters) == std::vector<std::string>{"acks"});
  parameters = {};
  parameters.replication = Replication::asynchronous;
  parameters.acks = 1;
  CHECK(problems(parameters) == std::vector<std::string>{"acks"});
  parameters = {};
  parameters.replication = Replication::synchronous;
  parameters.acks = 3;
  CHECK(problems(parameters) == std::vector<std::string>{"acks"});
  parameters = {};
  parameters.on_partition = OnPartition::availability;
  parameters.failover = Failover::none;
  CHECK(problems(parameters) == std::vector<std::string>{"failover"});
  parameters = {};
  parameters.on_partition = OnPartition::availability;
  parameters.sessions = Sessions::wait;
  CHECK(problems(parameters) == std::vector<std::string>{"sessions"});
  parameters = {};
  parameters.first_leader = 5;
  CHECK(problems(parameters) == std::vector<std::string>{"first_leader"});
  parameters = {};
  parameters.election_timeout_max = 500ms;
  CHECK(problems(parameters) == std::vector<std::string>{"election_timeout_max"});
  parameters = {};
  parameters.heartbeat = 1s;
  CHECK(problems(parameters) == std::vector<std::string>{"heartbeat"});
  parameters = {};
  parameters.lease = 1001ms;
  CHECK(problems(parameters) == std::vector<std::string>{"lease"});
}

TEST_CASE("every parameter can be written and read back") {
  const ParameterTable<Parameters>& table = LeaderFollower::parameters();
  Parameters parameters;
  for (const ParameterInfo& info : table.info()) {
    CAPTURE(info.name);
    CHECK_FALSE(info.sentence.empty());
    for (const auto& choice : info.choices) {
      table.assign(&parameters, info.name, choice.name);
      CHECK(table.read(&parameters, info.name) == ParameterValue(choice.name));
    }
  }
  CHECK(table.find("replication") != nullptr);
}

}  // namespace
}  // namespace faultline::leader_follower
