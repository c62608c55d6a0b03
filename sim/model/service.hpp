// A service in a run: its nodes with their durable state, and their lives and deaths.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/model/catalog.hpp>

namespace faultline {

/// What a crash leaves of a node's durable state.
enum class DiskFate {
  kept,           ///< a process crash: everything written is there again
  unsynced_lost,  ///< a power loss: what was not synced is gone
  lost            ///< the disk is gone
};

class Service {
 public:
  struct Settings {
    std::string name;
    const Model* model = nullptr;
    std::shared_ptr<const void> parameters;  ///< settled
    std::vector<HostId> hosts;               ///< one node on each, in this order
    bool journaled = false;                  ///< a power loss can happen (DurableState)
  };

  /// Creates the nodes, down; random streams are named after them ("store/3") under `seed`.
  Service(World& world, const Topology& topology, Settings settings, std::uint64_t seed);
  ~Service();

  const std::string& name() const { return settings_.name; }
  const Settings& settings() const { return settings_; }
  const ServiceView& view() const { return view_; }
  /// Before start(): the nodes of the service behind this one.
  void set_upstream(std::vector<EndpointId> nodes) { view_.upstream = std::move(nodes); }

  void start();  ///< boots all nodes
  void boot(std::size_t number);
  void crash(std::size_t number, DiskFate fate);
  bool up(std::size_t number) const;
  std::size_t size() const { return nodes_.size(); }
  Endpoint& endpoint(std::size_t number);
  /// Null while the node is down.
  const Node* node(std::size_t number) const;

  /// Claims, rules for clients and replica placement of this deployment.
  Claims claims() const;
  Contact contact() const;
  TokenScope token_scope() const;
  std::vector<EndpointId> replica_nodes(Key key) const;

  /// Adds the streams of all nodes.
  void add_streams(StreamDigests& digests) const;

 private:
  struct Instance;
  World& world_;
  Settings settings_;
  ServiceView view_;
  std::vector<std::unique_ptr<Instance>> nodes_;
};

}  // namespace faultline
