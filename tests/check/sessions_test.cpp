// Session guarantees: textbook examples, and a search through all orders of the versions.
#include <doctest/doctest.h>

#include <faultline/check/sessions.hpp>

#include "check/history_builder.hpp"
#include "check/oracle.hpp"

namespace faultline::testing {
namespace {

using Ids = std::vector<OperationId>;

CheckResult read_your_writes(const HistoryBuilder& builder) {
  return check_read_your_writes(builder.history());
}
CheckResult monotonic_reads(const HistoryBuilder& builder) {
  return check_monotonic_reads(builder.history());
}

}  // namespace

TEST_CASE("read your writes") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  SUBCASE("one's own write") {
    history.read(1, 10, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
    CHECK(read_your_writes(history).checked == 1);
  }
  SUBCASE("somebody's newer write") {
    history.write(2, 20, 12, 15);
    history.read(1, 20, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
  }
  SUBCASE("not the state before any write") {
    const OperationId read = history.read(1, nil, 20, 30);
    const CheckResult result = read_your_writes(history);
    CHECK(result.check == "read_your_writes");
    CHECK(result.verdict == Verdict::invalid);
    CHECK(result.violations == 1);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{0, read});
    CHECK(result.witnesses[0].explanation ==
          "session 1's read of nothing [0.000000 s, 0.000000 s] stepped back behind session 1's "
          "write of 10 [0.000000 s, 0.000000 s] of the same session.");
  }
  SUBCASE("others may find nothing") {
    history.read(2, nil, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
  }
  SUBCASE("not an older write, one's own or another's") {
    const OperationId mine = history.write(2, 20, 12, 15);
    const OperationId read = history.read(2, 10, 20, 30);
    const CheckResult result = read_your_writes(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{0, mine, read});
  }
  SUBCASE("a concurrent write may have been ordered after one's own") {
    history.write(2, 20, 5, 15);
    history.read(1, 20, 20, 30);
    history.read(2, 10, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
  }
  SUBCASE("unless somebody saw it before one's own began") {
    history.write(2, 20, 12, 100);
    const OperationId proof = history.read(3, 20, 14, 18);
    const OperationId mine = history.write(1, 30, 20, 30);
    const OperationId read = history.read(1, 20, 40, 50);
    const CheckResult result = read_your_writes(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{proof, mine, read});
  }
  SUBCASE("an unacknowledged write promises nothing") {
    history.timed_out_write(1, 20, 12, 15);
    history.read(1, 10, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
  }
  SUBCASE("a read that began before the write ended promises nothing") {
    history.write(1, 20, 20, 30);
    history.read(1, 10, 25, 40);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
  }
  SUBCASE("siblings will do if one of them will") {
    history.write(1, 20, 12, 15);
    history.read_all(1, {10, 20}, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
    history.read_all(1, {20, 10}, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
    history.write(1, 30, 32, 35);
    history.read_all(1, {10, 20}, 40, 50);
    CHECK(read_your_writes(history).violations == 1);
  }
  SUBCASE("other keys do not matter") {
    history.on(2).read(1, nil, 20, 30);
    CHECK(read_your_writes(history).verdict == Verdict::valid);
  }
}

TEST_CASE("monotonic reads") {
  HistoryBuilder history;
  const OperationId first = history.write(1, 10, 0, 10);
  const OperationId second = history.write(1, 20, 20, 30);
  SUBCASE("old, then new") {
    history.read(2, 10, 40, 50);
    history.read(2, 20, 60, 70);
    CHECK(monotonic_reads(history).verdict == Verdict::valid);
    CHECK(monotonic_reads(history).checked == 2);
  }
  SUBCASE("new, then old") {
    const OperationId newer = history.read(2, 20, 40, 50);
    const OperationId older = history.read(2, 10, 60, 70);
    const CheckResult result = monotonic_reads(history);
    CHECK(result.check == "monotonic_reads");
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{first, second, newer, older});
    CHECK(result.witnesses[0].explanation ==
          "session 2's read of 10 [0.000000 s, 0.000000 s] stepped back behind session 2's read of "
          "20 [0.000000 s, 0.000000 s] of the same session. 10 is older than 20: session 1's write "
          "of 10 [0.000000 s, 0.000000 s] was over before session 1's write of 20 [0.000000 s, "
          "0.000000 s] began.");
  }
  SUBCASE("new, then nothing") {
    const OperationId newer = history.read(2, 10, 40, 50);
    const OperationId older = history.read(2, nil, 60, 70);
    const CheckResult result = monotonic_reads(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{newer, older});
  }
  SUBCASE("another session may see old after new") {
    history.read(2, 20, 40, 50);
    history.read(3, 10, 60, 70);
    CHECK(monotonic_reads(history).verdict == Verdict::valid);
  }
  SUBCASE("every step back counts once") {
    history.read(2, 20, 40, 50);
    history.read(2, 10, 60, 70);
    history.read(2, 20, 80, 90);
    history.read(2, 10, 100, 110);
    CHECK(monotonic_reads(history).violations == 2);
    const CheckResult result = check_monotonic_reads(history.history(), {.witnesses = 1});
    CHECK(result.violations == 2);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations.back() == 3);
  }
}

TEST_CASE("monotonic reads of concurrent writes") {
  HistoryBuilder history;
  history.write(1, 10, 0, 100);
  history.write(2, 20, 0, 100);
  const OperationId a = history.read(3, 10, 10, 20);
  const OperationId b = history.read(3, 20, 30, 40);
  SUBCASE("either order will do") { CHECK(monotonic_reads(history).verdict == Verdict::valid); }
  SUBCASE("but not both") {
    const OperationId c = history.read(3, 10, 50, 60);
    const CheckResult result = monotonic_reads(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{a, b, c});
  }
  SUBCASE("a sibling that stays is not a return") {
    history.read_all(3, {10, 20}, 50, 60);
    CHECK(monotonic_reads(history).violations == 1);  // 10 had been replaced
    history.read_all(3, {20, 10}, 70, 80);
    CHECK(monotonic_reads(history).violations == 2);
    HistoryBuilder other;
    other.write(1, 10, 0, 100);
    other.write(2, 20, 0, 100);
    other.read(3, 10, 10, 20);
    other.read_all(3, {10, 20}, 30, 40);
    other.read_all(3, {20, 10}, 50, 60);
    CHECK(monotonic_reads(other).verdict == Verdict::valid);
  }
  SUBCASE("concurrent reads of one session come in either order") {
    HistoryBuilder other;
    other.write(1, 10, 0, 100);
    other.write(2, 20, 0, 100);
    other.read(3, 10, 10, 20);
    other.read(3, 20, 15, 30);
    other.read(3, 10, 40, 50);
    CHECK(monotonic_reads(other).verdict == Verdict::valid);
  }
  SUBCASE("a value of unknown origin between proves nothing") {
    HistoryBuilder other;
    other.write(1, 10, 0, 100);
    other.read(3, 10, 10, 20);
    other.read(3, 77, 30, 40);
    other.read(3, 10, 50, 60);
    CHECK(monotonic_reads(other).verdict == Verdict::valid);
  }
}

TEST_CASE("an atomic register keeps every promise to its sessions") {
  Dice dice(11);
  for (int number = 0; number < 2'000; ++number) {
    const History history = register_history(dice, 40, 4);
    REQUIRE(check_read_your_writes(history).verdict == Verdict::valid);
    REQUIRE(check_monotonic_reads(history).verdict == Verdict::valid);
  }
}

TEST_CASE("promises are judged as by trying all orders of the versions") {
  Dice dice(12);
  int broken_writes = 0;
  int broken_reads = 0;
  constexpr int histories = 4'000;
  for (int number = 0; number < histories; ++number) {
    constexpr std::uint32_t sessions = 3;
    const History history = register_history(dice, 11, sessions, 3);
    if (std::count_if(history.operations.begin(), history.operations.end(),
                      [](const Operation& each) { return each.writes(); }) > 6) {
      continue;
    }
    bool writes_kept = true;
    bool reads_kept = true;
    for (std::uint32_t session = 0; session < sessions; ++session) {
      writes_kept = writes_kept && some_order_keeps_promise(
                                       history, session, [](const Operation& first, const auto&) {
                                         return first.writes();
                                       });
      reads_kept = reads_kept && some_order_keeps_promise(history, session,
                                                          [](const Operation& first, const auto&) {
                                                            return first.reads();
                                                          });
    }
    REQUIRE((check_read_your_writes(history).verdict == Verdict::valid) == writes_kept);
    REQUIRE((check_monotonic_reads(history).verdict == Verdict::valid) == reads_kept);
    broken_writes += writes_kept ? 0 : 1;
    broken_reads += reads_kept ? 0 : 1;
  }
  CHECK(broken_writes > histories / 20);
  CHECK(broken_reads > histories / 20);
}

}  // namespace faultline::testing
