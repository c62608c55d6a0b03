// What settle() derives, notes and refuses, and what claims() promises.
#include <string>

#include <doctest/doctest.h>

#include <faultline/quorum/quorum.hpp>

namespace faultline::quorum {
namespace {

ServiceView service_of(std::size_t nodes) {
  ServiceView view;
  view.nodes.resize(nodes);
  view.regions.resize(nodes);
  return view;
}

struct Settled {
  Parameters parameters;
  Settlement settlement;
  Claims claims;
  bool noted(const std::string& words) const {
    for (const std::string& note : settlement.notes) {
      if (note.find(words) != std::string::npos) return true;
    }
    return false;
  }
};

Settled settle(Parameters parameters, std::size_t nodes = 5) {
  const ServiceView view = service_of(nodes);
  Settled settled;
  Quorum::settle(parameters, view, settled.settlement);
  settled.parameters = parameters;
  if (settled.settlement.problems.empty()) settled.claims = Quorum::claims(parameters, view);
  return settled;
}

Parameters preferring(OnPartition on_partition, Else otherwise) {
  Parameters parameters;
  parameters.on_partition = on_partition;
  parameters.otherwise = otherwise;
  return parameters;
}

TEST_CASE("consistency in both cases gives the registers of ABD and says so") {
  for (const std::int64_t n : {1, 2, 3, 4, 5}) {
    Parameters given = preferring(OnPartition::consistency, Else::consistency);
    given.replicas = n;
    const Settled settled = settle(given);
    const Parameters& p = settled.parameters;
    CHECK(*p.read_quorum + *p.write_quorum > n);
    CHECK(2 * *p.write_quorum > n);
    CHECK_FALSE(*p.sloppy);
    CHECK(*p.read_repair == ReadRepair::blocking);
    CHECK(*p.write_versions == WriteVersions::quorum);
    CHECK(settled.noted("linearizable, as long as"));
    CHECK(settled.claims.otherwise == Claims::Else::consistency);
    if (n > 1) CHECK(settled.claims.on_partition == Claims::Partition::consistency);
  }
}

TEST_CASE("consistency on partition, else latency: one side writes, reads ask one") {
  const Settled settled = settle(preferring(OnPartition::consistency, Else::latency));
  CHECK(*settled.parameters.replicas == 3);
  CHECK(*settled.parameters.write_quorum == 2);
  CHECK(*settled.parameters.read_quorum == 1);
  CHECK_FALSE(*settled.parameters.sloppy);
  CHECK(settled.claims.on_partition == Claims::Partition::consistency);
  CHECK(settled.claims.otherwise == Claims::Else::latency);
}

TEST_CASE("availability, else latency: one replica for everything") {
  const Settled settled = settle(preferring(OnPartition::availability, Else::latency));
  CHECK(*settled.parameters.write_quorum == 1);
  CHECK(*settled.parameters.read_quorum == 1);
  CHECK(*settled.parameters.sloppy);
  CHECK(*settled.parameters.write_versions == WriteVersions::clock);
  CHECK(settled.claims.on_partition == Claims::Partition::availability);
  CHECK(settled.claims.otherwise == Claims::Else::latency);
}

TEST_CASE("availability, else consistency: Dynamo's own setting") {
  const Settled settled = settle(preferring(OnPartition::availability, Else::consistency));
  CHECK(*settled.parameters.write_quorum == 2);
  CHECK(*settled.parameters.read_quorum == 2);
  CHECK(*settled.parameters.sloppy);
  CHECK(settled.claims.on_partition == Claims::Partition::availability);
  CHECK(settled.claims.otherwise == Claims::Else::consistency);

  SUBCASE("which needs nodes that can stand in") {
    const Settled alone = settle(preferring(OnPartition::availability, Else::consistency), 3);
    CHECK(alone.noted("nobody can stand in"));
    CHECK(alone.claims.on_partition == Claims::Partition::consistency);
  }
}

TEST_CASE("a given quorum decides the other") {
  Parameters given = preferring(OnPartition::availability, Else::consistency);
  given.read_quorum = 1;
  CHECK(*settle(given).parameters.write_quorum == 3);
  given.read_quorum.reset();
  given.write_quorum = 3;
  CHECK(*settle(given).parameters.read_quorum == 1);
  given.write_quorum = 1;
  CHECK(*settle(given).parameters.read_quorum == 3);
}

TEST_CASE("given values win, and contradictions are noted") {
  Parameters given = preferring(OnPartition::consistency, Else::consistency);
  given.read_quorum = 1;
  given.write_quorum = 1;
  given.sloppy = true;
  const Settled settled = settle(given);
  CHECK(settled.settlement.problems.empty());
  CHECK(*settled.parameters.read_quorum == 1);
  CHECK(settled.noted("R + W = 2 <= N = 3: reads may be stale"));
  CHECK(settled.noted("no majority"));
  CHECK(settled.noted("do not meet across a cut"));
  CHECK(settled.noted("not linearizable: R + W <= N"));
  CHECK_FALSE(settled.noted("linearizable, as long as"));
}

TEST_CASE("what cannot be is a problem, named by its parameter") {
  const auto problem_of = [](auto change, std::size_t nodes = 5) {
    Parameters given;
    change(given);
    const Settled settled = settle(given, nodes);
    REQUIRE(settled.settlement.problems.size() == 1);
    return settled.settlement.problems[0].parameter;
  };
  CHECK(problem_of([](Parameters& p) { p.replicas = 6; }) == "replicas");
  CHECK(problem_of([](Parameters& p) { p.read_quorum = 4; }) == "read_quorum");
  CHECK(problem_of([](Parameters& p) { p.write_quorum = 4; }) == "write_quorum");
  CHECK(problem_of([](Parameters& p) { p.read_quorum = 3; }, 2) == "read_quorum");
  CHECK(problem_of([](Parameters& p) { p.handoff_after = p.timeout; }) == "handoff_after");
  CHECK(problem_of([](Parameters& p) {
          p.versions = Versions::vector_clocks;
          p.write_versions = WriteVersions::quorum;
        }) == "write_versions");
}

TEST_CASE("every parameter can be written and read back") {
  const ParameterList& list = Quorum::parameters();
  Settled settled = settle(Parameters{});
  Parameters copy;
  for (const ParameterInfo& info : list.info()) {
    const ParameterValue value = list.read(&settled.parameters, info.name);
    CHECK_FALSE(std::holds_alternative<std::monostate>(value));
    list.assign(&copy, info.name, value, ".");
    CHECK(list.read(&copy, info.name) == value);
  }
}

}  // namespace
}  // namespace faultline::quorum
