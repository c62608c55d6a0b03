// Conversations: a service of one model on a network of glass, a script of requests and mishaps,
// and a transcript of every message, event and answer. Golden files keep transcripts that a person
// has read and found right. No SimGrid.
//
//   Conversation<quorum::Quorum> talk(parameters, {.nodes = 3});
//   talk.note("A write goes to all three replicas.");
//   talk.put(0, 7, 1);                        // asks node 0 to put value 1 under key 7
//   talk.run_for(100ms);
//   talk.cut({0}, {1, 2});                    // hosts are numbered as their nodes
//   CHECK(matches_golden(talk.transcript(), FAULTLINE_TEST_DIR "/write.txt"));
//
// With FAULTLINE_REWRITE_GOLDENS=1 in the environment golden files are written anew.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <faultline/history/operation.hpp>
#include <faultline/model/service.hpp>

namespace faultline::testing {

using namespace std::chrono_literals;

/// Whether `text` is what the file holds; rewrites the file if asked to.
inline bool matches_golden(const std::string& text, const std::string& path) {
  const char* rewrite = std::getenv("FAULTLINE_REWRITE_GOLDENS");
  if (rewrite != nullptr && *rewrite == '1') {
    std::ofstream(path) << text;
    return true;
  }
  std::ifstream file(path);
  std::stringstream expected;
  expected << file.rdbuf();
  if (file && expected.str() == text) return true;
  std::fprintf(stderr, "%s differs; the transcript is now:\n%s", path.c_str(), text.c_str());
  return false;
}

/// Carries each message after a latency that may depend on its name, and loses what is cut off.
class GlassNetwork final : public Network {
 public:
  using Latency = std::function<Duration(HostId from, HostId to, std::string_view message)>;

  GlassNetwork(EventQueue& queue, std::uint64_t seed) : queue_(queue), random_(seed, "network") {}
  ~GlassNetwork() override {
    queue_.for_each_pending(
        on_arrival, [](void* packet, std::uint64_t) { let_go(*static_cast<Packet*>(packet)); });
  }

  Latency latency = [](HostId from, HostId to, std::string_view) {
    return from == to ? Duration(0) : Duration(10ms);
  };
  double loss = 0;
  std::set<std::pair<std::size_t, std::size_t>> cuts;  ///< (from, to)
  std::string_view message;                            ///< the name of what is sent next
  RandomStream& random() { return random_; }

  bool cut(HostId from, HostId to) const {
    return !cuts.empty() && cuts.contains({index_of(from), index_of(to)});
  }
  void send(Packet& packet) override {
    if (cut(packet.from, packet.to) || (packet.from != packet.to && random_.chance(loss))) {
      packet.release(packet);
      return;
    }
    queue_.after(latency(packet.from, packet.to, message), on_arrival, &packet,
                 reinterpret_cast<std::uint64_t>(this));
  }

 private:
  /// What is under way when the path is cut is lost as well.
  static void on_arrival(void* target, std::uint64_t network) {
    auto& packet = *static_cast<Packet*>(target);
    // The argument of an event is a number.
    const auto& self = *reinterpret_cast<GlassNetwork*>(network);  // NOLINT
    if (!self.cut(packet.from, packet.to)) packet.arrive(packet);
    let_go(packet);
  }
  static void let_go(Packet& packet) {
    if (--packet.copies == 0) packet.release(packet);
  }
  EventQueue& queue_;
  RandomStream random_;
};

struct Stage {
  std::size_t nodes = 3;
  std::size_t clients = 1;               ///< on hosts of their own, behind those of the nodes
  std::vector<std::uint32_t> regions{};  ///< of the nodes; all 0 if empty
  std::vector<ClockSettings> clocks{};   ///< of the nodes; right if empty
  std::uint64_t seed = 1;
  bool journaled = false;  ///< a power loss can happen
};

template <class M>
class Conversation final : public Observer, public MessageObserver {
 public:
  using Parameters = typename M::Parameters;
  struct Event {
    Time at;
    std::size_t node;
    EventKind kind;
    std::uint64_t number;
  };

