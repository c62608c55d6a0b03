// What is asked: YCSB's mixes, sizes, and common random numbers.
#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include <faultline/workload/ycsb.hpp>

#include "workload/harness.hpp"
#include "workload/statistics.hpp"

using namespace faultline;
using namespace faultline::testing;
using namespace std::chrono_literals;

namespace {

/// The operations as asked, whatever became of them.
struct Asked {
  Time intended;
  OperationKind kind;
  Key key;
  friend bool operator==(const Asked&, const Asked&) = default;
};

std::vector<Asked> asked_by(const Stage& stage) {
  std::vector<Asked> all;
  for (const Operation& operation : stage.history.operations) {
    if (operation.part) continue;
    all.push_back({operation.intended, operation.kind, operation.key});
  }
  return all;
}

}  // namespace

TEST_CASE("YCSB: the mixes of the core workloads A to F") {
  // read, update, insert, scan, read-modify-write, as in workloads/workload[a-f].
  const std::vector<std::pair<std::string, std::vector<double>>> published = {
      {"A", {0.5, 0.5, 0, 0, 0}},   {"B", {0.95, 0.05, 0, 0, 0}}, {"C", {1.0, 0, 0, 0, 0}},
      {"D", {0.95, 0, 0.05, 0, 0}}, {"E", {0, 0, 0.05, 0.95, 0}}, {"F", {0.5, 0, 0, 0, 0.5}}};
  for (const auto& workload : published) {
    const std::string& name = workload.first;
    const std::vector<double>& mix = workload.second;
    CAPTURE(name);
    Stage stage({1ms});
    REQUIRE(apply_ycsb(name, stage.settings));
    stage.settings.keys.count = 1000;
    stage.settings.arrivals = ConstantArrivals{10'000};
    stage.run(2s);
    std::vector<double> counts(5, 0);
    for (const Operation& operation : stage.history.operations) {
      if (!operation.part) counts[static_cast<std::size_t>(operation.kind)] += 1;
    }
    const ChiSquare fit = chi_square(counts, mix);
    CHECK(fit.statistic <= fit.bound());
    for (std::size_t kind = 0; kind < 5; ++kind) CHECK((mix[kind] > 0 || counts[kind] == 0));
    for (const Call& call : stage.director.calls) {
      if (call.request.kind == OperationKind::put || call.request.kind == OperationKind::insert) {
        REQUIRE(call.request.size == 1000);  // 10 fields of 100 bytes
      } else {
        REQUIRE(call.request.size == 0);
      }
    }
  }
  WorkloadSettings settings;
  CHECK_FALSE(apply_ycsb("G", settings));
  CHECK_FALSE(apply_ycsb("", settings));
  CHECK(apply_ycsb("d", settings));
  CHECK(settings.keys.kind == KeySettings::Kind::latest);
}

TEST_CASE("YCSB E scans 1 to 100 keys, each length as likely") {
  Stage stage({1ms});
  REQUIRE(apply_ycsb("E", stage.settings));
  stage.settings.arrivals = ConstantArrivals{10'000};
  stage.run(5s);
  std::vector<double> counts(100, 0);
  for (const Call& call : stage.director.calls) {
    if (call.request.kind != OperationKind::scan) continue;
    REQUIRE(call.request.length >= 1);
    REQUIRE(call.request.length <= 100);
    counts[call.request.length - 1] += 1;
  }
  const ChiSquare fit = chi_square(counts, std::vector<double>(100, 0.01));
  CHECK(fit.statistic < fit.bound());
}

TEST_CASE("common random numbers: what is asked, and when, does not depend on the service") {
  const auto run = [](const Script& script, std::uint64_t seed) {
    Stage stage({1ms, 2ms, 3ms});
    stage.settings.arrivals = PoissonArrivals{2000};
    stage.settings.mix = {0.4, 0.2, 0.1, 0.1, 0.2};
    stage.settings.keys.kind = KeySettings::Kind::latest;
    stage.settings.value_size = Distribution::lognormal(500, 1);
    stage.settings.sessions = 20;
    stage.settings.contact = WorkloadSettings::ContactRule::random;
    stage.settings.retry = {3, Backoff::full_jitter, 20ms, 1s};
    stage.seed = seed;
    stage.director.script = script;
    stage.run(2s);
    return asked_by(stage);
  };
  const auto good = run([](const Call&) { return after(1ms); }, 5);
  const auto bad = run(
      [](const Call& call) {
        if (call.node == 0) return lost();
        return call.attempt == 2 ? after(40ms) : after(3ms, refused(Error::overloaded));
      },
      5);
  REQUIRE(good.size() > 3000);
  CHECK(good == bad);
  const auto other_seed = run([](const Call&) { return after(1ms); }, 6);
  CHECK(good != other_seed);
}

TEST_CASE("common random numbers: sizes and first nodes too") {
  const auto run = [](const Script& script) {
    Stage stage({1ms, 2ms, 3ms});
    stage.settings.mix = {0.5, 0.5, 0, 0, 0};
    stage.settings.value_size = Distribution::lognormal(500, 1);
    stage.settings.contact = WorkloadSettings::ContactRule::random;
    stage.settings.retry = {3, Backoff::full_jitter, 20ms, 1s};
    stage.director.script = script;
    stage.run(10s);
    std::vector<std::pair<Bytes, std::uint32_t>> first(stage.history.operations.size());
    for (const Call& call : stage.director.calls) {
      if (call.attempt == 1) {
        first[static_cast<std::size_t>(call.request.operation)] = {call.request.size, call.node};
      }
    }
    return first;
  };
  const auto good = run([](const Call&) { return after(1ms); });
  const auto bad = run([](const Call& call) {
    return call.request.key % 2 == 0 ? lost() : after(90ms, refused(Error::overloaded));
  });
  REQUIRE(good.size() == 1000);
  CHECK(good == bad);
}
