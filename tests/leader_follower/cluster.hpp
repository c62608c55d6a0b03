// A leader_follower service on a network of glass, who leads it, and what its nodes say.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <faultline/leader_follower/leader_follower.hpp>

#include "model/cluster.hpp"

namespace faultline::leader_follower {

using namespace std::chrono_literals;

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

class Cluster final : public testing::Cluster, public MessageObserver {
 public:
  Cluster(std::size_t nodes, const Parameters& given, std::uint64_t seed = 1,
          std::size_t client_count = 1)
      : testing::Cluster(model<LeaderFollower>(), std::make_shared<Parameters>(given),
                         testing::Stage{.nodes = nodes, .clients = client_count, .seed = seed}) {}

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

  std::vector<std::string>* transcript = nullptr;
  bool quiet_heartbeats = false;  ///< leave heartbeats and their answers out of the transcript

  /// Writes every message and event to `lines` from now on.
  void record(std::vector<std::string>& lines) {
    transcript = &lines;
    world.tracer = this;
  }

 private:
  static Task<> converse(Endpoint& client, EndpointId node, Request request,
                         std::shared_ptr<Asked> asked, Token& token) {
    asked->response = co_await call<Node>(client, node, request, 2s);
    asked->answered = client.queue().now();
    if (asked->response && !asked->response->token.empty()) token = asked->response->token;
  }
  std::shared_ptr<Asked> request(OperationKind kind, std::size_t node, Key key, Value value,
                                 std::size_t client) {
    Request request;
    request.kind = kind;
    request.key = key;
    request.value = value;
    request.size = 100;
    request.session = static_cast<std::uint32_t>(client);
    Token& token = tokens_[client];
    request.token = token;
    auto asked = std::make_shared<Asked>();
    asked->sent = queue.now();
    Endpoint& endpoint = *clients[client];
    endpoint.tasks().spawn(converse(endpoint, service->endpoint(node).id(), request, asked, token));
    return asked;
  }

  std::string stamp(Time at) const {
    return std::to_string((at.time_since_epoch().count() + 500'000) / 1'000'000) + " ms  ";
  }

  void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) override {
    testing::Cluster::event(at, node, kind, number);
    if (transcript != nullptr) {
      transcript->push_back(stamp(at) + name(node) + ": " + std::string(name_of(kind)) + " " +
                            std::to_string(number));
    }
  }
  void holds(EndpointId node, Key key, Value value) override {
    testing::Cluster::holds(node, key, value);
    if (transcript != nullptr) {
      transcript->push_back(stamp(queue.now()) + name(node) + ": holds " + std::to_string(key) +
                            " = " + (value == nil ? "nothing" : std::to_string(value)));
    }
  }

  std::uint64_t sent(const Departure& message) override {
    const auto& [at, from, to, what, key, cause, answers] = message;
    if (quiet_heartbeats && (what == Heartbeat::name || what == Followed::name)) return 0;
    std::string line = stamp(at) + name(from) + " -> " + name(to) + ": " + std::string(what);
    if (what == "request" || what == "forward") line += " of key " + std::to_string(key);
    const bool lost = network.cut(world.endpoint(from).host(), world.endpoint(to).host());
    transcript->push_back(line + (lost ? "  (cut)" : ""));
    return 0;
  }
  void received(Time, std::uint64_t) override {}

  std::map<std::size_t, Token> tokens_;  ///< by client
};

}  // namespace faultline::leader_follower
