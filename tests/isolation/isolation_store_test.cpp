// The judge of isolation on stores that keep one level exactly: it must never find that level
// broken, and must find every stronger one broken sooner or later.
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include <faultline/isolation/isolation.hpp>

#include "isolation/transaction_store.hpp"

namespace faultline::testing {
namespace {

constexpr std::uint64_t seeds = 200;

struct Tally {
  std::size_t invalid = 0;
  std::size_t unknown = 0;
  std::string first;  ///< why it was first found broken
};

/// How often a level was not found kept in the histories of a store.
Tally judge_store(const StoreSettings& settings, IsolationLevel level) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Dice dice(seed);
    const TransactionHistory history = TransactionStore(dice, settings).run();
    const IsolationResult result = check_isolation(history);
    REQUIRE(result.refused.empty());
    const IsolationVerdict& verdict = result[level];
    if (verdict.verdict == Verdict::unknown) ++tally.unknown;
    if (verdict.verdict != Verdict::invalid) continue;
    if (tally.invalid++ > 0) continue;
    tally.first = "seed " + std::to_string(seed);
    for (const Anomaly each : verdict.broken_by) {
      tally.first += "; " + result.find(each)->witnesses[0].explanation;
    }
  }
  return tally;
}

/// What a store promises, and levels that it does not keep.
struct Promise {
  StoreLevel store;
  IsolationLevel kept;
  std::vector<IsolationLevel> broken;
};

const std::vector<Promise>& promises() {
  static const std::vector<Promise> all = {
      {StoreLevel::read_uncommitted,
       IsolationLevel::read_uncommitted,
       {IsolationLevel::read_committed}},
      {StoreLevel::read_committed,
       IsolationLevel::monotonic_atomic_view,  // commits are atomic
       {IsolationLevel::read_atomic, IsolationLevel::cursor_stability,
        IsolationLevel::consistent_view, IsolationLevel::snapshot_isolation}},
      {StoreLevel::snapshot,
       IsolationLevel::strong_snapshot_isolation,
       {IsolationLevel::repeatable_read, IsolationLevel::serializable}},
      {StoreLevel::serializable, IsolationLevel::strict_serializable, {}}};
  return all;
}

/// With `all_shown`, reads show so much of the order of versions that nothing is left undecided.
void hold_to_promises(const std::function<void(StoreSettings&)>& adjust, bool all_shown) {
  for (const Promise& promise : promises()) {
    StoreSettings settings;
    settings.level = promise.store;
    adjust(settings);
    const Tally kept = judge_store(settings, promise.kept);
    CAPTURE(name_of(promise.kept));
    CAPTURE(kept.first);
    CHECK(kept.invalid == 0);
    if (all_shown) CHECK(kept.unknown == 0);
    for (const IsolationLevel level : promise.broken) {
      CAPTURE(name_of(level));
      CHECK(judge_store(settings, level).invalid > 0);
    }
  }
}

}  // namespace

TEST_CASE("stores of lists keep what they promise and no more") {
  hold_to_promises([](StoreSettings& settings) { settings.lists = true; }, true);
}

TEST_CASE("stores of registers keep what they promise and no more") {
  hold_to_promises([](StoreSettings& settings) { settings.lists = false; }, false);
}

TEST_CASE("stores of registers that are read before they are written") {
  hold_to_promises(
      [](StoreSettings& settings) {
        settings.lists = false;
        settings.read_before_write = true;
      },
      false);
}

TEST_CASE("a serializable store that serves old snapshots breaks sessions and real time only") {
  for (const bool lists : {true, false}) {
    StoreSettings settings;
    settings.lists = lists;
    settings.stale_one_in = 3;
    const Tally kept = judge_store(settings, IsolationLevel::serializable);
    CAPTURE(kept.first);
    CHECK(kept.invalid == 0);
    CHECK(judge_store(settings, IsolationLevel::strong_session_snapshot_isolation).invalid > 0);
    CHECK(judge_store(settings, IsolationLevel::strict_serializable).invalid > 0);
  }
}

}  // namespace faultline::testing
