// Chains under random crashes, partitions, pauses and wrong clocks: linearizable on every schedule.
#include "view_service/chaos.hpp"

#include <doctest/doctest.h>

#include <faultline/chain_replication/chain_replication.hpp>

namespace faultline::chain_replication {
namespace {

using namespace std::chrono_literals;
using testing::Chaos;
using view_service::over;
using view_service::quick;
using view_service::Sum;

/// Every run must keep its promises, and enough must have happened for that to mean something.
void expect_consistent(const Sum& sum, bool nodes_stand_in) {
  CAPTURE(sum.first);
  CHECK(sum.violated == 0);
  CHECK(sum.with_broken_invariants == 0);
  if (!nodes_stand_in) CHECK(sum.diverged == 0);  // those hold nothing
  CHECK(sum.ok > 100 * sum.runs);
  CHECK(sum.views > sum.runs);
  CHECK(sum.joined > sum.runs);
}

void with_consistent_reads(Parameters parameters, Chaos chaos, std::size_t seeds = 30) {
  chaos.nodes = std::max<std::size_t>(chaos.nodes, 4);
  for (const Reads reads : {Reads::tail, Reads::any}) {
    CAPTURE(static_cast<int>(reads));
    parameters.reads = reads;
    expect_consistent(over<ChainReplication>(seeds, parameters, chaos),
                      parameters.length.has_value());
  }
}

TEST_CASE("a chain is linearizable under crashes and partitions, at the tail and with CRAQ") {
  Chaos chaos;
  auto parameters = quick<Parameters>();
  SUBCASE("with 3 nodes") {}
  SUBCASE("with 5 nodes") { chaos.nodes = 6; }
  SUBCASE("with nodes that stand in") {
    chaos.nodes = 5;
    parameters.length = 2;
  }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("with lost, doubled and repeated messages") {
    chaos.duplication = 0.1;
    chaos.loss = 0.02;
    chaos.retries = true;
  }
  SUBCASE("with clocks as wrong as the lease allows") {
    chaos.clock_drift = parameters.clock_drift = 0.05;
    chaos.clock_skew = 1s;
    chaos.pauses = true;
  }
  SUBCASE("without a lease") { parameters.lease = 0ms; }
  SUBCASE("with batches of three") {
    parameters.catch_up_batch = 3;
    chaos.duplication = 0.05;
  }
  with_consistent_reads(parameters, chaos);
}

TEST_CASE("a chain outlives disks, as long as one node has the data") {
  Chaos chaos;
  auto parameters = quick<Parameters>();
  SUBCASE("when disks are lost, that of the view service as well") { chaos.fate = DiskFate::lost; }
  SUBCASE("when nothing is ever written to disk") { parameters.durability = Durability::memory; }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    parameters.durability = Durability::fsync;
  }
  with_consistent_reads(parameters, chaos);
}

TEST_CASE("eventual reads are not linearizable, and are caught") {
  auto parameters = quick<Parameters>();
  parameters.reads = Reads::any_eventual;
  Chaos chaos;
  chaos.nodes = 4;
  const Sum sum = over<ChainReplication>(20, parameters, chaos);
  CHECK(sum.violated > 10);
  CHECK(sum.diverged == 0);
}

TEST_CASE("what was only written to the cache does not outlive a power loss") {
  Chaos chaos;
  chaos.nodes = 4;
  chaos.fate = DiskFate::unsynced_lost;
  CHECK(over<ChainReplication>(40, quick<Parameters>(), chaos).violated > 0);
}

}  // namespace
}  // namespace faultline::chain_replication
