// history.jsonl: what is written is read again, and what is wrong is refused with its line.
#include <algorithm>
#include <sstream>
#include <tuple>

#include <doctest/doctest.h>

#include <faultline/history/jsonl.hpp>

#include "check/history_builder.hpp"

namespace faultline::testing {
namespace {

std::string written(const History& history) {
  std::ostringstream out;
  write_history(history, out);
  return out.str();
}

History parsed(const std::string& text) {
  std::istringstream in(text);
  return read_history(in);
}

std::string complaint_about(const std::string& text) {
  try {
    parsed(text);
  } catch (const HistoryFormatError& error) {
    return error.what();
  }
  return "";
}

void require_same(const History& a, const History& b) {
  const auto fields = [](const History& history, const Operation& each) {
    const auto more = history.siblings(each);
    return std::tuple(each.intended, each.invoked, each.completed, each.key, each.written,
                      each.observed, std::vector<Value>(more.begin(), more.end()), each.session,
                      history.workloads[each.workload], history.regions[each.region], each.kind,
                      each.outcome, each.error, each.attempts, each.part);
  };
  REQUIRE(a.operations.size() == b.operations.size());
  for (std::size_t id = 0; id < a.operations.size(); ++id) {
    REQUIRE(fields(a, a.operations[id]) == fields(b, b.operations[id]));
  }
}

Operation random_operation(Dice& dice) {
  Operation operation;
  operation.kind = static_cast<OperationKind>(dice.roll(5));
  operation.outcome = static_cast<Outcome>(dice.roll(3));
  operation.error = static_cast<Error>(dice.roll(6));
  if (operation.outcome == Outcome::ok) operation.error = Error::none;
  operation.invoked = at(dice.between(0, std::int64_t{1} << 60));
  operation.intended = operation.invoked - Duration{dice.between(0, 1000)};
  operation.completed = operation.invoked + Duration{dice.between(0, 1000)};
  if (operation.outcome == Outcome::unknown && dice.one_in(2)) operation.completed = never;
  operation.key = dice.one_in(2) ? ~Key{0} : dice.roll(100);
  if (operation.reads()) operation.observed = dice.one_in(3) ? nil : ~Value{0} - dice.roll(9);
  if (operation.writes()) operation.written = 1 + dice.roll(1000);
  operation.session = static_cast<std::uint32_t>(dice.roll(std::uint64_t{1} << 32));
  operation.workload = static_cast<std::uint16_t>(dice.roll(3));
  operation.region = static_cast<std::uint16_t>(dice.roll(2));
  operation.attempts = static_cast<std::uint8_t>(dice.roll(256));
  operation.part = dice.one_in(2);
  return operation;
}

}  // namespace

TEST_CASE("one operation is one line") {
  History history;
  history.workloads = {"shoppers"};
  history.regions = {"eu-west-1"};
  Operation put;
  put.kind = OperationKind::put;
  put.session = 3;
  put.key = 42;
  put.written = 7;
  put.intended = at(900);
  put.invoked = at(1000);
  put.completed = at(2500);
  put.outcome = Outcome::ok;
  put.attempts = 1;
  Operation get = put;
  get.kind = OperationKind::get;
  get.written = nil;
  get.observed = 7;
  get.more_count = 1;
  history.more = {8};
  Operation miss = get;
  miss.observed = nil;
  miss.more_count = 0;
  Operation lost = miss;
  lost.outcome = Outcome::unknown;
  lost.error = Error::timeout;
  lost.completed = never;
  lost.attempts = 3;
  lost.part = true;
  history.operations = {put, get, miss, lost};
  CHECK(written(history) ==
        R"({"id":0,"session":3,"workload":"shoppers","region":"eu-west-1","kind":"put","key":42,)"
        R"("written":7,"observed":[],"intended":900,"invoked":1000,"completed":2500,)"
        R"("outcome":"ok","error":"none","attempts":1,"part":false})"
        "\n"
        R"({"id":1,"session":3,"workload":"shoppers","region":"eu-west-1","kind":"get","key":42,)"
        R"("written":null,"observed":[7,8],"intended":900,"invoked":1000,"completed":2500,)"
        R"("outcome":"ok","error":"none","attempts":1,"part":false})"
        "\n"
        R"({"id":2,"session":3,"workload":"shoppers","region":"eu-west-1","kind":"get","key":42,)"
        R"("written":null,"observed":[null],"intended":900,"invoked":1000,"completed":2500,)"
        R"("outcome":"ok","error":"none","attempts":1,"part":false})"
        "\n"
        R"({"id":3,"session":3,"workload":"shoppers","region":"eu-west-1","kind":"get","key":42,)"
        R"("written":null,"observed":[],"intended":900,"invoked":1000,"completed":null,)"
        R"("outcome":"unknown","error":"timeout","attempts":3,"part":true})"
        "\n");
  require_same(history, parsed(written(history)));
}

TEST_CASE("what is written is read again, to the byte") {
  Dice dice(41);
  for (int number = 0; number < 100; ++number) {
    History history;
    history.workloads = {"shoppers", "with \"quotes\" and \\", "\xc3\xa9t\xc3\xa9\n"};
    history.regions = {"a", "b"};
    for (std::uint64_t count = dice.roll(30); count > 0; --count) {
      Operation operation = random_operation(dice);
      if (operation.reads() && operation.observed != nil && dice.one_in(2)) {
        operation.more_begin = static_cast<std::uint32_t>(history.more.size());
        operation.more_count = static_cast<std::uint16_t>(dice.roll(4));
        for (int value = 0; value < operation.more_count; ++value) {
          history.more.push_back(1 + dice.roll(1000));
        }
      }
      history.operations.push_back(operation);
    }
    std::stable_sort(history.operations.begin(), history.operations.end(),
                     [](const Operation& a, const Operation& b) { return a.invoked < b.invoked; });
    const std::string text = written(history);
    const History again = parsed(text);
    require_same(history, again);
    REQUIRE(written(again) == text);
  }
}

TEST_CASE("a history by hand needs only what matters") {
  const History history = parsed(
      R"({"session":1,"kind":"put","key":1,"written":5,"invoked":10,"completed":20,"outcome":"ok"})"
      "\n\n"
      R"({"session":2,"kind":"get","key":1,"observed":[5],"invoked":30,"completed":40,)"
      R"("outcome":"ok"})");
  REQUIRE(history.operations.size() == 2);
  CHECK(history.operations[0].intended == at(10));
  CHECK(history.operations[0].attempts == 1);
  CHECK(history.operations[1].observed == 5);
  CHECK(history.workloads == std::vector<std::string>{""});
  CHECK(parsed("").operations.empty());
}

TEST_CASE("what is wrong is refused") {
  const std::string good =
      R"("session":1,"kind":"get","key":1,"invoked":10,"completed":20,"outcome":"ok")";
  CHECK(complaint_about("{" + good + "}") == "");
  CHECK(complaint_about("{" + good + "}\nnonsense").starts_with("line 2: not JSON: "));
  CHECK(complaint_about("[]") == "line 1: not a JSON object");
  CHECK(complaint_about("{" + good + R"(,"keys":1})") == "line 1: unknown field \"keys\"");
  CHECK(complaint_about(R"({"kind":"get"})") == "line 1: \"outcome\" is missing");
  CHECK(complaint_about("{" + good + R"(,"id":1})") ==
        "line 1: \"id\" must be 0, the operation's position");
  const auto with = [&](const std::string& field, const std::string& value) {
    const auto begin = good.find('"' + field + '"');
    auto end = good.find(',', begin);
    if (end == std::string::npos) end = good.size();
    return "{" + good.substr(0, begin) + '"' + field + "\":" + value + good.substr(end) + "}";
  };
  CHECK(complaint_about(with("kind", "\"fetch\"")) ==
        "line 1: \"kind\" must be one of get, put, insert, scan, read_modify_write, "
        "compare_and_set, append, add, enqueue, dequeue, acquire, release, remove");
  CHECK(complaint_about(with("outcome", "1")) ==
        "line 1: \"outcome\" must be one of ok, failed, unknown");
  CHECK(complaint_about(with("session", "4294967296")) ==
        "line 1: \"session\" must be a whole number from 0 to 4294967295");
  CHECK(complaint_about(with("key", "-1")) ==
        "line 1: \"key\" must be a whole number from 0 to 18446744073709551615");
  CHECK(complaint_about(with("invoked", "1.5")).starts_with("line 1: \"invoked\" must be a whole"));
  CHECK(complaint_about(with("completed", "9")) == "line 1: \"completed\" is before \"invoked\"");
  CHECK(complaint_about(with("completed", "null")) ==
        "line 1: an operation that is ok must have completed");
  CHECK(complaint_about("{" + good + R"(,"observed":7})") ==
        "line 1: \"observed\" must be an array");
  CHECK(complaint_about("{" + good + R"(,"observed":["x"]})")
            .starts_with("line 1: \"observed\" must be a whole number"));
  CHECK(complaint_about("{" + good + R"(,"part":1})") == "line 1: \"part\" must be true or false");
  CHECK(complaint_about("{" + good + R"(,"region":1})") == "line 1: \"region\" must be a string");
}

}  // namespace faultline::testing
