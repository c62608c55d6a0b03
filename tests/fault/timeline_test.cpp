// Fault timelines made by hand, and their phases.
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <faultline/fault/timeline.hpp>

using namespace faultline;
using namespace std::chrono_literals;

namespace {

FaultSettings once(std::string label, Duration at, std::optional<Duration> length) {
  FaultSettings fault;
  fault.label = std::move(label);
  fault.at = Time{at};
  fault.length = length;
  return fault;
}

FaultSettings periodic(std::string label, Duration at, Duration length, Duration every) {
  FaultSettings fault = once(std::move(label), at, length);
  fault.every = every;
  return fault;
}

FaultSettings random_fault(std::string label, double mtbf, double mttr) {
  FaultSettings fault = once(std::move(label), 0s, std::nullopt);
  fault.between_failures = Distribution::exponential(mtbf);
  fault.to_repair = Distribution::exponential(mttr);
  return fault;
}

using Faults = std::vector<FaultSettings>;

/// "before 5-20, during partition 20-35, ..." in seconds.
std::string phases_of(const Faults& faults, Duration warmup, Duration end) {
  const auto spans = unfold(faults, Time{end}, 1);
  std::string text;
  for (const Phase& phase : phases(faults, spans, Time{warmup}, Time{end})) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {:.0f}-{:.0f}", phase.name, seconds(phase.from), seconds(phase.to));
  }
  return text;
}

}  // namespace

TEST_CASE("a fault lasts its length, or for ever without one") {
  const auto spans = unfold(Faults{once("a", 20s, 15s), once("b", 5s, std::nullopt)}, Time{60s}, 1);
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].fault == 1);
  CHECK(spans[0].from == Time{5s});
  CHECK(spans[0].to == never);
  CHECK(spans[1].from == Time{20s});
  CHECK(spans[1].to == Time{35s});
}

TEST_CASE("what would begin at or after the end does not") {
  CHECK(unfold(Faults{once("a", 60s, 1s)}, Time{60s}, 1).empty());
  CHECK(unfold(Faults{once("a", 59s, 10s)}, Time{60s}, 1).at(0).to == Time{69s});
}

TEST_CASE("repetitions are written out up to `until`") {
  FaultSettings fault = periodic("a", 10s, 2s, 10s);
  CHECK(unfold(Faults{fault}, Time{60s}, 1).size() == 5);
  fault.until = Time{30s};
  const auto spans = unfold(Faults{fault}, Time{60s}, 1);
  REQUIRE(spans.size() == 2);
  CHECK(spans[1].from == Time{20s});
  CHECK(spans[1].to == Time{22s});
}

TEST_CASE("repetitions without a gap are one span") {
  const auto spans = unfold(Faults{periodic("a", 10s, 10s, 10s)}, Time{60s}, 1);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].from == Time{10s});
  CHECK(spans[0].to == Time{60s});
  CHECK(unfold(Faults{periodic("a", 10s, 15s, 10s)}, Time{60s}, 1).at(0).to == Time{65s});
}

TEST_CASE("random faults: mean times between failures and to repair") {
  const auto spans = unfold(Faults{random_fault("a", 100, 25)}, Time{1'000'000s}, 3);
  const auto n = static_cast<double>(spans.size());
  double up = 0;
  double down = 0;
  Time repaired{};
  for (const FaultSpan& span : spans) {
    REQUIRE(span.from > repaired);
    up += seconds(span.from - repaired);
    down += seconds(span.to - span.from);
    repaired = span.to;
  }
  // The standard error of the mean of n exponentials is mean / sqrt(n).
  CHECK(std::abs(up / n - 100) < 3.29 * 100 / std::sqrt(n));
  CHECK(std::abs(down / n - 25) < 3.29 * 25 / std::sqrt(n));
  // And that of the number of cycles in t is their deviation / mean * sqrt(t / mean).
  const double cycles = 1'000'000 / 125.0;
  CHECK(std::abs(n - cycles) < 3.29 * std::hypot(100, 25) / 125 * std::sqrt(cycles));
}

