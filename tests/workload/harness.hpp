// A world for tests of clients: a plain event queue, a network of fixed latencies, and a service
// whose nodes answer as the test scripts it.
//
//   Stage stage({5ms, 20ms});                        // one node each so far away (one-way)
//   stage.script = [](const Call& call) { return call.attempt == 1 ? lost() : after(1ms); };
//   stage.settings.retry.attempts = 2;
//   stage.run(10s);                                  // stage.history is what the clients saw
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <faultline/workload/population.hpp>

namespace faultline::testing {

/// Everything arrives after the latency between the two hosts.
class FixedNetwork final : public Network {
 public:
  FixedNetwork(EventQueue& queue, std::function<Duration(HostId, HostId)> latency)
      : queue_(queue), latency_(std::move(latency)) {}
  ~FixedNetwork() override {
    queue_.for_each_pending(on_arrival, [](void* target, std::uint64_t) {
      auto& packet = *static_cast<Packet*>(target);
      let_go(packet);
    });
  }
  void send(Packet& packet) override {
    queue_.after(latency_(packet.from, packet.to), on_arrival, &packet);
  }

 private:
  static void on_arrival(void* target, std::uint64_t) {
    auto& packet = *static_cast<Packet*>(target);
    packet.arrive(packet);
    let_go(packet);
  }
  EventQueue& queue_;
  std::function<Duration(HostId, HostId)> latency_;
};

/// What reached a node.
struct Call {
  Time at;
  std::uint32_t node;
  int attempt;  ///< of its operation, from 1
  Request request;
};
/// What the node does with it: answers after a while, or never.
struct Reaction {
  std::optional<Duration> after;
  Response response;
};
inline Reaction lost() { return {std::nullopt, {}}; }
inline Reaction after(Duration span, const Response& response = succeeded()) {
  return {span, response};
}

using Script = std::function<Reaction(const Call&)>;

/// What all nodes of a scripted service share.
struct Director {
  Script script;
  std::vector<Call> calls;
  std::map<std::uint64_t, int> attempts;  ///< by operation
  EventQueue* queue = nullptr;
};

class Scripted : public ModelNode<Scripted> {
 public:
  struct Parameters {
    Director* director = nullptr;
    Contact contact = Contact::nearest;
  };
  struct Durable : DurableState {};
  static constexpr std::string_view name = "scripted";
  static constexpr std::string_view summary = "answers as a test says";
  static const ParameterTable<Parameters>& parameters() {
    static const ParameterTable<Parameters> none({});
    return none;
  }
  static void settle(Parameters&, const ServiceView&, Settlement&) {}
  static Claims claims(const Parameters&, const ServiceView&) { return {}; }
  static Contact contact(const Parameters& parameters) { return parameters.contact; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  Scripted(Context& context, const Parameters& parameters, Durable&)
      : ModelNode(context), director_(*parameters.director) {}

  Task<Response> serve(Request request) override {
    const int attempt = ++director_.attempts[request.operation];
    director_.calls.push_back({director_.queue->now(), context_.number(), attempt, request});
    const Reaction reaction = director_.script(director_.calls.back());
    co_await sleep(reaction.after.value_or(std::chrono::hours(24 * 365)));
    co_return reaction.response;
  }

 private:
  Director& director_;
};

class Stage {
 public:
  /// A node at each of these one-way latencies from the clients, who all sit in region 0.
  explicit Stage(std::vector<Duration> latencies, std::uint32_t regions = 1)
      : latencies_(std::move(latencies)), regions_(regions) {
    settings.name = "clients";
    settings.from = {{0, 1.0}};
    settings.arrivals = ConstantArrivals{100};
    settings.contact = WorkloadSettings::ContactRule::nearest;
    settings.mix = {1, 0, 0, 0, 0};
    director.queue = &queue;
    director.script = [](const Call&) { return after(Duration{0}); };
    history.workloads = {settings.name};
  }

  /// Runs the workload from the settings' start until `stop`, and then on until `end`.
  void run(Duration stop, std::optional<Duration> end = std::nullopt) {
    settings.stop = Time{stop};
    build();
    service->start();
    population->start();
    queue.run_until(Time{end.value_or(stop + std::chrono::hours(1))});
  }

  const Operation& operation(std::size_t number) const { return history.operations[number]; }

  WorkloadSettings settings;
  std::uint64_t seed = 1;
  Contact model_contact = Contact::nearest;
  EventQueue queue;
  Director director;
  History history;
  SessionNumbers numbers;

 private:
  void build() {
    const auto nodes = static_cast<std::uint32_t>(latencies_.size());
    Topology topology;
    for (std::uint32_t region = 0; region < regions_; ++region) {
      topology.regions.push_back("region-" + std::to_string(region));
    }
    Service::Settings deployed;
    deployed.name = "store";
    deployed.model = &model<Scripted>();
    auto parameters = std::make_shared<Scripted::Parameters>();
    parameters->director = &director;
    parameters->contact = model_contact;
    deployed.parameters = parameters;
    for (std::uint32_t host = 0; host < nodes + regions_; ++host) {
      topology.hosts.push_back({"host-" + std::to_string(host), host % regions_, 0, {}});
      machines_.emplace_back(queue, RandomStream(1, "disk"), HostSettings{});
      if (host < nodes) deployed.hosts.push_back(static_cast<HostId>(host));
    }
    std::vector<HostId> clients;
    for (std::uint32_t region = 0; region < regions_; ++region) {
      clients.push_back(static_cast<HostId>(nodes + region));
    }
    service = std::make_unique<Service>(world_, topology, deployed, seed);
    population = std::make_unique<Population>(world_, settings, *service, clients, history, numbers,
                                              std::uint16_t{0}, seed);
  }

  Duration latency(HostId from, HostId to) const {
    const std::size_t node = std::min(index_of(from), index_of(to));
    return node < latencies_.size() ? latencies_[node] : Duration{0};
  }

  std::vector<Duration> latencies_;
  std::uint32_t regions_;
  FixedNetwork network_{queue, [this](HostId from, HostId to) { return latency(from, to); }};
  std::deque<Machine> machines_;
  World world_{queue, network_,
               [this](HostId host) -> Machine& { return machines_[index_of(host)]; },
               [this](HostId from, HostId to) { return latency(from, to); }};

 public:
  std::unique_ptr<Service> service;
  std::unique_ptr<Population> population;
};

}  // namespace faultline::testing
