// What the judge of data types that merge lets pass, and what not.
#include <doctest/doctest.h>

#include <faultline/check/strong_eventual.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

struct Story {
  Story& update(OperationKind kind, Value operand, Duration from, Duration to,
                Outcome outcome = Outcome::ok) {
    Operation operation;
    operation.kind = kind;
    operation.key = 7;
    operation.written = operand;
    operation.intended = operation.invoked = Time{} + from;
    operation.completed = Time{} + to;
    operation.outcome = outcome;
    operation.attempts = 1;
    history.operations.push_back(operation);
    return *this;
  }
  Story& add(Value operand, Duration from, Duration to, Outcome outcome = Outcome::ok) {
    return update(OperationKind::add, operand, from, to, outcome);
  }
  Story& remove(Value operand, Duration from, Duration to, Outcome outcome = Outcome::ok) {
    return update(OperationKind::remove, operand, from, to, outcome);
  }
  bool allows(DataKind kind, std::vector<Value> held) const {
    const CheckResult result = check_strong_eventual(history, {{7, std::move(held)}}, kind);
    CHECK(result.checked == 1);
    CHECK(result.violations == result.witnesses.size());
    return result.verdict == Verdict::valid;
  }
  bool counts(std::int64_t value) const {
    const auto held = static_cast<Value>(value);
    return allows(DataKind::counter, {held, held});
  }
  bool holds(std::initializer_list<Value> elements) const {
    Value bits = 0;
    for (const Value element : elements) bits |= Value{1} << element;
    return allows(DataKind::set, {bits, bits});
  }
  History history{};
};

TEST_CASE("a counter is the sum of what was acknowledged, and of some of the rest") {
  Story story;
  story.add(5, 0ms, 1ms).remove(2, 2ms, 3ms).add(9, 4ms, 5ms, Outcome::failed);
  CHECK(story.counts(3));
  CHECK_FALSE(story.counts(2));
  CHECK_FALSE(story.counts(12));
  story.add(10, 6ms, 7ms, Outcome::unknown).remove(1, 8ms, 9ms, Outcome::unknown);
  for (std::int64_t value = 2; value <= 13; ++value) CHECK(story.counts(value));
  CHECK_FALSE(story.counts(1));
  CHECK_FALSE(story.counts(14));
  CHECK(Story().remove(3, 0ms, 1ms).counts(-3));
}

TEST_CASE("an update that was sent twice may count twice") {
  Story story;
  story.add(5, 0ms, 1ms);
  story.history.operations.back().attempts = 2;
  CHECK(story.counts(5));
  CHECK(story.counts(10));
  CHECK_FALSE(story.counts(15));
}

TEST_CASE("sums that 64 bits do not hold are not judged") {
  constexpr Value half = Value{1} << 62U;
  const auto judged = [](const Story& story) {
    return check_strong_eventual(story.history, {{7, {0, 0}}}, DataKind::counter);
  };
  Story story;
  story.add(half, 0ms, 1ms);
  CHECK(story.counts(std::int64_t{1} << 62));
  story.add(half, 2ms, 3ms);
  const CheckResult result = judged(story);
  CHECK(result.verdict == Verdict::unknown);
  CHECK(result.reason.find("key 7") != std::string::npos);
  CHECK(judged(Story().remove(2 * half, 0ms, 1ms).remove(1, 2ms, 3ms)).verdict == Verdict::unknown);
  CHECK(judged(Story().add(~Value{0}, 0ms, 1ms)).verdict == Verdict::unknown);
}

TEST_CASE("a set has what was added after all removes, and nothing that nobody added") {
  Story story;
  story.add(1, 0ms, 1ms).remove(1, 2ms, 3ms).add(1, 4ms, 5ms).add(2, 0ms, 1ms);
  CHECK(story.holds({1, 2}));
  CHECK_FALSE(story.holds({2}));
  CHECK_FALSE(story.holds({1, 2, 3}));
}

TEST_CASE(
    "an add and a remove at the same time leave it open, as does a remove without an answer") {
  Story overlapping;
  overlapping.add(1, 0ms, 5ms).remove(1, 3ms, 6ms);
  CHECK(overlapping.holds({1}));
  CHECK(overlapping.holds({}));
  Story unanswered;
  unanswered.remove(1, 0ms, 1ms, Outcome::unknown).add(1, 2ms, 3ms);
  CHECK(unanswered.holds({1}));
  CHECK(unanswered.holds({}));
}

TEST_CASE("replicas that differ break it, whatever they hold") {
  Story story;
  story.add(5, 0ms, 1ms);
  CHECK_FALSE(story.allows(DataKind::counter, {5, 0}));
}

TEST_CASE("a key that no replica holds is judged as well") {
  Story story;
  story.add(5, 0ms, 1ms);
  CHECK(check_strong_eventual(story.history, {}, DataKind::counter).violations == 1);
  CHECK(updates_objects(story.history));
  CHECK_FALSE(updates_objects(story.history, {3}));
}

}  // namespace
}  // namespace faultline
