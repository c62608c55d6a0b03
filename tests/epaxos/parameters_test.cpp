// What follows from which parameter, and what cannot be.
#include <string>

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::epaxos {
namespace {

Settlement settle(Parameters parameters, std::size_t nodes = 5) {
  ServiceView view;
  view.nodes.resize(nodes);
  Settlement out;
  Epaxos::settle(parameters, view, out);
  return out;
}

std::string problem(const Parameters& parameters, std::size_t nodes = 5) {
  const Settlement out = settle(parameters, nodes);
  REQUIRE(out.problems.size() == 1);
  return out.problems.front().parameter + ": " + out.problems.front().message;
}

TEST_CASE("defaults fit together") {
  const Settlement out = settle({});
  CHECK(out.problems.empty());
  CHECK(out.notes.empty());
  CHECK(Epaxos::claims({}, {}).on_partition == Claims::Partition::consistency);
  CHECK(Epaxos::contact({}) == Contact::nearest);
}

TEST_CASE("combinations that cannot be") {
  Parameters parameters;
  SUBCASE("more replicas than a message has room for") {
    CHECK(problem(parameters, 10) == "fast_quorum: a cluster has at most 9 replicas, not 10");
  }
  SUBCASE("acknowledged at commit, where a recovery may have to guess sequence numbers") {
    parameters.acknowledge = Acknowledge::commit;
    CHECK(settle(parameters, 3).problems.empty());
    CHECK(problem(parameters) ==
          "acknowledge: a write that is only committed may be executed behind a later one, if a "
          "fast quorum of 3 of 5 has been recovered (use execution, or fast_quorum: simple)");
    parameters.fast_quorum = FastQuorum::simple;
    CHECK(settle(parameters).problems.empty());
  }
  SUBCASE("suspicion sooner than a sign of life") {
    parameters.suspect_after = parameters.heartbeat;
    CHECK(problem(parameters) ==
          "heartbeat: everybody would be suspected between two of them (below suspect_after, "
          "100ms)");
  }
  SUBCASE("two replicas are a warning") { CHECK(settle(parameters, 2).notes.size() == 1); }
}

}  // namespace
}  // namespace faultline::epaxos
