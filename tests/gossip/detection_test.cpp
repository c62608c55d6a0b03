// How soon SWIM notices a crash, what it costs and how often it errs, against the paper (Das, Gupta
// and Motivala 2002). Without jitter all periods begin at the same instants, as the paper assumes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/gossip/gossip.hpp>

#include "close_to.hpp"
#include "model/cluster.hpp"

namespace faultline::gossip {
namespace {

using namespace std::chrono_literals;

/// Beyond so many standard deviations chance does not go.
constexpr double sigmas = 4;

Parameters periods_in_step() {
  Parameters parameters;
  parameters.interval = 1h;
  parameters.period = 1s;
  parameters.ping_timeout = 300ms;
  parameters.jitter = 0;
  parameters.durability = Durability::memory;
  return parameters;
}

class Group final : public testing::Cluster, public MessageObserver {
 public:
  Group(std::size_t nodes, const Parameters& parameters, std::uint64_t seed)
      : testing::Cluster(model<Gossip>(), std::make_shared<Parameters>(parameters),
                         testing::Stage{.nodes = nodes, .clients = 0, .seed = seed}) {
    world.tracer = this;
    network.latency = [](HostId, HostId, std::string_view) { return 1ms; };
    start();
  }
  std::map<std::string_view, std::size_t> messages;

 private:
  std::uint64_t sent(const Departure& message) override {
    ++messages[message.what];
    return 0;
  }
  void received(Time, std::uint64_t) override {}
};

// Section 3.1: in each period a crashed member is probed by somebody with probability
// 1 - (1 - 1/(n-1))^(n-1), which tends to 1 - 1/e. So it takes e/(e-1) periods in the mean until
// somebody notices, however many members there are.
TEST_CASE("a crash is first noticed after e/(e-1) periods in the mean") {
  const double limit = std::exp(1) / (std::exp(1) - 1);
  constexpr std::uint64_t trials = 300;
  for (const std::size_t nodes : {10U, 50U, 200U}) {
    CAPTURE(nodes);
    const auto others = static_cast<double>(nodes - 1);
    const double chance = 1 - std::pow(1 - 1 / others, others);
    CHECK(1 / chance == testing::close_to(limit, 1 / (3 * others)));
    double total = 0;
    for (std::uint64_t seed = 1; seed <= trials; ++seed) {
      Parameters parameters = periods_in_step();
      parameters.probe_order = Order::random;
      Group group(nodes, parameters, seed);
      group.run_for(2500ms);
      group.crash(0);  // the next periods begin at 3 s, 4 s, ...; what they find out, at their end
      while (group.count(EventKind::member_suspected) == 0) group.run_for(1s);
      total += std::round(seconds(group.events.front().at)) - 3;
    }
    const double deviation = std::sqrt(1 - chance) / chance;  // of a geometric distribution
    CHECK(std::abs(total / trials - 1 / chance) < sigmas * deviation / std::sqrt(trials));
  }
}

// Section 4.3: with n members on the list, at most 2n - 1 periods.
TEST_CASE("in round robin order everybody is probed at least once in 2n - 1 periods") {
  constexpr std::size_t listed = 20;
  Members members(listed + 1, 0);
  ProbeOrder order(listed + 1, 0);
  RandomStream random(1, "order");
  std::vector<std::size_t> latest(listed + 1, 0);
  std::size_t longest = 0;
  constexpr std::size_t periods = 20'000;
  for (std::size_t period = 1; period <= periods; ++period) {
    const Number member = *order.next(members, random);
    if (latest[member] > 0) longest = std::max(longest, period - latest[member]);
    latest[member] = period;
  }
  CHECK(longest == 2 * listed - 1);  // it does occur: one in 400 times
}

// Section 3.1, message load: two messages a member and period if all is well.
TEST_CASE("the load on each member does not depend on how many there are") {
  for (const std::size_t nodes : {10U, 100U, 400U}) {
    CAPTURE(nodes);
    Group group(nodes, periods_in_step(), 1);
    group.run_for(10500ms);
    CHECK(group.messages[Ping::name] == 10 * nodes);
    CHECK(group.messages[Ack::name] == 10 * nodes);
    CHECK(group.messages.size() == 2);
  }
}

// Section 3.1: with q the chance that a message arrives in time, a probe of a live member fails
// with probability (1 - q^2) (1 - q^4)^k. In the first period nobody is suspected yet.
TEST_CASE("a live member is suspected as often as messages are lost") {
  constexpr std::size_t nodes = 50;
  constexpr std::uint64_t trials = 200;
  for (const std::int64_t helpers : {0, 1, 3}) {
    CAPTURE(helpers);
    constexpr double q = 0.8;
    const double direct = 1 - std::pow(q, 2);
    const double fails = direct * std::pow(1 - std::pow(q, 4), helpers);
    double asked = 0;
    double suspected = 0;
    for (std::uint64_t seed = 1; seed <= trials; ++seed) {
      Parameters parameters = periods_in_step();
      parameters.helpers = helpers;
      Group group(nodes, parameters, seed);
      group.network.loss = 1 - q;
      group.run_for(2s - 1us);  // the first period ends at 2 s
      asked += static_cast<double>(group.messages[PingRequest::name]);
      group.network.loss = 1;
      group.run_for(1us);
      suspected += static_cast<double>(group.count(EventKind::member_suspected));
    }
    constexpr double probes = nodes * trials;
    const auto deviation = [](double p) { return std::sqrt(p * (1 - p) / probes); };
    CHECK(std::abs(suspected / probes - fails) < sigmas * deviation(fails));
    if (helpers == 0) continue;
    CHECK(std::abs(asked / probes / static_cast<double>(helpers) - direct) <
          sigmas * deviation(direct));
  }
}

// Section 4.1: lambda log n periods.
TEST_CASE("the news of a death reaches everybody in time that grows like the logarithm") {
  for (const std::size_t nodes : {16U, 64U, 256U}) {
    CAPTURE(nodes);
    Parameters parameters = periods_in_step();
    parameters.suspicion = 0s;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Group group(nodes, parameters, seed);
      group.run_for(2500ms);
      group.crash(0);
      while (group.count(EventKind::member_dead) < nodes - 1) group.run_for(1s);
      const double took = seconds(group.events.back().at - group.events.front().at);
      CHECK(took < parameters.news_factor * std::log(static_cast<double>(nodes) + 1));
    }
  }
}

}  // namespace
}  // namespace faultline::gossip
