#include <sstream>

#include <doctest/doctest.h>

#include <faultline/metric/pacelc.hpp>
#include <faultline/metric/series.hpp>
#include <faultline/metric/tally.hpp>

#include "../close_to.hpp"

namespace faultline {
namespace {

using namespace std::chrono_literals;

Operation operation(Duration at, Duration latency, Outcome outcome,
                    OperationKind kind = OperationKind::get) {
  Operation made;
  made.intended = made.invoked = Time{at};
  made.completed = made.invoked + latency;
  made.outcome = outcome;
  made.kind = kind;
  made.attempts = 1;
  return made;
}

const std::vector<Phase> two_phases{{"before", Time{1s}, Time{2s}, {}},
                                    {"during cut", Time{2s}, Time{4s}, {0}}};

TEST_CASE("an instant lies in the phase that begins with it, and outside before and after all") {
  CHECK_FALSE(phase_at(two_phases, Time{999ms}));
  CHECK(phase_at(two_phases, Time{1s}) == 0);
  CHECK(phase_at(two_phases, Time{2s}) == 1);
  CHECK_FALSE(phase_at(two_phases, Time{4s}));
}

TEST_CASE("operations count in the phase in which they were wanted, parts not at all") {
  History history;
  history.workloads = {"one"};
  history.regions = {"here"};
  history.operations = {operation(500ms, 1ms, Outcome::ok), operation(1500ms, 900ms, Outcome::ok),
                        operation(1600ms, 1ms, Outcome::failed, OperationKind::put),
                        operation(3s, 1ms, Outcome::unknown)};
  history.operations.push_back(operation(3s, 1ms, Outcome::ok));
  history.operations.back().part = true;
  auto tallies = tally_phases(history, 0, two_phases);
  REQUIRE(tallies.size() == 3);
  CHECK(tallies[0].all.operations == 2);
  CHECK(tallies[0].all.availability() == 0.5);
  CHECK(tallies[0].all.latencies == std::vector<Duration>{900ms});
  CHECK(tallies[0].kinds[OperationKind::put].failed == 1);
  CHECK(tallies[1].all.unknown == 1);
  CHECK(tallies[2].all.operations == 3);
  CHECK_FALSE(Tally{}.availability());
}

TEST_CASE("series rows hold rates per second of each interval, in order of time") {
  History history;
  history.workloads = {"one"};
  history.regions = {"here"};
  for (int i = 0; i < 10; ++i) history.operations.push_back(operation(i * 100ms, 5ms, Outcome::ok));
  history.operations.push_back(operation(1200ms, 5ms, Outcome::failed));
  std::vector<ReadBehind> reads(history.operations.size());
  reads[3] = {300ms, 2};
  reads[4] = {100ms, 1};
  const Series series = workload_series(history, 0, 500ms, Time{2s}, reads);
  const auto value = [&](Duration at, const std::string& metric) {
    for (const SeriesRow& row : series) {
      if (row.at == Time{at} && row.scope == "workload" && row.metric == metric) return row.value;
    }
    return -1.0;
  };
  CHECK(value(0s, "goodput") == 10);
  CHECK(value(0s, "stale_fraction") == 0.4);
  CHECK(value(0s, "staleness_mean") == testing::close_to(0.2));
  CHECK(value(0s, "staleness_max") == 0.3);
  CHECK(value(500ms, "stale_fraction") == 0);
  CHECK(value(500ms, "staleness_max") == -1);
  CHECK(value(500ms, "availability") == 1);
  CHECK(value(1s, "availability") == 0);
  CHECK(value(1s, "latency_p50") == -1);
  CHECK(value(1500ms, "operations") == -1);
  std::ostringstream csv;
  write_series({{Time{1s}, "service", "b", "m", 2}, {Time{0s}, "service", "a", "m", 0.5}}, csv);
  CHECK(csv.str() == "time,scope,name,metric,value\n0,service,a,m,0.5\n1,service,b,m,2\n");
}

TEST_CASE("intervals are readable spans near a 120th") {
  CHECK(default_interval(60s) == 500ms);
  CHECK(default_interval(120s) == 1s);
  CHECK(default_interval(100s) == 1s);
  CHECK(default_interval(24h) == 1000s);
}

TEST_CASE("the measured PACELC class follows from what clients saw") {
  PacelcEvidence evidence;
  evidence.partitioned = true;
  evidence.worst_region_availability = 0.99;
  evidence.stale_fraction_otherwise = 0.02;
  evidence.median_latency_otherwise = 0.0005;
  evidence.nearest_region_round_trip = 0.06;
  CHECK(classify(evidence).partition == "A");
  CHECK(classify(evidence).otherwise == "L");
  evidence.worst_region_availability = 0.1;
  CHECK(classify(evidence).partition == "-");  // refused, and wrong all the same
  evidence.linearizable = true;
  evidence.stale_fraction_otherwise = 0;
  CHECK(classify(evidence).partition == "C");
  CHECK(classify(evidence).otherwise == "C");
  evidence.stale_fraction_otherwise = 0.01;
  evidence.median_latency_otherwise = 0.08;
  CHECK(classify(evidence).otherwise == "-");  // slow, and stale all the same
  evidence.partitioned = false;
  CHECK_FALSE(classify(evidence).partition);
}

}  // namespace
}  // namespace faultline
