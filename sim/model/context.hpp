// A node's window on the world: all that a model can know and do, apart from its messages
// (node.hpp).
#pragma once

#include <coroutine>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/core/task.hpp>
#include <faultline/model/durable.hpp>
#include <faultline/model/endpoint.hpp>
#include <faultline/model/exchange.hpp>
#include <faultline/model/request.hpp>

namespace faultline {

/// A service as deployed: what its nodes know of one another from the start.
struct ServiceView {
  std::string name;
  std::vector<EndpointId> nodes;          ///< in order of their numbers: store/0, store/1, ...
  std::vector<std::uint32_t> regions;     ///< of each node
  std::vector<std::string> region_names;  ///< of the whole topology
  std::vector<EndpointId> upstream;  ///< the nodes of the service behind this one; may be empty
};

class Context {
 public:
  Context(Endpoint& endpoint, const ServiceView& service, std::uint32_t number,
          RandomStream& random)
      : endpoint_(endpoint), service_(service), number_(number), random_(random) {}

  EndpointId self() const { return endpoint_.id(); }
  /// This node's number in its service: 2 for "store/2".
  std::uint32_t number() const { return number_; }
  const ServiceView& service() const { return service_; }
  /// All nodes of the service, this one included.
  std::span<const EndpointId> nodes() const { return service_.nodes; }
  std::uint32_t number_of(EndpointId node) const;
  /// All nodes but this one.
  std::vector<EndpointId> peers() const;
  /// Typical one-way latency from here.
  Duration distance(EndpointId node) const;

  /// The time on this host's own clock, which may be wrong.
  Time now() const { return endpoint_.machine().clock(endpoint_.queue().now()); }
  RandomStream& random() { return random_; }

  /// Waits for `span` on the host's clock.
  auto sleep(Duration span) { return Sleep(endpoint_, endpoint_.machine().real(span)); }
  /// Occupies a core for `work`, after the jobs that came before.
  auto compute(Duration work) { return Occupy(endpoint_, Occupy::Device::cpu, work, 0, nullptr); }
  /// Puts a write into the disk's queue and waits for it; durable only with the next sync.
  auto disk_write(Bytes size) {
    return Occupy(endpoint_, Occupy::Device::disk_write, {}, size, nullptr);
  }
  /// Makes all changes of `state` up to now stable.
  auto sync(DurableState& state) {
    return Occupy(endpoint_, Occupy::Device::disk_sync, {}, 0, &state);
  }

  /// Runs a task beside the others, until it ends or the node crashes.
  void spawn(Task<> task) { endpoint_.tasks().spawn(std::move(task)); }

  void emit(EventKind kind, std::uint64_t number = 0);
  /// Says what this node's replica now holds under `key`.
  void holds(Key key, Value value);

  Endpoint& endpoint() { return endpoint_; }

 private:
  /// Waits for its turn at a device of the host.
  class Occupy {
   public:
    enum class Device : std::uint8_t { cpu, disk_write, disk_sync };
    Occupy(Endpoint& endpoint, Device device, Duration work, Bytes size, DurableState* state)
        : endpoint_(endpoint),
          waiter_(endpoint),
          device_(device),
          work_(work),
          size_(size),
          state_(state) {}
    Occupy(const Occupy&) = delete;
    Occupy& operator=(const Occupy&) = delete;
    ~Occupy() {
      if (job_) endpoint_.machine().cancel(job_);
    }
    bool await_ready() const { return device_ == Device::cpu && work_ <= Duration::zero(); }
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const {}

   private:
    static void on_done(void* occupy, std::uint64_t);

    Endpoint& endpoint_;
    Waiter waiter_;
    Device device_;
    Duration work_;
    Bytes size_;
    DurableState* state_;
    std::uint64_t covered_ = 0;  ///< changes made before the sync began
    JobId job_;
  };

  Endpoint& endpoint_;
  const ServiceView& service_;
  std::uint32_t number_;
  RandomStream& random_;
};

}  // namespace faultline