TEST_CASE("random faults: the same seed and label, the same instants, whatever else there is") {
  const auto alone = unfold(Faults{random_fault("a", 100, 25)}, Time{10'000s}, 3);
  const auto beside =
      unfold(Faults{random_fault("b", 70, 5), random_fault("a", 100, 25)}, Time{10'000s}, 3);
  std::vector<Time> starts;
  for (const FaultSpan& span : beside) {
    if (span.fault == 1) starts.push_back(span.from);
  }
  REQUIRE(starts.size() == alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) CHECK(starts[i] == alone[i].from);
  CHECK(unfold(Faults{random_fault("a", 100, 25)}, Time{10'000s}, 4).at(0).from != alone[0].from);
  CHECK(unfold(Faults{random_fault("c", 100, 25)}, Time{10'000s}, 3).at(0).from != alone[0].from);
}

TEST_CASE("a fault that would strike without bound is refused by name") {
  CHECK_THROWS_WITH_AS(unfold(Faults{periodic("flap", 0s, 1ms, 2ms)}, Time{60s}, 1),
                       "fault 'flap' strikes more than 10000 times before the run ends",
                       std::length_error);
  // A time between failures of zero does not loop for ever either.
  CHECK_THROWS_AS(unfold(Faults{random_fault("never up", 0, 0)}, Time{60s}, 1), std::length_error);
}

TEST_CASE("phases: before, during, after") {
  CHECK(phases_of({once("partition", 20s, 15s)}, 5s, 60s) ==
        "before 5-20, during partition 20-35, after partition 35-60");
}

TEST_CASE("phases: a run without faults has one") {
  CHECK(phases_of({}, 5s, 60s) == "steady 5-60");
}

TEST_CASE("phases: faults that overlap and follow one another") {
  CHECK(phases_of({once("b", 10s, 20s), once("a", 20s, 20s), once("c", 45s, std::nullopt)}, 0s,
                  60s) ==
        "before 0-10, during b 10-20, during b + a 20-30, during a 30-40, after a 40-45, during c "
        "45-60");
}

TEST_CASE("phases: two that end together, and the second of a name") {
  CHECK(phases_of({periodic("x", 10s, 5s, 20s), once("y", 12s, 3s)}, 0s, 50s) ==
        "before 0-10, during x 10-12, during x + y 12-15, after x + y 15-30, during x 2 30-35, "
        "after x 35-50");
}

TEST_CASE("phases: the warm-up cuts off what came before it") {
  CHECK(phases_of({once("a", 10s, 20s)}, 15s, 40s) == "during a 15-30, after a 30-40");
  CHECK(phases_of({once("a", 10s, 2s)}, 15s, 40s) == "after a 15-40");
  CHECK(phases_of({once("a", 0s, 20s)}, 0s, 40s) == "during a 0-20, after a 20-40");
}

TEST_CASE("phases: edges a nanosecond apart are one") {
  CHECK(phases_of({once("a", 10s, 10s), once("b", 20s + 1ns, 10s)}, 0s, 40s) ==
        "before 0-10, during a 10-20, during b 20-30, after b 30-40");
  CHECK(phases_of({once("a", 10s, 10s), once("b", 10s + 1ns, 10s)}, 0s, 40s) ==
        "before 0-10, during a + b 10-20, after a + b 20-40");
}

TEST_CASE("phases follow one another without gaps and are bounded") {
  Faults faults{random_fault("a", 10, 2), random_fault("b", 20, 5)};
  const auto spans = unfold(faults, Time{1000s}, 1);
  const auto result = phases(faults, spans, Time{7s}, Time{1000s});
  REQUIRE(result.size() == most_phases);
  CHECK(result.front().from == Time{7s});
  CHECK(result.back().to == Time{1000s});
  CHECK(result.back().name == rest_of_the_run);
  CHECK(result.back().active == std::vector<std::size_t>{0, 1});
  for (std::size_t i = 1; i < result.size(); ++i) {
    CHECK(result[i].from == result[i - 1].to);
    CHECK(result[i].to > result[i].from);
    for (std::size_t j = 0; j < i; ++j) CHECK(result[i].name != result[j].name);
  }
}

TEST_CASE("phases say which faults last through them") {
  Faults faults{once("a", 10s, 20s), once("b", 20s, 20s)};
  const auto result = phases(faults, unfold(faults, Time{60s}, 1), Time{}, Time{60s});
  CHECK(result.at(0).active.empty());
  CHECK(result.at(1).active == std::vector<std::size_t>{0});
  CHECK(result.at(2).active == std::vector<std::size_t>{0, 1});
}
