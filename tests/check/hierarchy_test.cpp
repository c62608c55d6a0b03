// The hierarchy: that its lines are true, and that what it leaves to them is what its judges say.
#include <map>
#include <string>

#include <doctest/doctest.h>

#include <faultline/check/catalog.hpp>
#include <faultline/check/hierarchy.hpp>

#include "check/history_builder.hpp"

namespace faultline::testing {
namespace {

using Names = std::vector<std::string_view>;

Verdict verdict_of(const Hierarchy& hierarchy, std::string_view name) {
  const ConsistencyVerdict* level = hierarchy.find(name);
  REQUIRE(level != nullptr);
  return level->result.verdict;
}

/// Two keys, and reads that are late now and then.
History late_history(Dice& dice) {
  const std::uint64_t lies = dice.one_in(3) ? 0 : 1 + dice.roll(4);
  History history = register_history(dice, 4 + dice.roll(40), 3, lies);
  for (Operation& each : history.operations) each.key = dice.one_in(3) ? 2 : 1;
  return history;
}

}  // namespace

TEST_CASE("every level of the hierarchy is a check that scenarios can name") {
  for (const ConsistencyLevel& level : consistency_levels()) {
    CAPTURE(level.name);
    CHECK((level.name == "convergence" || find_history_check(level.name) != nullptr));
    for (const std::string_view weaker : level.implies) {
      CHECK(find_history_check(weaker) != nullptr);
    }
  }
  CHECK(consistency_levels().size() == history_checks().size() + 1);
}

TEST_CASE("what holds if everything holds") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.read(2, 10, 20, 30);
  const Hierarchy hierarchy = judge_hierarchy(history.history());
  CHECK(hierarchy.strongest() == Names{"linearizable"});
  CHECK(hierarchy.levels.size() == consistency_levels().size() - 1);
  CHECK(hierarchy.find("convergence") == nullptr);
  for (const ConsistencyVerdict& level : hierarchy.levels) {
    CHECK(level.result.verdict == Verdict::valid);
    CHECK((level.because == "linearizable") == (level.result.check != "linearizable"));
  }
  CHECK(hierarchy.staleness.versions == 0U);
}

TEST_CASE("a store that is behind is sequential, the smallest bound says how far behind") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.write(1, 20, 20, 30);
  history.read(2, nil, 45, 50);
  const ReplicaStates states{{1, {20, 20}}};
  const Hierarchy hierarchy = judge_hierarchy(history.history(), {}, &states);
  CHECK(hierarchy.strongest() == Names{"sequential", "read_your_writes", "monotonic_reads",
                                       "monotonic_writes", "writes_follow_reads"});
  CHECK(verdict_of(hierarchy, "linearizable") == Verdict::invalid);
  CHECK(hierarchy.find("sequential")->because == "");
  CHECK(hierarchy.find("causal_memory")->because == "sequential");
  CHECK(verdict_of(hierarchy, "convergence") == Verdict::valid);
  CHECK(hierarchy.staleness.versions == 2U);
  CHECK(hierarchy.staleness.within == Duration{45 - 10});
}

TEST_CASE("what breaks a weak promise breaks the strong ones, with the same witness") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.on(2).write(1, 20, 20, 30);
  history.on(2).read(2, 20, 40, 50);
  history.on(1).read(2, nil, 60, 70);
  const ReplicaStates states{{1, {10, nil}}};
  const Hierarchy hierarchy = judge_hierarchy(history.history(), {}, &states);
  CHECK(hierarchy.find("causal")->because == "");
  CHECK(hierarchy.find("pram")->because == "");
  for (const char* name : {"sequential", "causal_memory", "causal_plus"}) {
    CAPTURE(name);
    const ConsistencyVerdict* level = hierarchy.find(name);
    CHECK(level->because == "causal");
    CHECK(level->result.verdict == Verdict::invalid);
    CHECK(level->result.witnesses[0].operations ==
          hierarchy.find("causal")->result.witnesses[0].operations);
  }
  CHECK(verdict_of(hierarchy, "convergence") == Verdict::invalid);
  CHECK(hierarchy.strongest() ==
        Names{"read_your_writes", "monotonic_reads", "writes_follow_reads"});
}

TEST_CASE("only convergence held") {
  HistoryBuilder history;
  history.read(1, 77, 0, 10);
  history.write(1, 10, 20, 30);
  history.read(1, nil, 40, 50);
  history.write(1, 20, 60, 70);
  history.read(2, 20, 80, 90);
  history.read(2, 10, 100, 110);
  history.on(2).read(2, 5, 120, 130);
  const ReplicaStates states{{1, {20, 20}}};
  const Hierarchy hierarchy = judge_hierarchy(history.history(), {}, &states);
  CHECK(verdict_of(hierarchy, "read_your_writes") == Verdict::invalid);
  CHECK(verdict_of(hierarchy, "monotonic_reads") == Verdict::invalid);
  CHECK(verdict_of(hierarchy, "monotonic_writes") == Verdict::valid);
  CHECK(hierarchy.strongest() == Names{"monotonic_writes", "writes_follow_reads"});
}

TEST_CASE("the hierarchy says what each check says by itself, and keeps to its lines") {
  Dice dice(51);
  std::map<std::string_view, std::pair<int, int>> counts;  // held, broken
  int implied = 0;
  for (int number = 0; number < 3'000; ++number) {
    const History history = late_history(dice);
    const Hierarchy hierarchy = judge_hierarchy(history);
    CAPTURE(number);
    std::map<std::string_view, Verdict> verdicts;
    for (const HistoryCheck& check : history_checks()) {
      CAPTURE(check.name);
      const Verdict verdict = check.run(history, {}).verdict;
      verdicts[check.name] = verdict;
      REQUIRE(verdict_of(hierarchy, check.name) == verdict);
      REQUIRE(verdict != Verdict::unknown);
      ++(verdict == Verdict::valid ? counts[check.name].first : counts[check.name].second);
    }
    for (const ConsistencyLevel& level : consistency_levels()) {
      for (const std::string_view weaker : level.implies) {
        CAPTURE(level.name);
        CAPTURE(weaker);
        if (verdicts[level.name] == Verdict::valid) REQUIRE(verdicts[weaker] == Verdict::valid);
      }
    }
    for (const ConsistencyVerdict& level : hierarchy.levels)
      implied += level.because.empty() ? 0 : 1;
  }
  CHECK(implied > 3'000);
  for (const auto& [name, count] : counts) {
    CAPTURE(name);
    CHECK(count.first > 200);
    if (name != "bounded_staleness") CHECK(count.second > 100);
  }
}

}  // namespace faultline::testing
