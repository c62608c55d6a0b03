// What settle() derives, notes and refuses, and what claims() promises.
#include <string>

#include <doctest/doctest.h>

#include <faultline/chain_replication/chain_replication.hpp>

namespace faultline::chain_replication {
namespace {

using namespace std::chrono_literals;

struct Settled {
  explicit Settled(Parameters given = {}, std::size_t nodes = 4) : parameters(given) {
    ServiceView view;
    view.nodes.resize(nodes);
    ChainReplication::settle(parameters, view, settlement);
    claims = ChainReplication::claims(parameters, view);
  }
  bool noted(const std::string& words) const {
    for (const std::string& note : settlement.notes) {
      if (note.find(words) != std::string::npos) return true;
    }
    return false;
  }
  std::string problem() const {
    return settlement.problems.empty() ? "" : settlement.problems.front().parameter;
  }
  Parameters parameters;
  Settlement settlement;
  Claims claims;
};

TEST_CASE("the chain is all nodes but the view service") {
  const Settled settled;
  CHECK(settled.problem().empty());
  CHECK(settled.parameters.length == 3);
  CHECK(settled.noted("length: 3, all other nodes"));
  CHECK(Settled({}, 30).parameters.length == 16);
}

TEST_CASE("a lease is as long as the view service's patience, and not longer") {
  Parameters given;
  given.dead_after = 3s;
  CHECK(Settled(given).parameters.lease == Duration(3s));
  CHECK(Settled(given).noted("lease: 3s follows from dead_after"));
  given.lease = 4s;
  CHECK(Settled(given).problem() == "lease");
  given.lease = 0s;
  CHECK(Settled(given).problem().empty());
}

TEST_CASE("what cannot be is a problem, named by its parameter") {
  Parameters given;
  given.length = 4;
  CHECK(Settled(given).problem() == "length");
  given = {};
  given.view_service = 4;
  CHECK(Settled(given).problem() == "view_service");
  CHECK(Settled({}, 1).problem() == "view_service");
  given = {};
  given.heartbeat = given.dead_after;
  CHECK(Settled(given).problem() == "heartbeat");
}

TEST_CASE("eventual reads favour latency, all others consistency") {
  Parameters given;
  CHECK(Settled(given).claims.otherwise == Claims::Else::consistency);
  given.reads = Reads::any;
  CHECK(Settled(given).claims.otherwise == Claims::Else::consistency);
  given.reads = Reads::any_eventual;
  CHECK(Settled(given).claims.otherwise == Claims::Else::latency);
  CHECK(Settled(given).claims.on_partition == Claims::Partition::consistency);
}

TEST_CASE("the flaws are no parameters") {
  CHECK(ChainReplication::parameters().find("flaw") == nullptr);
}

TEST_CASE("every parameter can be written and read back") {
  const ParameterList& list = ChainReplication::parameters();
  const Settled settled;
  Parameters copy;
  for (const ParameterInfo& info : list.info()) {
    const ParameterValue value = list.read(&settled.parameters, info.name);
    CHECK_FALSE(std::holds_alternative<std::monostate>(value));
    list.assign(&copy, info.name, value, ".");
    CHECK(list.read(&copy, info.name) == value);
  }
}

}  // namespace
}  // namespace faultline::chain_replication
