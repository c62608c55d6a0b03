// Who gets a snapshot, and that one is enough: a snapshot holds what its sender has applied, so
// what nobody may apply yet, and what a follower must take back, have to reach it another way.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cluster.hpp"

namespace faultline::leader_follower {
namespace {

std::size_t snapshots_in(const std::vector<std::string>& transcript) {
  return static_cast<std::size_t>(std::count_if(
      transcript.begin(), transcript.end(),
      [](const std::string& line) { return line.find(": snapshot") != std::string::npos; }));
}

void write(Cluster& cluster, std::size_t node, Value first, Value last) {
  for (Value value = first; value <= last; ++value) {
    cluster.put(node, value % 3, value);
    cluster.run_for(2ms);
  }
}

TEST_CASE("a follower that is far behind what is not committed yet gets it as entries") {
  Parameters parameters = quick();
  parameters.replication = Replication::synchronous;
  parameters.failover = Failover::none;
  parameters.snapshot_threshold = 5;
  Cluster cluster(3, parameters);
  cluster.start();
  cluster.run_for(100ms);
  write(cluster, 0, 101, 103);
  cluster.run_for(100ms);
  REQUIRE(cluster.converged());
  cluster.cut({0, 1}, {2});
  write(cluster, 0, 201, 240);  // none of which is done while store/2 is away
  std::vector<std::string> transcript;
  cluster.record(transcript);
  cluster.heal();
  cluster.run_for(1s);
  CHECK(snapshots_in(transcript) == 0);
  CHECK(cluster.converged());
  CHECK(cluster.held_by(2, 240 % 3) == 240);
}

TEST_CASE("one snapshot brings back a side that has forgotten where it parted") {
  Parameters parameters = quick();
  parameters.replication = Replication::synchronous;
  parameters.on_partition = OnPartition::availability;
  parameters.snapshot_threshold = 5;
  Cluster cluster(3, parameters);
  cluster.start();
  cluster.run_for(300ms);
  write(cluster, 0, 101, 103);
  cluster.run_for(100ms);
  REQUIRE(cluster.converged());
  cluster.cut({0, 1}, {2});
  cluster.run_for(500ms);
  REQUIRE(cluster.node(2)->leading());
  // store/0 and store/1 have nothing new, and will wait for store/2 as soon as they hear it.
  write(cluster, 2, 201, 240);
  std::vector<std::string> transcript;
  cluster.record(transcript);
  cluster.heal();
  cluster.run_for(2s);
  CHECK(cluster.leaders() == 1);
  CHECK(snapshots_in(transcript) <= 1);
  CHECK(cluster.converged());
  CHECK(cluster.held_by(0, 240 % 3) == 240);
}

}  // namespace
}  // namespace faultline::leader_follower
