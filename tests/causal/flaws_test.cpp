// Causal stores that are broken on purpose, each in one line, and the checks that notice.
#include "model/flaws.hpp"

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::causal {
namespace {

using testing::converges;
using testing::expect_caught;
using testing::keeps;

constexpr std::uint64_t seeds = 30;

/// More keys than contexts have room for, and mostly reads.
Chaos with_full_contexts() {
  Chaos chaos;
  chaos.keys = 12;
  chaos.reads = 0.9;
  chaos.between_operations = 3ms;
  return chaos;
}

TEST_CASE("an update that is shown as it comes is an effect before its cause") {
  expect_caught(Flaw::checks_nothing, seeds, keeps("causal"), Chaos{});
}

TEST_CASE("a higher version of a key does not bring the causes of a lower one") {
  expect_caught(Flaw::content_with_later, seeds, keeps("causal"), Chaos{});
}

TEST_CASE("a context without reads lets a write go before what its writer had read") {
  Chaos chaos;
  chaos.reads = 0.7;
  expect_caught(Flaw::forgets_reads, seeds, keeps("causal"), chaos);
}

TEST_CASE("a context without writes lets a session's writes overtake one another") {
  expect_caught(Flaw::forgets_writes, seeds, keeps("causal"), Chaos{});
}

TEST_CASE("a clock that hears of nobody numbers a write below what it replaces") {
  expect_caught(Flaw::deaf_clock, seeds, keeps("causal"), Chaos{});
}

TEST_CASE("regions that keep what came last do not agree") {
  expect_caught(Flaw::last_to_arrive_wins, seeds, converges(), Chaos{});
}

TEST_CASE("an outbox in memory loses what was not sent yet") {
  expect_caught(Flaw::outbox_in_memory, seeds, converges(), Chaos{});
}

TEST_CASE("a session that moves does not find what it knows") {
  Chaos chaos;
  chaos.faithful = false;
  chaos.parameters.timestamps = Timestamps::hybrid;
  expect_caught(Flaw::trusts_strangers, seeds, keeps("read_your_writes"), chaos);
}

TEST_CASE("a marker that depends on nothing forgets a full context") {
  expect_caught(Flaw::marks_nothing, seeds, keeps("causal"), with_full_contexts());
}

TEST_CASE("with vectors, what one node has is not what its region has") {
  Chaos chaos;
  chaos.parameters.dependencies = DependencyKind::vector;
  expect_caught(Flaw::unstable_is_stable, seeds, keeps("causal"), chaos);
}

}  // namespace
}  // namespace faultline::causal
