// Services with elected leaders under chaos: what the runs of many seeds add up to, and what a
// consistent protocol has to show for them. For models with a struct Chaos that has their
// parameters, and live_through(chaos) for one run.
#pragma once

#include <cstdint>
#include <initializer_list>

#include <doctest/doctest.h>

#include "model/chaos.hpp"

namespace faultline::testing {

struct ElectionTally : Tally {
  std::size_t elections = 0;
};

inline void add(ElectionTally& tally, const Aftermath& aftermath, std::uint64_t seed) {
  add(static_cast<Tally&>(tally), aftermath, "linearizable", seed);
  tally.elections += aftermath.count(EventKind::leader_elected);
}

/// The runs with seeds 1 to `seeds`.
template <class Chaos>
ElectionTally over(std::size_t seeds, Chaos chaos) {
  ElectionTally tally;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    add(tally, live_through(chaos), chaos.seed);
  }
  return tally;
}

/// Every run must keep its promises, and enough must have happened for that to mean something.
inline void expect_consistent(const ElectionTally& tally) {
  CAPTURE(tally.first);
  CHECK(tally.violated == 0);
  CHECK(tally.with_broken_invariants == 0);
  CHECK(tally.diverged == 0);
  CHECK(tally.ok > 100 * tally.runs);
  CHECK(tally.elections > tally.runs);
}

/// The same for each way to read.
template <class Chaos, class Reads>
void expect_consistent_with_all(std::initializer_list<Reads> ways, std::size_t seeds, Chaos chaos) {
  for (const Reads reads : ways) {
    chaos.parameters.reads = reads;
    CAPTURE(static_cast<int>(reads));
    expect_consistent(over(seeds, chaos));
  }
}

/// What a protocol for crashes, partitions and clocks of bounded drift has to survive; each a
/// subcase.
template <class Chaos>
void choose_adversity(Chaos& chaos) {
  SUBCASE("with 3 nodes") {}
  SUBCASE("with 5 nodes") { chaos.nodes = 5; }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  SUBCASE("with lost, doubled and repeated messages") {
    chaos.duplication = 0.1;
    chaos.loss = 0.02;
    chaos.retries = true;
  }
  SUBCASE("with clocks as wrong as the lease allows") {
    chaos.clock_drift = chaos.parameters.clock_drift = 0.05;
    chaos.clock_skew = std::chrono::seconds(1);
    chaos.pauses = true;
  }
}

}  // namespace faultline::testing
