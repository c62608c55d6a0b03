// Faults carried out in a small world: two regions of three hosts, two services. One Simulation a
// process: run these through CTest.
#include <chrono>
#include <cmath>
#include <deque>
#include <functional>

#include <doctest/doctest.h>

#include <faultline/fault/injector.hpp>
#include <faultline/fault/timeline.hpp>

#include "close_to.hpp"

using namespace faultline;
using namespace std::chrono_literals;

namespace {

using faultline::testing::close_to;

HostId host(std::uint32_t number) { return static_cast<HostId>(number); }

/// A node that counts how often it was booted.
class Sleeper : public ModelNode<Sleeper> {
 public:
  struct Parameters {};
  struct Durable : DurableState {
    DurableCell<int> boots{*this, 0};
  };
  static constexpr std::string_view name = "sleeper";
  static constexpr std::string_view summary = "does nothing";
  static const ParameterTable<Parameters>& parameters() {
    static const ParameterTable<Parameters> none({});
    return none;
  }
  static void settle(Parameters&, const ServiceView&, Settlement&) {}
  static Claims claims(const Parameters&, const ServiceView&) { return {}; }
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  Sleeper(Context& context, const Parameters&, Durable& durable)
      : ModelNode(context), durable_(durable) {}
  void start() override { durable_.boots.set(durable_.boots.get() + 1); }
  Task<Response> serve(Request) override { co_return succeeded(); }
  int boots() const { return durable_.boots.get(); }

 private:
  Durable& durable_;
};

Topology two_regions() {
  Topology topology;
  topology.regions = {"east", "west"};
  topology.zones = {{"east", 0}, {"west", 1}};
  for (std::uint32_t i = 0; i < 6; ++i) {
    const std::uint32_t region = i / 3;
    topology.hosts.push_back(
        {topology.regions[region] + "/" + std::to_string(i % 3), region, region, {}});
  }
  topology.hosts[4].settings.clock = {10ms, 1e-3};
  PathSettings far;
  far.latency = Distribution::constant(40e-3);
  topology.links = {{0, 1, far}};
  return topology;
}

/// A run with faults, and looks at it at chosen instants.
class SmallWorld {
 public:
  SmallWorld() {
    deploy("a", {0, 1, 2, 3, 4, 5});
    deploy("b", {0, 0});
  }

  void fault(std::string label, FaultKind kind, Duration from, Duration to) {
    FaultSettings settings;
    settings.label = std::move(label);
    settings.at = Time{from};
    settings.length = to - from;
    settings.fault = std::move(kind);
    faults_.push_back(std::move(settings));
  }
  void look(Duration at, std::function<void()> checks) {
    looks_.emplace_back(at, std::move(checks));
  }

  void run(Duration end) {
    const auto spans = unfold(faults_, Time{end}, 1);
    for (const auto& service : services_) service->start();
    FaultInjector injector(simulation, {services_[0].get(), services_[1].get()}, faults_, spans);
    for (auto& [at, checks] : looks_) {
      simulation.queue().at(
          Time{at},
          [](void* target, std::uint64_t) { (*static_cast<std::function<void()>*>(target))(); },
          &checks);
    }
    simulation.run(Time{end});
  }

  bool up(std::uint32_t service, std::uint32_t number) const {
    return services_[service]->up(number);
  }
  Endpoint& endpoint(std::uint32_t service, std::uint32_t number) {
    return services_[service]->endpoint(number);
  }
  int boots(std::uint32_t service, std::uint32_t number) const {
    return static_cast<const Sleeper&>(*services_[service]->node(number)).boots();
  }
  bool cut(std::uint32_t from, std::uint32_t to) const {
    return simulation.cut(host(from), host(to));
  }

  Simulation simulation{two_regions(), 1};

 private:
  void deploy(const std::string& name, const std::vector<std::uint32_t>& on) {
    Service::Settings settings;
    settings.name = name;
    settings.model = &model<Sleeper>();
    settings.parameters = std::make_shared<Sleeper::Parameters>();
    for (const std::uint32_t number : on) settings.hosts.push_back(host(number));
    services_.push_back(
        std::make_unique<Service>(world_, simulation.topology(), settings, std::uint64_t{1}));
  }

  World world_{simulation.queue(), simulation.network(),
               [this](HostId of) -> Machine& { return simulation.machine(of); },
               [this](HostId from, HostId to) { return simulation.typical_latency(from, to); }};
  std::vector<std::unique_ptr<Service>> services_;
  std::vector<FaultSettings> faults_;
  std::deque<std::pair<Duration, std::function<void()>>> looks_;
};

/// How often the impairments touch the path from one host to another.
int touched(const std::vector<Impairment>& impairments, std::uint32_t from, std::uint32_t to) {
  int times = 0;
  for (const Impairment& impairment : impairments) {
    times += impairment.from.contains(host(from)) && impairment.to.contains(host(to)) ? 1 : 0;
  }
  return times;
}

}  // namespace

