// A leader_follower service on a network of glass: fixed or random latencies, cuts by hand, every
// event and every replica state on record. No SimGrid.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <faultline/leader_follower/leader_follower.hpp>
#include <faultline/model/service.hpp>

namespace faultline::leader_follower {

using namespace std::chrono_literals;

class GlassNetwork final : public Network {
 public:
  using Latency = std::function<Duration(HostId, HostId)>;
  GlassNetwork(EventQueue& queue, std::uint64_t seed) : queue_(queue), random_(seed, "network") {}
  ~GlassNetwork() override {
    queue_.for_each_pending(
        on_arrival, [](void* packet, std::uint64_t) { let_go(*static_cast<Packet*>(packet)); });
  }

  Latency latency = [](HostId, HostId) { return Duration(10ms); };
  double loss = 0;
  double duplication = 0;  ///< among the service's hosts: clients have connections
  std::size_t service_hosts = 0;
  std::set<std::pair<std::size_t, std::size_t>> cuts;  ///< (from, to)

  void send(Packet& packet) override {
    if (cuts.contains({index_of(packet.from), index_of(packet.to)}) || random_.chance(loss)) {
      packet.release(packet);
      return;
    }
    const bool inside = std::max(index_of(packet.from), index_of(packet.to)) < service_hosts;
    packet.copies = inside && random_.chance(duplication) ? 2 : 1;
    for (std::uint32_t copies = packet.copies; copies > 0; --copies) {
      queue_.after(latency(packet.from, packet.to), on_arrival, &packet);
    }
  }

 private:
  static void on_arrival(void* target, std::uint64_t) {
    auto& packet = *static_cast<Packet*>(target);
    packet.arrive(packet);
    let_go(packet);
  }
  static void let_go(Packet& packet) {
    if (--packet.copies == 0) packet.release(packet);
  }
  EventQueue& queue_;
  RandomStream random_;
};

/// Parameters for short tests: everything ten times faster than the defaults.
inline Parameters quick() {
  Parameters parameters;
  parameters.heartbeat = 20ms;
  parameters.election_timeout_min = 100ms;
  parameters.election_timeout_max = 200ms;
  parameters.timeout = 200ms;
  parameters.durability = Durability::write;
  return parameters;
}

class Cluster final : public Observer, public MessageObserver {
 public:
  struct Event {
    Time at;
    std::size_t node;
    EventKind kind;
    std::uint64_t number;
  };

  /// `client_count` clients sit on hosts of their own, behind the nodes' hosts.
  Cluster(std::size_t nodes, Parameters given, std::uint64_t seed = 1, std::size_t client_count = 1,
          bool journaled = false)
      : network(queue, seed),
        world{queue,
              network,
              [this](HostId host) -> Machine& { return *machines[index_of(host)]; },
              [this](HostId from, HostId to) { return network.latency(from, to); },
              this,
              nullptr,
              {}} {
    topology.regions = {"region"};
    network.service_hosts = nodes;
    HostSettings settings;
    settings.disk.write = Distribution::constant(20e-6);
    for (std::size_t host = 0; host < nodes + client_count; ++host) {
      topology.hosts.push_back({"host" + std::to_string(host), 0, 0, settings});
      machines.push_back(std::make_unique<Machine>(
          queue, RandomStream(seed, "disk/" + std::to_string(host)), settings));
    }
    Service::Settings service_settings;
    service_settings.name = "store";
    service_settings.model = &model<LeaderFollower>();
    for (std::size_t host = 0; host < nodes; ++host) {
      service_settings.hosts.push_back(static_cast<HostId>(host));
    }
    ServiceView view;
    view.nodes.resize(nodes);
    LeaderFollower::settle(given, view, settlement);
    parameters = given;
    service_settings.parameters = std::make_shared<Parameters>(given);
    service_settings.journaled = journaled;
    held.resize(nodes);
    service = std::make_unique<Service>(world, topology, std::move(service_settings), seed);
    for (std::size_t client = 0; client < client_count; ++client) {
      clients.push_back(std::make_unique<Endpoint>(world, "client/" + std::to_string(client),
                                                   static_cast<HostId>(nodes + client)));
    }
  }
  ~Cluster() override {
    for (auto& client : clients) client->stop();
    service.reset();
  }

  void start() { service->start(); }
  void run_for(Duration span) { queue.run_until(queue.now() + span); }
  void run_until(Duration since_start) { queue.run_until(Time{} + since_start); }

  const LeaderFollower* node(std::size_t number) const {
    return static_cast<const LeaderFollower*>(service->node(number));
  }
  /// The node that leads, the one of the highest term if several believe that they do.
  std::optional<std::size_t> leader() const {
    std::optional<std::size_t> best;
    for (std::size_t number = 0; number < service->size(); ++number) {
      if (!service->up(number) || !node(number)->leading()) continue;
      if (!best || node(number)->term() > node(*best)->term()) best = number;
    }
    return best;
  }
  std::size_t leaders() const {
    std::size_t count = 0;
    for (std::size_t number = 0; number < service->size(); ++number) {
      if (service->up(number) && node(number)->leading()) ++count;
    }
    return count;
  }

