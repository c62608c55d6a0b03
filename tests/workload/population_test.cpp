// Clients against a service that a test scripts: outcomes, retries, hedging, sessions, latencies.
#include <algorithm>
#include <chrono>
#include <set>

#include <doctest/doctest.h>

#include "workload/harness.hpp"
#include "workload/statistics.hpp"

using namespace faultline;
using namespace faultline::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::array<double, operation_kinds> only_puts{0, 1};

/// One put at time 0, answered attempt by attempt as `reactions` say (the last one repeats).
struct OnePut {
  OnePut(std::vector<Reaction> reactions, int attempts) : stage({1ms, 2ms, 3ms}) {
    stage.settings.mix = only_puts;
    stage.settings.most_operations = 1;
    stage.settings.timeout = 100ms;
    stage.settings.retry = {attempts, Backoff::constant, 10ms, 1s};
    stage.director.script = [reactions](const Call& call) {
      return reactions[std::min(static_cast<std::size_t>(call.attempt), reactions.size()) - 1];
    };
    stage.run(1s);
    REQUIRE(stage.history.operations.size() == 1);
    operation = stage.operation(0);
  }
  Stage stage;
  Operation operation;
};

Response two_values(Value first, Value second) {
  Response response = found(first, 8);
  response.values[1] = second;
  response.count = 2;
  return response;
}

}  // namespace

// ---- outcomes -----------------------------------------------------------------------------------

TEST_CASE("a put that is answered well is ok, after one round trip and the service's time") {
  const OnePut put({after(7ms)}, 3);
  CHECK(put.operation.outcome == Outcome::ok);
  CHECK(put.operation.error == Error::none);
  CHECK(put.operation.attempts == 1);
  CHECK(put.operation.latency() == 1ms + 7ms + 1ms);
}

TEST_CASE("refused every time: failed") {
  const OnePut put({after(0ms, refused(Error::not_leader)), after(0ms, refused(Error::overloaded))},
                   2);
  CHECK(put.operation.outcome == Outcome::failed);
  CHECK(put.operation.error == Error::overloaded);
  CHECK(put.operation.attempts == 2);
}

TEST_CASE("no answer in time: unknown, and it took all timeouts and waits") {
  const OnePut put({lost()}, 3);
  CHECK(put.operation.outcome == Outcome::unknown);
  CHECK(put.operation.error == Error::timeout);
  CHECK(put.operation.attempts == 3);
  CHECK(put.operation.latency() == 3 * 100ms + 2 * 10ms);
}

TEST_CASE("one attempt may have happened, a later one was refused: still unknown") {
  const OnePut timed_out({lost(), after(0ms, refused(Error::unavailable))}, 2);
  CHECK(timed_out.operation.outcome == Outcome::unknown);
  CHECK(timed_out.operation.error == Error::timeout);
  const OnePut undecided_first(
      {after(0ms, undecided(Error::indeterminate)), after(0ms, refused(Error::unavailable))}, 2);
  CHECK(undecided_first.operation.outcome == Outcome::unknown);
  CHECK(undecided_first.operation.error == Error::indeterminate);
}

TEST_CASE("a later attempt that is answered well settles it") {
  const OnePut put({lost(), after(0ms, refused(Error::unavailable)), after(0ms)}, 5);
  CHECK(put.operation.outcome == Outcome::ok);
  CHECK(put.operation.error == Error::none);
  CHECK(put.operation.attempts == 3);
}

TEST_CASE("an answer after the timeout is not heard") {
  const OnePut put({after(150ms), lost()}, 2);
  CHECK(put.operation.outcome == Outcome::unknown);
}

TEST_CASE("what is under way when the run ends stays open") {
  Stage stage({1ms});
  stage.settings.most_operations = 1;
  stage.settings.timeout = 500ms;
  stage.director.script = [](const Call&) { return lost(); };
  stage.run(100ms, 200ms);
  CHECK(stage.operation(0).completed == never);
  CHECK(stage.operation(0).outcome == Outcome::unknown);
  CHECK(stage.operation(0).error == Error::none);
  CHECK(stage.operation(0).attempts == 1);
}

// ---- retries ------------------------------------------------------------------------------------

