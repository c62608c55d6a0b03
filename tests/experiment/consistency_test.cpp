// What a result says of consistency.
#include <string>

#include <doctest/doctest.h>

#include "experiment/whole_run.hpp"

namespace faultline::testing {
namespace {

/// Clients on both sides of a cut, at a store that answers from one replica.
std::string weak(const std::string& expectations) {
  return R"({
    "seed": 3, "duration": "12s", "settle": "10s",
    "topology": {"regions": {"near": 2, "far": 1},
                 "links": [{"between": ["near", "far"], "latency": "20ms"}]},
    "services": {"store": {"model": "quorum", "on_partition": "availability", "else": "latency",
                           "anti_entropy": "1s"}},
    "workloads": {"clients": {"target": "store", "from": ["near", "far"], "sessions": 10,
                              "keys": {"uniform": true, "count": 10},
                              "mix": {"get": 0.7, "put": 0.3}, "arrivals": {"poisson": "200/s"}}},
    "faults": [{"at": "4s", "for": "4s", "label": "cut", "partition": [["near"], ["far"]]}],
    "expect": )" +
         expectations + "}";
}

const Json& level(const Json& hierarchy, const std::string& name) {
  for (const Json& each : hierarchy["levels"]) {
    if (each["level"] == name) return each;
  }
  FAIL("no level " << name);
  return hierarchy;
}

}  // namespace

TEST_CASE("a result says which promises of consistency held, and where others broke first") {
  const WholeRun world(weak("[]"));
  const Json result = world.result();
  const Json& hierarchy = result["consistency"]["store"];
  REQUIRE(hierarchy["levels"].size() == 12);
  CHECK(hierarchy["levels"][0]["level"] == "linearizable");
  CHECK(hierarchy["levels"][11]["level"] == "convergence");
  CHECK(hierarchy["implies"].size() > 5);
  for (const Json& each : hierarchy["levels"]) {
    const Json& check = result["checks"][each["level"].get<std::string>()];
    CHECK(each["verdict"] == check["verdict"]);
    CHECK(each["violations"] == check["violations"]);
    if (each["verdict"] != "invalid") continue;
    CHECK(each["at"].get<double>() > 0);
    CHECK(each["at"].get<double>() < 12.1);
    CHECK((each["region"] == "near" || each["region"] == "far"));
  }
  CHECK(level(hierarchy, "linearizable")["verdict"] == "invalid");
  for (const Json& each : hierarchy["levels"]) {
    if (!each["because"].is_string()) continue;
    CHECK(each["verdict"] == level(hierarchy, each["because"])["verdict"]);
  }
  for (const Json& name : hierarchy["strongest"]) {
    CHECK(level(hierarchy, name)["verdict"] == "valid");
  }
  CHECK(level(hierarchy, "convergence")["verdict"] == "valid");
  const Json& staleness = level(hierarchy, "bounded_staleness");
  const Json& all = result["workloads"]["clients"]["phases"]["all"]["staleness"];
  CHECK(staleness["versions"] == all["versions_max"]);
  CHECK(staleness["within"] == all["time_max"]);
}

TEST_CASE("staleness is expected to stay within bounds") {
  const WholeRun world(weak(R"([
      {"check": "bounded_staleness", "within": "10s"},
      {"check": "bounded_staleness", "within": "1ms"},
      {"check": "bounded_staleness", "versions": 10000, "within": "10s"},
      {"check": "bounded_staleness", "versions": 0},
      {"check": "bounded_staleness", "versions": 0, "verdict": "invalid"},
      {"check": "causal"}])"));
  const Json result = world.result();
  const Json& judged = result["expectations"];
  REQUIRE(judged.size() == 6);
  CHECK(judged[0]["met"] == true);
  CHECK(judged[0]["text"] == "bounded_staleness of clients, within 10s: valid");
  CHECK(judged[1]["met"] == false);
  CHECK(judged[2]["met"] == true);
  CHECK(judged[3]["met"] == false);
  CHECK(judged[4]["met"] == true);
  CHECK(judged[5]["value"] == result["checks"]["causal"]["verdict"]);
}

}  // namespace faultline::testing
