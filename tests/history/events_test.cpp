// Histories from elsewhere: every notation, and every way in which one can be wrong.
#include <doctest/doctest.h>

#include <faultline/history/edn.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/jsonl.hpp>

namespace faultline {
namespace {

std::string complaint_about(const std::string& text) {
  try {
    read_events(text);
  } catch (const HistoryFormatError& error) {
    return error.what();
  }
  return "";
}

std::string again(const std::string& text) {
  edn::Reader reader(text);
  return edn::to_text(*reader.next());
}

TEST_CASE("EDN is read and written in one way") {
  CHECK(again(" ; a comment\n [1, 2 :x/y \"a \\\"b\\\"\" nil true]") ==
        "[1 2 :x/y \"a \\\"b\\\"\" nil true]");
  CHECK(again("{:a #{1 2}, :b (3)}") == "{:a #{1 2} :b [3]}");
  CHECK(again("#inst \"2020\"") == "\"2020\"");
}

TEST_CASE("a map is asked for what it holds") {
  edn::Reader reader("{:process 3 :value [1 2]}");
  const edn::Term map = *reader.next();
  CHECK(map.get("process")->text == "3");
  CHECK(map.get("value")->children.size() == 2);
  CHECK(map.get("f") == nullptr);
}

TEST_CASE("the same events are the same history in every notation") {
  const std::string maps =
      "{:process 0, :type :invoke, :f :write, :value 7}\n"
      "{:process 1, :type :invoke, :f :read, :value nil}\n"
      "{:process 1, :type :ok, :f :read, :value 7}\n"
      "{:process 0, :type :info, :f :write, :value 7}\n";
  const std::string log =
      "INFO  jepsen.util - 0\t:invoke\t:write\t7\n"
      "INFO  jepsen.core - a word in between\n"
      "INFO  jepsen.util - 1\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 1\t:ok\t:read\t7\n"
      "INFO  jepsen.util - 0\t:info\t:write\t:timed-out\n";
  for (const std::string& text : {maps, "[" + maps + "]", "(" + maps + ")", log}) {
    CAPTURE(text);
    CHECK(is_event_text(text));
    const History history = read_events(text);
    REQUIRE(history.operations.size() == 2);
    const Operation& write = history.operations[0];
    const Operation& read = history.operations[1];
    CHECK(write.kind == OperationKind::put);
    CHECK(write.outcome == Outcome::unknown);
    CHECK(write.session == 0);
    CHECK(read.session == 1);
    CHECK(read.outcome == Outcome::ok);
    CHECK(read.observed == write.written);
    CHECK(history.value_names[read.observed] == "7");
    CHECK(read.invoked > write.invoked);
    CHECK(read.completed < write.completed);
  }
  CHECK_FALSE(is_event_text("{\"id\":0}"));
}

TEST_CASE("types mean what Jepsen means by them") {
  const History history = read_events(
      "{:process 0 :type :invoke :f :cas :value [1 2]} {:process 0 :type :fail :f :cas :value [1 "
      "2]}"
      "{:process :nemesis :type :info :f :start :value nil}"
      "{:process 1 :type :invoke :f :read :value nil :key :x}");
  REQUIRE(history.operations.size() == 2);
  CHECK(history.operations[0].outcome == Outcome::failed);
  CHECK(history.operations[0].error == Error::none);
  CHECK(history.operations[1].outcome == Outcome::unknown);
  CHECK(history.operations[1].completed == never);
  CHECK(history.key_names == std::vector<std::string>{":x"});
  // A log says more: the value was another one.
  const History log = read_events(
      "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]\nINFO  jepsen.util - 0\t:fail\t:cas\t[1 2]\n");
  CHECK(log.operations[0].error == Error::mismatch);
}

TEST_CASE("an initial value takes the place of nil") {
  const std::string text =
      "{:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value 0}"
      "{:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value nil}";
  const History zero = read_events(text, {"0"});
  CHECK(zero.operations[0].observed == nil);
  CHECK(zero.operations[0].outcome == Outcome::ok);
  CHECK(zero.operations[1].outcome == Outcome::unknown);  // it has no result
  const History nothing = read_events(text);
  CHECK(nothing.operations[0].observed != nil);
  CHECK(nothing.operations[1].observed == nil);
  CHECK(nothing.operations[1].outcome == Outcome::ok);
}

TEST_CASE("what cannot be is refused with its line") {
  const std::string call = "{:process 0 :type :invoke :f :write :value 1}\n";
  const std::string answer = "{:process 0 :type :ok :f :write :value 1}\n";
  CHECK(complaint_about(answer + call) ==
        "line 1: process 0 completes a call that it has not made");
  CHECK(complaint_about(call + answer + answer) ==
        "line 3: process 0 completes a call that it has not made");
  CHECK(complaint_about(call + call) == "line 2: process 0 calls while its call of line 1 is open");
  CHECK(complaint_about(call + "{:process 0 :type :ok :f :write :value 2}") ==
        "line 2: completes write 2, but line 1 called write 1");
  CHECK(complaint_about(call + "{:process 0 :type :ok :f :read :value 1}") ==
        "line 2: completes read, but line 1 called write");
  CHECK(complaint_about(call + "{:process 0 :type :ok :f :wri") ==
        "line 2: the file ends before the } of what begins in line 2");
  CHECK(complaint_about("[" + call) == "line 2: the file ends before its closing ]");
  CHECK(complaint_about("[" + call + "] 5") ==
        "line 2: something follows after the end of the history");
  CHECK(complaint_about("{:process 0 :type :done :f :write :value 1}") ==
        "line 1: the type is :done (invoke, ok, fail or info)");
  CHECK(complaint_about("{:process 0 :f :write}") == "line 1: the event has no :type");
  CHECK(complaint_about("{:type :ok :f :write}") == "line 1: the event has no :process");
  CHECK(complaint_about("{:process 0 :type :ok}") == "line 1: the event has no :f");
  CHECK(complaint_about("{:process \"x\" :type :invoke :f :read}").find("a whole number") !=
        std::string::npos);
  CHECK(complaint_about("{:process 0 :type :invoke :f :increment}").find("there is no operation") !=
        std::string::npos);
  CHECK(complaint_about("{:process 0 :type :invoke :f :cas :value 3}") ==
        "line 1: cas takes [expected new]");
  CHECK(complaint_about("{:index 5 :process 0 :type :invoke :f :read} "
                        "{:index 4 :process 0 :type :ok :f :read}")
            .find("out of order") != std::string::npos);
  CHECK(complaint_about("{:process 0 :type :invoke :f :write :value 1 :key :a}\n"
                        "{:process 0 :type :ok :f :write :value 1 :key :b}") ==
        "line 2: completes a call on key :b, but that of line 1 was on :a");
  CHECK(complaint_about(call + "{:process 0 :type :fail :f :write :value 2}") ==
        "line 2: completes write 2, but line 1 called write 1");
  CHECK(complaint_about("{:process 0 :process 1 :type :invoke :f :read}") ==
        "line 1: a map has the key :process twice");
  CHECK(
      complaint_about("{:index 1e999 :process 0 :type :invoke :f :read}").find("a whole number") !=
      std::string::npos);
  CHECK(complaint_about("{:process 0 :type :invoke :f :write :value 1-2-3}") ==
        "line 1: \"1-2-3\" is not a number");
  CHECK(complaint_about("{:process 0 :type :invoke :f :cas :value [7 [1 2]]}").find(":key") !=
        std::string::npos);
  CHECK(complaint_about("INFO  jepsen.util - 0\t:invoke\t:rea") ==
        "line 1: not an event (process, :type, :function and value in a row)");
  CHECK(complaint_about("INFO  jeps") ==
        "line 1: not a line of a Jepsen log (LEVEL  logger - message)");
  CHECK(complaint_about(std::string(100'000, '[')).find("nested") != std::string::npos);
}

TEST_CASE("what says the same in other words is the same") {
  const History history = read_events(
      "{:process 0 :type :invoke :f :write :value +5} {:process 0 :type :ok :f :write :value 5N}"
      "{:process 0 :type :invoke :f :write :value #{2 1}}"
      "{:process 0 :type :ok :f :write :value #{1 2}}");
  CHECK(history.value_names == std::vector<std::string>{"nil", "5", "#{1 2}"});
}

TEST_CASE("clocks that step back, and what Jepsen notes of its faults, do not matter") {
  const History history = read_events(
      "{:process 0 :type :invoke :f :read :time 100} {:process 0 :type :ok :f :read :time 19}"
      "{:process :nemesis :type :invoke :f :start}");
  CHECK(history.operations.size() == 1);
  const History log = read_events(
      "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n"
      "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 1   :invoke :cas    [1 2]\n");
  CHECK(log.operations.size() == 2);
}

TEST_CASE("transactions are read with what their reads returned") {
  const TransactionHistory history = read_transactions(
      "{:process 0 :type :invoke :f :txn :value [[:append :x 1] [:r :y nil]]}\n"
      "{:process 1 :type :invoke :f :txn :value [[:w :z 5]]}\n"
      "{:process 0 :type :ok :f :txn :value [[:append :x 1] [:r :y [3 4]]]}\n"
      "{:process 1 :type :fail :f :txn :value [[:w :z 5]]}\n"
      "{:process 2 :type :invoke :f :txn :value [[:r :y nil]]}\n");
  REQUIRE(history.transactions.size() == 3);
  CHECK(problems_of(history).empty());
  const Transaction& first = history.transactions[0];
  CHECK(first.outcome == Outcome::ok);
  REQUIRE(history.steps_of(first).size() == 2);
  CHECK(history.steps_of(first)[0].kind == StepKind::append);
  CHECK(list_in_words(history, history.list_of(history.steps_of(first)[1])) == "[3 4]");
  CHECK(history.transactions[1].outcome == Outcome::failed);
  CHECK(history.transactions[2].outcome == Outcome::unknown);
  CHECK_FALSE(history.steps_of(history.transactions[2])[0].known);
}

TEST_CASE("transactions that contradict themselves are refused") {
  const auto refused = [](const std::string& text) {
    try {
      read_transactions(text);
    } catch (const HistoryFormatError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused("{:process 0 :type :invoke :f :txn :value [[:append :x 1]]}\n"
                "{:process 0 :type :ok :f :txn :value [[:append :x 2]]}") ==
        "line 2: completes other steps than line 1 asked for");
  CHECK(refused("{:process 0 :type :invoke :f :txn :value [[:increment :x 1]]}")
            .find("is not a step") != std::string::npos);
  CHECK(refused("{:process 0 :type :invoke :f :read :value nil}") ==
        "line 1: \"read\" is not a transaction (txn)");
}

}  // namespace
}  // namespace faultline
