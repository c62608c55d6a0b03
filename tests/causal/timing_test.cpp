// How long things take, against closed forms: what clients wait for, and when others see it.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "close_to.hpp"
#include "scene.hpp"

namespace faultline::causal {
namespace {

/// When a node shows a value, from now on.
struct Showing {
  Talk& talk;
  Duration when(std::size_t node, Key key, Value value) const {
    const Time began = talk.queue.now();
    while (talk.held_by(node, key) != value) {
      REQUIRE(talk.queue.now() < began + 10s);
      talk.run_for(100us);
    }
    return talk.queue.now() - began;
  }
};

Duration latency(const Talk& talk, OperationId id) {
  REQUIRE(talk.operation(id).outcome == Outcome::ok);
  return talk.operation(id).latency();
}

TEST_CASE("reads and writes take what their own region takes, however far the others are") {
  for (const Duration between : {10ms, 100ms, 1000ms}) {
    Scene scene(calm());
    scene.between = between;
    Talk& talk = scene.talk;
    const Key key = scene.key_on(0);
    const OperationId here = talk.put(0, key, 1);
    const OperationId beside = talk.put(1, key, 2);  // passed on to node 0, and back
    talk.run_for(5ms);
    const OperationId read = talk.get(0, key);
    const OperationId read_beside = talk.get(1, key);
    talk.run_for(5ms);
    CHECK(latency(talk, here) == 0ms);
    CHECK(latency(talk, beside) == 2ms);
    CHECK(latency(talk, read) == 0ms);
    CHECK(latency(talk, read_beside) == 2ms);
  }
}

TEST_CASE("a write waits for the disk of its own node") {
  Parameters parameters = calm();
  parameters.durability = Durability::fsync;
  parameters.work = 3ms;
  Scene scene(parameters);
  const OperationId id = scene.talk.put(0, scene.key_on(0), 1);
  scene.talk.run_for(10ms);
  // 3 ms of CPU, a write of 20 us and 140 bytes at 500 MB/s, and an fsync of 0.5 ms.
  CHECK(seconds(latency(scene.talk, id)) == testing::close_to(0.00352028));
}

TEST_CASE("without dependencies a write is seen after the one-way latency") {
  for (const DependencyKind kind : {DependencyKind::nearest, DependencyKind::vector}) {
    Parameters parameters = calm();
    parameters.dependencies = kind;
    Scene scene(parameters, {0, 1, 2});
    scene.slow_ways[{0, 2}] = 170ms;
    scene.talk.put(0, 7, 1);
    const Showing showing{scene.talk};
    CHECK(showing.when(1, 7, 1) == 50ms);
    CHECK(showing.when(2, 7, 1) == 120ms);
  }
}

/// A chain of causes: every write is of another node's key, and reaches the other region after a
/// time of its own.
TEST_CASE("a write is seen when the last of its causes has come, and been asked for") {
  const std::vector<std::vector<Duration>> ways = {
      {50ms, 50ms, 50ms, 50ms},   {50ms, 60ms, 70ms, 80ms}, {200ms, 50ms, 50ms, 50ms},
      {50ms, 300ms, 20ms, 100ms}, {90ms, 80ms, 70ms, 60ms},
  };
  for (const std::vector<Duration>& way : ways) {
    Scene scene(calm(), {0, 0, 0, 0, 1, 1, 1, 1});
    Talk& talk = scene.talk;
    const Time began = talk.queue.now();
    Time shown{};
    std::vector<Time> expected;
    for (NodeNumber node = 0; node < 4; ++node) {
      scene.slow_ways[{node, node + 4}] = way[node];
      talk.put(node, scene.key_on(node), 1 + node);
      // On its arrival a node asks the one that has the cause, 1 ms away. That answers at once, or
      // when it shows the cause.
      const Time arrival = talk.queue.now() + way[node];
      shown = node == 0 ? arrival : std::max(arrival + 1ms, shown) + 1ms;
      expected.push_back(shown);
      talk.run_for(1ms);
    }
    for (NodeNumber node = 0; node < 4; ++node) {
      CAPTURE(node);
      if (talk.queue.now() < expected[node] - 1us) {
        talk.run_for(expected[node] - 1us - talk.queue.now());
        CHECK(talk.held_by(node + 4, scene.key_on(node)) == nil);
        talk.run_for(1us);
      }
      CHECK(talk.held_by(node + 4, scene.key_on(node)) == 1 + node);
    }
    CHECK(talk.queue.now() - began > 0ms);
  }
}

TEST_CASE("with vectors a write waits for pulses, and for the word of its neighbour") {
  // Node 1 takes a write at 3 ms, which reaches node 3 at 53 ms. Its neighbour must know that node
  // 0 has nothing earlier for it. By hybrid clocks the pulse of 20 ms says so; it arrives at 70 ms,
  // is told at 80 ms, and known at 81 ms. By Lamport clocks node 0 first has to hear that time has
  // passed, at 21 ms, and says so with its pulse of 40 ms, which is 20 ms later.
  for (const Timestamps timestamps : {Timestamps::hybrid, Timestamps::lamport}) {
    Parameters parameters = calm();
    parameters.dependencies = DependencyKind::vector;
    parameters.stabilization = 20ms;
    parameters.timestamps = timestamps;
    Scene scene(parameters);
    Talk& talk = scene.talk;
    talk.run_for(1ms);
    talk.put(0, scene.key_on(0), 1);
    talk.run_for(2ms);
    talk.put(1, scene.key_on(1), 2);
    const Showing showing{talk};
    showing.when(3, scene.key_on(1), 2);
    CHECK(talk.queue.now() == Time{} + (timestamps == Timestamps::hybrid ? 81ms : 101ms));
  }
}

TEST_CASE("a session that moves waits for its causes and no longer") {
  for (const DependencyKind kind : {DependencyKind::nearest, DependencyKind::vector}) {
    Parameters parameters = calm();
    parameters.dependencies = kind;
    Scene scene(parameters, {0, 1});
    Talk& talk = scene.talk;
    talk.put(0, 7, 1);
    talk.run_for(20ms);
    const OperationId moved = talk.get(1, 8);
    talk.run_for(40ms);
    const OperationId settled = talk.get(1, 8);
    talk.run_for(1ms);
    CHECK(latency(talk, moved) == 30ms);
    CHECK(latency(talk, settled) == 0ms);
  }
}

}  // namespace
}  // namespace faultline::causal
