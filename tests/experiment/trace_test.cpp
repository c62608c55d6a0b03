// What was done for whom: spans, and the files in which other tools show them.
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include <faultline/experiment/spans.hpp>
#include <faultline/experiment/trace_files.hpp>

#include "experiment/whole_run.hpp"

namespace faultline::testing {
namespace {

/// Three nodes, one region, some seconds of reads and writes, and `more`.
std::string scenario(const std::string& store, const std::string& more = "") {
  return R"json({"seed": 5, "duration": "3s", "settle": "2s",
                 "topology": {"regions": {"here": 3},
                              "within": {"latency": "1ms + exponential(1ms)"}},
                 "services": {"store": )json" +
         store + R"json(},
                 "workloads": {"clients": {"target": "store", "sessions": 20,
                                           "arrivals": {"poisson": "200/s"},
                                           "mix": {"get": 0.5, "put": 0.5},
                                           "keys": {"uniform": true, "count": 10}}})json" +
         more + "}";
}

const std::string quorum =
    R"({"model": "quorum", "anti_entropy": "0s", "write_versions": "clock"})";
const std::string raft = R"({"model": "raft"})";
const std::string crash = R"(, "faults": [{"at": "1s", "for": "1s", "crash": "here/1"}])";

struct Filmed : WholeRun {
  explicit Filmed(const std::string& text) : WholeRun(text, FilmSettings{}) {
    for (const Span& span : spans_of(run())) spans[span.id] = span;
  }
  const Span& parent(const Span& span) const { return spans.at(span.parent); }
  std::string name(const Span& span) const {
    return span.kind == SpanKind::operation ? "operation" : span_name(run(), span);
  }
  std::map<std::uint64_t, Span> spans;
};

void check_tree(const Filmed& run) {
  std::size_t operations = 0;
  for (const auto& [id, span] : run.spans) {
    CAPTURE(run.name(span));
    CHECK(span.from <= span.to);
    if (span.kind == SpanKind::operation) ++operations;
    if (span.parent == 0) {
      CHECK(span.root == id);
      CHECK(span.for_client == (span.kind == SpanKind::operation));
      continue;
    }
    const Span& parent = run.parent(span);
    CHECK(parent.root == span.root);
    CHECK(parent.for_client == span.for_client);
    CHECK(parent.from <= span.from);
    if (span.kind == SpanKind::handling) {
      CHECK(parent.kind == SpanKind::call);
      CHECK(parent.number == span.number);
    } else {
      CHECK(parent.kind != SpanKind::call);
      CHECK(parent.at == span.at);  // who was asked asks others
    }
  }
  CHECK(operations == run.history().operations.size());
}

TEST_CASE("all that a quorum does for a request belongs to it, across every wait") {
  const Filmed run(scenario(quorum));
  check_tree(run);
  std::map<std::uint64_t, std::map<std::string, int>> asked;  // by operation
  for (const auto& [id, span] : run.spans) {
    if (span.kind != SpanKind::call) continue;
    CAPTURE(run.name(span));
    CHECK((span.for_client || run.name(span) == "ping"));
    if (span.for_client) ++asked[span.root][run.name(span)];
  }
  for (const auto& [id, span] : run.spans) {
    if (span.kind != SpanKind::operation) continue;
    const auto& calls = asked[id];
    // The coordinator asks all three replicas, itself included, and may mend some after a read.
    CHECK(calls.at("request") == 1);
    const bool reads = run.history().operations[span.number].reads();
    CHECK(calls.count("fetch") == (reads ? 1 : 0));
    if (reads) CHECK(calls.at("fetch") == 3);
    if (!reads) CHECK(calls.at("store") == 3);
  }
}

TEST_CASE("an operation lasts as long as the call in it, if it is answered at once") {
  const Filmed run(scenario(quorum));
  std::size_t calls = 0;
  for (const auto& [id, span] : run.spans) {
    if (span.kind != SpanKind::call || run.name(span) != "request") continue;
    const Span& operation = run.parent(span);
    CHECK(operation.from == span.from);
    CHECK(operation.to == span.to);
    ++calls;
  }
  CHECK(calls == run.history().operations.size());
}

TEST_CASE("a crash leaves calls without handling, and elections belong to nobody") {
  const Filmed run(scenario(raft, crash));
  check_tree(run);
  std::size_t lost = 0;
  std::set<std::string> of_nobody;
  std::set<std::uint64_t> handled;
  for (const auto& [id, span] : run.spans) {
    if (span.kind == SpanKind::handling) handled.insert(span.number);
  }
  for (const auto& [id, span] : run.spans) {
    if (span.kind != SpanKind::call) continue;
    if (!handled.contains(span.number)) ++lost;
    if (!span.for_client) of_nobody.insert(run.name(span));
  }
  CHECK(lost > 0);
  CHECK(of_nobody.contains("request vote"));
}

TEST_CASE("in Chrome's format slices of a lane do not overlap, and arrows end in slices") {
  const Filmed run(scenario(raft, crash));
  std::ostringstream text;
  write_chrome_trace(run.run(), text);
  const Json trace = Json::parse(text.str());
  using Lane = std::pair<int, int>;
  std::map<Lane, std::map<double, double>> slices;  // beginnings and ends
  std::map<int, std::vector<const Json*>> arrows;
  std::set<std::string> processes;
  std::size_t operations = 0;
  for (const Json& event : trace["traceEvents"]) {
    const std::string phase = event["ph"];
    if (phase == "M" && event["name"] == "process_name") processes.insert(event["args"]["name"]);
    if (phase == "s" || phase == "f") arrows[event["id"]].push_back(&event);
    if (phase != "X") continue;
    if (event["cat"] == "operation") ++operations;
    const double from = event["ts"];
    auto& lane = slices[{event["pid"], event["tid"]}];
    // Of slices without length several may begin at the same time.
    lane[from] = std::max(lane[from], from + event["dur"].get<double>());
  }
  CHECK(operations == run.history().operations.size());
  CHECK(processes == std::set<std::string>{"faults", "store/0 (here)", "store/1 (here)",
                                           "store/2 (here)", "clients@here (here)"});
  for (const auto& [place, lane] : slices) {
    double end = 0;
    for (const auto& [from, to] : lane) {
      CHECK(from >= end - 1e-4);  // sums of decimal fractions
      end = to;
    }
  }
  CHECK(arrows.size() > run.history().operations.size());
  for (const auto& [id, ends] : arrows) {
    REQUIRE(ends.size() == 2);
    CHECK((*ends[0])["ts"] <= (*ends[1])["ts"]);
    for (const Json* end : ends) {
      const double at = (*end)["ts"];
      const auto& lane = slices.at({(*end)["pid"], (*end)["tid"]});
      const auto after = lane.upper_bound(at);
      REQUIRE(after != lane.begin());
      CHECK(std::prev(after)->second >= at - 1e-4);
    }
  }
}

TEST_CASE("OTLP holds the trees of all operations, and nothing else") {
  const Filmed run(scenario(raft, crash));
  std::ostringstream text;
  write_otlp(run.run(), text);
  const Json request = Json::parse(text.str());
  std::map<std::string, std::string> trace_of;  // by span
  std::vector<const Json*> spans;
  std::set<std::string> services;
  for (const Json& resource : request["resourceSpans"]) {
    services.insert(resource["resource"]["attributes"][0]["value"]["stringValue"]);
    for (const Json& span : resource["scopeSpans"][0]["spans"]) {
      CHECK(span["traceId"].get<std::string>().size() == 32);
      CHECK(span["spanId"].get<std::string>().size() == 16);
      CHECK(trace_of.emplace(span["spanId"], span["traceId"]).second);
      spans.push_back(&span);
    }
  }
  CHECK(services == std::set<std::string>{"clients", "store"});
  std::size_t roots = 0;
  for (const Json* span : spans) {
    CHECK((*span)["startTimeUnixNano"].is_string());  // 64 bits are texts in JSON
    if (!span->contains("parentSpanId")) {
      ++roots;
      CHECK((*span)["kind"] == 1);
    } else {
      CHECK(trace_of.at((*span)["parentSpanId"]) == (*span)["traceId"]);
    }
  }
  CHECK(roots == run.history().operations.size());
}

}  // namespace
}  // namespace faultline::testing