// ---- paths, without a run -----------------------------------------------------------------------

TEST_CASE("a partition cuts between its groups and spares the bridge") {
  PartitionFault fault{{{host(0), host(1)}, {host(2)}, {host(3), host(4)}}, false};
  const std::vector<int> group{0, 0, 1, 2, 2, -1};
  for (const bool one_way : {false, true}) {
    fault.one_way = one_way;
    const auto cuts = impairments_of(fault, 6);
    for (const Impairment& impairment : cuts) CHECK(impairment.cut);
    for (std::uint32_t from = 0; from < 6; ++from) {
      for (std::uint32_t to = 0; to < 6; ++to) {
        bool expected = group[from] >= 0 && group[to] >= 0 && group[from] != group[to];
        if (one_way) expected = expected && group[from] == 0;
        CHECK(touched(cuts, from, to) == (expected ? 1 : 0));
      }
    }
  }
}

TEST_CASE("a link fault touches every path between its sides once, however they overlap") {
  for (unsigned from_mask = 1; from_mask < 16; ++from_mask) {
    for (unsigned to_mask = 1; to_mask < 16; ++to_mask) {
      for (const bool one_way : {false, true}) {
        LinkFault fault;
        fault.one_way = one_way;
        fault.loss = 0.5;
        for (std::uint32_t i = 0; i < 4; ++i) {
          if ((from_mask >> i & 1U) != 0) fault.from.push_back(host(i));
          if ((to_mask >> i & 1U) != 0) fault.to.push_back(host(i));
        }
        const auto ways = impairments_of(fault, 4);
        for (std::uint32_t a = 0; a < 4; ++a) {
          for (std::uint32_t b = 0; b < 4; ++b) {
            const bool there = (from_mask >> a & 1U) != 0 && (to_mask >> b & 1U) != 0;
            const bool back = (to_mask >> a & 1U) != 0 && (from_mask >> b & 1U) != 0;
            REQUIRE(touched(ways, a, b) == (there || (back && !one_way) ? 1 : 0));
          }
        }
      }
    }
  }
}

// ---- crashes and pauses -------------------------------------------------------------------------

TEST_CASE("a node that two crashes hold down boots when both have ended") {
  SmallWorld world;
  world.fault("first", CrashFault{{{0, 2}}, {}, DiskFate::kept}, 1s, 5s);
  world.fault("second", CrashFault{{{0, 2}}, {}, DiskFate::kept}, 3s, 8s);
  world.look(900ms, [&] { CHECK(world.up(0, 2)); });
  for (const Duration at : {1001ms, 4000ms, 5001ms, 7999ms}) {
    world.look(at, [&] {
      CHECK_FALSE(world.up(0, 2));
      CHECK(world.up(0, 1));
    });
  }
  world.look(8001ms, [&] {
    CHECK(world.up(0, 2));
    CHECK(world.boots(0, 2) == 2);
  });
  world.run(10s);
}

TEST_CASE("one crash follows another without a gap: the node stays down") {
  SmallWorld world;
  world.fault("first", CrashFault{{{0, 2}}, {}, DiskFate::kept}, 1s, 5s);
  world.fault("second", CrashFault{{{0, 2}}, {}, DiskFate::kept}, 5s, 8s);
  world.look(9s, [&] { CHECK(world.boots(0, 2) == 2); });
  world.run(10s);
}

TEST_CASE("a host dies with all nodes on it, and what its machine was doing") {
  SmallWorld world;
  bool done = false;
  world.fault("host", CrashFault{{{1, 0}}, {host(0)}, DiskFate::kept}, 1s, 2s);
  world.look(900ms, [&] {
    world.simulation.machine(host(0)).compute(
        500ms, [](void* flag, std::uint64_t) { *static_cast<bool*>(flag) = true; }, &done);
  });
  world.look(1500ms, [&] {
    CHECK_FALSE(world.up(0, 0));
    CHECK_FALSE(world.up(1, 0));
    CHECK_FALSE(world.up(1, 1));
    CHECK(world.up(0, 1));
  });
  world.look(2001ms, [&] {
    CHECK(world.up(0, 0));
    CHECK(world.boots(1, 0) == 2);
    CHECK(world.boots(1, 1) == 2);
  });
  world.run(10s);
  CHECK_FALSE(done);
}

TEST_CASE("each crash takes its toll of the disk, even of a node that is down") {
  SmallWorld world;
  world.fault("process", CrashFault{{{0, 2}}, {}, DiskFate::kept}, 1s, 8s);
  world.fault("disk", CrashFault{{{0, 2}}, {}, DiskFate::lost}, 3s, 4s);
  world.look(9s, [&] { CHECK(world.boots(0, 2) == 1); });  // the first boot is forgotten
  world.run(10s);
}

