// Staleness of reads: by hand, and counted one by one.
#include <algorithm>

#include <doctest/doctest.h>

#include <faultline/check/staleness.hpp>

#include "check/history_builder.hpp"
#include "check/oracle.hpp"

namespace faultline::testing {
namespace {

/// Staleness by its definition: looks at every write for every read.
ReadStaleness count_staleness(const History& history, OperationId id) {
  const Operation& read = history.operations[id];
  ReadStaleness result{id, 0, {}};
  for (const Operation& write : history.operations) {
    if (!write.writes() || write.key != read.key) continue;
    const Time since = proven(history, read.key, write.written);
    if (since > read.invoked) continue;
    bool newer = proven_older(history, read.key, read.observed, write.written);
    for (const Value sibling : history.siblings(read)) {
      newer = newer && proven_older(history, read.key, sibling, write.written);
    }
    if (!newer) continue;
    ++result.versions;
    result.behind = std::max(result.behind, read.invoked - since);
  }
  return result;
}

ReadStaleness last_of(const HistoryBuilder& builder) {
  return measure_staleness(builder.history()).back();
}

}  // namespace

TEST_CASE("staleness of one read") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.write(1, 20, 20, 30);
  history.write(1, 30, 40, 50);
  SUBCASE("the latest value is fresh") {
    history.read(2, 30, 60, 70);
    CHECK_FALSE(last_of(history).stale());
    CHECK(last_of(history).behind == Duration{0});
  }
  SUBCASE("one version back, for as long as the newer one was there") {
    const OperationId id = history.read(2, 20, 60, 70);
    CHECK(last_of(history).read == id);
    CHECK(last_of(history).versions == 1);
    CHECK(last_of(history).behind == Duration{60 - 50});
  }
  SUBCASE("two versions back, since the first of them") {
    history.read(2, 10, 60, 70);
    CHECK(last_of(history).versions == 2);
    CHECK(last_of(history).behind == Duration{60 - 30});
  }
  SUBCASE("nothing, after three writes") {
    history.read(2, nil, 60, 70);
    CHECK(last_of(history).versions == 3);
    CHECK(last_of(history).behind == Duration{60 - 10});
  }
  SUBCASE("a write under way is not missed") {
    history.read(2, 20, 49, 70);
    CHECK_FALSE(last_of(history).stale());
  }
  SUBCASE("a write concurrent with that of the returned value is not newer") {
    history.write(2, 40, 45, 55);
    history.read(2, 30, 60, 70);
    CHECK_FALSE(last_of(history).stale());
  }
  SUBCASE("a write that timed out is missed once somebody has seen it") {
    history.timed_out_write(3, 40, 60, 1000);
    history.read(2, 30, 70, 80);
    CHECK_FALSE(last_of(history).stale());
    history.read(2, 40, 90, 100);
    history.read(2, 30, 120, 130);
    CHECK(last_of(history).versions == 1);
    CHECK(last_of(history).behind == Duration{120 - 100});
  }
  SUBCASE("of siblings the newest counts") {
    history.read_all(2, {10, 30}, 60, 70);
    CHECK_FALSE(last_of(history).stale());
    history.read_all(2, {10, 20}, 80, 90);
    CHECK(last_of(history).versions == 1);
  }
  SUBCASE("a value of unknown origin counts as fresh") {
    history.read(2, 77, 60, 70);
    CHECK_FALSE(last_of(history).stale());
  }
  SUBCASE("reads without an answer are not judged, other keys do not matter") {
    history.unanswered_read(2, 60, 70);
    history.on(2).read(2, nil, 60, 70);
    const auto all = measure_staleness(history.history());
    REQUIRE(all.size() == 1);
    CHECK_FALSE(all[0].stale());
  }
}

TEST_CASE("a value seen before its write began does not count from then on") {
  HistoryBuilder history;
  history.read(1, 10, 0, 10);
  history.read(2, nil, 20, 30);
  history.write(3, 10, 40, 50);
  for (const ReadStaleness& each : measure_staleness(history.history())) CHECK_FALSE(each.stale());
}

TEST_CASE("an atomic register has no stale reads") {
  Dice dice(21);
  for (int number = 0; number < 2'000; ++number) {
    for (const auto& each : measure_staleness(register_history(dice, 40, 5))) {
      REQUIRE_FALSE(each.stale());
    }
  }
}

TEST_CASE("staleness is what one counts read by read") {
  Dice dice(22);
  std::size_t stale = 0;
  for (int number = 0; number < 1'000; ++number) {
    History history = register_history(dice, 40, 5, 2);
    for (Operation& each : history.operations) each.key = dice.roll(2);
    for (const ReadStaleness& result : measure_staleness(history)) {
      const ReadStaleness expected = count_staleness(history, result.read);
      REQUIRE(result.versions == expected.versions);
      REQUIRE(result.behind == expected.behind);
      stale += result.stale() ? 1U : 0U;
    }
  }
  CHECK(stale > 1'000);
}

TEST_CASE("bounded staleness holds up to its bounds") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.write(1, 20, 20, 30);
  history.read(2, nil, 45, 50);
  history.read(2, 10, 60, 70);
  const auto check = [&](StalenessBound bound) {
    return check_bounded_staleness(history.history(), {.staleness = bound});
  };
  CHECK(check({}).verdict == Verdict::valid);
  CHECK(check({}).check == "bounded_staleness");
  CHECK(check({2, {}}).verdict == Verdict::valid);
  CHECK(check({1, {}}).violations == 1);
  CHECK(check({0, {}}).violations == 2);
  CHECK(check({{}, Duration{35}}).verdict == Verdict::valid);
  CHECK(check({{}, Duration{34}}).violations == 1);
  CHECK(check({{}, Duration{29}}).violations == 2);
  CHECK(check({1, Duration{35}}).verdict == Verdict::invalid);
  const CheckResult result = check({1, {}});
  CHECK(result.checked == 2);
  REQUIRE(result.witnesses.size() == 1);
  CHECK(result.witnesses[0].operations == std::vector<OperationId>{2});
  CHECK(result.witnesses[0].explanation ==
        "session 2's read of nothing [0.000000 s, 0.000000 s] missed 2 newer versions; the first "
        "had been there for 0.000000 s.");
  const StalenessBound bound = smallest_bound(measure_staleness(history.history()));
  CHECK(bound.versions == 2U);
  CHECK(bound.within == Duration{35});
  CHECK(check(bound).verdict == Verdict::valid);
}

}  // namespace faultline::testing
