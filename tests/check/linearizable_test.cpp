// The zone algorithm against textbook examples, and against a search through all orders on tens of
// thousands of small histories.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>

#include "check/history_builder.hpp"
#include "check/oracle.hpp"

namespace faultline::testing {
namespace {

using Ids = std::vector<OperationId>;

CheckResult judge(const HistoryBuilder& builder) { return check_linearizable(builder.history()); }

/// At one instant answers come before calls, except those of operations that take no time.
auto answer_order(const Operation& operation) {
  return std::pair(operation.completed, operation.invoked < operation.completed ? 0 : 2);
}

/// What had happened when `horizon` was answered: later answers are still awaited, later calls
/// unknown.
std::vector<Operation> beginning_of(const std::vector<Operation>& operations,
                                    const Operation& horizon) {
  std::vector<Operation> result;
  for (Operation operation : operations) {
    if (std::pair(operation.invoked, 1) > answer_order(horizon)) continue;
    const bool ok = operation.outcome == Outcome::ok;
    if (ok && answer_order(operation) > answer_order(horizon)) operation.outcome = Outcome::unknown;
    result.push_back(operation);
  }
  return result;
}

/// The first answer that leaves a history behind it which no order explains.
Operation first_inexplicable(std::vector<Operation> operations) {
  const std::vector<Operation> all = operations;
  std::erase_if(operations, [](const Operation& each) { return each.outcome != Outcome::ok; });
  std::sort(operations.begin(), operations.end(), [](const Operation& a, const Operation& b) {
    return answer_order(a) < answer_order(b);
  });
  return *std::find_if(operations.begin(), operations.end(), [&](const Operation& horizon) {
    return !exhaustively_linearizable(beginning_of(all, horizon));
  });
}

/// Whether some operations alone contradict: of other operations no more is known than that the
/// values were written.
bool contradicts(const History& history, const Ids& witness) {
  std::set<Value> values;
  std::vector<Operation> operations;
  for (const OperationId id : witness) {
    operations.push_back(history.operations[id]);
    values.insert(operations.back().reads() ? operations.back().observed
                                            : operations.back().written);
  }
  for (OperationId id = 0; id < history.operations.size(); ++id) {
    Operation write = history.operations[id];
    if (!write.writes() || !values.contains(write.written)) continue;
    if (std::count(witness.begin(), witness.end(), id) > 0) continue;
    if (write.outcome == Outcome::ok) write.outcome = Outcome::unknown;
    write.invoked = Time::min();
    operations.push_back(write);
  }
  return !exhaustively_linearizable(operations);
}

/// A witness of conflicting orders must need each of its operations.
bool irreducible(const History& history, const Ids& witness) {
  for (const OperationId id : witness) {
    Ids rest = witness;
    std::erase(rest, id);
    if (contradicts(history, rest)) return false;
  }
  return true;
}

/// Compares verdict and witness of the check with exhaustive search.
void compare_with_exhaustion(const History& history, std::size_t& invalid) {
  const CheckResult result = check_linearizable(history);
  const bool expected = exhaustively_linearizable(history.operations);
  REQUIRE(result.verdict == (expected ? Verdict::valid : Verdict::invalid));
  REQUIRE(result.violations == (expected ? 0 : 1));
  REQUIRE(result.witnesses.size() == result.violations);
  if (expected) return;
  ++invalid;
  const Witness& witness = result.witnesses.front();
  REQUIRE(witness.operations.size() <= 4);
  REQUIRE(std::is_sorted(witness.operations.begin(), witness.operations.end()));
  REQUIRE(contradicts(history, witness.operations));
  if (witness.operations.size() > 2) REQUIRE(irreducible(history, witness.operations));
}

}  // namespace

TEST_CASE("a register without operations on it is linearizable") {
  const CheckResult result = check_linearizable(History{});
  CHECK(result.check == "linearizable");
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.checked == 0);
  CHECK(result.violations == 0);
}

TEST_CASE("operations one after the other read what was written last") {
  HistoryBuilder history;
  history.read(1, nil, 0, 1);
  history.write(1, 10, 2, 3);
  history.read(2, 10, 4, 5);
  history.write(2, 20, 6, 7);
  history.read(1, 20, 8, 9);
  const CheckResult result = judge(history);
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.checked == 5);
}

TEST_CASE("reads during a write may return either value, but not new before old") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.write(1, 20, 20, 100);
  SUBCASE("old, then new") {
    history.read(2, 10, 30, 40);
    history.read(3, 20, 50, 60);
    CHECK(judge(history).verdict == Verdict::valid);
  }
  SUBCASE("new, then old: the write of 20 had taken effect") {
    const OperationId newer = history.read(2, 20, 30, 40);
    const OperationId older = history.read(3, 10, 50, 60);
    const CheckResult result = judge(history);
    CHECK(result.verdict == Verdict::invalid);
    REQUIRE(result.witnesses.size() == 1);
    // Three of these four suffice: 10 was written before the newer read, and read after it.
    CHECK(result.witnesses[0].operations == Ids{0, newer, older});
    CHECK(
        result.witnesses[0].explanation ==
        "session 3's read of 10 [0.000000 s, 0.000000 s] returned the old value 10: session 2's "
        "read of 20 [0.000000 s, 0.000000 s] was over before that read began, and 20 is the newer "
        "value, for session 1's write of 10 [0.000000 s, 0.000000 s] was over before that in turn "
        "began.");
  }
}

