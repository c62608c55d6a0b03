// How fast news spreads and how much of it is lost, against the closed forms of those who studied
// epidemics. In rounds without jitter all nodes act at once, as the authors assume.
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/gossip/gossip.hpp>

#include "model/cluster.hpp"

namespace faultline::gossip {
namespace {

using namespace std::chrono_literals;

/// Beyond so many standard deviations chance does not go.
constexpr double sigmas = 4;

struct Sample {
  double sum = 0;
  double squares = 0;
  double count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return sum / count; }
  double error() const { return std::sqrt((squares / count - mean() * mean()) / (count - 1)); }
};

/// One write at one of `nodes` nodes, and what becomes of it.
class Epidemic final : public testing::Cluster, public MessageObserver {
 public:
  Epidemic(std::size_t nodes, const Parameters& parameters, std::uint64_t seed)
      : testing::Cluster(model<Gossip>(), std::make_shared<Parameters>(parameters),
                         testing::Stage{.nodes = nodes, .seed = seed}),
        susceptible_(nodes) {
    world.tracer = this;
    network.latency = [](HostId, HostId, std::string_view) { return 1us; };
    start();
    Request request;
    request.kind = OperationKind::put;
    request.key = 1;
    request.value = 1;
    clients.front()->tasks().spawn([](Endpoint& client, EndpointId node, Request put) -> Task<> {
      co_await call<Node>(client, node, put, 1s);
    }(*clients.front(), service->endpoint(0).id(), request));
    run_for(500ms);
  }

  /// A round takes a second, from one half to the next.
  void next_round() { run_for(1s); }
  std::size_t susceptible() const { return susceptible_; }
  bool active() const {
    for (std::size_t node = 0; node < service->size(); ++node) {
      if (static_cast<const Gossip*>(service->node(node))->spreads_rumors()) return true;
    }
    return false;
  }
  std::size_t rumors = 0;  ///< messages with rumors

 private:
  void holds(EndpointId, Key, Value) override { --susceptible_; }
  std::uint64_t sent(const Departure& message) override {
    if (message.what == Rumors::name) ++rumors;
    return 0;
  }
  void received(Time, std::uint64_t) override {}

