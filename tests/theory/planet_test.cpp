// Replication between real regions, through the whole of the simulator. Oracle: the latencies that
// fantoch's unit tests assert for consensus protocols on Google Cloud's regions (V. Enes et al.,
// "State-machine replication for planet-scale systems", EuroSys 2020; planet and simulation tests
// of the implementation).
//
// There a command costs the round trip to its coordinator and the one from there to the k-th
// nearest replica, itself included; pings are cut to whole milliseconds and cost nothing inside a
// region. Here nothing is cut, and a client is a hop away from the replica in its region. So each
// of ours lies above theirs, by less than a millisecond for every round trip that was cut.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "experiment/whole_run.hpp"
#include "figures.hpp"

namespace faultline::testing {
namespace {

const std::vector<std::string> regions{"europe-west1", "europe-west2", "europe-west3",
                                       "europe-west4", "europe-west6"};
/// Round trips inside a region: to the nearest replica, and between hosts that play no part.
constexpr double hop = 0.02;  // ms

/// Mean latency of writes in each region, in milliseconds.
std::vector<double> write_latencies(const std::string& service) {
  const WholeRun world(R"json({
      "seed": 3, "duration": "20s",
      "topology": {"regions": {"europe-west1": 1, "europe-west2": 1, "europe-west3": 1,
                               "europe-west4": 1, "europe-west6": 1},
                   "within": {"latency": "10us"}},
      "services": {"store": )json" +
                       service + R"json(},
      "workloads": {"clients": {"target": "store", "mix": {"put": 1}, "sessions": 100,
                                "value_size": "0B", "arrivals": {"poisson": "200/s"}}}})json");
  const Json result = world.result();
  const Json& by_region = result["workloads"]["clients"]["phases"]["all"]["regions"];
  std::vector<double> means;
  for (const std::string& region : regions) {
    REQUIRE(by_region[region]["ok"] > 500);
    means.push_back(by_region[region]["latency"]["mean"].get<double>() * 1e3);
  }
  return means;
}

/// `round_trips`: how many were cut to whole milliseconds for `expected`.
void check_close(const std::string& what, const std::vector<double>& measured,
                 const std::vector<double>& expected, int round_trips) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    CAPTURE(regions[i]);
    CAPTURE(measured[i]);
    note_figure("Enes et al. 2020, fantoch (pings cut to whole ms): latency of commands",
                what + ", in " + regions[i], "ms", expected[i], measured[i]);
    CHECK(measured[i] >= expected[i]);
    CHECK(measured[i] < expected[i] + round_trips + 4 * hop);
  }
}

std::string leaderless(int quorum) {
  return R"({"model": "quorum", "replicas": 5, "read_quorum": 1, "write_versions": "clock",
             "sloppy": false, "durability": "memory", "write_quorum": )" +
         std::to_string(quorum) + "}";
}

std::string led_by(int leader) {
  return R"({"model": "leader_follower", "replication": "semi_synchronous", "acks": 1,
             "failover": "none", "durability": "memory", "first_leader": )" +
         std::to_string(leader) + "}";
}

TEST_CASE("leaderless writes to 2 of 5 European regions take what fantoch says") {
  check_close("leaderless, 2 of 5", write_latencies(leaderless(2)), {7, 9, 7, 7, 7}, 1);
}
TEST_CASE("leaderless writes to 3 of 5 European regions take what fantoch says") {
  check_close("leaderless, 3 of 5", write_latencies(leaderless(3)), {8, 10, 7, 7, 14}, 1);
}
TEST_CASE("leaderless writes to 4 of 5 European regions take what fantoch says") {
  check_close("leaderless, 4 of 5", write_latencies(leaderless(4)), {10, 13, 8, 9, 14}, 1);
}
TEST_CASE("writes through a leader in europe-west1 take what fantoch says") {
  check_close("leader in europe-west1", write_latencies(led_by(0)), {7, 17, 15, 14, 21}, 2);
}
TEST_CASE("writes through a leader in europe-west2 take what fantoch says") {
  check_close("leader in europe-west2", write_latencies(led_by(1)), {19, 9, 22, 18, 28}, 2);
}
TEST_CASE("writes through a leader in europe-west3 take what fantoch says") {
  check_close("leader in europe-west3", write_latencies(led_by(2)), {15, 20, 7, 14, 14}, 2);
}

}  // namespace
}  // namespace faultline::testing
