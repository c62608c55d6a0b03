// How long things take, against closed forms: writes as sums of hops, reads as round trips to the
// tail, and how many reads a chain's nodes answer together.
#include <cmath>

#include <doctest/doctest.h>

#include <faultline/chain_replication/chain_replication.hpp>

#include "close_to.hpp"
#include "model/conversation.hpp"

namespace faultline::chain_replication {
namespace {

using namespace std::chrono_literals;
using testing::Stage;
using Talk = testing::Conversation<ChainReplication>;

/// A chain of `length` nodes behind a view service, with clients next to every node.
struct Scene {
  using Hop = std::function<Duration()>;
  Scene(
      std::size_t length, const Parameters& parameters, Hop hop = [] { return Duration(1ms); })
      : talk(parameters, Stage{.nodes = length + 1}) {
    talk.silent = true;
    talk.patience = 60s;
    const std::size_t nodes = length + 1;
    talk.network.latency = [nodes, hop](HostId from, HostId to, std::string_view) {
      const bool inside = std::max(index_of(from), index_of(to)) < nodes;
      return from != to && inside ? hop() : Duration(0);
    };
    talk.run_for(500ms);
  }
  Duration latency(OperationId id) const {
    REQUIRE(talk.operation(id).outcome == Outcome::ok);
    return talk.operation(id).latency();
  }
  Talk talk;
};

TEST_CASE("a write takes one hop to each node, and one from the tail to who was asked") {
  for (const std::size_t length : {1, 2, 3, 5, 8}) {
    CAPTURE(length);
    Scene scene(length, Parameters{});
    const auto hops = static_cast<std::int64_t>(length);
    const OperationId at_head = scene.talk.put(1, 7, 1);
    scene.talk.run_for(50ms);
    const OperationId at_tail = scene.talk.put(length, 7, 2);
    scene.talk.run_for(50ms);
    const OperationId at_view_service = scene.talk.put(0, 7, 3);
    scene.talk.run_for(50ms);
    // The one that was asked is the head, the tail, or neither.
    CHECK(scene.latency(at_head) == (length == 1 ? 0ms : 1ms * hops));
    CHECK(scene.latency(at_tail) == (length == 1 ? 0ms : 1ms * hops));
    CHECK(scene.latency(at_view_service) == 1ms * (hops + 1));
  }
}

TEST_CASE("a read takes a round trip to the tail, a clean one with CRAQ takes none") {
  for (const Reads reads : {Reads::tail, Reads::any, Reads::any_eventual}) {
    CAPTURE(static_cast<int>(reads));
    Parameters parameters;
    parameters.reads = reads;
    Scene scene(3, parameters);
    scene.talk.put(1, 7, 1);
    scene.talk.run_for(50ms);
    const OperationId at_head = scene.talk.get(1, 7);
    const OperationId at_tail = scene.talk.get(3, 7);
    scene.talk.run_for(50ms);
    CHECK(scene.latency(at_head) == (reads == Reads::tail ? 2ms : 0ms));
    CHECK(scene.latency(at_tail) == 0ms);
    scene.talk.put(1, 7, 2);
    const OperationId dirty = scene.talk.get(1, 7);
    scene.talk.run_for(50ms);
    CHECK(scene.latency(dirty) == (reads == Reads::any_eventual ? 0ms : 2ms));
    CHECK(scene.talk.operation(dirty).observed == (reads == Reads::any_eventual ? 2 : 1));
  }
}

TEST_CASE("a read without a lease takes a round trip to the view service more") {
  Parameters parameters;
  parameters.lease = 0ms;
  Scene scene(3, parameters);
  const OperationId at_head = scene.talk.get(1, 7);
  const OperationId at_tail = scene.talk.get(3, 7);
  scene.talk.run_for(50ms);
  CHECK(scene.latency(at_head) == 4ms);
  CHECK(scene.latency(at_tail) == 2ms);
}

TEST_CASE("with exponential hops a write takes an Erlang time") {
  // The sum of n exponential times of mean 1 ms: mean n ms, variance n ms^2, and below x with
  // probability 1 - e^-x (1 + x + ... + x^(n-1) / (n-1)!).
  constexpr int writes = 20'000;
  constexpr std::size_t length = 4;
  RandomStream random(11, "latency");
  Parameters parameters;
  parameters.timeout = 10s;
  Scene scene(length, parameters, [&random] { return from_seconds(random.exponential(1e-3)); });
  double sum = 0;
  int below_three = 0;
  for (Value value = 1; value <= writes; ++value) {
    const OperationId id = scene.talk.put(1, value % 10, value);
    scene.talk.run_for(60ms);  // one at a time: no update waits for another
    const double latency = seconds(scene.latency(id)) * 1e3;
    sum += latency;
    if (latency < 3) ++below_three;
  }
  CHECK(std::abs(sum / writes - length) < 4 * std::sqrt(length / double{writes}));
  const double expected = 1 - std::exp(-3.0) * (1 + 3.0 + 9.0 / 2 + 27.0 / 6);
  CHECK(std::abs(below_three / double{writes} - expected) <
        4 * std::sqrt(expected * (1 - expected) / writes));
}

TEST_CASE("every node writes to its disk before it passes an update on") {
  Parameters parameters;
  parameters.work = 3ms;
  parameters.update_work = 2ms;
  parameters.durability = Durability::fsync;
  Scene scene(3, parameters);
  const OperationId id = scene.talk.put(1, 7, 1);
  scene.talk.run_for(50ms);
  // 3 hops of 1 ms, 3 ms of CPU at the head and 2 ms at the others; three times a write of 20 us
  // and 140 bytes at 500 MB/s, and an fsync of 0.5 ms.
  CHECK(seconds(scene.latency(id)) == testing::close_to(0.01156084));
}

/// How long `reads` reads take that are asked all at once, in turn of all nodes of the chain.
Duration time_for(std::size_t reads, std::size_t length, Reads who) {
  Parameters parameters;
  parameters.reads = who;
  parameters.work = 1ms;
  parameters.timeout = 60s;
  Scene scene(length, parameters, [] { return Duration(0); });
  const Time began = scene.talk.queue.now();
  for (std::size_t read = 0; read < reads; ++read) scene.talk.get(1 + read % length, 2);
  scene.talk.run_for(10s);
  Time ended = began;
  for (const Operation& operation : scene.talk.history.operations) {
    REQUIRE(operation.outcome == Outcome::ok);
    if (operation.reads()) ended = std::max(ended, operation.completed);
  }
  return ended - began;
}

TEST_CASE("the tail answers as many reads as one node can, all nodes together n times as many") {
  constexpr std::size_t reads = 960;
  const int cores = HostSettings{}.cores;
  for (const std::size_t length : {1, 2, 3, 4}) {
    CAPTURE(length);
    CHECK(time_for(reads, length, Reads::tail) == reads * 1ms / cores);
    CHECK(time_for(reads, length, Reads::any) == reads * 1ms / cores / static_cast<int>(length));
  }
}

}  // namespace
}  // namespace faultline::chain_replication
