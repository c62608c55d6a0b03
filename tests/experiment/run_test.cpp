// Whole runs: what is fixed by the scenario, what is the same each time, what faults do.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <faultline/history/jsonl.hpp>
#include <faultline/scenario/metric_names.hpp>

#include "close_to.hpp"
#include "experiment/whole_run.hpp"

namespace faultline::testing {
namespace {

using namespace std::chrono_literals;

/// Two regions 10 ms apart, a store of three nodes, 20 s of reads and writes, and `more`.
std::string scenario(const std::string& store, const std::string& more = "") {
  return R"({"seed": 5, "duration": "20s", "settle": "5s",
             "topology": {"regions": {"near": 2, "far": 1},
                          "links": [{"between": ["near", "far"], "latency": "10ms"}],
                          "within": {"latency": "1ms"}},
             "services": {"store": )" +
         store + R"(},
             "workloads": {"clients": {"target": "store", "from": "near", "sessions": 20,
                                       "arrivals": {"constant": "100/s"},
                                       "keys": {"uniform": true, "count": 10}}})" +
         more + "}";
}

const std::string one_leader = R"({"model": "leader_follower", "failover": "none", "nodes": 1})";
const std::string quorum_cp = R"({"model": "quorum"})";
const std::string quorum_ap =
    R"({"model": "quorum", "on_partition": "availability", "else": "latency"})";
const std::string cut = R"(, "faults": [{"at": "5s", "for": "5s", "partition": ["near", "far"]}])";

/// What `work` says in a process of its own, since SimGrid allows one run in each.
std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = work();
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t written = write(ends[1], text.data() + at, text.size() - at);
      if (written <= 0) _exit(1);
      at += static_cast<std::size_t>(written);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  return text;
}

std::string bytes_of(const WholeRun& world) {
  std::ostringstream text;
  write_history(world.history(), text);
  Json result = world.result();
  result["engine"].erase("wall_seconds");
  text << result.dump();
  return text.str();
}

TEST_CASE("constant arrivals at one server: every figure follows from the scenario") {
  const WholeRun world(scenario(one_leader));
  const Json result = world.result();
  const Json& all = result["workloads"]["clients"]["phases"]["all"];
  CHECK(all["operations"] == 2000);
  CHECK(all["ok"] == 2000);
  CHECK(all["failed"] == 0);
  CHECK(all["unknown"] == 0);
  CHECK(all["availability"] == 1.0);
  CHECK(all["throughput"].get<double>() == close_to(100));
  CHECK(all["goodput"].get<double>() == close_to(100));
  // A hop there and one back, and some hundred bytes on 10 Gbps: less than 2 us.
  for (const char* figure : {"mean", "p50", "p90", "p99", "p999", "max"}) {
    CHECK(all["latency"][figure].get<double>() >= 2e-3);
    CHECK(all["latency"][figure].get<double>() < 2.01e-3);
  }
  CHECK(all["stale_reads"] == 0);
  CHECK(all["lost_updates"] == 0);
  CHECK(result["checks"]["linearizable"]["verdict"] == "valid");
  CHECK(result["engine"]["simulated_seconds"] == 25);
  CHECK(result["phases"].size() == 1);
}

/// The dotted paths to all figures in a part of a result.
void collect_paths(const Json& json, const std::string& path, std::set<std::string>& paths) {
  if (!json.is_object()) {
    paths.insert(path);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    collect_paths(value, path.empty() ? key : path + "." + key, paths);
  }
}

std::set<std::string> paths_of(const Json& json) {
  std::set<std::string> paths;
  collect_paths(json, "", paths);
  return paths;
}

TEST_CASE("what expectations may name is what results have") {
  const WholeRun world(scenario(quorum_cp, cut));
  const Json result = world.result();
  std::set<std::string> wanted(workload_metrics().begin(), workload_metrics().end());
  for (const std::string& metric : grouped_metrics()) {
    for (const char* group : {"kinds.get.", "kinds.put.", "regions.near."}) {
      wanted.insert(group + metric);
    }
  }
  CHECK(paths_of(result["workloads"]["clients"]["phases"]["all"]) == wanted);
  const std::vector<std::string> all = all_workload_metrics({"near", "far"});
  for (const std::string& metric : wanted) {
    CAPTURE(metric);
    CHECK(std::find(all.begin(), all.end(), metric) != all.end());
  }
  CHECK(paths_of(result["services"]["store"]["phases"]["all"]) ==
        std::set<std::string>(service_metrics().begin(), service_metrics().end()));
}

