#include <algorithm>
#include <utility>

#include <faultline/model/endpoint.hpp>

namespace faultline {

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::leader_elected:
      return "leader elected";
    case EventKind::leader_stepped_down:
      return "leader stepped down";
    case EventKind::conflict:
      return "conflict";
    case EventKind::lost_write:
      return "lost write";
    case EventKind::read_repair:
      return "read repair";
    case EventKind::hint_stored:
      return "hint stored";
    case EventKind::hint_delivered:
      return "hint delivered";
    case EventKind::hint_dropped:
      return "hint dropped";
    case EventKind::anti_entropy_repair:
      return "anti-entropy repair";
    case EventKind::caught_up:
      return "caught up";
    case EventKind::member_suspected:
      return "member suspected";
    case EventKind::member_dead:
      return "member dead";
    case EventKind::member_returned:
      return "member returned";
    case EventKind::suspicion_refuted:
      return "suspicion refuted";
  }
  return "?";
}

void Waiter::arm(Duration simulated) {
  armed_ = true;
  timer_ = endpoint_.queue().timer(simulated, on_time, this);
}

void Waiter::arm_timeout(Duration simulated) {
  armed_ = true;
  timer_ = endpoint_.queue().timeout(simulated, on_time, this);
}

void Waiter::disarm() {
  if (!armed_) return;
  armed_ = false;
  if (deferred_) {
    auto& deferred = endpoint_.deferred_;
    std::erase_if(deferred, [this](const auto& item) {
      const auto* waiter = std::get_if<Waiter*>(&item);
      return waiter != nullptr && *waiter == this;
    });
    deferred_ = false;
  } else {
    endpoint_.queue().cancel(timer_);
  }
}

void Waiter::on_time(void* waiter, std::uint64_t) { static_cast<Waiter*>(waiter)->expire(); }

void Waiter::expire() {
  if (endpoint_.paused()) {
    deferred_ = true;
    endpoint_.deferred_.emplace_back(this);
    return;
  }
  armed_ = false;
  wake();
}

Endpoint::Endpoint(World& world, std::string name, HostId host)
    : world_(world),
      id_(static_cast<EndpointId>(world.endpoints.size())),
      host_(host),
      name_(std::move(name)),
      machine_(world.machine(host)) {
  world.endpoints.push_back(this);
}

Endpoint::~Endpoint() { stop(); }

void Endpoint::start(Node* node) {
  node_ = node;
  up_ = true;
  since_ = queue().now();
  world_.cause = {};
}

void Endpoint::stop() {
  if (up_) since_ = queue().now();
  up_ = false;
  paused_ = false;
  tasks_.destroy_all();
  forget_deferred();
  node_ = nullptr;
}

void Endpoint::pause() { paused_ = true; }

void Endpoint::resume() {
  if (!paused_) return;
  paused_ = false;
  // Through the queue, so that each runs from the event loop, in the order in which it came.
  for (const auto& item : std::exchange(deferred_, {})) {
    if (Waiter* const* waiter = std::get_if<Waiter*>(&item)) {
      (*waiter)->deferred_ = false;
      (*waiter)->arm(Duration::zero());
    } else {
      queue().at(queue().now(), replay_packet, std::get<Packet*>(item));
    }
  }
}

void Endpoint::replay_packet(void* target, std::uint64_t) {
  auto& packet = *static_cast<Packet*>(target);
  packet.arrive(packet);
  let_go(packet);
}

void Endpoint::forget_deferred() {
  for (const auto& item : std::exchange(deferred_, {})) {
    if (Packet* const* packet = std::get_if<Packet*>(&item)) let_go(**packet);
  }
}

bool Endpoint::defers(Packet& packet) {
  if (!paused_) return false;
  hold(packet);
  deferred_.emplace_back(&packet);
  return true;
}

void Endpoint::send(MessagePacket& packet, EndpointId receiver, Bytes size, std::string_view what,
                    Key key) {
  packet.sender = id_;
  packet.receiver = receiver;
  packet.from = host_;
  packet.to = world_.endpoint(receiver).host();
  packet.size = size;
  ++messages_sent_;
  bytes_sent_ += size;
  if (world_.tracer != nullptr) {
    packet.trace =
        world_.tracer->sent({queue().now(), id_, receiver, what, key, world_.cause, packet.trace});
  }
  world_.network.send(packet);
}

}  // namespace faultline
