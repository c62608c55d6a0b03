#include <utility>

#include <faultline/model/service.hpp>

namespace faultline {

struct Service::Instance {
  Instance(World& world, const std::string& name, HostId host, const ServiceView& service,
           std::uint32_t number, std::uint64_t seed)
      : random(seed, name),
        endpoint(world, name, host),
        context(endpoint, service, number, random) {}

  RandomStream random;
  std::unique_ptr<DurableState> durable;
  Endpoint endpoint;
  Context context;
  std::unique_ptr<Node> node;
};

Service::Service(World& world, const Topology& topology, Settings settings, std::uint64_t seed)
    : world_(world), settings_(std::move(settings)) {
  view_.name = settings_.name;
  view_.region_names = topology.regions;
  for (std::size_t number = 0; number < settings_.hosts.size(); ++number) {
    const HostId host = settings_.hosts[number];
    const std::string node_name = settings_.name + "/" + std::to_string(number);
    nodes_.push_back(std::make_unique<Instance>(world, node_name, host, view_,
                                                static_cast<std::uint32_t>(number), seed));
    Instance& instance = *nodes_.back();
    instance.endpoint.stop();
    instance.durable = settings_.model->make_durable();
    instance.durable->set_journaled(settings_.journaled);
    view_.nodes.push_back(instance.endpoint.id());
    view_.regions.push_back(topology.hosts[index_of(host)].region);
  }
}

Service::~Service() {
  for (const auto& instance : nodes_) {
    instance->endpoint.stop();  // tasks refer to the node: they go first
    instance->node.reset();
  }
}

void Service::start() {
  for (std::size_t number = 0; number < nodes_.size(); ++number) boot(number);
}

void Service::boot(std::size_t number) {
  Instance& instance = *nodes_[number];
  if (instance.node) return;
  instance.node =
      settings_.model->make_node(instance.context, settings_.parameters.get(), *instance.durable);
  instance.endpoint.start(instance.node.get());
  instance.node->start();
}

void Service::crash(std::size_t number, DiskFate fate) {
  Instance& instance = *nodes_[number];
  if (instance.node) {
    const bool led = instance.node->gauges().leads;
    instance.endpoint.stop();
    instance.node.reset();
    if (led && world_.observer != nullptr) {  // the dead cannot say it themselves
      world_.observer->event(world_.queue.now(), instance.endpoint.id(),
                             EventKind::leader_stepped_down, 0);
    }
  }
  switch (fate) {
    case DiskFate::kept:
      break;
    case DiskFate::unsynced_lost:
      instance.durable->lose_unstable();
      break;
    case DiskFate::lost:
      instance.durable = settings_.model->make_durable();
      instance.durable->set_journaled(settings_.journaled);
      if (world_.observer != nullptr) world_.observer->emptied(instance.endpoint.id());
      break;
  }
}

bool Service::up(std::size_t number) const { return nodes_[number]->node != nullptr; }
Endpoint& Service::endpoint(std::size_t number) { return nodes_[number]->endpoint; }
const Node* Service::node(std::size_t number) const { return nodes_[number]->node.get(); }

Claims Service::claims() const {
  return settings_.model->claims(settings_.parameters.get(), view_);
}
Contact Service::contact() const { return settings_.model->contact(settings_.parameters.get()); }
TokenScope Service::token_scope() const {
  return settings_.model->token_scope(settings_.parameters.get());
}
std::vector<EndpointId> Service::replica_nodes(Key key) const {
  return settings_.model->replica_nodes(settings_.parameters.get(), view_, key);
}

void Service::add_streams(StreamDigests& digests) const {
  for (const auto& node : nodes_) digests[node->endpoint.name()] = node->random.digest();
}

}  // namespace faultline