TEST_CASE("a retry is the same request, to the next nearest node, after the wait") {
  const OnePut put({lost()}, 4);
  const auto& calls = put.stage.director.calls;
  REQUIRE(calls.size() == 4);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CHECK(calls[i].request.operation == calls[0].request.operation);
    CHECK(calls[i].request.value == put.operation.written);
    CHECK(calls[i].request.key == put.operation.key);
    CHECK(calls[i].node == i % 3);
    CHECK(calls[i].at == Time{i * 110ms + 1ms * (i % 3 + 1)});
  }
}

TEST_CASE("the model's own rule says whom to ask unless the scenario does") {
  for (const auto& [rule, expected] : {std::pair{WorkloadSettings::ContactRule::model, 2U},
                                       std::pair{WorkloadSettings::ContactRule::nearest, 0U}}) {
    Stage stage({1ms, 2ms, 3ms});
    stage.numbers.next = 2;  // round robin begins at the session's number
    stage.model_contact = Contact::round_robin;
    stage.settings.contact = rule;
    stage.settings.sessions = 1;
    stage.settings.most_operations = 1;
    stage.run(1s);
    CHECK(stage.director.calls.at(0).node == expected);
  }
}

// ---- hedging ------------------------------------------------------------------------------------

TEST_CASE("a read that is not answered soon goes to a second node and the first answer wins") {
  Stage stage({1ms, 2ms, 3ms});
  stage.settings.most_operations = 1;
  stage.settings.hedge_after = 20ms;
  stage.director.script = [](const Call& call) {
    return after(call.node == 0 ? 300ms : 5ms, found(call.node + 10, 8));
  };
  stage.run(1s);
  REQUIRE(stage.director.calls.size() == 2);
  CHECK(stage.director.calls[1].node == 1);
  CHECK(stage.operation(0).latency() == 20ms + 2ms + 5ms + 2ms);
  CHECK(stage.operation(0).observed == 11);
  CHECK(stage.operation(0).attempts == 2);
}

TEST_CASE("a quick refusal by the second node does not hide the first one's good answer") {
  Stage stage({1ms, 2ms});
  stage.settings.most_operations = 1;
  stage.settings.hedge_after = 20ms;
  stage.director.script = [](const Call& call) {
    return call.node == 0 ? after(50ms, found(10, 8)) : after(0ms, refused(Error::unavailable));
  };
  stage.run(1s);
  CHECK(stage.operation(0).outcome == Outcome::ok);
  CHECK(stage.operation(0).latency() == 52ms);
}

TEST_CASE("a hedged read waits no longer than one timeout for both") {
  Stage stage({1ms, 2ms});
  stage.settings.most_operations = 1;
  stage.settings.hedge_after = 20ms;
  stage.settings.timeout = 100ms;
  stage.director.script = [](const Call&) { return lost(); };
  stage.run(1s);
  CHECK(stage.operation(0).outcome == Outcome::unknown);
  CHECK(stage.operation(0).latency() == 100ms);
}

TEST_CASE("quick answers, writes and refusals are not hedged") {
  for (const bool write : {false, true}) {
    Stage stage({1ms, 2ms});
    stage.settings.most_operations = 1;
    stage.settings.hedge_after = 20ms;
    if (write) stage.settings.mix = only_puts;
    stage.director.script = [write](const Call&) {
      return write ? after(50ms) : after(0ms, refused(Error::unavailable));
    };
    stage.run(1s);
    CHECK(stage.director.calls.size() == 1);
  }
}

// ---- open loop ----------------------------------------------------------------------------------

