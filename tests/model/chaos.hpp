// Chaos: random clients and random faults over any model, and what became of them.
//
//   Chaos chaos;                                  // what may happen
//   chaos.fate = DiskFate::unsynced_lost;         // crashes are power losses
//   for (chaos.seed = 1; chaos.seed <= 50; ++chaos.seed) {
//     const Aftermath aftermath = live_through<quorum::Quorum>(parameters, chaos);
//     CHECK(aftermath.check("linearizable").verdict == Verdict::valid);
//   }
//
// A seed is a schedule: the same seed, the same faults at the same times. Questions that only one
// model understands are asked by a class derived from ChaosRun, which looks on (inspect), forbids
// what the model does not promise to survive (may_crash) or has its clients want other things
// (wish). What a broken protocol is to be caught by stands in flaws.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <faultline/check/catalog.hpp>
#include <faultline/check/convergence.hpp>

#include "model/cluster.hpp"

namespace faultline::testing {

struct Chaos {
  std::size_t nodes = 3;
  std::vector<std::uint32_t> regions{};  ///< of the nodes; all 0 if empty
  std::uint64_t seed = 1;
  Duration length = 8s;
  Duration calm = 4s;  ///< after it, without faults and clients, until the last reads

  // Clients: one operation at a time each, on a random key, at a random node.
  std::size_t clients = 5;
  std::size_t keys = 2;
  double reads = 0.5;                  ///< their share
  Duration between_operations = 10ms;  ///< of one client, mean
  Duration patience = 300ms;           ///< until an operation's outcome is unknown
  bool retries = false;                ///< a write that did not succeed is sent once more
  bool faithful = false;               ///< each client always asks the same node

  // Faults: one at a time, at random times; what it is, is drawn from what is allowed.
  Duration between_faults = 400ms;  ///< mean
  bool crashes = true;
  DiskFate fate = DiskFate::kept;  ///< what a crash leaves
  Duration outage = 500ms;         ///< mean, after a crash and before the boot
  bool partitions = true;          ///< three in ten let messages through in one direction
  bool pauses = false;
  double clock_drift = 0;  ///< clocks gain or lose up to this
  Duration clock_skew{0};  ///< and are wrong by up to this from the start
  double loss = 0;
  double duplication = 0;
  Distribution latency = Distribution::uniform(1e-3, 10e-3);
};

struct Aftermath {
  History history;
  ReplicaStates states;  ///< what the replicas hold in the end
  std::vector<Event> events;
  std::vector<std::string> broken;  ///< invariants that were seen broken, in words
  std::size_t ok = 0;               ///< operations

  /// The verdict of a check that scenarios know by this name.
  CheckResult check(std::string_view name) const {
    const HistoryCheck* judge = find_history_check(name);
    if (judge == nullptr) throw std::invalid_argument("no check is called " + std::string(name));
    return judge->run(history, {});
  }
  bool converged() const { return diverged_keys(states).empty(); }
  std::vector<std::uint64_t> numbers_of(EventKind kind) const {
    return testing::numbers_of(events, kind);
  }
  std::size_t count(EventKind kind) const { return numbers_of(kind).size(); }
};

class ChaosRun {
 public:
  ChaosRun(const Model& model, std::shared_ptr<void> parameters, const Chaos& chaos)
      : chaos_(chaos),
        random_(chaos.seed, "chaos"),
        cluster_(model, std::move(parameters),
                 Stage{.nodes = chaos.nodes,
                       .clients = chaos.clients,
                       .regions = chaos.regions,
                       .seed = chaos.seed,
                       .journaled = chaos.fate == DiskFate::unsynced_lost}) {
    cluster_.network.latency = [this](HostId, HostId, std::string_view) {
      return chaos_.latency.sample_duration(random_);
    };
    cluster_.network.duplication = chaos.duplication;
    cluster_.network.loss = chaos.loss;
    for (std::size_t node = 0; node < chaos.nodes; ++node) {
      const double drift = random_.uniform(-chaos.clock_drift, chaos.clock_drift);
      const double skew = random_.uniform(-1, 1) * seconds(chaos.clock_skew);
      cluster_.machines[node]->set_clock(Time{}, {from_seconds(skew), drift});
    }
    down_until_.assign(chaos.nodes, Time{});
    history_.workloads = {"chaos"};
    history_.regions = {"region"};
  }
  virtual ~ChaosRun() = default;

