// Endpoints: what can send and receive messages. A node of a service is one, a client is one.
//
// An endpoint can be down (a crash: its tasks are destroyed, what arrives is lost) or paused (its
// process stands still: what arrives and what expires waits until it resumes).
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <faultline/core/event_queue.hpp>
#include <faultline/core/task.hpp>
#include <faultline/engine/machine.hpp>
#include <faultline/engine/network.hpp>
#include <faultline/model/observer.hpp>

namespace faultline {

class Endpoint;
class Node;

/// What all endpoints of a run share.
struct World {
  EventQueue& queue;
  Network& network;
  /// The machine of a host, and the typical one-way latency between two.
  std::function<Machine&(HostId)> machine;
  std::function<Duration(HostId, HostId)> distance;
  Observer* observer = nullptr;        ///< events and replica states; may be null
  MessageObserver* tracer = nullptr;   ///< every message; null unless somebody watches
  Cause cause{};                       ///< of what is done now
  std::vector<Endpoint*> endpoints{};  ///< by EndpointId

  Endpoint& endpoint(EndpointId id) const { return *endpoints[index_of(id)]; }
};

/// A coroutine that waits at an endpoint for a time to pass. Lives in the coroutine's frame: when
/// that is destroyed, the destructor takes the alarm back.
class Waiter {
 public:
  explicit Waiter(Endpoint& endpoint);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { disarm(); }

  /// For a time that will probably pass: a sleep.
  void arm(Duration simulated);
  /// For one that probably will not: the bound on waiting for an answer (EventQueue::timeout).
  void arm_timeout(Duration simulated);
  void disarm();
  bool armed() const { return armed_; }
  /// Goes on with the coroutine, for the cause for which it was doing what it waited for. Destroys
  /// the waiter.
  void wake();

  std::coroutine_handle<> waiting;

 private:
  friend class Endpoint;
  static void on_time(void* waiter, std::uint64_t);
  void expire();

  Endpoint& endpoint_;
  Cause cause_;
  TimerId timer_;
  bool armed_ = false;
  bool deferred_ = false;
};

/// Waits in a co_await for a span of simulated time.
class Sleep {
 public:
  Sleep(Endpoint& endpoint, Duration span) : waiter_(endpoint), span_(span) {}
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

/// A message with its sender and receiver. Packets know hosts, messages know endpoints.
struct MessagePacket : Packet, Pooled {
  EndpointId sender{};
  EndpointId receiver{};
  /// The tracer's number for it; before it is sent, that of the message that it answers.
  std::uint64_t trace = 0;
};

class Endpoint {
 public:
  /// Takes the next EndpointId of `world`, which must outlive it.
  Endpoint(World& world, std::string name, HostId host);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint();

  EndpointId id() const { return id_; }
  HostId host() const { return host_; }
  const std::string& name() const { return name_; }
  World& world() const { return world_; }
  Machine& machine() const { return machine_; }
  EventQueue& queue() const { return world_.queue; }
  TaskScope& tasks() { return tasks_; }

  /// The node that answers here; null for a client and while down.
  Node* node() const { return node_; }
  bool up() const { return up_; }
  /// When it came up, or went down, last.
  Time since() const { return since_; }
  bool paused() const { return paused_; }

  void start(Node* node);
  /// Destroys the endpoint's tasks and forgets its node.
  void stop();
  void pause();
  void resume();

  /// Hands a message to the network and counts it.
  void send(MessagePacket& packet, EndpointId receiver, Bytes size, std::string_view what, Key key);

  std::uint64_t messages_sent() const { return messages_sent_; }
  Bytes bytes_sent() const { return bytes_sent_; }

  /// For what arrives: true if the packet was put aside because the endpoint is paused; it then
  /// arrives again on resuming.
  bool defers(Packet& packet);

 private:
  friend class Waiter;
  void forget_deferred();
  static void replay_packet(void* packet, std::uint64_t);

  World& world_;
  EndpointId id_;
  HostId host_;
  std::string name_;
  Machine& machine_;
  Node* node_ = nullptr;
  bool up_ = true;
  Time since_{};
  bool paused_ = false;
  std::uint64_t messages_sent_ = 0;
  Bytes bytes_sent_ = 0;
  std::vector<std::variant<Waiter*, Packet*>> deferred_;
  TaskScope tasks_;
};

inline Waiter::Waiter(Endpoint& endpoint) : endpoint_(endpoint), cause_(endpoint.world().cause) {}

inline void Waiter::wake() {
  World& world = endpoint_.world();
  const Cause waker = std::exchange(world.cause, cause_);
  waiting.resume();
  world.cause = waker;
}

}  // namespace faultline