  Conversation(Parameters given, const Stage& stage)
      : network(queue, stage.seed),
        world{queue,
              network,
              [this](HostId host) -> Machine& { return *machines_[index_of(host)]; },
              [this](HostId from, HostId to) { return network.latency(from, to, ""); },
              this,
              this,
              {}} {
    Topology topology;
    topology.regions = {"region"};
    ServiceView view;
    view.nodes.resize(stage.nodes);
    view.regions = stage.regions;
    view.regions.resize(stage.nodes);
    Service::Settings settings;
    settings.name = "store";
    settings.model = &model<M>();
    for (std::size_t host = 0; host < stage.nodes + stage.clients; ++host) {
      HostSettings hardware;
      hardware.disk.write = Distribution::constant(20e-6);
      hardware.disk.fsync = Distribution::constant(500e-6);
      if (host < stage.clocks.size()) hardware.clock = stage.clocks[host];
      const std::uint32_t region = host < stage.nodes ? view.regions[host] : 0;
      while (topology.regions.size() <= region) topology.regions.emplace_back("region");
      topology.hosts.push_back({"host" + std::to_string(host), region, 0, hardware});
      machines_.push_back(std::make_unique<Machine>(
          queue, RandomStream(stage.seed, "disk/" + std::to_string(host)), hardware));
      if (host < stage.nodes) settings.hosts.push_back(static_cast<HostId>(host));
    }
    M::settle(given, view, settlement);
    parameters = std::make_shared<Parameters>(given);
    settings.parameters = parameters;
    settings.journaled = stage.journaled;
    held.resize(stage.nodes);
    service = std::make_unique<Service>(world, topology, std::move(settings), stage.seed);
    for (std::size_t client = 0; client < stage.clients; ++client) {
      clients.push_back(std::make_unique<Endpoint>(world, "client/" + std::to_string(client),
                                                   static_cast<HostId>(stage.nodes + client)));
    }
    history.workloads = {"script"};
    history.regions = {"region"};
    service->start();
  }
  ~Conversation() override {
    for (auto& client : clients) client->stop();
    service.reset();
  }

  // ---- the script ----
  void run_for(Duration span) { queue.run_until(queue.now() + span); }
  void run_until(Duration since_start) { queue.run_until(Time{} + since_start); }
  /// A comment in the transcript.
  void note(const std::string& text) { lines_.push_back((lines_.empty() ? "# " : "\n# ") + text); }

  /// A client asks a node; what comes of it is in the history.
  OperationId put(std::size_t node, Key key, Value value, std::size_t client = 0) {
    return request(OperationKind::put, node, key, value, client);
  }
  OperationId get(std::size_t node, Key key, std::size_t client = 0) {
    return request(OperationKind::get, node, key, nil, client);
  }
  const Operation& operation(OperationId id) const { return history.operations[id]; }

  void cut(const std::vector<std::size_t>& one, const std::vector<std::size_t>& other) {
    for (const std::size_t a : one) {
      for (const std::size_t b : other) {
        network.cuts.insert({a, b});
        network.cuts.insert({b, a});
      }
    }
  }
  void heal() { network.cuts.clear(); }
  void crash(std::size_t node, DiskFate fate = DiskFate::kept) {
    service->crash(node, fate);
    machines_[node]->reset();
  }
  void boot(std::size_t node) { service->boot(node); }
  Machine& machine(std::size_t host) { return *machines_[host]; }

