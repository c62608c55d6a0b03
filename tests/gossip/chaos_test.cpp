// Random crashes, partitions and pauses under random operations. Epidemics promise little, but that
// always: in the end all hold the same, nothing acknowledged is lost, and everybody who is there is
// known to be there.
#include "chaos.hpp"

#include <doctest/doctest.h>

namespace faultline::gossip {
namespace {

void expect_eventual(Chaos chaos, std::size_t seeds) {
  std::size_t ok = 0;
  std::size_t returned = 0;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    CAPTURE(chaos.seed);
    const testing::Aftermath aftermath = live_through(chaos);
    CHECK(aftermath.converged());
    CHECK(testing::loses_no_write()(aftermath) == "");
    CHECK(testing::keeps_invariants()(aftermath) == "");
    ok += aftermath.ok;
    returned += aftermath.count(EventKind::member_returned);
  }
  // Enough must have happened for that to mean something.
  CHECK(ok > 400 * seeds);
  if (chaos.parameters.detector == Detector::swim) CHECK(returned > seeds);
}

TEST_CASE("in the end all hold the same, nothing is lost, and everybody is known to be there") {
  Chaos chaos;
  chaos.nodes = 5;
  SUBCASE("by pushes and pulls") {}
  SUBCASE("by pushes") { chaos.parameters.exchange = Exchange::push; }
  SUBCASE("by pulls") { chaos.parameters.exchange = Exchange::pull; }
  SUBCASE("by whole tables") { chaos.parameters.compare = Compare::tables; }
  SUBCASE("after checksums, one record at a time") {
    chaos.parameters.compare = Compare::checksums;
    chaos.parameters.most_records = 1;
    chaos.keys = 10;
  }
  SUBCASE("by rumors, and what they miss by anti-entropy") {
    chaos.parameters.rumors = Interest::coin;
    chaos.parameters.interval = 500ms;
  }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("with lost and doubled messages") {
    chaos.loss = 0.05;
    chaos.duplication = 0.1;
  }
  SUBCASE("without a detector") { chaos.parameters.detector = Detector::none; }
  SUBCASE("when suspects are dead at once") { chaos.parameters.suspicion = 0ms; }
  expect_eventual(chaos, 20);
}

TEST_CASE("what was synced survives a power loss") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::fsync;
  expect_eventual(chaos, 20);
}

std::size_t sessions_that_step_back(Chaos chaos) {
  chaos.faithful = true;
  testing::Tally sum;
  for (chaos.seed = 1; chaos.seed <= 20; ++chaos.seed) {
    const testing::Aftermath aftermath = live_through(chaos);
    testing::add(sum, aftermath, "read_your_writes", chaos.seed);
    testing::add(sum, aftermath, "monotonic_reads", chaos.seed);
  }
  return sum.violated;
}

TEST_CASE("a session that stays at one node never steps back, if clocks are right") {
  Chaos chaos;
  CHECK(sessions_that_step_back(chaos) == 0);
  chaos.clock_skew = 200ms;
  CHECK(sessions_that_step_back(chaos) > 0);
}

TEST_CASE("reads are stale, and are caught") {
  Chaos chaos;
  chaos.crashes = false;
  testing::Tally sum;
  for (chaos.seed = 1; chaos.seed <= 10; ++chaos.seed) {
    testing::add(sum, live_through(chaos), "linearizable", chaos.seed);
  }
  CHECK(sum.violated == sum.runs);
  CHECK(sum.diverged == 0);
}

}  // namespace
}  // namespace faultline::gossip
