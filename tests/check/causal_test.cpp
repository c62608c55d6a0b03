// Causal consistency and its relatives: the litmus tests of the textbooks, and every order tried.
#include <map>
#include <string>

#include <doctest/doctest.h>

#include <faultline/check/causal.hpp>
#include <faultline/check/linearizable.hpp>
#include <faultline/check/sequential.hpp>

#include "check/history_builder.hpp"
#include "check/order_oracle.hpp"

namespace faultline::testing {
namespace {

using Judge = CheckResult (*)(const History&, const CheckOptions&);

const std::map<std::string, Judge> judges{{"sequential", check_sequential},
                                          {"causal memory", check_causal_memory},
                                          {"causal+", check_causal_plus},
                                          {"causal", check_causal},
                                          {"pram", check_pram}};

/// The promises that a history keeps; says "?" where a check cannot tell.
std::string kept(const History& history) {
  std::string all;
  for (const char* name : {"sequential", "causal memory", "causal+", "causal", "pram"}) {
    const CheckResult result = judges.at(name)(history, {});
    if (result.verdict == Verdict::invalid) {
      CHECK(result.violations > 0);
      CHECK_FALSE(result.witnesses.empty());
      continue;
    }
    if (!all.empty()) all += ", ";
    all += result.verdict == Verdict::unknown ? "?" : name;
  }
  return all;
}

constexpr Key x = 1;
constexpr Key y = 2;
constexpr Key z = 3;

/// Everything takes an instant, one after the other: only the order within sessions counts.
class Litmus {
 public:
  Litmus& write(std::uint32_t session, Key key, Value value) {
    builder_.on(key).write(session, value, now_, now_ + 1);
    now_ += 2;
    return *this;
  }
  Litmus& read(std::uint32_t session, Key key, Value value) {
    builder_.on(key).read(session, value, now_, now_ + 1);
    now_ += 2;
    return *this;
  }
  Litmus& timed_out_write(std::uint32_t session, Key key, Value value) {
    builder_.on(key).timed_out_write(session, value, now_, now_ + 1);
    now_ += 2;
    return *this;
  }
  const History& history() const { return builder_.history(); }
  std::string kept() const { return testing::kept(history()); }