TEST_CASE("the phases follow from the faults and share out all operations") {
  const WholeRun world(scenario(quorum_cp, cut));
  const Json result = world.result();
  REQUIRE(result["phases"].size() == 3);
  const Json& phases = result["workloads"]["clients"]["phases"];
  double operations = 0;
  for (const auto& [name, share] :
       {std::pair{"before", 500}, {"during partition", 500}, {"after partition", 1000}}) {
    CAPTURE(name);
    CHECK(phases[name]["operations"] == share);
    operations += phases[name]["operations"].get<double>();
    CHECK(phases[name]["ok"].get<int>() + phases[name]["failed"].get<int>() +
              phases[name]["unknown"].get<int>() ==
          phases[name]["operations"].get<int>());
  }
  CHECK(phases["all"]["operations"] == operations);
  // Two of the three replicas are on the clients' side.
  CHECK(phases["during partition"]["availability"].get<double>() == 1.0);
  CHECK(result["measured"]["partition"] == "A");
}

TEST_CASE("a detector is judged by who was up") {
  const WholeRun world(scenario(R"({"model": "gossip", "suspicion": "2s"})", R"(, "faults": [
      {"at": "3s", "for": "6s", "crash": "far"},
      {"at": "12s", "for": "4s", "partition": ["near", "far"]}])"));
  const Json result = world.result();
  const Json& phases = result["services"]["store"]["phases"];
  const Json& crash = phases["during crash far"];
  CHECK(crash["false_suspicions"] == 0);
  CHECK(crash["false_deaths"] == 0);
  // A suspicion after the period of a probe, which began when the crash happened, or a message's
  // time before, or three periods later, by round robin among two.
  CHECK(crash["detection_first"] > 3 - 0.011);
  CHECK(crash["detection_first"] < 3 + 3 + 0.011);
  CHECK(crash["detection_last"] >= crash["detection_first"]);
  CHECK(phases["after crash far"]["members_returned"] == 2);
  const Json& cut_off = phases["during partition"];
  CHECK(cut_off["suspicions"] == cut_off["false_suspicions"]);
  CHECK(cut_off["false_deaths"].get<int>() > 0);
  CHECK(cut_off["detection_first"].is_null());
  CHECK(phases["all"]["detection_first"] == crash["detection_first"]);
}

TEST_CASE("divergence is measured in the phase in which it ends") {
  const WholeRun world(scenario(R"({"model": "gossip", "detector": "none"})", cut));
  const Json result = world.result();
  const Json& phases = result["services"]["store"]["phases"];
  CHECK(phases["during partition"]["divergence_mean"].is_null());
  CHECK(phases["after partition"]["divergence_max"].get<double>() > 5);
  CHECK(phases["before"]["divergence_max"].get<double>() < 5);
}

