#include <algorithm>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/pending_events.hpp>

namespace faultline {
namespace {

void nothing(void*, std::uint64_t) {}

/// Pending events beside an ordered set, which is the oracle.
class Both {
 public:
  void push(Time when) {
    const std::uint64_t sequence = 2 * ++pushed_;
    pending_.push({when, sequence, nothing, this, sequence + 1});
    expected_.emplace(when, sequence);
  }
  /// Pops one; whether it is the right one.
  bool pop() {
    const auto first = *expected_.begin();
    expected_.erase(expected_.begin());
    const bool announced = std::tuple(pending_.when(), pending_.sequence()) == first;
    const PendingEvent event = pending_.pop();
    now_ = event.when;
    return announced && std::tuple(event.when, event.sequence) == first &&
           event.argument == event.sequence + 1 && event.target == this;
  }
  bool drain() {
    while (!expected_.empty()) {
      if (pending_.empty() || !pop()) return false;
    }
    return pending_.empty();
  }
  Time now() const { return now_; }
  const PendingEvents& pending() const { return pending_; }
  const std::set<std::tuple<Time, std::uint64_t>>& expected() const { return expected_; }

 private:
  PendingEvents pending_;
  std::set<std::tuple<Time, std::uint64_t>> expected_;
  std::uint64_t pushed_ = 0;
  Time now_{};
};

/// How far away the next event is: near, far, at once, or never; each seed mixes them otherwise.
class Spans {
 public:
  explicit Spans(unsigned seed) : bits_(seed), kinds_(1 + bits_() % 5) {}
  Time after(Time now) {
    if (now == never) return never;
    const auto within = [&](std::int64_t most) {
      return Duration{static_cast<std::int64_t>(bits_() % static_cast<std::uint64_t>(most))};
    };
    switch (bits_() % kinds_) {
      case 0:
        return now + within(1'000'000);
      case 1:
        return now + within(1'000'000'000'000);
      case 2:
        return now;
      case 3:
        return now + within(10);
      default:
        return bits_() % 100 == 0 ? never : now + std::chrono::seconds(10);
    }
  }
  bool chance(unsigned percent) { return bits_() % 100 < percent; }

 private:
  std::mt19937_64 bits_;
  std::uint64_t kinds_;
};

TEST_CASE("pending events come in order, however many there are and however they are spread") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Both both;
    Spans spans(seed);
    const unsigned growth = 40 + seed % 40;  // percent of steps that push
    for (std::size_t step = 0; step < 40'000; ++step) {
      if (both.expected().empty() || spans.chance(growth)) {
        both.push(spans.after(both.now()));
      } else {
        REQUIRE(both.pop());
      }
    }
    CHECK(both.pending().size() == both.expected().size());
    CHECK(both.drain());
  }
}

TEST_CASE("many events of one instant keep their order") {
  Both both;
  for (int i = 0; i < 20'000; ++i) both.push(Time{std::chrono::seconds(1)});
  for (int i = 0; i < 5'000; ++i) both.push(never);
  CHECK(both.drain());
}

TEST_CASE("what is never to happen stays behind all that is, and is not lost") {
  Both both;
  for (int i = 0; i < 5'000; ++i) both.push(never);
  for (int i = 0; i < 4'000; ++i) REQUIRE(both.pop());
  for (int i = 0; i < 5'000; ++i) both.push(never);
  CHECK(both.drain());
}

TEST_CASE("every pending event is visited once, wherever it waits") {
  Both both;
  Spans spans(5);
  for (int i = 0; i < 30'000; ++i) both.push(spans.after(Time{}));
  for (int i = 0; i < 10'000; ++i) REQUIRE(both.pop());
  for (int i = 0; i < 5'000; ++i) both.push(spans.after(both.now()));
  std::vector<std::tuple<Time, std::uint64_t>> visited;
  both.pending().for_each(
      [&](const PendingEvent& event) { visited.emplace_back(event.when, event.sequence); });
  std::sort(visited.begin(), visited.end());
  CHECK(std::equal(visited.begin(), visited.end(), both.expected().begin(), both.expected().end()));
}

}  // namespace
}  // namespace faultline
