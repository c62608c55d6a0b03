// How long things take, against closed forms: writes as order statistics of round trips, staleness
// as the tail of a delay, elections as in Ongaro's dissertation.
#include <cmath>
#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "close_to.hpp"
#include "cluster.hpp"

namespace faultline::leader_follower {
namespace {

using testing::close_to;

/// Messages among nodes take exponential times of mean 1 ms; clients are next to theirs.
void exponential_latency(Cluster& cluster, RandomStream& random) {
  const std::size_t nodes = cluster.service->size();
  cluster.network.latency = [&random, nodes](HostId from, HostId to, std::string_view) {
    if (index_of(from) >= nodes || index_of(to) >= nodes) return Duration(0);
    return from_seconds(random.exponential(1e-3));
  };
}

Parameters leader_for_life(Replication replication, std::optional<std::int64_t> acks = {}) {
  Parameters parameters;
  parameters.failover = Failover::none;
  parameters.replication = replication;
  parameters.acks = acks;
  parameters.heartbeat = 1000s;  // nothing but the writes themselves
  parameters.timeout = 10s;
  return parameters;
}

/// The distribution of a round trip of two exponential legs of mean 1 ms: gamma with shape 2.
double round_trip_cdf(double milliseconds) {
  return 1 - std::exp(-milliseconds) * (1 + milliseconds);
}
/// P(the k-th smallest of n round trips <= x).
double order_statistic_cdf(int n, int k, double x) {
  const double p = round_trip_cdf(x);
  double sum = 0;
  for (int i = k; i <= n; ++i) {
    const double choose = std::tgamma(n + 1) / (std::tgamma(i + 1) * std::tgamma(n - i + 1));
    sum += choose * std::pow(p, i) * std::pow(1 - p, n - i);
  }
  return sum;
}
double order_statistic_mean(int n, int k) {
  double sum = 0;
  constexpr double step = 1e-3;
  for (double x = step / 2; x < 60; x += step) sum += (1 - order_statistic_cdf(n, k, x)) * step;
  return sum;
}

void check_write_latency(const Parameters& parameters, int k) {
  constexpr int writes = 20'000;
  Cluster cluster(5, parameters, 11);
  RandomStream random(11, "latency");
  exponential_latency(cluster, random);
  cluster.start();
  cluster.run_for(100ms);
  std::vector<double> latencies;
  for (Value value = 1; value <= writes; ++value) {
    const auto asked = cluster.put(0, value % 10, value);
    cluster.run_for(60ms);  // one at a time: no entry waits for another
    REQUIRE(asked->response);
    REQUIRE(asked->response->outcome == Outcome::ok);
    latencies.push_back(seconds(asked->answered - asked->sent) * 1e3);
  }
  double sum = 0;
  double squares = 0;
  for (const double latency : latencies) {
    sum += latency;
    squares += latency * latency;
  }
  const double mean = sum / writes;
  const double deviation = std::sqrt(squares / writes - mean * mean);
  CHECK(std::abs(mean - order_statistic_mean(4, k)) < 4 * deviation / std::sqrt(writes));
  for (const double x : {0.5, 1.0, 2.0, 4.0}) {
    const double expected = order_statistic_cdf(4, k, x);
    double share = 0;
    for (const double latency : latencies) share += latency <= x ? 1.0 / writes : 0;
    CHECK(std::abs(share - expected) < 4 * std::sqrt(expected * (1 - expected) / writes));
  }
}

TEST_CASE("a synchronous write takes the slowest of n-1 round trips") {
  check_write_latency(leader_for_life(Replication::synchronous), 4);
}

TEST_CASE("a semi-synchronous write takes the k-th fastest round trip") {
  SUBCASE("k = 1") { check_write_latency(leader_for_life(Replication::semi_synchronous, 1), 1); }
  SUBCASE("k = 2") { check_write_latency(leader_for_life(Replication::semi_synchronous, 2), 2); }
}

TEST_CASE("an asynchronous write waits for nobody") {
  Cluster cluster(5, leader_for_life(Replication::asynchronous));
  cluster.start();
  cluster.run_for(100ms);
  const auto asked = cluster.put(0, 1, 1);
  cluster.run_for(100ms);
  REQUIRE(asked->response);
  CHECK(asked->answered - asked->sent == 20ms);  // there and back
  CHECK(cluster.held_by(0, 1) == 1);
}

TEST_CASE("work and fsync add what they take") {
  Parameters parameters = leader_for_life(Replication::asynchronous);
  parameters.work = 3ms;
  parameters.durability = Durability::fsync;
  Cluster cluster(3, parameters);
  cluster.start();
  cluster.run_for(100ms);
  const auto asked = cluster.put(0, 1, 1);
  cluster.run_for(100ms);
  REQUIRE(asked->response);
  // 20 ms of network, 3 ms of CPU, a write of 20 us and 132 bytes at 500 MB/s, an fsync of 0.5 ms.
  CHECK(seconds(asked->answered - asked->sent) == close_to(0.023520, 1e-4));
}

TEST_CASE("a follower's read is stale if the entry is still on its way") {
  constexpr int trials = 10'000;
  for (const double after : {0.25, 1.0, 2.0}) {  // milliseconds
    Parameters parameters = leader_for_life(Replication::asynchronous);
    parameters.read_from = ReadFrom::nearest;
    Cluster reading(2, parameters, 5, 2);
    RandomStream random(5, "delays");
    exponential_latency(reading, random);
    reading.start();
    reading.run_for(100ms);
    int stale = 0;
    for (Value value = 1; value <= trials; ++value) {
      const auto written = reading.put(0, 1, value, 0);
      reading.run_for(from_seconds(after * 1e-3));
      const auto read = reading.get(1, 1, 1);
      reading.run_for(60ms);
      REQUIRE(written->response->outcome == Outcome::ok);
      if (read->response->values[0] != value) ++stale;
    }
    const double expected = std::exp(-after);
    CHECK(std::abs(stale / double{trials} - expected) <
          4 * std::sqrt(expected * (1 - expected) / trials));
  }
}

TEST_CASE("replication lag is the age of what a follower is known to have") {
  Parameters parameters = quick();
  parameters.failover = Failover::none;
  Cluster cluster(2, parameters);
  cluster.start();
  cluster.run_until(1s + 5ms);
  const auto lag = [&] { return *cluster.node(1)->gauges().replication_lag; };
  CHECK(cluster.node(0)->gauges().leads);
  CHECK_FALSE(cluster.node(0)->gauges().replication_lag);
  // Heartbeats leave every 20 ms and take 10 ms: between 10 and 30 ms.
  CHECK(lag() >= 10ms);
  CHECK(lag() <= 30ms);
  cluster.cut({0}, {1});
  cluster.run_for(500ms);
  CHECK(lag() >= 500ms);
  CHECK(lag() <= 530ms);
  cluster.heal();
  cluster.run_for(200ms);
  CHECK(lag() <= 30ms);
}

// ---- elections ----------------------------------------------------------------------------------

/// Kills the leader of `nodes` just after a heartbeat, with all but `available` others dead
/// already. One-way latency is `latency`, as a share of the range of election timeouts, [100 ms,
/// 200 ms].
struct Election {
  bool split = false;  ///< the first term elected nobody
  double took = 0;     ///< seconds from the last heartbeat to the new leader
};
Election elect(std::size_t nodes, std::size_t available, double latency, std::uint64_t seed) {
  Parameters parameters = quick();
  parameters.pre_vote = false;
  parameters.heartbeat = 50ms;
  Cluster cluster(nodes, parameters, seed, 0);
  const Duration one_way = from_seconds(latency * 0.1);
  cluster.network.latency = [one_way](HostId, HostId, std::string_view) { return one_way; };
  cluster.start();
  cluster.run_until(60ms + 10 * one_way);
  REQUIRE(cluster.leader() == 0);
  const Time elected = cluster.events.front().at;
  const Term term = cluster.node(0)->term();
  for (std::size_t number = available + 1; number < nodes; ++number) cluster.crash(number);
  const Duration reign = cluster.queue.now() - elected;
  const Time last_heartbeat = elected + (reign / 50ms + 1) * 50ms;
  cluster.queue.run_until(last_heartbeat);
  cluster.crash(0);
  const std::size_t before = cluster.events.size();
  for (int rounds = 0; rounds < 1000 && !cluster.leader(); ++rounds) cluster.run_for(20ms);
  for (std::size_t i = before; i < cluster.events.size(); ++i) {
    const Cluster::Event& event = cluster.events[i];
    if (event.kind != EventKind::leader_elected) continue;
    return {event.number != term + 1, seconds(event.at - last_heartbeat)};
  }
  FAIL("nobody was elected");
  return {};
}

// Rates from the closed form of D. Ongaro, "Consensus: bridging theory and practice", Stanford
// 2014, section 9.3: with s servers up of n, a vote is split if s - floor(n/2) + 1 time out within
// one latency, P = sum over k >= c-1 of C(s,k) l^k (1-l)^(s-k), c = s - floor(n/2) + 1.
TEST_CASE("votes are split as often as Ongaro's closed form says") {
  struct Row {
    std::size_t nodes;
    std::size_t available;
    double latency;
    double rate;
  };
  constexpr int trials = 3000;
  for (const Row& row : {Row{3, 2, 0.1, 0.19}, Row{5, 4, 0.1, 0.0523}, Row{5, 4, 0.2, 0.1808},
                         Row{5, 3, 0.1, 0.271}, Row{5, 3, 0.2, 0.488}, Row{9, 5, 0.1, 0.40951},
                         Row{9, 7, 0.2, 0.148032}, Row{7, 6, 0.2, 0.09888}}) {
    CAPTURE(row.nodes);
    CAPTURE(row.available);
    CAPTURE(row.latency);
    int split = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const auto seed = static_cast<std::uint64_t>(trial + 1);
      if (elect(row.nodes, row.available, row.latency, seed).split) ++split;
    }
    CHECK(std::abs(split / double{trials} - row.rate) <
          4 * std::sqrt(row.rate * (1 - row.rate) / trials));
  }
}

TEST_CASE("a failover takes the earliest of the election timeouts and a round trip") {
  // The earliest of s uniform draws from [1, 2] is 1 + 1/(s+1) in the mean (Ongaro 2014,
  // section 9.3), with standard deviation sqrt(s / ((s+1)^2 (s+2))).
  constexpr int trials = 3000;
  constexpr double latency = 0.0001;
  for (const std::size_t available : {3, 4}) {
    double sum = 0;
    for (int trial = 0; trial < trials; ++trial) {
      sum += elect(5, available, latency, static_cast<std::uint64_t>(trial + 1)).took;
    }
    const auto s = static_cast<double>(available);
    const double expected = 0.1 * (1 + 1 / (s + 1) + 3 * latency);
    const double deviation = 0.1 * std::sqrt(s / ((s + 1) * (s + 1) * (s + 2)));
    CHECK(std::abs(sum / trials - expected) < 4 * deviation / std::sqrt(trials) + 0.1 * latency);
  }
}

}  // namespace
}  // namespace faultline::leader_follower