TEST_CASE("a stale read is told by three operations, the first stale read among them") {
  HistoryBuilder history;
  const OperationId first = history.write(1, 5, 1'000'000'000, 1'100'000'000);
  const OperationId second = history.write(3, 9, 1'200'000'000, 1'250'000'000);
  history.read(4, 9, 1'300'000'000, 1'310'000'000);
  const OperationId stale = history.read(17, 5, 2'000'000'000, 2'030'000'000);
  history.read(18, 5, 3'000'000'000, 3'030'000'000);
  const CheckResult result = judge(history);
  REQUIRE(result.witnesses.size() == 1);
  CHECK(result.violations == 1);
  CHECK(result.witnesses[0].key == 1);
  CHECK(result.witnesses[0].operations == Ids{first, second, stale});
  CHECK(
      result.witnesses[0].explanation ==
      "session 17's read of 5 [2.000000 s, 2.030000 s] returned the old value 5: session 3's write "
      "of 9 [1.200000 s, 1.250000 s] was over before that read began, and 9 is the newer value, "
      "for "
      "session 1's write of 5 [1.000000 s, 1.100000 s] was over before that in turn began.");
}

TEST_CASE("a key found unwritten after a write") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  SUBCASE("is a violation of two operations") {
    history.read(2, nil, 20, 30);
    const CheckResult result = judge(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{0, 1});
  }
  SUBCASE("but not if the write was still under way") {
    history.read(2, nil, 9, 30);
    CHECK(judge(history).verdict == Verdict::valid);
  }
}

TEST_CASE("two readers who saw two concurrent writes in opposite orders contradict each other") {
  HistoryBuilder history;
  history.write(1, 10, 0, 100);
  history.write(2, 20, 0, 100);
  const OperationId a = history.read(3, 10, 10, 20);
  const OperationId b = history.read(4, 20, 10, 20);
  const OperationId c = history.read(3, 20, 30, 40);
  SUBCASE("one reader alone does not") { CHECK(judge(history).verdict == Verdict::valid); }
  SUBCASE("both do") {
    const OperationId d = history.read(4, 10, 30, 40);
    const CheckResult result = judge(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{a, b, c, d});
  }
}

TEST_CASE("a write that timed out may take effect at any later time, or never") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.timed_out_write(2, 20, 20, 30);
  history.read(3, 10, 40, 50);
  SUBCASE("never") { CHECK(judge(history).verdict == Verdict::valid); }
  SUBCASE("late") {
    history.read(3, 20, 60, 70);
    CHECK(judge(history).verdict == Verdict::valid);
  }
  SUBCASE("but then it stays") {
    history.read(3, 20, 60, 70);
    history.read(3, 10, 80, 90);
    CHECK(judge(history).verdict == Verdict::invalid);
  }
  SUBCASE("and not before it was invoked") {
    HistoryBuilder other;
    const OperationId read = other.read(3, 20, 0, 10);
    const OperationId write = other.timed_out_write(2, 20, 20, 30);
    const CheckResult result = judge(other);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{read, write});
  }
}

TEST_CASE("reads that are wrong by themselves") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  SUBCASE("of a value that nobody wrote") {
    history.read(2, 11, 20, 30);
    const CheckResult result = judge(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{1});
    CHECK(result.witnesses[0].explanation ==
          "session 2's read of 11 [0.000000 s, 0.000000 s] returned a value that nobody wrote.");
  }
  SUBCASE("of a write that failed") {
    history.write(3, 12, 20, 30, Outcome::failed);
    CHECK(judge(history).verdict == Verdict::valid);
    history.read(2, 12, 40, 50);
    const CheckResult result = judge(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{1, 2});
  }
  SUBCASE("of siblings") {
    history.write(3, 12, 5, 15);
    history.read_all(2, {10, 12}, 20, 30);
    const CheckResult result = judge(history);
    REQUIRE(result.witnesses.size() == 1);
    CHECK(result.witnesses[0].operations == Ids{2});
  }
  SUBCASE("but what a failed or unanswered read holds means nothing") {
    history.unanswered_read(2, 20, 30);
    history[history.read(2, 77, 20, 30)].outcome = Outcome::failed;
    CHECK(judge(history).verdict == Verdict::valid);
    CHECK(judge(history).checked == 1);
  }
}