  Aftermath run() {
    cluster_.start();
    for (std::size_t client = 0; client < chaos_.clients; ++client) {
      cluster_.clients[client]->tasks().spawn(session(client));
    }
    const Time end = Time{} + chaos_.length;
    while (cluster_.queue.now() < end) {
      cluster_.run_for(from_seconds(random_.exponential(seconds(chaos_.between_faults))));
      inspect();
      strike();
      restart_those_due(false);
    }
    come_to_rest();
    inspect();
    return aftermath();
  }

  Cluster& cluster() { return cluster_; }
  const Chaos& chaos() const { return chaos_; }

 protected:
  /// Called before every fault and at the end: says broken() of what must not be.
  virtual void inspect() {}
  /// Whether the model promises to survive the loss of this node now.
  virtual bool may_crash(std::size_t node) { return cluster_.service->up(node); }
  /// What a client asks for next: kind and key, and what else the model's requests carry.
  virtual Request wish(RandomStream& random) {
    Request request;
    request.kind = random.chance(1 - chaos_.reads) ? OperationKind::put : OperationKind::get;
    request.key = 1 + random.below(chaos_.keys);
    return request;
  }
  void broken(const std::string& invariant) {
    constexpr std::size_t enough = 16;
    if (broken_.size() < enough) broken_.push_back(invariant);
  }
  bool some_node_is_down() const {
    for (std::size_t node = 0; node < chaos_.nodes; ++node) {
      if (!cluster_.service->up(node)) return true;
    }
    return false;
  }

 private:
  // ---- clients ----
  Task<> session(std::size_t client) {
    Endpoint& endpoint = *cluster_.clients[client];
    while (!stopping_) {
      const Request request = wish(random_);
      const std::size_t node =
          chaos_.faithful ? client % chaos_.nodes : random_.below(chaos_.nodes);
      co_await operate(client, request, node);
      co_await Sleep(endpoint,
                     from_seconds(random_.exponential(seconds(chaos_.between_operations))));
    }
  }

  Task<> operate(std::size_t client, Request request, std::size_t node) {
    const auto id = static_cast<OperationId>(history_.operations.size());
    Operation operation;
    operation.intended = operation.invoked = cluster_.queue.now();
    operation.kind = request.kind;
    operation.key = request.key;
    operation.session = static_cast<std::uint32_t>(client);
    operation.attempts = 1;
    if (operation.updates()) {
      operation.written = request.value;
    } else if (!request.reads()) {
      request.value = operation.written = ++last_value_;
      request.size = 100;
    }
    history_.operations.push_back(operation);
    request.session = operation.session;
    request.operation = id;
    Token& token = tokens_[{client, cluster_.token_key(request.key)}];
    request.token = token;
    auto answer = co_await ask_node(client, node, request);
    if (chaos_.retries && operation.writes() && (!answer || answer->outcome != Outcome::ok)) {
      const bool first_is_no = answer && answer->outcome == Outcome::failed;
      answer = co_await ask_node(client, random_.below(chaos_.nodes), request);
      if (!first_is_no && answer && answer->outcome == Outcome::failed) answer.reset();
    }
    if (answer && !answer->token.empty()) token = answer->token;
    answered(history_, id, answer, cluster_.queue.now());
  }
  Task<std::optional<Response>> ask_node(std::size_t client, std::size_t node, Request request) {
    return call<Node>(*cluster_.clients[client], cluster_.service->endpoint(node).id(), request,
                      chaos_.patience);
  }

