// Primary and backup under random crashes, partitions, pauses and wrong clocks: linearizable on
// every schedule.
#include "view_service/chaos.hpp"

#include <doctest/doctest.h>

#include <faultline/primary_backup/primary_backup.hpp>

namespace faultline::primary_backup {
namespace {

using namespace std::chrono_literals;
using testing::Chaos;
using view_service::over;
using view_service::quick;
using view_service::Sum;

/// Every run must keep its promises, and enough must have happened for that to mean something.
void expect_consistent(const Parameters& parameters, Chaos chaos) {
  chaos.nodes = std::max<std::size_t>(chaos.nodes, 3);
  const Sum sum = over<PrimaryBackup>(40, parameters, chaos);
  CAPTURE(sum.first);
  CHECK(sum.violated == 0);
  CHECK(sum.with_broken_invariants == 0);
  if (chaos.nodes == 3) CHECK(sum.diverged == 0);  // idle nodes hold nothing
  CHECK(sum.ok > 100 * sum.runs);
  CHECK(sum.views > sum.runs);
  CHECK(sum.joined > sum.runs);
}

TEST_CASE("primary and backup are linearizable under crashes and partitions") {
  Chaos chaos;
  auto parameters = quick<Parameters>();
  SUBCASE("with 2 nodes") {}
  SUBCASE("with idle nodes") { chaos.nodes = 5; }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("when disks are lost, that of the view service as well") { chaos.fate = DiskFate::lost; }
  SUBCASE("when nothing is ever written to disk") { parameters.durability = Durability::memory; }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    parameters.durability = Durability::fsync;
  }
  SUBCASE("with lost, doubled and repeated messages") {
    chaos.duplication = 0.1;
    chaos.loss = 0.02;
    chaos.retries = true;
  }
  SUBCASE("with clocks that are wrong beyond every bound: nobody needs them") {
    chaos.clock_drift = 0.5;
    chaos.clock_skew = 10s;
    chaos.pauses = true;
  }
  SUBCASE("with a lease, and clocks as wrong as it allows") {
    parameters.lease = 100ms;
    chaos.clock_drift = parameters.clock_drift = 0.05;
    chaos.pauses = true;
  }
  expect_consistent(parameters, chaos);
}

TEST_CASE("a lease on a clock that is wronger than its bound is caught") {
  auto parameters = quick<Parameters>();
  parameters.lease = parameters.dead_after = 200ms;
  Chaos chaos;
  chaos.nodes = 3;
  chaos.clock_drift = 0.8;
  CHECK(over<PrimaryBackup>(60, parameters, chaos).violated > 0);
}

}  // namespace
}  // namespace faultline::primary_backup