  void crash(std::size_t number, DiskFate fate = DiskFate::kept) {
    service->crash(number, fate);
    machines[number]->reset();
  }
  void boot(std::size_t number) { service->boot(number); }

  /// Cuts all paths between two groups of hosts, both ways.
  void cut(const std::vector<std::size_t>& one, const std::vector<std::size_t>& other) {
    for (const std::size_t a : one) {
      for (const std::size_t b : other) {
        network.cuts.insert({a, b});
        network.cuts.insert({b, a});
      }
    }
  }
  void heal() { network.cuts.clear(); }
  std::size_t host_of_client(std::size_t client) const { return service->size() + client; }

  /// A client's answer, when it has come.
  struct Asked {
    Time sent{};
    Time answered{};
    std::optional<Response> response;
  };
  std::shared_ptr<Asked> put(std::size_t node, Key key, Value value, std::size_t client = 0) {
    return request(OperationKind::put, node, key, value, client);
  }
  std::shared_ptr<Asked> get(std::size_t node, Key key, std::size_t client = 0) {
    return request(OperationKind::get, node, key, nil, client);
  }

  std::vector<std::uint64_t> numbers_of(EventKind kind) const {
    std::vector<std::uint64_t> numbers;
    for (const Event& event : events) {
      if (event.kind == kind) numbers.push_back(event.number);
    }
    return numbers;
  }
  Value held_by(std::size_t node, Key key) const {
    const auto place = held[node].find(key);
    return place == held[node].end() ? nil : place->second;
  }
  bool converged() const {
    for (std::size_t number = 1; number < held.size(); ++number) {
      if (held[number] != held[0]) return false;
    }
    return true;
  }

  EventQueue queue;
  GlassNetwork network;
  std::vector<std::unique_ptr<Machine>> machines;
  World world;
  Topology topology;
  Settlement settlement;
  Parameters parameters;
  std::unique_ptr<Service> service;
  std::vector<std::unique_ptr<Endpoint>> clients;
  std::vector<Event> events;
  std::vector<std::map<Key, Value>> held;
  std::vector<std::string>* transcript = nullptr;
  bool quiet_heartbeats = false;  ///< leave heartbeats and their answers out of the transcript

  /// Writes every message and event to `lines` from now on.
  void record(std::vector<std::string>& lines) {
    transcript = &lines;
    world.tracer = this;
  }

 private:
  static Task<> converse(Endpoint& client, EndpointId node, Request request,
                         std::shared_ptr<Asked> asked) {
    asked->response = co_await call<Node>(client, node, request, 2s);
    asked->answered = client.queue().now();
  }
  std::shared_ptr<Asked> request(OperationKind kind, std::size_t node, Key key, Value value,
                                 std::size_t client) {
    Request request;
    request.kind = kind;
    request.key = key;
    request.value = value;
    request.size = 100;
    request.session = static_cast<std::uint32_t>(client);
    auto asked = std::make_shared<Asked>();
    asked->sent = queue.now();
    Endpoint& endpoint = *clients[client];
    endpoint.tasks().spawn(converse(endpoint, service->endpoint(node).id(), request, asked));
    return asked;
  }

  std::string stamp(Time at) const {
    return std::to_string((at.time_since_epoch().count() + 500'000) / 1'000'000) + " ms  ";
  }
  std::string name(EndpointId id) const { return world.endpoint(id).name(); }

  void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) override {
    events.push_back({at, index_of(node), kind, number});
    if (transcript != nullptr) {
      transcript->push_back(stamp(at) + name(node) + ": " + std::string(name_of(kind)) + " " +
                            std::to_string(number));
    }
  }
  void holds(EndpointId node, Key key, Value value) override {
    auto& values = held[index_of(node)];
    if (value == nil) {
      values.erase(key);
    } else {
      values[key] = value;
    }
    if (transcript != nullptr) {
      transcript->push_back(stamp(queue.now()) + name(node) + ": holds " + std::to_string(key) +
                            " = " + (value == nil ? "nothing" : std::to_string(value)));
    }
  }
  void emptied(EndpointId node) override { held[index_of(node)].clear(); }

  std::uint64_t sent(Time at, EndpointId from, EndpointId to, std::string_view what,
                     Key key) override {
    if (quiet_heartbeats && (what == Heartbeat::name || what == Followed::name)) return 0;
    std::string line = stamp(at) + name(from) + " -> " + name(to) + ": " + std::string(what);
    if (what == "request" || what == "forward") line += " of key " + std::to_string(key);
    const bool lost = network.cuts.contains(
        {index_of(world.endpoint(from).host()), index_of(world.endpoint(to).host())});
    transcript->push_back(line + (lost ? "  (cut)" : ""));
    return 0;
  }
  void received(Time, std::uint64_t) override {}
};

}  // namespace faultline::leader_follower
