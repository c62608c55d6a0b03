// The reader of scenarios, with a made-up model: what the sketch of the format means, every kind of
// bad input against golden messages, and that the scenario as run says everything.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/scenario/reader.hpp>

#include "close_to.hpp"
#include "scenario/golden.hpp"
#include "scenario/made_up.hpp"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const fs::path folder = FAULTLINE_TEST_DIR;

Scenario read(const Document& document) {
  return read_scenario(document, made_up_catalog(), folder.string());
}
Scenario read_text(const std::string& text) { return read(Document::parse(text, "x.json")); }

std::string problems_of(const std::string& text, const std::string& name = "x.json") {
  try {
    read(Document::parse(text, name));
    return "fine\n";
  } catch (const BadInput& error) {
    return std::string(error.what()) + "\n";
  }
}

/// The sketch with one value changed, as --set does it.
std::string problems_with(const std::string& pointer, const std::string& value) {
  try {
    Document document = Document::read((folder / "sketch.json").string());
    document.set(pointer, value);
    read(document);
    return "fine";
  } catch (const BadInput& error) {
    return error.what();
  }
}

/// A small scenario around the given members of the top level.
std::string small(const std::string& more) {
  return R"({"topology": {"regions": {"a": 2, "b": 2}, "links": [{"between": ["a", "b"],
             "latency": "1ms"}]},
             "services": {"s": {"model": "quorum"}}, "workloads": {"w": {}}, )" +
         more + "}";
}

TEST_CASE("the sketch of the format reads completely") {
  const Scenario scenario = read(Document::read((folder / "sketch.json").string()));
  CHECK(scenario.name == "A quorum store cut in two");
  CHECK(scenario.seed == 7);
  CHECK(scenario.duration == 60s);
  CHECK(scenario.warmup == 5s);

  const Topology& topology = scenario.topology;
  CHECK(topology.regions == std::vector<std::string>{"us-east", "eu-west"});
  REQUIRE(topology.hosts.size() == 7);  // with a host for each region's clients
  CHECK(topology.hosts[0].name == "us-east/0");
  CHECK(topology.hosts[4].name == "eu-west/1");
  CHECK(topology.hosts[4].region == 1);
  CHECK(topology.hosts[0].settings.disk.fsync.to_string(Unit::duration) == "lognormal(500us, 0.3)");
  CHECK(topology.hosts[3].settings.disk.fsync.to_string(Unit::duration) == "500us");
  CHECK(scenario.client_hosts == std::vector<HostId>{HostId{5}, HostId{6}});
  CHECK(topology.within_zone.latency.to_string(Unit::duration) == "lognormal(250us, 0.3)");
  CHECK(topology.between_zones.bandwidth == 1.25e9);
  REQUIRE(topology.links.size() == 1);
  CHECK(topology.links[0].path.latency.to_string(Unit::duration) == "normal(40ms, 2ms)");
  CHECK(topology.links[0].path.loss == 0.0001);

  REQUIRE(scenario.services.size() == 1);
  const ServiceSettings& store = scenario.services[0];
  CHECK(store.model->name() == "quorum");
  // In turn from each place.
  CHECK(store.hosts == std::vector<HostId>{HostId{0}, HostId{3}, HostId{1}, HostId{4}, HostId{2}});
  const auto& parameters = *static_cast<const MadeUp::Parameters*>(store.parameters.get());
  CHECK(parameters.replicas == 5);
  CHECK(parameters.read_quorum == 3);
  CHECK(parameters.timeout == 200ms);

  REQUIRE(scenario.workloads.size() == 1);
  const WorkloadSettings& shoppers = scenario.workloads[0];
  CHECK(shoppers.target == "store");
  CHECK(shoppers.from == std::vector<std::pair<std::uint32_t, double>>{{0, 0.7}, {1, 0.3}});
  CHECK(std::get<PoissonArrivals>(shoppers.arrivals).rate == 2000);
  CHECK(shoppers.keys.kind == KeySettings::Kind::zipfian);
  CHECK(shoppers.keys.count == 100000);
  CHECK(shoppers.mix == std::array<double, operation_kinds>{0.95, 0.05});
  CHECK(shoppers.retry.attempts == 3);
  CHECK(shoppers.retry.backoff == Backoff::full_jitter);
  CHECK(shoppers.stop == Time{60s});

  REQUIRE(scenario.faults.size() == 2);
  CHECK(scenario.faults[0].label == "partition");
  CHECK(scenario.faults[0].what == "us-east | eu-west");
  CHECK(scenario.faults[0].at == Time{20s});
  CHECK(scenario.faults[0].length == 15s);
  const auto& partition = std::get<PartitionFault>(scenario.faults[0].fault);
  REQUIRE(partition.groups.size() == 2);
  CHECK(partition.groups[0] ==  // with the clients of the region
        std::vector<HostId>{HostId{0}, HostId{1}, HostId{2}, HostId{5}});
  CHECK(scenario.faults[1].label == "crash store/1");
  const auto& crash = std::get<CrashFault>(scenario.faults[1].fault);
  REQUIRE(crash.nodes.size() == 1);
  CHECK(crash.nodes[0].number == 1);
  CHECK(crash.disk == DiskFate::kept);

  REQUIRE(scenario.expectations.size() == 2);
  CHECK(scenario.expectations[0].text == "latency.p99 of shoppers, before: below 120ms");
  CHECK(scenario.expectations[0].below == close_to(0.12));
  CHECK(scenario.expectations[1].check == "linearizable");
  CHECK(scenario.expectations[1].verdict == "valid");
}

