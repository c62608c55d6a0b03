// Random crashes, partitions, pauses and wrong clocks under random operations. What promises
// consistency must give linearizable histories on every schedule; what does not must be caught.
#include "chaos.hpp"

#include <doctest/doctest.h>

#include "model/elections.hpp"

namespace faultline::leader_follower {
namespace {

struct Sum : testing::ElectionTally {
  std::size_t two_leaders = 0;
  std::size_t lost = 0;
  std::size_t conflicts = 0;
};

Sum over(std::size_t seeds, Chaos chaos) {
  Sum sum;
  for (chaos.seed = 1; chaos.seed <= seeds; ++chaos.seed) {
    const testing::Aftermath aftermath = live_through(chaos);
    add(sum, aftermath, chaos.seed);
    sum.lost += aftermath.count(EventKind::lost_write);
    sum.conflicts += aftermath.count(EventKind::conflict);
    if (!one_leader_a_term(aftermath)) ++sum.two_leaders;
  }
  return sum;
}

void expect_consistent(const Sum& sum) {
  testing::expect_consistent(sum);
  CHECK(sum.two_leaders == 0);
  CHECK(sum.lost == 0);
}

TEST_CASE("majority replication is linearizable under crashes and partitions") {
  Chaos chaos;
  SUBCASE("with 3 nodes") {}
  SUBCASE("with 5 nodes") { chaos.nodes = 5; }
  SUBCASE("when nodes stand still for a while") { chaos.pauses = true; }
  SUBCASE("when disks are lost, one at a time") { chaos.fate = DiskFate::lost; }
  SUBCASE("when nothing is ever written to disk, as in Viewstamped Replication") {
    chaos.parameters.durability = Durability::memory;
  }
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
    chaos.pauses = true;
  }
  SUBCASE("without a lease") { chaos.parameters.lease = 0ms; }
  SUBCASE("without pre-votes") { chaos.parameters.pre_vote = false; }
  SUBCASE("with snapshots instead of long logs") {
    chaos.parameters.snapshot_threshold = 20;
    chaos.parameters.catch_up_batch = 3;
    chaos.duplication = 0.05;
  }
  SUBCASE("with snapshots and power losses") {
    chaos.nodes = 5;
    chaos.parameters.snapshot_threshold = 20;
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  expect_consistent(over(60, chaos));
}

TEST_CASE("synchronous replication is linearizable, too, and acknowledges less") {
  Chaos chaos;
  const Sum majority = over(40, chaos);
  chaos.parameters.replication = Replication::synchronous;
  const Sum all = over(40, chaos);
  expect_consistent(all);
  CHECK(all.ok < majority.ok);
}

TEST_CASE("a leader for life is linearizable, too") {
  Chaos chaos;
  chaos.parameters.failover = Failover::none;
  const Sum sum = over(40, chaos);
  CAPTURE(sum.first);
  CHECK(sum.violated == 0);
  CHECK(sum.diverged == 0);
  CHECK(sum.lost == 0);
}

TEST_CASE("no term has two leaders on thousands of schedules") {
  Chaos chaos;
  chaos.length = 3s;
  chaos.clients = 1;
  chaos.between_faults = 150ms;
  chaos.nodes = 5;
  SUBCASE("in elections by majority") {}
  SUBCASE("with pauses and without pre-votes") {
    chaos.pauses = true;
    chaos.parameters.pre_vote = false;
  }
  SUBCASE("when each side elects its own") {
    chaos.parameters.on_partition = OnPartition::availability;
  }
  SUBCASE("through power losses, with fsync") {
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  const Sum sum = over(700, chaos);
  CHECK(sum.two_leaders == 0);
  CHECK(sum.elections > 3 * sum.runs);
}

TEST_CASE("asynchronous replication loses acknowledged writes on failover, and is caught") {
  Chaos chaos;
  chaos.parameters.replication = Replication::asynchronous;
  const Sum sum = over(60, chaos);
  CHECK(sum.violated > 6);
  CHECK(sum.lost > 20);
  CHECK(sum.two_leaders == 0);
  CHECK(sum.diverged == 0);
}

TEST_CASE("availability on both sides costs linearizability, converges, and counts its losses") {
  Chaos chaos;
  chaos.parameters.on_partition = OnPartition::availability;
  SUBCASE("with majorities where there are any") {}
  SUBCASE("asynchronously, from the nearest") {
    chaos.nodes = 5;
    chaos.parameters.otherwise = Else::latency;
  }
  SUBCASE("with snapshots") {
    chaos.nodes = 5;
    chaos.parameters.otherwise = Else::latency;
    chaos.parameters.snapshot_threshold = 20;
  }
  const Sum sum = over(60, chaos);
  CHECK(sum.violated > 50);
  CHECK(sum.conflicts > 60);
  CHECK(sum.lost > 60);
  CHECK(sum.diverged == 0);
  CHECK(sum.two_leaders == 0);
}

TEST_CASE("availability answers more than consistency on the same schedules") {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.crashes = false;
  const Sum consistent = over(30, chaos);
  chaos.parameters.on_partition = OnPartition::availability;
  chaos.parameters.otherwise = Else::latency;
  const Sum available = over(30, chaos);
  CHECK(available.ok > consistent.ok);
}

TEST_CASE("reads from followers are stale, and are caught") {
  Chaos chaos;
  chaos.parameters.read_from = ReadFrom::nearest;
  CHECK(over(20, chaos).violated > 15);
}

/// Reads at any node, as clients get around.
Chaos wandering_sessions(Sessions sessions) {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.parameters.read_from = ReadFrom::any;
  chaos.parameters.sessions = sessions;
  return chaos;
}

/// How many of the runs with seeds 1 to 20 break a promise to sessions.
std::size_t broken_sessions(Chaos chaos) {
  std::size_t broken = 0;
  for (chaos.seed = 1; chaos.seed <= 20; ++chaos.seed) {
    const testing::Aftermath aftermath = live_through(chaos);
    CHECK(aftermath.ok > 100);
    CHECK(aftermath.converged());
    std::string first;
    for (const char* promise : {"read_your_writes", "monotonic_reads", "monotonic_writes",
                                "writes_follow_reads", "causal", "sequential"}) {
      const CheckResult result = aftermath.check(promise);
      if (result.verdict != Verdict::invalid || !first.empty()) continue;
      first = std::string(promise) + ": " + result.witnesses.front().explanation;
    }
    if (first.empty()) continue;
    if (++broken == 1) MESSAGE("seed " << chaos.seed << ": " << first);
  }
  return broken;
}

TEST_CASE("sessions that carry what they know find it at every node") {
  Chaos chaos;
  SUBCASE("by waiting") { chaos = wandering_sessions(Sessions::wait); }
  SUBCASE("at the leader") { chaos = wandering_sessions(Sessions::forward); }
  SUBCASE("with snapshots instead of long logs") {
    chaos = wandering_sessions(Sessions::wait);
    chaos.parameters.snapshot_threshold = 20;
    chaos.duplication = 0.05;
  }
  SUBCASE("through power losses, with fsync") {
    chaos = wandering_sessions(Sessions::wait);
    chaos.fate = DiskFate::unsynced_lost;
    chaos.parameters.durability = Durability::fsync;
  }
  CHECK(broken_sessions(chaos) == 0);
}

TEST_CASE("sessions that carry nothing miss at one node what they know from another") {
  CHECK(broken_sessions(wandering_sessions(Sessions::ignore)) > 15);
}

TEST_CASE("asynchronous replication may lose what a session knows") {
  Chaos chaos = wandering_sessions(Sessions::wait);
  chaos.parameters.replication = Replication::asynchronous;
  CHECK(broken_sessions(chaos) > 0);
}

TEST_CASE("a vote that is only in the disk's cache is forgotten in a power loss") {
  Chaos chaos;
  chaos.fate = DiskFate::unsynced_lost;
  chaos.parameters.durability = Durability::write;
  CHECK(over(60, chaos).violated > 3);
}

/// What a leader that was cut off answers to a read after another has been elected and has taken a
/// write, if its clock is slow and those of its followers fast, by 60 %.
std::shared_ptr<Cluster::Asked> read_from_deposed_leader(double assumed_drift) {
  Parameters parameters = quick();
  parameters.clock_drift = assumed_drift;
  Cluster cluster(3, parameters, 3);
  cluster.network.latency = [](HostId, HostId, std::string_view) { return Duration(2ms); };
  cluster.machines[0]->set_clock(Time{}, {Duration{0}, -0.6});
  cluster.machines[1]->set_clock(Time{}, {Duration{0}, 0.6});
  cluster.machines[2]->set_clock(Time{}, {Duration{0}, 0.6});
  cluster.start();
  cluster.run_for(200ms);
  cluster.put(0, 1, 101);
  cluster.run_for(50ms);
  cluster.cut({0}, {1, 2});
  for (int i = 0; i < 200 && cluster.leader().value_or(0) == 0; ++i) cluster.run_for(1ms);
  REQUIRE(cluster.leader().value_or(0) != 0);
  REQUIRE(cluster.node(0)->leading());  // it does not know yet
  cluster.run_for(10ms);
  const auto written = cluster.put(*cluster.leader(), 1, 102);
  cluster.run_for(10ms);
  REQUIRE(written->response);
  REQUIRE(written->response->outcome == Outcome::ok);
  auto read = cluster.get(0, 1);
  cluster.run_for(10ms);
  cluster.clients[0]->stop();
  return read;
}

TEST_CASE("clocks that are wronger than the lease allows give stale reads") {
  const auto trusting = read_from_deposed_leader(0);
  REQUIRE(trusting->response);
  CHECK(trusting->response->values[0] == 101);
  const auto careful = read_from_deposed_leader(0.6);
  CHECK_FALSE(careful->response);  // waits for a majority that does not answer
}

}  // namespace
}  // namespace faultline::leader_follower