TEST_CASE("latency counts from the intended start: a stall of one second is felt by all who came") {
  // Constant arrivals every 10 ms; the service stands still from 10 s to 11 s.
  const auto stalled = [](const Call& call) {
    const bool in_stall = call.at >= Time{10s} && call.at < Time{11s};
    return after(in_stall ? Time{11s} - call.at : Duration{0});
  };
  for (const std::uint32_t most_sessions : {100'000U, 1U}) {
    CAPTURE(most_sessions);
    Stage stage({1ms});
    stage.settings.sessions = 1;
    stage.settings.most_sessions = most_sessions;
    stage.settings.timeout = 5s;
    stage.director.script = stalled;
    stage.run(20s);
    REQUIRE(stage.history.operations.size() == 2000);
    int waited_half = 0;
    for (std::size_t i = 0; i < 2000; ++i) {
      const Operation& operation = stage.operation(i);
      REQUIRE(operation.intended == Time{i * 10ms});
      REQUIRE(operation.outcome == Outcome::ok);
      waited_half += operation.latency() >= 500ms ? 1 : 0;
      if (most_sessions > 1) {
        REQUIRE(operation.invoked == operation.intended);
      }
    }
    // The triangle: an operation that comes x into the stall waits 1 s - x, and 1 ms for the way
    // back.
    if (most_sessions > 1) {
      CHECK(waited_half == 51);
      CHECK(stage.operation(1025).latency() == 1s - 250ms + 1ms);
      CHECK(stage.operation(1101).latency() == 2ms);
    } else {
      // With one session that may not be helped out, the rest queue behind it, 2 ms each.
      CHECK(stage.operation(1025).invoked > Time{11s});
      CHECK(stage.operation(1025).latency() > 750ms);
      CHECK(waited_half > 51);
      CHECK(waited_half < 70);
    }
  }
}

TEST_CASE(
    "the load does not depend on the service: sessions step in, each asks one thing at a time") {
  Stage stage({1ms});
  stage.settings.sessions = 10;
  stage.settings.timeout = 1s;
  stage.director.script = [](const Call&) { return lost(); };
  stage.run(5s);
  CHECK(stage.director.calls.size() == 500);
  CHECK(stage.population->sessions() >= 100);
  CHECK(stage.population->sessions() <= 111);
  std::map<std::uint32_t, Time> free_from;
  for (const Operation& operation : stage.history.operations) {
    REQUIRE(operation.invoked >= free_from[operation.session]);
    free_from[operation.session] = operation.completed;
  }
}

TEST_CASE("arrivals are dealt to sessions in turn, and sessions to regions by share") {
  Stage stage({1ms, 1ms, 1ms}, 2);
  stage.settings.from = {{0, 0.25}, {1, 0.75}};
  stage.settings.sessions = 8;
  stage.numbers.next = 5;
  stage.run(4s);
  REQUIRE(stage.history.operations.size() == 400);
  int far = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    REQUIRE(stage.operation(i).session == 5 + i % 8);
    REQUIRE(stage.operation(i).region == stage.operation(i % 8).region);
    far += stage.operation(i).region;
  }
  CHECK(far == 300);
  CHECK(stage.numbers.next == 13);
}

TEST_CASE("a workload begins and stops when it should, or ends at its bound and says so") {
  Stage stage({1ms});
  stage.settings.start = Time{2s};
  stage.run(3s);
  CHECK(stage.history.operations.size() == 100);
  CHECK(stage.operation(0).intended == Time{2s});
  CHECK_FALSE(stage.population->exhausted());
  Stage bounded({1ms});
  bounded.settings.most_operations = 7;
  bounded.run(3s);
  CHECK(bounded.population->issued() == 7);
  CHECK(bounded.population->exhausted());
}

TEST_CASE("a trace says when, what and about which key") {
  Stage stage({1ms});
  std::vector<TraceProblem> problems;
  TraceArrivals trace;
  trace.entries = parse_trace("time,kind,key\n0.5,put,3\n0.5,get,99\n1,,\n", problems);
  stage.settings.arrivals = trace;
  stage.settings.mix = {0, 0, 0, 1, 0};
  stage.run(3s);
  REQUIRE(stage.history.operations.size() == 3);
  CHECK(stage.operation(0).intended == Time{500ms});
  CHECK(stage.operation(0).kind == OperationKind::put);
  CHECK(stage.operation(0).key == 3);
  CHECK(stage.operation(1).key == 99);
  CHECK(stage.operation(2).kind == OperationKind::scan);
}

// ---- closed loop --------------------------------------------------------------------------------

TEST_CASE("a closed loop: the interactive response time law X = N / (R + Z)") {
  Stage stage({10ms});
  stage.settings.arrivals = ClosedLoop{Distribution::constant(0.07)};
  stage.settings.sessions = 5;
  stage.director.script = [](const Call&) { return after(10ms); };
  stage.run(100s);
  // R = 30 ms, Z = 70 ms: each session asks at 70 ms, 170 ms, ...
  CHECK(stage.history.operations.size() == 5 * 1000);
  for (const Operation& operation : stage.history.operations) {
    REQUIRE(operation.latency() == 30ms);
    REQUIRE(operation.intended == operation.invoked);
  }
  CHECK(stage.population->sessions() == 5);
}

