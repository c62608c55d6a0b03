// Random operations under random faults, and what became of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <faultline/check/linearizable.hpp>

#include "cluster.hpp"

namespace faultline::leader_follower {

struct Chaos {
  std::size_t nodes = 3;
  std::uint64_t seed = 1;
  Parameters parameters = quick();
  Duration length = 8s;
  std::size_t clients = 5;
  std::size_t keys = 2;
  bool crashes = true;
  DiskFate fate = DiskFate::kept;
  bool partitions = true;
  bool pauses = false;
  bool retries = false;  ///< clients send a write of unknown outcome once more
  double duplication = 0;
  double loss = 0;
  double clock_drift = 0;  ///< clocks gain or lose up to this
  Duration most_latency = 10ms;
  Duration between_faults = 400ms;
};

struct Aftermath {
  History history;
  CheckResult linearizable;
  bool one_leader_a_term = true;
  bool converged = false;
  std::size_t ok = 0;
  std::size_t elections = 0;
  std::vector<std::uint64_t> lost_writes;
  std::vector<std::uint64_t> conflicts;
};

class ChaosRun {
 public:
  explicit ChaosRun(const Chaos& chaos)
      : chaos_(chaos),
        random_(chaos.seed, "chaos"),
        cluster_(chaos.nodes, chaos.parameters, chaos.seed, chaos.clients,
                 chaos.fate == DiskFate::unsynced_lost) {
    cluster_.network.latency = [this](HostId, HostId) {
      return from_seconds(
          random_.uniform(seconds(chaos_.most_latency) / 10, seconds(chaos_.most_latency)));
    };
    cluster_.network.duplication = chaos.duplication;
    cluster_.network.loss = chaos.loss;
    for (auto& machine : cluster_.machines) {
      const double drift = random_.uniform(-chaos.clock_drift, chaos.clock_drift);
      machine->set_clock(Time{}, {Duration{0}, drift});
    }
    down_until_.assign(chaos.nodes, Time{});
  }

  Aftermath run() {
    cluster_.start();
    for (std::size_t client = 0; client < chaos_.clients; ++client) {
      cluster_.clients[client]->tasks().spawn(session(client));
    }
    const Time end = Time{} + chaos_.length;
    while (cluster_.queue.now() < end) {
      cluster_.run_for(from_seconds(random_.exponential(seconds(chaos_.between_faults))));
      strike();
      restart_those_due(false);
    }
    cluster_.heal();
    cluster_.network.loss = 0;
    resume_all();
    cluster_.run_for(50ms);
    restart_those_due(true);
    stopping_ = true;
    cluster_.run_for(4s);
    for (Key key = 1; key <= chaos_.keys; ++key) {
      cluster_.clients[0]->tasks().spawn(operate(0, OperationKind::get, key, 0));
    }
    cluster_.run_for(3s);
    return judge();
  }

  Cluster& cluster() { return cluster_; }

 private:
  Task<> session(std::size_t client) {
    Endpoint& endpoint = *cluster_.clients[client];
    while (!stopping_) {
      const OperationKind kind = random_.chance(0.5) ? OperationKind::put : OperationKind::get;
      const Key key = 1 + random_.below(chaos_.keys);
      const std::size_t node = random_.below(chaos_.nodes);
      co_await operate(client, kind, key, node);
      Pause pause(endpoint, from_seconds(random_.exponential(0.01)));
      co_await pause;
    }
  }

  class Pause {
   public:
    Pause(Endpoint& endpoint, Duration span) : waiter_(endpoint), span_(span) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      waiter_.waiting = waiting;
      waiter_.arm(span_);
    }
    void await_resume() const {}

   private:
    Waiter waiter_;
    Duration span_;
  };