TEST_CASE("at one instant an answer comes before a call") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.write(1, 20, 10, 20);
  SUBCASE("so a client that reads at once sees its write") {
    history.read(1, 10, 20, 30);
    CHECK(judge(history).verdict == Verdict::invalid);
  }
  SUBCASE("but operations of no duration at one instant are concurrent") {
    history.read(2, 30, 50, 50);
    history.write(3, 30, 50, 50);
    history.read(4, 20, 50, 50);
    CHECK(judge(history).verdict == Verdict::valid);
  }
}

TEST_CASE("every key is a register of its own, and violations come in order of time") {
  HistoryBuilder history;
  history.on(7).write(1, 1, 0, 10);
  history.on(3).write(1, 1, 0, 10);
  history.on(5).write(1, 1, 0, 10);
  history.on(5).read(2, 1, 20, 30);
  history.on(7).read(2, nil, 20, 40);
  history.on(3).read(2, nil, 20, 50);
  CheckOptions options;
  CheckResult result = check_linearizable(history.history(), options);
  CHECK(result.violations == 2);
  REQUIRE(result.witnesses.size() == 2);
  CHECK(result.witnesses[0].key == 7);
  CHECK(result.witnesses[1].key == 3);
  options.witnesses = 1;
  result = check_linearizable(history.history(), options);
  CHECK(result.violations == 2);
  CHECK(result.witnesses.size() == 1);
}

TEST_CASE("workloads on different services are judged apart") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history[history.read(2, nil, 20, 30)].workload = 1;
  History two = history.history();
  two.workloads = {"first", "second"};
  CHECK(check_linearizable(two).verdict == Verdict::invalid);
  CHECK(check_linearizable(two, {.workloads = {0}}).verdict == Verdict::valid);
  CHECK(check_linearizable(two, {.workloads = {1}}).checked == 1);
}

TEST_CASE("parts of a read-modify-write are judged, the whole and scans are not") {
  HistoryBuilder history;
  history.update(1, nil, 10, 0, 10, 20);
  CHECK(judge(history).checked == 2);
  CHECK(judge(history).verdict == Verdict::valid);
  history.update(2, nil, 11, 30, 40, 50);
  CHECK(judge(history).verdict == Verdict::invalid);
}

TEST_CASE("values written twice are judged by a search") {
  HistoryBuilder history;
  history.write(1, 10, 0, 10);
  history.write(1, 11, 20, 30);
  history.write(1, 10, 40, 50);
  history.read(2, 10, 60, 70);
  CHECK(judge(history).verdict == Verdict::valid);
  history.read(2, 11, 80, 90);
  CHECK(judge(history).verdict == Verdict::invalid);
  HistoryBuilder clearing;
  clearing.write(1, 10, 0, 10);
  clearing.write(1, nil, 20, 30);
  clearing.read(2, nil, 40, 50);
  CHECK(judge(clearing).verdict == Verdict::valid);
  clearing.read(2, 10, 60, 70);
  CHECK(judge(clearing).verdict == Verdict::invalid);
}

TEST_CASE("noise is judged as by exhaustive search") {
  Dice dice(20240601);
  std::size_t invalid = 0;
  constexpr std::size_t histories = 30'000;
  for (std::size_t number = 0; number < histories; ++number) {
    compare_with_exhaustion(noise(dice, 2 + dice.roll(7)), invalid);
  }
  CHECK(invalid > histories / 10);
  CHECK(invalid < histories * 9 / 10);
}

TEST_CASE("an atomic register is found linearizable") {
  Dice dice(7);
  for (std::size_t number = 0; number < 3'000; ++number) {
    const auto sessions = static_cast<std::uint32_t>(1 + dice.roll(8));
    const History history = register_history(dice, 1 + dice.roll(60), sessions);
    REQUIRE(check_linearizable(history).verdict == Verdict::valid);
  }
}

TEST_CASE("a register that lies now and then is judged as by exhaustive search") {
  Dice dice(99);
  std::size_t invalid = 0;
  constexpr std::size_t histories = 20'000;
  for (std::size_t number = 0; number < histories; ++number) {
    const auto sessions = static_cast<std::uint32_t>(1 + dice.roll(4));
    compare_with_exhaustion(register_history(dice, 3 + dice.roll(8), sessions, 3), invalid);
  }
  CHECK(invalid > histories / 10);
  CHECK(invalid < histories * 9 / 10);
}

TEST_CASE("the witness is about the first answer that no order explains") {
  Dice dice(5);
  std::size_t invalid = 0;
  for (std::size_t number = 0; number < 4'000; ++number) {
    const History history = dice.one_in(2) ? noise(dice, 9) : register_history(dice, 14, 3, 3);
    const CheckResult result = check_linearizable(history);
    if (result.verdict == Verdict::valid) continue;
    ++invalid;
    const Operation first = first_inexplicable(history.operations);
    bool answered_then = false;
    for (const OperationId id : result.witnesses[0].operations) {
      const Operation& operation = history.operations[id];
      if (operation.outcome != Outcome::ok) continue;
      answered_then = answered_then || answer_order(operation) == answer_order(first);
    }
    REQUIRE(answered_then);
  }
  CHECK(invalid > 1'000);
}

}  // namespace faultline::testing