  // ---- faults ----
  void strike() {
    const std::uint64_t dice = random_.below(6);
    if (dice < 2 && chaos_.crashes) {
      crash(random_.below(chaos_.nodes));
    } else if (dice < 4 && chaos_.partitions) {
      divide();
    } else if (dice == 4) {
      cluster_.heal();
    } else if (chaos_.pauses) {
      resume_all();
      cluster_.pause(random_.below(chaos_.nodes));
    }
  }
  void crash(std::size_t node) {
    if (!cluster_.service->up(node) || !may_crash(node)) return;
    cluster_.crash(node, chaos_.fate);
    // A boot takes longer than a message on its way.
    const Duration outage = from_seconds(random_.exponential(seconds(chaos_.outage)));
    down_until_[node] = cluster_.queue.now() + 50ms + outage;
  }
  void divide() {
    cluster_.heal();
    std::vector<std::size_t> sides[2];
    for (std::size_t node = 0; node < chaos_.nodes; ++node) {
      sides[random_.below(2)].push_back(node);
    }
    if (random_.chance(0.3)) {
      cluster_.cut_one_way(sides[0], sides[1]);
    } else {
      cluster_.cut(sides[0], sides[1]);
    }
  }
  void resume_all() {
    for (std::size_t node = 0; node < chaos_.nodes; ++node) cluster_.resume(node);
  }
  void restart_those_due(bool all) {
    for (std::size_t node = 0; node < chaos_.nodes; ++node) {
      if (!cluster_.service->up(node) && (all || cluster_.queue.now() >= down_until_[node])) {
        cluster_.boot(node);
      }
    }
  }

  /// Everything is repaired, the clients stop, and one of them reads every key once more.
  void come_to_rest() {
    cluster_.heal();
    cluster_.network.loss = 0;
    resume_all();
    cluster_.run_for(50ms);
    restart_those_due(true);
    stopping_ = true;
    cluster_.run_for(chaos_.calm);
    for (Key key = 1; key <= chaos_.keys; ++key) {
      Request request;
      request.key = key;
      cluster_.clients[0]->tasks().spawn(operate(0, request, 0));
    }
    cluster_.run_for(3s);
  }

  Aftermath aftermath() {
    Aftermath aftermath;
    for (Key key = 1; key <= chaos_.keys; ++key) {
      KeyState state;
      state.key = key;
      for (const EndpointId replica : cluster_.service->replica_nodes(key)) {
        state.held.push_back(cluster_.held_by(index_of(replica), key));
      }
      aftermath.states.push_back(std::move(state));
    }
    for (const Operation& operation : history_.operations) {
      if (operation.outcome == Outcome::ok) ++aftermath.ok;
    }
    aftermath.history = std::move(history_);
    aftermath.events = std::move(cluster_.events);
    aftermath.broken = std::move(broken_);
    return aftermath;
  }

  const Chaos chaos_;
  RandomStream random_;
  Cluster cluster_;
  History history_;
  std::vector<Time> down_until_;
  std::vector<std::string> broken_;
  std::map<std::pair<std::size_t, Key>, Token> tokens_;
  Value last_value_ = 0;
  bool stopping_ = false;
};

/// One run of a model, by its own parameters.
template <class M>
Aftermath live_through(const typename M::Parameters& parameters, const Chaos& chaos) {
  ChaosRun run(model<M>(), std::make_shared<typename M::Parameters>(parameters), chaos);
  return run.run();
}

/// What a number of runs add up to.
struct Tally {
  std::size_t runs = 0;
  std::size_t violated = 0;  ///< the check said no
  std::size_t diverged = 0;
  std::size_t with_broken_invariants = 0;
  std::size_t ok = 0;  ///< operations
  std::size_t operations = 0;
  std::string first;  ///< the first thing that was wrong, in words
};

/// Adds one run, judged by the check of that name.
inline void add(Tally& tally, const Aftermath& aftermath, std::string_view check,
                std::uint64_t seed) {
  const auto complain = [&](const std::string& what) {
    if (tally.first.empty()) tally.first = "seed " + std::to_string(seed) + ": " + what;
  };
  ++tally.runs;
  tally.ok += aftermath.ok;
  tally.operations += aftermath.history.operations.size();
  if (!aftermath.broken.empty()) {
    ++tally.with_broken_invariants;
    complain(aftermath.broken.front());
  }
  const CheckResult result = aftermath.check(check);
  if (result.verdict == Verdict::invalid) {
    ++tally.violated;
    complain(result.witnesses.front().explanation);
  }
  if (!aftermath.converged()) {
    ++tally.diverged;
    complain("replicas differ in the end");
  }
}

}  // namespace faultline::testing