  Task<> operate(std::size_t client, OperationKind kind, Key key, std::size_t node) {
    const std::size_t place = history_.operations.size();
    Operation operation;
    operation.intended = operation.invoked = cluster_.queue.now();
    operation.kind = kind;
    operation.key = key;
    operation.session = static_cast<std::uint32_t>(client);
    operation.attempts = 1;
    if (operation.writes()) operation.written = ++last_value_;
    history_.operations.push_back(operation);
    Request request;
    request.kind = kind;
    request.key = key;
    request.value = operation.written;
    request.size = 100;
    request.session = operation.session;
    request.operation = place;
    auto answer = co_await ask_node(client, node, request);
    if (chaos_.retries && operation.writes() && (!answer || answer->outcome != Outcome::ok)) {
      const bool first_is_no = answer && answer->outcome == Outcome::failed;
      answer = co_await ask_node(client, random_.below(chaos_.nodes), request);
      if (!first_is_no && answer && answer->outcome == Outcome::failed) answer.reset();
    }
    Operation& record = history_.operations[place];
    record.completed = cluster_.queue.now();
    record.error = Error::timeout;
    if (!answer) co_return;
    record.outcome = answer->outcome;
    record.error = answer->error;
    if (answer->count > 0) record.observed = answer->values[0];
  }
  Task<std::optional<Response>> ask_node(std::size_t client, std::size_t node, Request request) {
    return call<Node>(*cluster_.clients[client], cluster_.service->endpoint(node).id(), request,
                      300ms);
  }

  void strike() {
    const std::uint64_t dice = random_.below(6);
    if (dice < 2 && chaos_.crashes) {
      const std::size_t node = random_.below(chaos_.nodes);
      // Lost disks come one at a time: whoever loses a majority of them has lost the data.
      if (loses_all() && some_node_is_recovering()) return;
      if (!cluster_.service->up(node)) return;
      cluster_.crash(node, chaos_.fate);
      // A boot takes longer than a message on its way.
      down_until_[node] = cluster_.queue.now() + 50ms + from_seconds(random_.exponential(0.5));
    } else if (dice < 4 && chaos_.partitions) {
      cluster_.heal();
      std::vector<std::size_t> one;
      std::vector<std::size_t> other;
      for (std::size_t node = 0; node < chaos_.nodes; ++node) {
        (random_.chance(0.5) ? one : other).push_back(node);
      }
      if (random_.chance(0.3)) {
        for (const std::size_t a : one) {
          for (const std::size_t b : other) cluster_.network.cuts.insert({a, b});  // one way
        }
      } else {
        cluster_.cut(one, other);
      }
    } else if (dice == 4) {
      cluster_.heal();
    } else if (chaos_.pauses) {
      resume_all();
      cluster_.service->endpoint(random_.below(chaos_.nodes)).pause();
    }
  }

  void resume_all() {
    for (std::size_t node = 0; node < chaos_.nodes; ++node) {
      cluster_.service->endpoint(node).resume();
    }
  }

  bool loses_all() const {
    return chaos_.fate == DiskFate::lost || chaos_.parameters.durability == Durability::memory;
  }

  bool some_node_is_recovering() {
    for (std::size_t node = 0; node < chaos_.nodes; ++node) {
      if (!cluster_.service->up(node) || !cluster_.node(node)->taking_part()) return true;
    }
    return false;
  }

  void restart_those_due(bool all) {
    for (std::size_t node = 0; node < chaos_.nodes; ++node) {
      if (!cluster_.service->up(node) && (all || cluster_.queue.now() >= down_until_[node])) {
        cluster_.boot(node);
      }
    }
  }

  Aftermath judge() {
    Aftermath aftermath;
    aftermath.linearizable = check_linearizable(history_);
    std::vector<std::uint64_t> terms = cluster_.numbers_of(EventKind::leader_elected);
    aftermath.elections = terms.size();
    std::sort(terms.begin(), terms.end());
    aftermath.one_leader_a_term = std::adjacent_find(terms.begin(), terms.end()) == terms.end();
    aftermath.converged = cluster_.converged();
    aftermath.lost_writes = cluster_.numbers_of(EventKind::lost_write);
    aftermath.conflicts = cluster_.numbers_of(EventKind::conflict);
    for (const Operation& operation : history_.operations) {
      if (operation.outcome == Outcome::ok) ++aftermath.ok;
    }
    aftermath.history = std::move(history_);
    return aftermath;
  }

  const Chaos chaos_;
  RandomStream random_;
  Cluster cluster_;
  History history_;
  std::vector<Time> down_until_;
  Value last_value_ = 0;
  bool stopping_ = false;
};

}  // namespace faultline::leader_follower