 private:
  HistoryBuilder builder_;
  std::int64_t now_ = 0;
};

/// A few sessions at a few keys; reads return what some write may have left there.
History scribble(Dice& dice, std::size_t count, std::uint32_t sessions, Key keys) {
  std::vector<Operation> operations;
  std::vector<Value> written(keys + 1, 0);  // values on a key are 1, 2, ...
  for (std::size_t number = 0; number < count; ++number) {
    Operation operation;
    operation.key = 1 + dice.roll(keys);
    operation.session = static_cast<std::uint32_t>(dice.roll(sessions));
    operation.invoked = at(static_cast<std::int64_t>(10 * number));
    operation.completed = operation.invoked + Duration{5};
    operation.outcome = Outcome::ok;
    operation.kind = dice.one_in(2) ? OperationKind::put : OperationKind::get;
    if (operation.writes()) {
      operation.written = ++written[operation.key];
      if (dice.one_in(6)) operation.outcome = Outcome::unknown;
      if (dice.one_in(25)) operation.outcome = Outcome::failed;
    }
    operations.push_back(operation);
  }
  for (Operation& operation : operations) {
    if (operation.reads()) operation.observed = dice.roll(written[operation.key] + 1);
  }
  return in_order(std::move(operations));
}

}  // namespace

TEST_CASE("litmus: store buffering breaks sequential consistency alone") {
  Litmus litmus;
  litmus.write(1, x, 1).write(2, y, 2).read(1, y, nil).read(2, x, nil);
  CHECK(litmus.kept() == "causal memory, causal+, causal, pram");
}

TEST_CASE("litmus: message passing that fails breaks everything") {
  Litmus litmus;
  litmus.write(1, x, 1).write(1, y, 2).read(2, y, 2).read(2, x, nil);
  CHECK(litmus.kept() == "");
  const CheckResult result = check_causal(litmus.history());
  REQUIRE(result.witnesses.size() == 1);
  CHECK(result.checked == 2);
  CHECK(result.witnesses[0].key == x);
  CHECK(result.witnesses[0].operations == std::vector<OperationId>{0, 1, 2, 3});
  CHECK(result.witnesses[0].explanation ==
        "session 2's read of nothing [0.000000 s, 0.000000 s] found nothing, though it came after "
        "session 1's write of 1 [0.000000 s, 0.000000 s]. The reader came after the new one: "
        "session 1's write of 1 [0.000000 s, 0.000000 s] came before session 1's write of 2 "
        "[0.000000 s, 0.000000 s] in their session. session 2's read of 2 [0.000000 s, 0.000000 s] "
        "returned session 1's write of 2 [0.000000 s, 0.000000 s]. session 2's read of 2 [0.000000 "
        "s, 0.000000 s] came before session 2's read of nothing [0.000000 s, 0.000000 s] in their "
        "session.");
}

TEST_CASE("litmus: independent reads of independent writes") {
  Litmus litmus;
  litmus.write(1, x, 1).write(2, y, 2);
  litmus.read(3, x, 1).read(3, y, nil).read(4, y, 2).read(4, x, nil);
  CHECK(litmus.kept() == "causal memory, causal+, causal, pram");
}

TEST_CASE("litmus: a write that was caused by another overtakes it") {
  Litmus litmus;
  litmus.write(1, x, 1).read(2, x, 1).write(2, y, 2).read(3, y, 2).read(3, x, nil);
  CHECK(litmus.kept() == "pram");
}

TEST_CASE("litmus: two sessions disagree on the order of two writes") {
  Litmus litmus;
  litmus.write(1, x, 1).write(2, x, 2);
  litmus.read(3, x, 1).read(3, x, 2).read(4, x, 2).read(4, x, 1);
  CHECK(litmus.kept() == "causal memory, causal, pram");
}

TEST_CASE("litmus: one session changes its mind twice") {
  Litmus litmus;
  litmus.write(1, x, 1).write(2, x, 2);
  litmus.read(3, x, 1).read(3, x, 2).read(3, x, 1);
  CHECK(litmus.kept() == "causal");
}

TEST_CASE("litmus: arbitration may hide what a session had not seen") {
  // Figure 3 of Bouajjani et al.: convergent, but no order of session 2's own.
  Litmus litmus;
  litmus.write(1, z, 1).write(1, x, 1).write(1, y, 1);
  litmus.write(2, x, 2).read(2, z, nil).read(2, y, 1).read(2, x, 2);
  CHECK(litmus.kept() == "causal+, causal");
}

TEST_CASE("litmus: reads of other keys tell that a session is behind, not that it is wrong") {
  Litmus litmus;
  litmus.write(1, x, 1).write(1, x, 2).read(2, x, 1).write(1, y, 3).read(2, x, 1).read(2, y, nil);
  CHECK(litmus.kept() == "sequential, causal memory, causal+, causal, pram");
  CHECK(check_linearizable(litmus.history()).verdict == Verdict::invalid);
}

TEST_CASE("a write of unknown outcome comes after its session's past, and before nothing") {
  SUBCASE("it may take effect later than its session goes on") {
    Litmus litmus;
    litmus.timed_out_write(1, x, 1).read(1, x, nil).read(2, x, nil).read(1, x, 1);
    CHECK(litmus.kept() == "sequential, causal memory, causal+, causal, pram");
  }
  SUBCASE("but not sooner") {
    Litmus litmus;
    litmus.write(1, y, 5).timed_out_write(1, x, 1).read(2, x, 1).read(2, y, nil);
    CHECK(litmus.kept() == "");
  }
  SUBCASE("nor than what it had read") {
    Litmus litmus;
    litmus.read(1, x, 1).timed_out_write(1, x, 1);
    CHECK(litmus.kept() == "");
  }
  SUBCASE("and it takes effect once") {
    Litmus litmus;
    litmus.timed_out_write(1, x, 1).write(2, x, 2).read(3, x, 1).read(3, x, 2).read(3, x, 1);
    CHECK(litmus.kept() == "causal");
  }
}

TEST_CASE("values out of thin air break every promise") {
  SUBCASE("never written") { CHECK(Litmus().read(1, x, 7).kept() == ""); }
  SUBCASE("failed") {
    HistoryBuilder history;
    history.write(1, 7, 0, 1, Outcome::failed);
    history.read(2, 7, 2, 3);
    CHECK(kept(history.history()) == "");
  }
}

TEST_CASE("siblings are several values to causal consistency, and a violation elsewhere") {
  HistoryBuilder history;
  history.write(1, 1, 0, 1);
  history.write(2, 2, 0, 1);
  history.read_all(3, {1, 2}, 2, 3);
  CHECK(kept(history.history()) == "causal");
  HistoryBuilder replaced;
  replaced.write(1, 1, 0, 1);
  replaced.write(1, 2, 2, 3);
  replaced.read_all(3, {1, 2}, 4, 5);
  CHECK(kept(replaced.history()) == "");
}

TEST_CASE("what cannot be judged is unknown, unless it is wrong anyway") {
  SUBCASE("values written twice") {
    Litmus litmus;
    litmus.write(1, x, 1).write(2, x, 1).read(3, x, 1);
    CHECK(litmus.kept() == "?, ?, ?, ?, ?");
    litmus.write(1, y, 1).read(1, y, nil);
    CHECK(litmus.kept() == "");
  }
  SUBCASE("overlapping operations of a session") {
    HistoryBuilder history;
    history.write(1, 1, 0, 10);
    history.on(2).write(1, 2, 5, 15);
    CHECK(kept(history.history()) == "?, ?, ?, ?, ?");
  }
  SUBCASE("too little effort") {
    // No order is found at first sight: not that of the calls.
    Litmus litmus;
    litmus.write(1, x, 1).write(2, y, 2).read(1, y, nil).read(2, x, nil);
    for (const auto& [name, judge] : judges) {
      CAPTURE(name);
      const CheckResult result = judge(litmus.history(), {.effort = 0});
      CHECK(result.verdict == Verdict::unknown);
      CHECK(result.reason == "no verdict within 0 steps (the effort of the check)");
    }
    CHECK(check_causal(litmus.history(), {.clocks = 1}).verdict == Verdict::unknown);
    CHECK(check_causal_plus(litmus.history(), {.clocks = 1}).verdict == Verdict::unknown);
  }
}

TEST_CASE("every promise is judged as by trying all orders") {
  Dice dice(31);
  std::map<std::string, std::pair<int, int>> counts;  // kept, broken
  constexpr int histories = 6'000;
  for (int number = 0; number < histories; ++number) {
    const auto sessions = static_cast<std::uint32_t>(2 + dice.roll(3));
    const History history = scribble(dice, 4 + dice.roll(5), sessions, 1 + dice.roll(2));
    const OrderOracle oracle(history);
    const std::map<std::string, bool> expected{{"sequential", oracle.sequential()},
                                               {"causal memory", oracle.causal_memory()},
                                               {"causal+", oracle.causal_plus()},
                                               {"causal", oracle.causal()},
                                               {"pram", oracle.pram()}};
    for (const auto& [name, judge] : judges) {
      CAPTURE(name);
      CAPTURE(number);
      const Verdict verdict = judge(history, {}).verdict;
      REQUIRE((verdict == Verdict::valid) == expected.at(name));
      REQUIRE(verdict != Verdict::unknown);
      ++(expected.at(name) ? counts[name].first : counts[name].second);
    }
  }
  for (const auto& [name, count] : counts) {
    CAPTURE(name);
    CHECK(count.first > histories / 10);
    CHECK(count.second > histories / 10);
  }
}

}  // namespace faultline::testing
