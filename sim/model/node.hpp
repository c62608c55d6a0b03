// A node: one instance of a service on one host. Models derive from ModelNode.
//
//   class Quorum : public ModelNode<Quorum> {
//    public:
//     Task<Response> serve(Request request) override;      // from clients and other services
//     Task<Stored> on(EndpointId from, Store store);        // from fellow nodes, one overload a
//     message
//   };
//
// A crash destroys the object with its tasks; a restart makes a new one over the same durable
// state.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include <faultline/model/context.hpp>

namespace faultline {

/// What a node shows of itself to the sampler of metrics.
struct Gauges {
  bool leads = false;
  /// How far this replica is behind the one it follows; none if it follows nobody.
  std::optional<Duration> replication_lag;
};

class Node {
 public:
  explicit Node(Context& context) : context_(context) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  /// Called once, when the node is in place and can send; starts what runs by itself.
  virtual void start() {}
  /// Answers a client or another service.
  virtual Task<Response> serve(Request request) = 0;
  virtual Gauges gauges() const { return {}; }

  /// Requests are messages too.
  Task<Response> on(EndpointId, Request request) { return serve(request); }

 protected:
  Context& context_;
};

/// The words in which models speak. `Self` is the model's own class.
template <class Self>
class ModelNode : public Node {
 public:
  using Node::Node;
  using Node::on;

 protected:
  EndpointId self() const { return context_.self(); }
  std::span<const EndpointId> nodes() const { return context_.nodes(); }
  Time now() const { return context_.now(); }
  RandomStream& random() { return context_.random(); }
  auto sleep(Duration span) { return context_.sleep(span); }
  auto compute(Duration work) { return context_.compute(work); }
  auto disk_write(Bytes size) { return context_.disk_write(size); }
  auto sync(DurableState& state) { return context_.sync(state); }
  /// Has a change of `size` bytes survive what it has to.
  Task<> write_through(DurableState& state, Durability durability, Bytes size) {
    if (durability == Durability::memory) co_return;
    co_await disk_write(size);
    if (durability == Durability::fsync) co_await sync(state);
  }
  /// What nobody waits for, the operating system writes back by itself (as with Redis'
  /// `appendfsync everysec`). To be spawned where a power loss can happen and nothing is synced.
  Task<> flush_now_and_then(DurableState& state, Duration every = std::chrono::seconds(1)) {
    for (;;) {
      co_await sleep(every);
      co_await sync(state);
    }
  }
  void spawn(Task<> task) { context_.spawn(std::move(task)); }
  void emit(EventKind kind, std::uint64_t number = 0) { context_.emit(kind, number); }
  void holds(Key key, Value value) { context_.holds(key, value); }

  /// Sends `message` to all of `receivers`; see Replies for the wait.
  template <class Message>
  Replies<typename Message::Reply> ask(std::span<const EndpointId> receivers,
                                       const Message& message) {
    return faultline::ask<Self>(context_.endpoint(), receivers, message);
  }
  /// Sends `message` to one node and waits for its reply; nothing if none comes within `timeout`.
  template <class Message>
  Task<std::optional<typename Message::Reply>> call(EndpointId receiver, Message message,
                                                    Duration timeout) {
    return faultline::call<Self>(context_.endpoint(), receiver, message, timeout);
  }
  /// Sends `message` to one node; nobody answers.
  template <class Message>
  void tell(EndpointId receiver, const Message& message) {
    faultline::tell<Self>(context_.endpoint(), receiver, message);
  }
  /// Hands a request on to a node of any service (a fellow, or one of the upstream).
  Task<std::optional<Response>> forward(EndpointId receiver, Request request, Duration timeout) {
    return faultline::call<Node>(context_.endpoint(), receiver, request, timeout);
  }
};

}  // namespace faultline