TEST_CASE("hosts are as busy in each phase as the arrivals make them") {
  const double work = 2e-3;
  const double cores = 4;
  const WholeRun world(
      scenario(R"({"model": "leader_follower", "failover": "none", "nodes": 1, "work": "2ms"})",
               R"(, "warmup": "1s",
           "faults": [{"at": "5s", "for": "5s", "clock": {"target": "far", "step": "1s"}}])"));
  const Json result = world.result();
  const Json& host = result["hosts"]["near/0"]["phases"];
  REQUIRE(host.size() == 4);
  for (const auto& [phase, length] :
       {std::pair{"before", 4}, {"during clock far", 5}, {"after clock far", 10}, {"all", 19}}) {
    CAPTURE(phase);
    // 100 operations a second, of which one may straddle each edge of the phase.
    const double edges = 2 * work / cores / length;
    CHECK(std::abs(host[phase]["cpu_utilisation"].get<double>() - 100 * work / cores) <= edges);
    CHECK(host[phase]["disk_utilisation"] == 0.0);
    CHECK(host[phase]["uplink_utilisation"].get<double>() > 0);
  }
  CHECK_FALSE(result["hosts"].contains("far/0"));  // had nothing to do
  CHECK_FALSE(result["hosts"].contains("clients@near"));
  CHECK(result["links"].empty());
}

TEST_CASE("nothing crosses a link that is cut, and its phases add up") {
  const WholeRun world(scenario(quorum_cp, cut));
  const Json result = world.result();
  REQUIRE(result["links"].size() == 2);  // one for each direction
  for (const auto& [name, link] : result["links"].items()) {
    CAPTURE(name);
    const Json& phases = link["phases"];
    CHECK_FALSE(phases.contains("during partition"));
    const double all = phases["all"]["bytes"].get<double>();
    CHECK(all == phases["before"]["bytes"].get<double>() +
                     phases["after partition"]["bytes"].get<double>());
    CHECK(phases["all"]["utilisation"].get<double>() == close_to(all / 20 / 1.25e9));
  }
}

TEST_CASE("time series add up to the totals") {
  const WholeRun world(scenario(quorum_ap, cut));
  const Analysis analysis = world.analysis();
  double operations = 0;
  double ok = 0;
  for (const SeriesRow& row : analysis.series) {
    if (row.scope != "workload") continue;
    const double amount = row.value * seconds(world.run().interval());  // of a rate
    if (row.metric == "operations") operations += amount;
    if (row.metric == "goodput") ok += amount;
  }
  const Json& all = analysis.result["workloads"]["clients"]["phases"]["all"];
  CHECK(operations == close_to(all["operations"].get<double>()));
  CHECK(ok == close_to(all["ok"].get<double>()));
}

TEST_CASE("clients that are cut off from every replica get nothing, and say so") {
  const WholeRun world(scenario(R"({"model": "quorum", "replicas": 1, "on": "far"})", cut));
  const Json result = world.result();
  const Json& during = result["workloads"]["clients"]["phases"]["during partition"];
  CHECK(during["ok"] == 0);
  CHECK(during["availability"] == 0.0);
  CHECK(result["workloads"]["clients"]["phases"]["before"]["availability"] > 0.99);
  CHECK(result["measured"]["partition"] == "C");
}

TEST_CASE("an eventually consistent store diverges during a cut and converges behind it") {
  // Clients on both sides.
  std::string text = scenario(quorum_ap, cut);
  text.replace(text.find(R"("from": "near")"), 14, R"("from": ["near", "far"])");
  const WholeRun world(text);
  const Json result = world.result();
  CHECK(result["measured"]["partition"] == "A");
  CHECK(result["workloads"]["clients"]["phases"]["during partition"]["stale_reads"] > 100);
  CHECK(result["checks"]["linearizable"]["verdict"] == "invalid");
  CHECK(result["checks"]["convergence"]["verdict"] == "valid");
  const Json& after = result["services"]["store"]["convergence"]["after"][0];
  CHECK(after["diverged_keys"] > 0);
  CHECK(after["diverged_keys"] <= 10);
  CHECK(after["converged_after"] > 0.0);
  CHECK(after["converged_after"] < 5.0);
}

TEST_CASE("a witness names operations of the history, with its messages on film") {
  std::string text = scenario(quorum_ap, cut);
  text.replace(text.find(R"("from": "near")"), 14, R"("from": ["near", "far"])");
  const WholeRun world(text, FilmSettings{});
  const Json result = world.result();
  const Json& check = result["checks"]["linearizable"];
  REQUIRE(check["witness"].size() > 0);
  const Json& witness = check["witness"][0];
  REQUIRE(witness["operations"].size() >= 2);
  for (const Json& named : witness["operations"]) {
    const Operation& operation = world.history().operations.at(named["id"].get<std::size_t>());
    CHECK(operation.key == witness["key"].get<Key>());
    CHECK(seconds(operation.invoked) == named["invoked"].get<double>());
    CHECK(name_of(operation.kind) == named["kind"].get<std::string>());
  }
  REQUIRE(world.run().film() != nullptr);
  CHECK(world.run().film()->messages().size() > 1000);
  for (const FilmedMessage& message : world.run().film()->messages()) {
    if (message.received == never) continue;
    const auto host_of = [&](EndpointId id) { return world.run().world().endpoint(id).host(); };
    const bool local = host_of(message.from) == host_of(message.to);
    CHECK(message.received - message.sent >= (local ? 10us : 1ms));
  }
}

TEST_CASE("filming changes nothing, and the film has every message") {
  const std::string text = scenario(one_leader);
  const WholeRun world(text, FilmSettings{});
  const Json result = world.result();
  CHECK(result["services"]["store"]["phases"]["all"]["messages"] ==
        world.run().film()->messages().size());
  CHECK(result["services"]["store"]["phases"]["all"]["messages_per_operation"] == 2.0);
}

TEST_CASE("expectations are judged, and one about what has no value is not met") {
  const WholeRun world(scenario(quorum_cp, R"(, "expect": [
      {"metric": "latency.p99", "of": "clients", "below": "1s"},
      {"metric": "latency.p99", "of": "clients", "above": "1s"},
      {"metric": "leader_changes", "of": "store", "above": 0},
      {"metric": "messages", "of": "store", "above": 0},
      {"check": "linearizable"},
      {"check": "linearizable", "verdict": "invalid"}])"));
  const Analysis analysis = world.analysis();
  CHECK_FALSE(analysis.expectations_met);
  const Json& judged = analysis.result["expectations"];
  REQUIRE(judged.size() == 6);
  for (const auto& [entry, met] :
       {std::pair{0, true}, {1, false}, {2, false}, {3, true}, {4, true}, {5, false}}) {
    CAPTURE(entry);
    CHECK(judged[static_cast<std::size_t>(entry)]["met"] == met);
  }
  CHECK(judged[2]["why"].get<std::string>().find("no value") != std::string::npos);
}

TEST_CASE("one seed, one run, filmed or not") {
  const std::string text = scenario(quorum_ap, cut);
  const std::string once = in_child([&] { return bytes_of(WholeRun(text)); });
  CHECK(once.size() > 10'000);
  CHECK(in_child([&] { return bytes_of(WholeRun(text)); }) == once);
  CHECK(in_child([&] { return bytes_of(WholeRun(text, FilmSettings{})); }) == once);
  std::string other = text;
  other.replace(other.find("\"seed\": 5"), 9, "\"seed\": 6");
  CHECK(in_child([&] { return bytes_of(WholeRun(other)); }) != once);
}

TEST_CASE("a service that sends nothing changes no draw of any stream") {
  std::string text = scenario(quorum_ap, cut);
  text.replace(text.find("\"10ms\""), 6, "\"10ms + exponential(1ms)\"");
  const auto streams_of = [](const std::string& of) {
    return in_child([&] {
      std::string states;
      for (const auto& [name, state] : WholeRun(of).run().stream_digests()) {
        if (!name.starts_with("idle/")) states += name + " " + std::to_string(state) + "\n";
      }
      return states;
    });
  };
  const std::string alone = streams_of(text);
  for (const char* name : {"network/near/0 ", "disk/far/0 ", "store/2 ", "clients/keys "}) {
    CHECK(alone.find(name) != std::string::npos);
  }
  std::string with_idle = text;
  with_idle.insert(with_idle.find("\"store\": {"),
                   R"("idle": {"model": "leader_follower", "failover": "none", "nodes": 1}, )");
  CHECK(streams_of(with_idle) == alone);
  std::string longer = text;
  longer.replace(longer.find("\"20s\""), 5, "\"21s\"");
  CHECK(streams_of(longer) != alone);
}

TEST_CASE("a service that nobody asks changes nothing that clients of another see") {
  const std::string text = scenario(quorum_ap, cut);
  std::string with_idle = text;
  with_idle.insert(with_idle.find("\"store\": {"), R"("idle": {"model": "leader_follower"}, )");
  const auto history_of = [](const std::string& of) {
    return in_child([&] {
      std::ostringstream written;
      write_history(WholeRun(of).history(), written);
      return written.str();
    });
  };
  const std::string alone = history_of(text);
  CHECK(alone.size() > 10'000);
  CHECK(history_of(with_idle) == alone);
}

}  // namespace
}  // namespace faultline::testing
