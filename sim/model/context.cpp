#include <algorithm>

#include <faultline/model/context.hpp>

namespace faultline {

std::uint32_t Context::number_of(EndpointId node) const {
  // A service's nodes are created one after the other, so their numbers follow from the first's.
  return static_cast<std::uint32_t>(index_of(node) - index_of(service_.nodes.front()));
}

std::vector<EndpointId> Context::peers() const {
  std::vector<EndpointId> others;
  others.reserve(service_.nodes.size());
  for (const EndpointId node : service_.nodes) {
    if (node != self()) others.push_back(node);
  }
  return others;
}

Duration Context::distance(EndpointId node) const {
  const World& world = endpoint_.world();
  return world.distance(endpoint_.host(), world.endpoint(node).host());
}

void Context::emit(EventKind kind, std::uint64_t number) {
  Observer* observer = endpoint_.world().observer;
  if (observer != nullptr) observer->event(endpoint_.queue().now(), self(), kind, number);
}

void Context::holds(Key key, Value value) {
  Observer* observer = endpoint_.world().observer;
  if (observer != nullptr) observer->holds(self(), key, value);
}

void Context::Occupy::await_suspend(std::coroutine_handle<> waiting) {
  waiter_.waiting = waiting;
  Machine& machine = endpoint_.machine();
  switch (device_) {
    case Device::cpu:
      job_ = machine.compute(work_, on_done, this);
      break;
    case Device::disk_write:
      job_ = machine.disk_write(size_, on_done, this);
      break;
    case Device::disk_sync:
      covered_ = state_->position();
      job_ = machine.disk_sync(on_done, this);
      break;
  }
}

void Context::Occupy::on_done(void* target, std::uint64_t) {
  auto& self = *static_cast<Occupy*>(target);
  self.job_ = {};
  if (self.device_ == Device::disk_sync && !self.endpoint_.machine().loses_syncs()) {
    self.state_->made_stable(self.covered_);
  }
  if (self.endpoint_.paused()) {
    self.waiter_.arm(
        Duration::zero());  // expires into the endpoint's list of what waits for resume
  } else {
    self.waiter_.wake();
  }
}

}  // namespace faultline
