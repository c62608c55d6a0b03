// A service of any model on a network of glass, with clients on hosts of their own; every event and
// every replica's state on record. The ground on which conversations (conversation.hpp) and chaos
// (chaos.hpp) stand.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <faultline/history/operation.hpp>
#include <faultline/model/service.hpp>

#include "model/glass_network.hpp"

namespace faultline::testing {

/// Puts what a client was told, or that it heard nothing, into the record of its operation.
inline const Operation& answered(History& history, OperationId id,
                                 const std::optional<Response>& response, Time now) {
  Operation& operation = history.operations[id];
  operation.completed = now;
  operation.outcome = response ? response->outcome : Outcome::unknown;
  operation.error = response ? response->error : Error::timeout;
  if (response && !response->observed().empty()) {
    operation.observed = response->values[0];
    operation.more_begin = static_cast<std::uint32_t>(history.more.size());
    operation.more_count = static_cast<std::uint16_t>(response->count - 1);
    history.more.insert(history.more.end(), response->observed().begin() + 1,
                        response->observed().end());
  }
  return operation;
}

struct Event {
  Time at;
  std::size_t node;
  EventKind kind;
  std::uint64_t number;
};
inline std::vector<std::uint64_t> numbers_of(const std::vector<Event>& events, EventKind kind) {
  std::vector<std::uint64_t> numbers;
  for (const Event& event : events) {
    if (event.kind == kind) numbers.push_back(event.number);
  }
  return numbers;
}

struct Stage {
  std::size_t nodes = 3;
  std::size_t clients = 1;               ///< on hosts of their own, behind those of the nodes
  std::vector<std::uint32_t> regions{};  ///< of the nodes; all 0 if empty
  std::vector<ClockSettings> clocks{};   ///< of the nodes; right if empty
  std::uint64_t seed = 1;
  bool journaled = false;  ///< a power loss can happen
  Distribution fsync = Distribution::constant(500e-6);
};

class Cluster : public Observer {
 public:
  using Event = testing::Event;

  /// `given`: the model's struct of parameters, not settled yet. The service has yet to start().
  Cluster(const Model& model, std::shared_ptr<void> given, const Stage& stage)
      : network(queue, stage.seed),
        world{queue,
              network,
              [this](HostId host) -> Machine& { return *machines[index_of(host)]; },
              [this](HostId from, HostId to) { return network.latency(from, to, ""); },
              this,
              nullptr,
              {}} {
    Topology topology;
    topology.regions = {"region"};
    network.service_hosts = stage.nodes;
    ServiceView view;
    view.nodes.resize(stage.nodes);
    view.regions = stage.regions;
    view.regions.resize(stage.nodes);
    Service::Settings settings;
    settings.name = "store";
    settings.model = &model;
    for (std::size_t host = 0; host < stage.nodes + stage.clients; ++host) {
      HostSettings hardware;
      hardware.disk.write = Distribution::constant(20e-6);
      hardware.disk.fsync = stage.fsync;
      if (host < stage.clocks.size()) hardware.clock = stage.clocks[host];
      const std::uint32_t region = host < stage.nodes ? view.regions[host] : 0;
      while (topology.regions.size() <= region) topology.regions.emplace_back("region");
      topology.hosts.push_back({"host" + std::to_string(host), region, 0, hardware});
      machines.push_back(std::make_unique<Machine>(
          queue, RandomStream(stage.seed, "disk/" + std::to_string(host)), hardware));
      if (host < stage.nodes) settings.hosts.push_back(static_cast<HostId>(host));
    }
    model.settle(given.get(), view, settlement);
    settings.parameters = std::move(given);
    settings.journaled = stage.journaled;
    held.resize(stage.nodes);
    service = std::make_unique<Service>(world, topology, std::move(settings), stage.seed);
    for (std::size_t client = 0; client < stage.clients; ++client) {
      clients.push_back(std::make_unique<Endpoint>(world, "client/" + std::to_string(client),
                                                   static_cast<HostId>(stage.nodes + client)));
    }
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster() override {
    for (auto& client : clients) client->stop();
    service.reset();
  }

  // ---- what is done to it ----
  void start() { service->start(); }
  void run_for(Duration span) { queue.run_until(queue.now() + span); }
  void run_until(Duration since_start) { queue.run_until(Time{} + since_start); }
  void crash(std::size_t node, DiskFate fate = DiskFate::kept) {
    service->crash(node, fate);
    machines[node]->reset();
  }
  void boot(std::size_t node) { service->boot(node); }
  void pause(std::size_t node) { service->endpoint(node).pause(); }
  void resume(std::size_t node) { service->endpoint(node).resume(); }
  /// Cuts all paths between two groups of hosts, both ways; nodes' hosts are numbered as they are.
  void cut(const std::vector<std::size_t>& one, const std::vector<std::size_t>& other) {
    cut_one_way(one, other);
    cut_one_way(other, one);
  }
  void cut_one_way(const std::vector<std::size_t>& from, const std::vector<std::size_t>& to) {
    for (const std::size_t a : from) {
      for (const std::size_t b : to) network.cuts.insert({a, b});
    }
  }
  void heal() { network.cuts.clear(); }
  std::size_t host_of_client(std::size_t client) const { return service->size() + client; }

  // ---- what is known of it ----
  Value held_by(std::size_t node, Key key) const {
    const auto place = held[node].find(key);
    return place == held[node].end() ? nil : place->second;
  }
  bool converged() const {
    return std::all_of(held.begin(), held.end(),
                       [this](const auto& values) { return values == held.front(); });
  }
  std::vector<std::uint64_t> numbers_of(EventKind kind) const {
    return testing::numbers_of(events, kind);
  }
  std::size_t count(EventKind kind) const { return numbers_of(kind).size(); }
  /// Under what a client keeps a token that it got with `key`: see TokenScope.
  Key token_key(Key key) const { return service->token_scope() == TokenScope::key ? key : Key{0}; }
  const std::string& name(EndpointId id) const { return world.endpoint(id).name(); }

  EventQueue queue;
  GlassNetwork network;
  std::vector<std::unique_ptr<Machine>> machines;  ///< by host
  World world;
  Settlement settlement;
  std::unique_ptr<Service> service;
  std::vector<std::unique_ptr<Endpoint>> clients;
  std::vector<Event> events;
  std::vector<std::map<Key, Value>> held;             ///< by node
  std::function<void(const Event&)> when_it_happens;  ///< called with every event, if set

 protected:
  void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) override {
    events.push_back({at, index_of(node), kind, number});
    if (when_it_happens) when_it_happens(events.back());
  }
  void holds(EndpointId node, Key key, Value value) override {
    auto& values = held[index_of(node)];
    if (value == nil) {
      values.erase(key);
    } else {
      values[key] = value;
    }
  }
  void emptied(EndpointId node) override { held[index_of(node)].clear(); }
};

}  // namespace faultline::testing
