// The general search against exhaustion, and objects of every kind by hand.
#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>
#include <faultline/check/search_judge.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/jsonl.hpp>

#include "history_builder.hpp"
#include "oracle.hpp"

namespace faultline {
namespace {

using testing::Dice;

Verdict searched(const History& history, std::string_view kind = "cas-register") {
  std::vector<OperationId> all;
  for (std::size_t id = 0; id < history.operations.size(); ++id) {
    all.push_back(static_cast<OperationId>(id));
  }
  return SearchJudge(history, all, *find_object_kind(kind), 1'000'000).verdict();
}

TEST_CASE("the search agrees with trying every order") {
  std::size_t valid = 0;
  for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
    Dice dice(seed);
    const History history = testing::noise(dice, 3 + dice.roll(6));
    CAPTURE(seed);
    const bool expected = testing::exhaustively_linearizable(history.operations);
    CHECK((searched(history) == Verdict::valid) == expected);
    if (expected) ++valid;
  }
  CHECK(valid > 600);
  CHECK(valid < 5400);
}

TEST_CASE("the search agrees with the zones on longer histories") {
  std::size_t invalid = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Dice dice(seed);
    const History history = testing::register_history(dice, 200, 4, seed % 2 == 0 ? 40 : 0);
    CAPTURE(seed);
    const Verdict zones = check_linearizable(history).verdict;
    CHECK(searched(history) == zones);
    if (zones == Verdict::invalid) ++invalid;
  }
  CHECK(invalid > 50);
}

/// Tries every order. `State` is what an object holds; `applied(call, state)` the state after a
/// call, nothing if the call cannot have been answered so.
template <class State, class Applied>
class Exhaustive {
 public:
  Exhaustive(const History& history, Applied applied)
      : operations_(history.operations), applied_(std::move(applied)) {}
  bool linearizable(const State& initial) const { return search(0, initial); }

 private:
  static bool must(const Operation& each) {
    return each.outcome == Outcome::ok || each.error == Error::mismatch;
  }
  bool search(std::uint32_t done, const State& current) const {
    bool all_done = true;
    for (std::size_t next = 0; next < operations_.size(); ++next) {
      const Operation& each = operations_[next];
      const bool impossible = each.outcome == Outcome::failed && each.error != Error::mismatch;
      if ((done >> next & 1U) != 0 || impossible) continue;
      if (must(each)) all_done = false;
      bool free = true;
      for (std::size_t other = 0; other < operations_.size(); ++other) {
        const Operation& before = operations_[other];
        const bool waits = (done >> other & 1U) == 0 && other != next && must(before);
        if (waits && before.completed <= each.invoked) free = false;
      }
      if (!free) continue;
      const std::optional<State> after = applied_(each, current);
      if (after && search(done | 1U << next, *after)) return true;
    }
    return all_done;
  }
  const std::vector<Operation>& operations_;
  Applied applied_;
};

/// A register that is also compared and set.
std::optional<Value> cell_after(const Operation& each, Value current) {
  if (each.writes()) return each.written;
  const bool equal = each.observed == current;
  if (each.reads()) {
    return equal || each.outcome != Outcome::ok ? std::optional(current) : std::nullopt;
  }
  if (each.error == Error::mismatch) return equal ? std::nullopt : std::optional(current);
  if (equal) return each.written;
  return each.outcome == Outcome::ok ? std::nullopt : std::optional(current);
}

/// The `number`-th of a few calls that overlap; what it does is open.
Operation overlapping(Dice& dice, std::uint64_t number) {
  Operation each;
  each.session = static_cast<std::uint32_t>(number);
  each.invoked = testing::at(dice.between(0, 12));
  each.completed = each.invoked + Duration{dice.between(1, 8)};
  each.outcome = Outcome::ok;
  return each;
}

