// Monotonic writes and writes-follow-reads: textbook examples, and counted pair by pair.
#include <algorithm>

#include <doctest/doctest.h>

#include <faultline/check/sessions.hpp>

#include "check/history_builder.hpp"
#include "check/oracle.hpp"

namespace faultline::testing {
namespace {

using Ids = std::vector<OperationId>;

bool saw(const History& history, const Operation& read, const Operation& write) {
  const auto siblings = history.siblings(read);
  return read.key == write.key &&
         (read.observed == write.written ||
          std::find(siblings.begin(), siblings.end(), write.written) != siblings.end());
}

bool answered_get(const Operation& operation) {
  return operation.reads() && operation.outcome == Outcome::ok;
}

/// Whether a read misses `before`, an operation of a writer on its key.
bool misses(const History& history, const Operation& read, const Operation& before) {
  const auto missed = [&](Value value) {
    return proven_older(history, read.key, value,
                        before.writes() ? before.written : before.observed);
  };
  const auto siblings = history.siblings(read);
  return missed(read.observed) && std::all_of(siblings.begin(), siblings.end(), missed);
}

/// The reads that break a promise by its definition: for every read, every earlier read of its
/// session, every write that this may have shown, and everything that the writer did before.
std::size_t count_offences(const History& history, bool by_writes) {
  std::size_t offences = 0;
  for (const Operation& read : history.operations) {
    if (!answered_get(read)) continue;
    bool broken = false;
    for (const Operation& earlier : history.operations) {
      if (!answered_get(earlier) || earlier.session != read.session) continue;
      if (!over_before(earlier, read)) continue;
      for (const Operation& write : history.operations) {
        if (!write.writes() || write.session == read.session) continue;
        if (!saw(history, earlier, write)) continue;
        for (const Operation& before : history.operations) {
          if (before.session != write.session || before.key != read.key) continue;
          if (before.outcome != Outcome::ok || before.writes() != by_writes) continue;
          if (!over_before(before, write)) continue;
          if (before.reads() && before.observed == nil) continue;
          broken = broken || misses(history, read, before);
        }
      }
    }
    offences += broken ? 1U : 0U;
  }
  return offences;
}

}  // namespace

TEST_CASE("monotonic writes") {
  HistoryBuilder history;
  const OperationId first = history.on(1).write(1, 10, 0, 10);
  const OperationId second = history.on(2).write(1, 20, 20, 30);
  SUBCASE("both seen in their order") {
    history.on(2).read(2, 20, 40, 50);
    history.on(1).read(2, 10, 60, 70);
    CHECK(check_monotonic_writes(history.history()).verdict == Verdict::valid);
    CHECK(check_monotonic_writes(history.history()).checked == 2);
  }
  SUBCASE("the later one without the earlier") {
    const OperationId sight = history.on(2).read(2, 20, 40, 50);
    const OperationId read = history.on(1).read(2, nil, 60, 70);
    const CheckResult result = check_monotonic_writes(history.history());
    CHECK(result.check == "monotonic_writes");
    CHECK(result.verdict == Verdict::invalid);
    CHECK(result.violations == 1);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].key == 1);
    CHECK(result.witnesses[0].operations == Ids{first, second, sight, read});
    CHECK(result.witnesses[0].explanation ==
          "session 2's read of nothing [0.000000 s, 0.000000 s] returned something older than "
          "session 1's write of 10 [0.000000 s, 0.000000 s], which session 1's write of 20 "
          "[0.000000 s, 0.000000 s] came after; session 2's read of 20 [0.000000 s, 0.000000 s] "
          "had shown that write before.");
    CHECK(check_writes_follow_reads(history.history()).verdict == Verdict::valid);
  }
  SUBCASE("a session that has not seen the later one may miss the earlier") {
    history.on(2).read(2, 20, 40, 50);
    history.on(1).read(3, nil, 60, 70);
    CHECK(check_monotonic_writes(history.history()).verdict == Verdict::valid);
  }
  SUBCASE("nor need a read that began before the later one was shown") {
    history.on(2).read(2, 20, 40, 50);
    history.on(1).read(2, nil, 45, 70);
    CHECK(check_monotonic_writes(history.history()).verdict == Verdict::valid);
  }
  SUBCASE("an earlier write that nobody confirmed promises nothing") {
    history[first].outcome = Outcome::unknown;
    history.on(2).read(2, 20, 40, 50);
    history.on(1).read(2, nil, 60, 70);
    CHECK(check_monotonic_writes(history.history()).verdict == Verdict::valid);
  }
  SUBCASE("one's own writes are another promise") {
    history.on(2).read(1, 20, 40, 50);
    history.on(1).read(1, nil, 60, 70);
    CHECK(check_monotonic_writes(history.history()).verdict == Verdict::valid);
  }
}

TEST_CASE("writes follow reads") {
  HistoryBuilder history;
  history.on(1).write(1, 10, 0, 10);
  const OperationId basis = history.on(1).read(2, 10, 20, 30);
  const OperationId reply = history.on(2).write(2, 20, 40, 50);
  SUBCASE("the reply after the question") {
    history.on(2).read(3, 20, 60, 70);
    history.on(1).read(3, 10, 80, 90);
    CHECK(check_writes_follow_reads(history.history()).verdict == Verdict::valid);
  }
  SUBCASE("the reply without the question") {
    const OperationId sight = history.on(2).read(3, 20, 60, 70);
    const OperationId read = history.on(1).read(3, nil, 80, 90);
    const CheckResult result = check_writes_follow_reads(history.history());
    CHECK(result.check == "writes_follow_reads");
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{basis, reply, sight, read});
    CHECK(check_monotonic_writes(history.history()).verdict == Verdict::valid);
  }
}

TEST_CASE("an atomic register keeps its promises about writes") {
  Dice dice(41);
  for (int number = 0; number < 1'000; ++number) {
    const History history = register_history(dice, 40, 4);
    REQUIRE(check_monotonic_writes(history).verdict == Verdict::valid);
    REQUIRE(check_writes_follow_reads(history).verdict == Verdict::valid);
  }
}

TEST_CASE("promises about writes are judged as by looking at everything") {
  Dice dice(42);
  std::size_t by_writes = 0;
  std::size_t by_reads = 0;
  constexpr std::size_t histories = 1'500;
  for (std::size_t number = 0; number < histories; ++number) {
    History history = register_history(dice, 40, 4, 1 + dice.roll(3));
    for (Operation& each : history.operations) each.key = dice.roll(2);
    const std::size_t writes = count_offences(history, true);
    const std::size_t reads = count_offences(history, false);
    CAPTURE(number);
    REQUIRE(check_monotonic_writes(history).violations == writes);
    REQUIRE(check_writes_follow_reads(history).violations == reads);
    by_writes += writes > 0 ? 1U : 0U;
    by_reads += reads > 0 ? 1U : 0U;
  }
  CHECK(by_writes > histories / 20);
  CHECK(by_writes < histories * 19 / 20);
  CHECK(by_reads > histories / 20);
  CHECK(by_reads < histories * 19 / 20);
}

}  // namespace faultline::testing
