// What hunts are made of: schedules that scenarios accept, and steps to smaller scenarios.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include <faultline/experiment/hunt.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/reader.hpp>

namespace faultline {
namespace {

const char* const text = R"({
  "duration": "10s", "warmup": "1s",
  "topology": {"regions": {"here": 2, "there": {"hosts": 3}},
               "links": [{"between": ["here", "there"], "latency": "5ms"}]},
  "services": {"store": {"model": "quorum", "replicas": 3}},
  "workloads": {
    "readers": {"target": "store", "arrivals": {"poisson": "200/s"}, "keys": {"count": 9}},
    "writers": {"target": "store"}
  },
  "faults": [{"at": "2s", "for": "1s", "crash": "store/1"}]
})";

Scenario scenario_of(const Json& json) {
  return read_scenario(Document::parse(json.dump(), "test.json"), catalog(), ".");
}

TEST_CASE("every random schedule is one that scenarios accept, and no two are alike") {
  const Json base = Document::parse(text, "test.json").root();
  const Scenario scenario = scenario_of(base);
  Hazards hazards;
  hazards.clock = hazards.lost_disk = true;
  std::set<std::string> schedules;
  std::set<std::string> kinds;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Json faults = random_faults(scenario, hazards, seed);
    CAPTURE(faults.dump());
    CHECK(faults.size() >= 1);
    CHECK(faults.size() <= hazards.most);
    CHECK(faults == random_faults(scenario, hazards, seed));
    Json with = base;
    with["faults"] = faults;
    CHECK(scenario_of(with).faults.size() == faults.size());
    schedules.insert(faults.dump());
    for (const Json& fault : faults) {
      for (const auto& item : fault.items()) kinds.insert(item.key());
    }
  }
  CHECK(schedules.size() == 300);
  CHECK(kinds == std::set<std::string>{"at", "for", "crash", "partition", "one_way", "pause",
                                       "link", "clock"});
}

TEST_CASE("only chosen hazards are thrown") {
  const Scenario scenario = scenario_of(Document::parse(text, "test.json").root());
  Hazards hazards{false, false, false, false, false, false, 4};
  CHECK(random_faults(scenario, hazards, 1).empty());
  CHECK(set_hazard(hazards, "pause"));
  CHECK_FALSE(set_hazard(hazards, "meteor"));
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Json& fault : random_faults(scenario, hazards, seed)) CHECK(fault.contains("pause"));
  }
}

TEST_CASE("each smaller scenario differs in one thing, and shrinking ends") {
  const Json base = Document::parse(text, "test.json").root();
  const std::vector<Json> smaller = smaller_scenarios(base);
  const auto found = [&](const char* pointer, const Json& value) {
    return std::any_of(smaller.begin(), smaller.end(), [&](const Json& each) {
      const Json::json_pointer place(pointer);
      return value.is_null() ? !each.contains(place) : each.contains(place) && each[place] == value;
    });
  };
  CHECK(found("/faults/0", nullptr));
  CHECK(found("/faults/0/for", "0.5s"));
  CHECK(found("/duration", "5s"));
  CHECK(found("/warmup", nullptr));
  CHECK(found("/workloads/writers", nullptr));
  CHECK(found("/workloads/readers/arrivals/poisson", "100/s"));
  CHECK(found("/workloads/readers/keys/count", 4));
  CHECK(found("/topology/regions/here", 1));
  CHECK(found("/topology/regions/there/hosts", 2));
  CHECK(found("/topology/regions/there", nullptr));
  for (const Json& each : smaller) CHECK(each != base);

  Json last = base;
  std::size_t steps = 0;
  for (std::vector<Json> next = smaller; !next.empty() && steps < 1000; ++steps) {
    last = next.front();
    next = smaller_scenarios(last);
  }
  CHECK(steps < 200);
  CHECK(last["workloads"].size() == 1);
  CHECK(last["topology"]["regions"].size() == 1);
}

}  // namespace
}  // namespace faultline