TEST_CASE("in a closed loop a slow service is asked less") {
  Stage stage({1ms});
  stage.settings.arrivals = ClosedLoop{};
  stage.settings.sessions = 3;
  stage.settings.timeout = 1s;
  stage.director.script = [](const Call&) { return lost(); };
  stage.run(10s);
  CHECK(stage.history.operations.size() == 30);
}

// ---- values, keys, tokens -----------------------------------------------------------------------

TEST_CASE("every write of a run has a value of its own") {
  Stage stage({1ms});
  stage.settings.mix = {0.2, 0.4, 0.2, 0, 0.2};
  stage.run(10s);
  std::set<Value> values;
  for (const Operation& operation : stage.history.operations) {
    if (!operation.writes()) continue;
    REQUIRE(operation.written != nil);
    REQUIRE(values.insert(operation.written).second);
  }
  CHECK(values.size() > 500);
}

TEST_CASE("inserts extend the keys") {
  Stage stage({1ms});
  stage.settings.mix = {0, 0, 1, 0, 0};
  stage.settings.keys.count = 50;
  stage.run(1s);
  for (std::size_t i = 0; i < 100; ++i) REQUIRE(stage.operation(i).key == 50 + i);
}

TEST_CASE("a read records what it saw, siblings too") {
  Stage stage({1ms});
  stage.settings.most_operations = 3;
  stage.director.script = [](const Call& call) {
    if (call.request.operation == 0) return after(0ms, found(nil, 0));
    if (call.request.operation == 1) return after(0ms, two_values(8, 9));
    return after(0ms, found(4, 8));
  };
  stage.run(1s);
  CHECK(stage.operation(0).observed == nil);
  CHECK(stage.operation(1).observed == 8);
  REQUIRE(stage.history.siblings(stage.operation(1)).size() == 1);
  CHECK(stage.history.siblings(stage.operation(1))[0] == 9);
  CHECK(stage.operation(2).observed == 4);
  CHECK(stage.history.siblings(stage.operation(2)).empty());
}

TEST_CASE("a read-modify-write reads, then writes with the token of the read") {
  Stage stage({1ms});
  stage.settings.mix = {0, 0, 0, 0, 1};
  stage.settings.most_operations = 1;
  stage.director.script = [](const Call& call) {
    if (call.request.kind == OperationKind::put) return after(5ms);
    Response response = found(77, 8);
    response.token.count = 1;
    response.token.words[0] = 123;
    return after(3ms, response);
  };
  stage.run(1s);
  REQUIRE(stage.history.operations.size() == 3);
  const Operation& whole = stage.operation(0);
  const Operation& get = stage.operation(1);
  const Operation& put = stage.operation(2);
  CHECK(whole.kind == OperationKind::read_modify_write);
  CHECK_FALSE(whole.part);
  CHECK((get.part && put.part));
  CHECK(get.kind == OperationKind::get);
  CHECK(put.kind == OperationKind::put);
  CHECK(get.key == whole.key);
  CHECK(put.key == whole.key);
  CHECK(whole.observed == 77);
  CHECK(whole.written == put.written);
  CHECK(whole.attempts == 2);
  CHECK(whole.latency() == 5ms + 7ms);
  CHECK(put.invoked == get.completed);
  CHECK(stage.director.calls[1].request.token.words[0] == 123);
}

TEST_CASE("a read-modify-write whose read fails does not write") {
  Stage stage({1ms});
  stage.settings.mix = {0, 0, 0, 0, 1};
  stage.settings.most_operations = 1;
  stage.director.script = [](const Call&) { return after(0ms, refused(Error::unavailable)); };
  stage.run(1s);
  REQUIRE(stage.history.operations.size() == 2);
  CHECK(stage.operation(0).outcome == Outcome::failed);
  CHECK(stage.operation(0).written == nil);
}

TEST_CASE("a session brings back the last token of its key, and no other session's") {
  Stage stage({1ms});
  stage.settings.sessions = 2;
  stage.settings.keys.count = 1;
  stage.settings.most_operations = 6;
  stage.director.script = [](const Call& call) {
    Response response = succeeded();
    response.token.count = 1;
    response.token.words[0] = call.request.operation + 100;
    return after(0ms, response);
  };
  stage.run(1s);
  const auto& calls = stage.director.calls;
  CHECK(calls[0].request.token.empty());
  CHECK(calls[1].request.token.empty());
  for (std::size_t i = 2; i < 6; ++i) {
    CHECK(calls[i].request.token.words[0] == calls[i - 2].request.operation + 100);
  }
}