  // ---- what happened ----
  const M* node(std::size_t number) const { return static_cast<const M*>(service->node(number)); }
  Value held_by(std::size_t node, Key key) const {
    const auto place = held[node].find(key);
    return place == held[node].end() ? nil : place->second;
  }
  std::size_t count(EventKind kind) const {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [kind](const Event& event) { return event.kind == kind; }));
  }
  /// The lines so far, messages of the quiet kinds left out.
  std::string transcript() const {
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
  }

  EventQueue queue;
  GlassNetwork network;
  World world;
  Settlement settlement;
  std::shared_ptr<Parameters> parameters;
  std::unique_ptr<Service> service;
  std::vector<std::unique_ptr<Endpoint>> clients;
  std::vector<Event> events;
  std::vector<std::map<Key, Value>> held;  ///< by node
  History history;
  Duration patience = 2s;            ///< of clients
  bool silent = false;               ///< keep no transcript
  std::set<std::string_view> quiet;  ///< messages to leave out of it
  std::map<std::string_view, std::size_t> sent_by_name;

 private:
  OperationId request(OperationKind kind, std::size_t node, Key key, Value value,
                      std::size_t client) {
    const auto id = static_cast<OperationId>(history.operations.size());
    Operation operation;
    operation.intended = operation.invoked = queue.now();
    operation.key = key;
    operation.written = value;
    operation.session = static_cast<std::uint32_t>(client);
    operation.kind = kind;
    operation.attempts = 1;
    history.operations.push_back(operation);
    Request request;
    request.kind = kind;
    request.key = key;
    request.value = value;
    request.size = kind == OperationKind::put ? 100 : 0;
    request.session = operation.session;
    request.operation = id;
    request.token = tokens_[{client, key}];
    Endpoint& endpoint = *clients[client];
    endpoint.tasks().spawn(converse(endpoint, service->endpoint(node).id(), request, id));
    return id;
  }
  Task<> converse(Endpoint& client, EndpointId node, Request request, OperationId id) {
    const auto response = co_await call<Node>(client, node, request, patience);
    Operation& operation = history.operations[id];
    operation.completed = queue.now();
    operation.outcome = response ? response->outcome : Outcome::unknown;
    operation.error = response ? response->error : Error::timeout;
    if (response && !response->observed().empty()) {
      operation.observed = response->values[0];
      operation.more_begin = static_cast<std::uint32_t>(history.more.size());
      operation.more_count = static_cast<std::uint16_t>(response->count - 1);
      history.more.insert(history.more.end(), response->observed().begin() + 1,
                          response->observed().end());
    }
    if (response && !response->token.empty())
      tokens_[{request.session, request.key}] = response->token;
    tell(client.name() + ": " + describe(operation));
  }
  std::string describe(const Operation& operation) const {
    std::string text(name_of(operation.kind));
    text += " " + std::to_string(operation.key);
    if (operation.writes()) text += " = " + std::to_string(operation.written);
    text += " " + std::string(name_of(operation.outcome));
    if (operation.error != Error::none) text += ", " + std::string(name_of(operation.error));
    if (operation.reads() && operation.outcome == Outcome::ok) {
      text += operation.observed == nil ? ": nothing" : ": " + std::to_string(operation.observed);
      for (const Value value : history.siblings(operation)) text += " and " + std::to_string(value);
    }
    return text;
  }

  void tell(const std::string& text) {
    if (silent) return;
    char stamp[32];
    std::snprintf(stamp, sizeof stamp, "%9.3f ms  ", seconds(queue.now()) * 1e3);
    lines_.push_back(stamp + text);
  }
  const std::string& name(EndpointId id) const { return world.endpoint(id).name(); }

  void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) override {
    events.push_back({at, index_of(node), kind, number});
    tell(name(node) + ": " + std::string(name_of(kind)) + " " + std::to_string(number));
  }
  void holds(EndpointId node, Key key, Value value) override {
    if (value == nil) {
      held[index_of(node)].erase(key);
    } else {
      held[index_of(node)][key] = value;
    }
    if (silent) return;
    // Digests of siblings say nothing to a reader.
    constexpr Value longest_shown = 1'000'000'000;
    tell(name(node) + ": holds " + std::to_string(key) + " = " +
         (value == nil            ? "nothing"
          : value > longest_shown ? "siblings"
                                  : std::to_string(value)));
  }
  void emptied(EndpointId node) override { held[index_of(node)].clear(); }

  std::uint64_t sent(Time, EndpointId from, EndpointId to, std::string_view what, Key) override {
    network.message = what;
    ++sent_by_name[what];
    if (silent || quiet.contains(what)) return 0;
    const bool lost = network.cut(world.endpoint(from).host(), world.endpoint(to).host());
    const bool down = world.endpoint(to).node() == nullptr && !is_client(to);
    tell(name(from) + " -> " + name(to) + ": " + std::string(what) +
         (lost   ? " (cut off)"
          : down ? " (is down)"
                 : ""));
    return 0;
  }
  void received(Time, std::uint64_t) override {}
  bool is_client(EndpointId id) const { return index_of(id) >= service->size(); }

  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<std::string> lines_;
  std::map<std::pair<std::size_t, Key>, Token> tokens_;
};

}  // namespace faultline::testing