TEST_CASE("pauses nest, and what is down and paused boots when both are over") {
  SmallWorld world;
  world.fault("node", PauseFault{{{0, 1}}, {}}, 1s, 4s);
  world.fault("host", PauseFault{{}, {host(1)}}, 2s, 6s);
  world.fault("crash", CrashFault{{{0, 1}}, {}, DiskFate::kept}, 3s, 5s);
  world.fault("still", PauseFault{{{0, 3}}, {}}, 1s, 4s);
  world.fault("standing", PauseFault{{}, {host(3)}}, 2s, 6s);
  world.look(1001ms, [&] { CHECK(world.endpoint(0, 1).paused()); });
  world.look(3001ms, [&] { CHECK_FALSE(world.up(0, 1)); });
  world.look(5001ms, [&] {
    CHECK_FALSE(world.up(0, 1));
    CHECK(world.endpoint(0, 3).paused());
  });
  world.look(6001ms, [&] {
    CHECK(world.up(0, 1));
    CHECK_FALSE(world.endpoint(0, 1).paused());
    CHECK_FALSE(world.endpoint(0, 3).paused());
  });
  world.run(10s);
}

// ---- machines -----------------------------------------------------------------------------------

TEST_CASE("slowdowns multiply and leave nothing behind") {
  SmallWorld world;
  world.fault("half", SlowFault{{host(1)}, 0.5}, 10s, 40s);
  world.fault("third", SlowFault{{host(1), host(2)}, 0.3}, 20s, 30s);
  struct Job {
    const EventQueue& queue;
    Time expected;
    Time done = never;
  };
  std::deque<Job> jobs;
  const auto job = [&](Duration at, Duration takes) {
    Job& added = jobs.emplace_back(Job{world.simulation.queue(), Time{at + takes}});
    world.look(at, [&world, &added] {
      const auto finish = [](void* target, std::uint64_t) {
        auto& finished = *static_cast<Job*>(target);
        finished.done = finished.queue.now();
      };
      world.simulation.machine(host(1)).compute(300ms, finish, &added);
    });
  };
  job(5s, 300ms);
  job(15s, 600ms);
  job(25s, 2s);
  job(35s, 600ms);
  job(45s, 300ms);
  world.run(60s);
  for (const Job& each : jobs) CHECK(std::abs(seconds(each.done - each.expected)) < 1e-6);
}

TEST_CASE("disks are slow or forgetful while a fault says so") {
  SmallWorld world;
  world.fault("forgets", DiskFault{{host(1)}, 1, true}, 1s, 4s);
  world.fault("also", DiskFault{{host(1)}, 0.5, true}, 2s, 6s);
  const auto loses = [&] { return world.simulation.machine(host(1)).loses_syncs(); };
  world.look(500ms, [&] { CHECK_FALSE(loses()); });
  world.look(1500ms, [&] { CHECK(loses()); });
  world.look(5s, [&] { CHECK(loses()); });
  world.look(7s, [&] { CHECK_FALSE(loses()); });
  world.run(10s);
}

TEST_CASE("clock faults add up, and each takes its error with it") {
  SmallWorld world;
  world.fault("jump", ClockFault{{host(4)}, 2s, 0}, 10s, 30s);
  world.fault("runs fast", ClockFault{{host(4)}, 0s, 0.1}, 20s, 40s);
  // The host's own clock is 10 ms fast and gains a millisecond a second.
  const auto error = [&] {
    const Time now = world.simulation.queue().now();
    return seconds(world.simulation.machine(host(4)).clock(now) - now);
  };
  const auto expect = [&](Duration at, double expected) {
    world.look(at, [&error, expected] { CHECK(error() == close_to(expected)); });
  };
  expect(5s, 0.015);
  expect(15s, 0.025 + 2);
  expect(25s, 0.035 + 2 + 0.5);
  expect(35s, 0.045 + 1.5);
  expect(45s, 0.055);
  world.run(60s);
}

// ---- the network --------------------------------------------------------------------------------

TEST_CASE("partitions begin and end, and two that overlap both count") {
  SmallWorld world;
  world.fault("regions",
              PartitionFault{{{host(0), host(1), host(2)}, {host(3), host(4), host(5)}}, false},
              10s, 30s);
  world.fault("one way", PartitionFault{{{host(0)}, {host(1), host(3)}}, true}, 20s, 40s);
  const auto expect = [&](Duration at, bool across, bool one_way) {
    world.look(at, [&world, across, one_way] {
      CHECK(world.cut(2, 5) == across);
      CHECK(world.cut(5, 2) == across);
      CHECK(world.cut(0, 3) == (across || one_way));
      CHECK(world.cut(0, 1) == one_way);
      CHECK_FALSE(world.cut(1, 0));
      CHECK_FALSE(world.cut(1, 2));
    });
  };
  expect(5s, false, false);
  expect(15s, true, false);
  expect(25s, true, true);
  expect(35s, false, true);
  expect(45s, false, false);
  world.run(60s);
}