/// Values written more than once, small enough for exhaustion.
History random_cells(Dice& dice) {
  std::vector<Operation> operations;
  const std::uint64_t count = 3 + dice.roll(5);
  for (std::uint64_t number = 0; number < count; ++number) {
    Operation each = overlapping(dice, number);
    switch (dice.roll(3)) {
      case 0:
        each.kind = OperationKind::put;
        each.written = 1 + dice.roll(2);
        break;
      case 1:
        each.kind = OperationKind::get;
        each.observed = dice.roll(3);
        break;
      default:
        each.kind = OperationKind::compare_and_set;
        each.observed = dice.roll(3);
        each.written = 1 + dice.roll(2);
        if (dice.one_in(3)) {
          each.outcome = Outcome::failed;
          each.error = Error::mismatch;
        }
    }
    if (dice.one_in(5) && each.error == Error::none) each.outcome = Outcome::unknown;
    operations.push_back(each);
  }
  return testing::in_order(std::move(operations));
}

TEST_CASE("repeated values and compare-and-set agree with trying every order") {
  // A write of what is there already must not be taken early: it may be wanted again later.
  std::size_t valid = 0;
  for (std::uint64_t seed = 1; seed <= 20000; ++seed) {
    Dice dice(seed);
    const History history = random_cells(dice);
    CAPTURE(seed);
    const bool expected =
        Exhaustive<Value, decltype(&cell_after)>(history, cell_after).linearizable(nil);
    CHECK((searched(history) == Verdict::valid) == expected);
    if (expected) ++valid;
  }
  CHECK(valid > 2000);
  CHECK(valid < 18000);
}

/// A text of the letters a and b as a value: its number is the text with a leading one, in binary.
std::string letters(Value value) {
  std::string text;
  for (; value > 1; value /= 2) text += value % 2 == 0 ? 'a' : 'b';
  return {text.rbegin(), text.rend()};
}

/// Short texts put and appended, and read whole.
History random_texts(Dice& dice) {
  std::vector<Operation> operations;
  const std::uint64_t count = 3 + dice.roll(5);
  for (std::uint64_t number = 0; number < count; ++number) {
    Operation each = overlapping(dice, number);
    if (dice.one_in(5)) each.outcome = Outcome::unknown;
    switch (dice.roll(4)) {
      case 0:
        each.kind = OperationKind::put;
        each.written = 1 + dice.roll(3);
        break;
      case 1:
        each.kind = OperationKind::get;
        each.observed = dice.one_in(3) ? 0 : 2 + dice.roll(14);
        break;
      default:
        each.kind = OperationKind::append;
        each.written = 2 + dice.roll(2);
    }
    operations.push_back(each);
  }
  History history = testing::in_order(std::move(operations));
  history.value_names = {"nil"};
  for (Value value = 1; value < 16; ++value) {
    history.value_names.push_back("\"" + letters(value) + "\"");
  }
  return history;
}

std::optional<std::string> text_after(const Operation& each, const std::string& current) {
  if (each.writes()) return letters(each.written);
  if (each.kind == OperationKind::append) return current + letters(each.written);
  const bool equal = letters(each.observed) == current;
  return equal || each.outcome != Outcome::ok ? std::optional(current) : std::nullopt;
}

TEST_CASE("texts that are put and appended agree with trying every order") {
  std::size_t valid = 0;
  for (std::uint64_t seed = 1; seed <= 20000; ++seed) {
    Dice dice(seed);
    const History history = random_texts(dice);
    CAPTURE(seed);
    const bool expected =
        Exhaustive<std::string, decltype(&text_after)>(history, text_after).linearizable("");
    CHECK((searched(history, "kv") == Verdict::valid) == expected);
    if (expected) ++valid;
  }
  CHECK(valid > 2000);
  CHECK(valid < 18000);
}