TEST_CASE("bad scenarios are told what is wrong, word for word") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "problems")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 10);
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    std::string told = problems_of(file_text(file), file.filename().string());
    // Other files are named as they are seen from the scenario.
    const std::string prefix = folder.string() + "/";
    for (auto at = told.find(prefix); at != told.npos; at = told.find(prefix, at)) {
      told.erase(at, prefix.size());
    }
    CHECK(told != "fine\n");
    check_golden(fs::path(file).replace_extension(".txt"), told);
  }
}

TEST_CASE("problems are in order of place, and their number is bounded") {
  std::string text = small("\"faults\": [");
  text.pop_back();
  for (int i = 0; i < 5000; ++i) text += "{\"at\": -1, \"nothing\": 0},\n";
  text += "{}]}";
  try {
    read_text(text);
    FAIL("was taken");
  } catch (const BadInput& error) {
    const auto& problems = error.problems();
    REQUIRE(problems.size() == most_problems + 1);
    CHECK(std::is_sorted(problems.begin(), problems.end() - 1, [](const auto& a, const auto& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    }));
    CHECK(problems.back().text() == "x.json: and 14902 more problems (mend these first)");
  }
}

TEST_CASE("ten megabytes of problems are told in no time") {
  const auto repeated = [](const std::string& head, const std::string& part, std::size_t times,
                           const std::string& tail) {
    const auto hash = part.find('#');  // stands for a number
    std::string text = head;
    for (std::size_t i = 0; i < times; ++i) {
      text += part.substr(0, hash);
      if (hash != part.npos) text += std::to_string(i) + part.substr(hash + 1);
    }
    return text + tail;
  };
  // Unknown keys, in as many objects as fit; unknown names; a list that is far too long.
  CHECK(problems_of(repeated(small("\"expect\": [").substr(0, small("\"expect\": [").size() - 1),
                             R"({"chekc": 1, "fo": "w", "phsae": "x"},)", 250'000, "{}]}"))
            .ends_with(" more problems (mend these first)\n"));
  CHECK(problems_of(repeated(small("\"faults\": [").substr(0, small("\"faults\": [").size() - 1),
                             R"({"at": "1s", "crash": "s/99"},)", 9'000, "{}]}"))
            .ends_with(" more problems (mend these first)\n"));
  CHECK(problems_of(small("\"faults\": [" + repeated("", "0,", 4'000'000, "0]")))
            .ends_with("/faults: more than 10000 faults\n"));
  CHECK(
      problems_of(repeated(R"({"topology": {"regions": {)", "\"r#\": 1,\n", 9'999, R"("z": 1}}})"))
          .find("/topology/regions: more than 1000 regions and zones") != std::string::npos);
  CHECK(problems_of(repeated(R"({"topology": {"regions": {"a": 1}}, "services": {)",
                             "\"s#\": {\"modle\": 1},\n", 9'999, R"("z": 1}})"))
            .ends_with(" more problems (mend these first)\n"));
}

TEST_CASE("many hosts, places and nodes are within their limits or refused") {
  const auto with = [](const std::string& hosts, const std::string& services) {
    return problems_of(R"({"topology": {"regions": {"a": )" + hosts + R"(}}, "services": {)" +
                       services + R"(}, "workloads": {"w": {"target": "s0"}}})");
  };
  std::string hundred;
  for (int i = 0; i < 100; ++i) {
    hundred += (i > 0 ? ",\"s" : "\"s") + std::to_string(i) + "\": {\"model\": \"quorum\"}";
  }
  CHECK(with("200000", R"("s0": {"model": "quorum"})") == "fine\n");
  CHECK(with("200001", R"("s0": {"model": "quorum"})") ==
        "x.json:1:32: /topology/regions/a: 200001 is out of range (from 0 to 200000)\n");
  CHECK(with("200000", hundred).find("services and faults name more than 10000000 hosts in all") !=
        std::string::npos);
}

TEST_CASE("values given on the command line are blamed themselves") {
  CHECK(problems_with("/services/store/read_quorum", "6") ==
        "--set /services/store/read_quorum=6: /services/store/read_quorum: a quorum of 6 out of 5 "
        "replicas (at most all of them)");
  CHECK(problems_with("/duration", "10") ==
        "--set /duration=10: /duration: 10 is not a span of time such as \"200ms\"");
  CHECK(problems_with("/seed", "1e400") ==
        "--set /seed=1e400: /seed: \"1e400\" is not a whole number");
  CHECK(problems_with("/seed", "18446744073709551616") ==
        "--set /seed=18446744073709551616: /seed: 1.8446744073709552e+19 is out of range (from 0 "
        "to 9007199254740992)");
  CHECK(problems_with("/workloads/shoppers/tagret", "x").find("did you mean \"target\"?") !=
        std::string::npos);
  CHECK(problems_with("/services/store/timeout", "1s") == "fine");
}

TEST_CASE("a distribution may be written as an object") {
  const auto latency = [](const std::string& value) {
    const Scenario scenario =
        read_text(R"({"topology": {"regions": {"a": 3}, "within": {"latency": )" + value +
                  R"(}}, "services": {"s": {"model": "quorum"}}, "workloads": {"w": {}}})");
    return scenario.topology.within_zone.latency.to_string(Unit::duration);
  };
  CHECK(latency(R"({"lognormal": {"median": "0.25ms", "sigma": 0.3}})") == "lognormal(250us, 0.3)");
  CHECK(latency(R"({"sum": ["40ms", {"exponential": {"mean": "2ms"}}]})") ==
        "40ms + exponential(2ms)");
  CHECK(latency(R"({"mixture": [{"weight": 0.9, "of": "1ms"},
                                {"weight": 0.1,
                                 "of": {"uniform": {"high": "3ms", "low": "2ms"}}}]})") ==
        "mixture(0.9: 1ms, 0.1: uniform(2ms, 3ms))");
  CHECK(latency(R"("4ms")") == "4ms");
}

/// What a scenario says, for comparison: everything that as_run does not hold by itself.
std::string print(const Scenario& scenario) {
  std::string text = scenario.name + "\n";
  for (const Host& host : scenario.topology.hosts) {
    text += host.name + " " + host.settings.disk.fsync.to_string(Unit::duration) + "\n";
  }
  for (const RegionLink& link : scenario.topology.links) {
    text += std::to_string(link.from) + "-" + std::to_string(link.to) + " " +
            link.path.latency.to_string(Unit::duration) + "\n";
  }
  for (const ServiceSettings& service : scenario.services) {
    text += service.name + ":";
    for (const HostId host : service.hosts) text += " " + std::to_string(index_of(host));
    for (const ParameterInfo& info : service.model->parameters().info()) {
      const auto value = service.model->parameters().read(service.parameters.get(), info.name);
      text += " " + std::to_string(value.index()) + info.name;
    }
    text += "\n";
  }
  for (const WorkloadSettings& workload : scenario.workloads) {
    text += workload.name + " " + workload.target + " " + std::to_string(workload.arrivals.index());
    for (const auto& [region, share] : workload.from) {
      text += " " + std::to_string(region) + "=" + std::to_string(share);
    }
    for (const double weight : workload.mix) text += " " + std::to_string(weight);
    text += " " + std::to_string(workload.keys.exponent) + "\n";
  }
  for (const FaultSettings& fault : scenario.faults) {
    text += fault.label + " | " + fault.what + " " + std::to_string(seconds(fault.at)) + "\n";
  }
  for (const Expectation& expectation : scenario.expectations) text += expectation.text + "\n";
  return text;
}

TEST_CASE("the scenario as run says everything: read again, it is the same") {
  std::vector<std::string> texts{file_text(folder / "sketch.json"), small("\"warmup\": \"1s\"")};
  for (const auto& entry : fs::directory_iterator(folder / "good")) {
    if (entry.path().extension() == ".json") texts.push_back(file_text(entry.path()));
  }
  REQUIRE(texts.size() >= 4);
  for (const std::string& text : texts) {
    CAPTURE(text);
    const Scenario first = read_text(text);
    const Scenario second = read_text(first.as_run.dump(1));
    CHECK(second.as_run.dump(1) == first.as_run.dump(1));
    CHECK(print(second) == print(first));
  }
}

TEST_CASE("the scenario as run, with all defaults") {
  check_golden(folder / "as_run.txt", read_text(small("\"warmup\": \"1s\"")).as_run.dump(1) + "\n");
}

TEST_CASE("regions of public clouds need no links") {
  const auto text = [](const std::string& topology) {
    return R"({"topology": {"regions": {"us-east-1": 1, "eu-west-1": 1, "us-west-2": 1})" +
           topology + R"(}, "services": {"s": {"model": "quorum"}}, "workloads": {"w": {}}})";
  };
  const Scenario plain = read_text(text(""));
  REQUIRE(plain.topology.links.size() == 3);
  // The table's round trip between Virginia and Ireland.
  CHECK(plain.topology.links[0].path.latency.mean() == close_to(70.508e-3 / 2));
  const Scenario jittered = read_text(text(R"(, "jitter": 0.2)"));
  CHECK(jittered.topology.links[0].path.latency.mean() ==
        close_to(plain.topology.links[0].path.latency.mean()));
  CHECK(jittered.topology.links[0].path.latency.variance() > 0);
  const Scenario by_hand =
      read_text(text(R"(, "links": [{"between": ["eu-west-1", "us-east-1"], "latency": "1ms"}])"));
  REQUIRE(by_hand.topology.links.size() == 3);
  CHECK(by_hand.topology.links[0].path.latency.mean() == 0.001);
}

TEST_CASE("services are placed in turn, and where they are told") {
  const auto hosts_of = [](const std::string& service) {
    const Scenario scenario = read_text(
        R"({"topology": {"regions": {"a": {"zones": {"1": 2, "2": 1}}, "b": 2},
            "links": [{"between": ["a", "b"], "latency": "1ms"}]},
            "services": {"s": {"model": "quorum", "replicas": 1 )" +
        service + R"(}}, "workloads": {"w": {}}})");
    std::vector<std::string> names;
    for (const HostId host : scenario.services[0].hosts) {
      names.push_back(scenario.topology.hosts[index_of(host)].name);
    }
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(hosts_of("") == Names{"a/1/0", "b/0", "a/1/1", "b/1", "a/2/0"});
  CHECK(hosts_of(R"(, "nodes": 3)") == Names{"a/1/0", "b/0", "a/1/1"});
  CHECK(hosts_of(R"(, "on": "a/2")") == Names{"a/2/0"});
  CHECK(hosts_of(R"(, "on": ["b/1", "a/1"])") == Names{"b/1", "a/1/0", "a/1/1"});
}

TEST_CASE("a fault without a label gets one of its own") {
  const Scenario scenario = read_text(small(R"json("faults": [
      {"at": "1s", "crash": "s/0"}, {"at": "2s", "crash": "s/0"},
      {"at": "3s", "crash": "s/0", "label": "crash s/0 2"},
      {"at": "4s", "partition": ["a", "b"], "one_way": true}, {"at": "5s", "partition": ["a", "b"]},
      {"at": "6s", "region_outage": "a"},
      {"mtbf": "exponential(10s)", "mttr": "1s", "pause": "b"}])json"));
  std::vector<std::string> labels;
  for (const FaultSettings& fault : scenario.faults) labels.push_back(fault.label);
  CHECK(labels == std::vector<std::string>{"crash s/0", "crash s/0 3", "crash s/0 2", "partition",
                                           "partition 2", "region_outage a", "pause b"});
  CHECK(scenario.faults[3].what == "a > b");
  CHECK(scenario.faults[5].kind == "region_outage");
}

}  // namespace
}  // namespace faultline::testing
