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

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "model/cluster.hpp"

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

template <class M>
class Conversation final : public Cluster, public MessageObserver {
 public:
  using Parameters = typename M::Parameters;

  Conversation(const Parameters& given, const Stage& stage)
      : Conversation(std::make_shared<Parameters>(given), stage) {}

  // ---- the script ----
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

  // ---- what happened ----
  const M* node(std::size_t number) const { return static_cast<const M*>(service->node(number)); }
  /// The lines so far, messages of the quiet kinds left out.
  std::string transcript() const {
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
  }

  std::shared_ptr<const Parameters> parameters;  ///< settled
  History history;
  Duration patience = 2s;            ///< of clients
  bool silent = false;               ///< keep no transcript
  std::set<std::string_view> quiet;  ///< messages to leave out of it
  std::map<std::string_view, std::size_t> sent_by_name;

 private:
  Conversation(const std::shared_ptr<Parameters>& given, const Stage& stage)
      : Cluster(model<M>(), given, stage), parameters(given) {
    world.tracer = this;
    history.workloads = {"script"};
    history.regions = {"region"};
    start();
  }

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
    request.token = tokens_[{client, token_key(key)}];
    Endpoint& endpoint = *clients[client];
    endpoint.tasks().spawn(converse(endpoint, service->endpoint(node).id(), request, id));
    return id;
  }
  Task<> converse(Endpoint& client, EndpointId node, Request request, OperationId id) {
    const auto response = co_await call<Node>(client, node, request, patience);
    const Operation& operation = answered(history, id, response, queue.now());
    if (response && !response->token.empty()) {
      tokens_[{request.session, token_key(request.key)}] = response->token;
    }
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
  void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) override {
    Cluster::event(at, node, kind, number);
    tell(name(node) + ": " + std::string(name_of(kind)) + " " + std::to_string(number));
  }
  void holds(EndpointId node, Key key, Value value) override {
    Cluster::holds(node, key, value);
    if (silent) return;
    // Digests of siblings say nothing to a reader.
    constexpr Value longest_shown = 1'000'000'000;
    tell(name(node) + ": holds " + std::to_string(key) + " = " +
         (value == nil            ? "nothing"
          : value > longest_shown ? "siblings"
                                  : std::to_string(value)));
  }

  std::uint64_t sent(const Departure& message) override {
    const auto& [at, from, to, what, key, cause, answers] = message;
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

  std::vector<std::string> lines_;
  std::map<std::pair<std::size_t, Key>, Token> tokens_;
};

}  // namespace faultline::testing