TEST_CASE("orders of appends that no read tells apart are not tried one by one") {
  // Twelve clients append at once; 12! orders, and none of them begins as the reader says.
  std::vector<Operation> operations;
  for (std::uint32_t session = 0; session <= 12; ++session) {
    Operation each;
    each.session = session;
    each.kind = session < 12 ? OperationKind::append : OperationKind::get;
    each.written = session < 12 ? 1 + session : nil;
    each.observed = session < 12 ? nil : 99;
    each.invoked = testing::at(session < 12 ? session : 200);
    each.completed = testing::at(session < 12 ? 100 + session : 210);
    each.outcome = Outcome::ok;
    operations.push_back(each);
  }
  CheckOptions options;
  options.bound = 10'000;
  const CheckResult result =
      check_object(testing::in_order(std::move(operations)), *find_object_kind("kv"), options);
  CHECK(result.verdict == Verdict::invalid);
}

TEST_CASE("a search that reaches its bound says unknown, and what to raise") {
  testing::HistoryBuilder build;
  for (std::uint32_t session = 0; session < 12; ++session) {
    build.timed_out_write(session, 1 + session % 3, session, 100);
    build.write(session, 1 + session % 3, 0, 100);
  }
  build.read(0, 77, 200, 210);
  CheckOptions options;
  options.bound = 20;
  const CheckResult result = check_linearizable(build.history(), options);
  CHECK(result.verdict == Verdict::unknown);
  CHECK(result.reason.find("raise") != std::string::npos);
  options.bound = 4'000'000;
  CHECK(check_linearizable(build.history(), options).verdict == Verdict::invalid);
}

// ---- other objects ----------------------------------------------------------------------------

/// "0?add 1" invokes, "0!add 1" answers.
Verdict object(std::string_view kind, std::initializer_list<const char*> events) {
  std::string text;
  for (const std::string event : events) {
    const std::size_t type = event.find_first_of("?!~");
    const std::size_t space = std::min(event.find(' '), event.size());
    const std::string value = space < event.size() ? event.substr(space + 1) : "nil";
    text += "{:process " + event.substr(0, type) + ", :type " +
            (event[type] == '?' ? ":invoke" : (event[type] == '!' ? ":ok" : ":info")) +
            ", :f :" + event.substr(type + 1, space - type - 1) + ", :value " + value + "}\n";
  }
  return check_object(read_events(text), *find_object_kind(kind)).verdict;
}

TEST_CASE("a lock has one holder at a time") {
  CHECK(object("mutex", {"0?acquire", "0!acquire", "1?acquire", "0?release", "0!release",
                         "1!acquire"}) == Verdict::valid);
  CHECK(object("mutex", {"0?acquire", "0!acquire", "1?acquire", "1!acquire", "0?release",
                         "0!release"}) == Verdict::invalid);
  // A release whose answer is lost may have freed it.
  CHECK(object("mutex", {"0?acquire", "0!acquire", "0?release", "0~release", "1?acquire",
                         "1!acquire"}) == Verdict::valid);
  CHECK(object("mutex", {"0?release", "0!release"}) == Verdict::invalid);
}

TEST_CASE("a queue gives first what was put in first") {
  CHECK(object("queue", {"0?enqueue 1", "0!enqueue 1", "0?enqueue 2", "0!enqueue 2", "1?dequeue",
                         "1!dequeue 1", "1?dequeue", "1!dequeue 2", "1?dequeue",
                         "1!dequeue nil"}) == Verdict::valid);
  CHECK(object("queue", {"0?enqueue 1", "0!enqueue 1", "0?enqueue 2", "0!enqueue 2", "1?dequeue",
                         "1!dequeue 2"}) == Verdict::invalid);
  CHECK(object("queue", {"0?enqueue 1", "1?enqueue 2", "0!enqueue 1", "1!enqueue 2", "1?dequeue",
                         "1!dequeue 2", "0?dequeue", "0!dequeue 1"}) == Verdict::valid);
  CHECK(object("queue", {"0?enqueue 1", "0!enqueue 1", "1?dequeue", "1!dequeue nil"}) ==
        Verdict::invalid);
}