  std::size_t susceptible_;  ///< that do not know of the write
};

Parameters rounds_of(Exchange exchange) {
  Parameters parameters;
  parameters.exchange = exchange;
  parameters.interval = 1s;
  parameters.jitter = 0;
  parameters.compare = Compare::tables;
  parameters.detector = Detector::none;
  parameters.durability = Durability::memory;
  return parameters;
}

// ---- anti-entropy -------------------------------------------------------------------------------

/// The chance that a susceptible node remains so in a round, when `susceptible` of `nodes` are.
using Remains = std::function<double(double nodes, double susceptible)>;

// Demers et al. 1987, section 1.3, for a finite n where nobody chooses itself: by pull, the chosen
// is another susceptible; by push, none of the infected chooses the node; by both, both.
double by_pull(double nodes, double susceptible) { return (susceptible - 1) / (nodes - 1); }
double by_push(double nodes, double susceptible) {
  return std::pow(1 - 1 / (nodes - 1), nodes - susceptible);
}
double by_both(double nodes, double susceptible) {
  return by_pull(nodes, susceptible) * by_push(nodes, susceptible);
}

/// What all rounds of all trials add up to, as standard deviations from what is expected. Nodes
/// fare independently by pull; by push, the more others are chosen the less is one, so that the
/// sum varies less than this allows for.
double deviation(Exchange exchange, const Remains& remains, std::uint64_t trials) {
  constexpr std::size_t nodes = 256;
  double excess = 0;
  double variance = 0;
  for (std::uint64_t seed = 1; seed <= trials; ++seed) {
    Parameters parameters = rounds_of(exchange);
    // What a node hears in a round it passes on in the next.
    if (exchange == Exchange::push_pull) parameters.compare = Compare::digests;
    Epidemic epidemic(nodes, parameters, seed);
    while (epidemic.susceptible() > 0) {
      const auto before = static_cast<double>(epidemic.susceptible());
      epidemic.next_round();
      const double chance = remains(nodes, before);
      excess += static_cast<double>(epidemic.susceptible()) - before * chance;
      variance += before * chance * (1 - chance);
    }
  }
  return excess / std::sqrt(variance);
}

TEST_CASE("round by round, as many remain ignorant as Demers et al. say") {
  SUBCASE("by push") {
    CHECK(std::abs(deviation(Exchange::push, by_push, 100)) < sigmas);
    CHECK(std::abs(deviation(Exchange::push, by_pull, 100)) > sigmas);
  }
  SUBCASE("by pull") {
    CHECK(std::abs(deviation(Exchange::pull, by_pull, 100)) < sigmas);
    CHECK(std::abs(deviation(Exchange::pull, by_push, 100)) > sigmas);
  }
  SUBCASE("by both") {
    CHECK(std::abs(deviation(Exchange::push_pull, by_both, 100)) < sigmas);
    CHECK(std::abs(deviation(Exchange::push_pull, by_pull, 100)) > sigmas);
  }
}

// B. Pittel, "On spreading a rumor", SIAM J. Appl. Math. 47(1), 1987: log2 n + ln n + O(1). What
// the O(1) is: B. Doerr and M. Kuennemann, "Tight analysis of randomized rumor spreading in
// complete graphs", ANALCO 2014.
TEST_CASE("a push reaches all in log2 n + ln n rounds and a few") {
  const auto rounds = [](std::size_t nodes, std::uint64_t trials) {
    Sample sample;
    for (std::uint64_t seed = 1; seed <= trials; ++seed) {
      Epidemic epidemic(nodes, rounds_of(Exchange::push), seed);
      double count = 0;
      for (; epidemic.susceptible() > 0; ++count) epidemic.next_round();
      sample.add(count - std::log2(static_cast<double>(nodes)) -
                 std::log(static_cast<double>(nodes)));
    }
    return sample;
  };
  const Sample least = rounds(128, 200);
  for (const std::size_t nodes : {256U, 512U, 1024U}) {
    CAPTURE(nodes);
    const Sample rest = rounds(nodes, 200 * 128 / nodes);
    CHECK(rest.mean() > -1.116 - sigmas * rest.error());
    CHECK(rest.mean() < 2.765 + sigmas * rest.error());
    // It does not grow with n.
    CHECK(std::abs(rest.mean() - least.mean()) < sigmas * std::hypot(rest.error(), least.error()));
  }
}

// ---- rumors -------------------------------------------------------------------------------------

Parameters rumors_with(Interest interest, std::int64_t limit) {
  Parameters parameters = rounds_of(Exchange::none);
  parameters.rumors = interest;
  parameters.rumor_limit = limit;
  parameters.rumor_interval = 1s;
  parameters.jitter = 1;
  return parameters;
}

/// The solution of s = e^-(k+1)(1-s) below 1.
double residue_of(double k) {
  double s = 0;
  for (int i = 0; i < 1000; ++i) s = std::exp(-(k + 1) * (1 - s));
  return s;
}

// Demers et al. 1987, section 1.4: a differential equation, in which one tells after the other. By
// coin or by counter, whoever loses interest has told k in vain, if only in the mean.
TEST_CASE("a rumor dies out before it has reached a share s = e^-(k+1)(1-s) of all") {
  constexpr std::size_t nodes = 1000;
  CHECK(std::abs(residue_of(1) - 0.20) < 0.005);  // as the paper rounds them
  CHECK(std::abs(residue_of(2) - 0.06) < 0.005);
  Interest interest = Interest::coin;
  SUBCASE("by coin") {}
  SUBCASE("by counter") { interest = Interest::counter; }
  for (const std::int64_t k : {1, 2, 3}) {
    CAPTURE(k);
    Sample residue;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      Epidemic epidemic(nodes, rumors_with(interest, k), seed);
      while (epidemic.active()) epidemic.next_round();
      residue.add(static_cast<double>(epidemic.susceptible()) / nodes);
      if (interest == Interest::coin) continue;
      // All m that were reached told k in vain, and all but the first were told.
      const std::size_t reached = nodes - epidemic.susceptible();
      CHECK(epidemic.rumors == (static_cast<std::size_t>(k) + 1) * reached - 1);
    }
    const double expected = residue_of(static_cast<double>(k));
    CHECK(std::abs(residue.mean() - expected) < sigmas * residue.error());
  }
}

}  // namespace
}  // namespace faultline::gossip