TEST_CASE("a set keeps what was added") {
  CHECK(object("set", {"0?add 3", "0!add 3", "0?add 1", "0~add 1", "1?read", "1!read #{3}",
                       "1?read", "1!read #{1 3}"}) == Verdict::valid);
  CHECK(object("set", {"0?add 3", "0!add 3", "1?read", "1!read #{}"}) == Verdict::invalid);
  CHECK(object("set", {"0?add 3", "0!add 3", "0?add 1", "0~add 1", "1?read", "1!read [3 1]",
                       "1?read", "1!read [3]"}) == Verdict::invalid);
}

TEST_CASE("a counter adds up") {
  CHECK(object("counter", {"0?add 5", "0!add 5", "1?add -2", "2?read", "2!read 3", "1!add -2"}) ==
        Verdict::valid);
  CHECK(object("counter", {"0?add 5", "0!add 5", "1?read", "1!read 4"}) == Verdict::invalid);
}

TEST_CASE("what no counter or register can hold is refused") {
  CHECK_THROWS_AS(object("counter", {"0?add :a", "0!add :a"}), HistoryFormatError);
  CHECK_THROWS_AS(object("counter", {"0?add 1.5", "0!add 1.5"}), HistoryFormatError);
  CHECK_THROWS_AS(object("counter", {"0?add 1", "0!add 1", "0?read", "0!read [1 2]"}),
                  HistoryFormatError);
}

/// `count` additions, each by a client that waits, and a read of all but `missing` of them.
History additions(OperationKind kind, std::uint64_t count, std::uint64_t missing) {
  History history;
  for (std::uint64_t number = 0; number <= count; ++number) {
    Operation each;
    each.invoked = testing::at(static_cast<std::int64_t>(10 * number));
    each.completed = each.invoked + Duration{5};
    each.outcome = Outcome::ok;
    each.kind = number < count ? kind : OperationKind::get;
    if (number < count) each.written = number + 1;
    history.operations.push_back(each);
  }
  Operation& read = history.operations.back();
  read.observed = 1;
  for (std::uint64_t value = 2; value <= count - missing; ++value) history.more.push_back(value);
  read.more_count = static_cast<std::uint16_t>(history.more.size());
  return history;
}

TEST_CASE("long lists and sets take no more than their length") {
  for (const auto& [kind, operation] :
       {std::pair("append", OperationKind::append), std::pair("set", OperationKind::add)}) {
    CAPTURE(kind);
    CHECK(searched(additions(operation, 50'000, 0), kind) == Verdict::valid);
    CHECK(searched(additions(operation, 50'000, 1), kind) == Verdict::invalid);
  }
}

TEST_CASE("writes that nobody can have noticed do not make a search hard") {
  testing::HistoryBuilder build;
  for (std::uint32_t session = 0; session < 40; ++session) {
    build.timed_out_write(session, 1000 + session, session, 100);
  }
  for (std::int64_t round = 0; round < 50; ++round) {
    build.write(100, 1 + static_cast<Value>(round % 3), 200 + 20 * round, 205 + 20 * round);
    build.read(101, 1 + static_cast<Value>(round % 3), 210 + 20 * round, 215 + 20 * round);
  }
  CHECK(searched(build.history()) == Verdict::valid);
  build.read(101, 1, 2000, 2010);
  CHECK(searched(build.history()) == Verdict::invalid);
}

TEST_CASE("a list grows at its end") {
  CHECK(object("append", {"0?append 1", "1?append 2", "0!append 1", "1!append 2", "0?read",
                          "0!read [2 1]"}) == Verdict::valid);
  CHECK(object("append", {"0?append 1", "0!append 1", "1?append 2", "1!append 2", "0?read",
                          "0!read [2 1]"}) == Verdict::invalid);
  CHECK(object("append", {"0?append 1", "0!append 1", "0?read", "0!read []"}) == Verdict::invalid);
}

}  // namespace
}  // namespace faultline
