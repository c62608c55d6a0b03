#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include <simgrid/kernel/resource/Model.hpp>

#include <faultline/engine/message_network.hpp>
#include <faultline/engine/platform.hpp>
#include <faultline/engine/simulation.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

/// The one place where SimGrid's clock becomes ours. Doubles hold whole nanoseconds for 100 days.
Time to_time(double clock) { return Time{from_seconds(clock)}; }

/// SimGrid's configuration is global; it is set before the engine reads a platform.
std::unique_ptr<sg::Engine> make_engine() {
  static bool made = false;
  if (std::exchange(made, true)) {
    throw std::logic_error("SimGrid allows one simulation in a process (run the next in its own)");
  }
  static char name[] = "faultline";
  static char quiet[] = "--log=root.thresh:critical";
  static char* arguments[] = {name, quiet, nullptr};
  int count = 2;
  auto engine = std::make_unique<sg::Engine>(&count, arguments);
  // The default network model, LV08, multiplies latencies by 13 to resemble TCP on old clusters.
  sg::Engine::set_config("network/model:CM02");
  // No bound of a window over latency, no cost of acknowledgements: bandwidth is what the links
  // say.
  sg::Engine::set_config("network/TCP-gamma:0");
  sg::Engine::set_config("network/crosstraffic:0");
  sg::Engine::set_config("contexts/stack-size:64");
  return engine;
}

/// A SimGrid communication under way.
struct Transfer {
  HostId from;
  HostId to;
  Bytes size;
  EventHandler done;
  void* target;
  std::uint64_t argument;
};

}  // namespace

class Simulation::Implementation {
 public:
  Implementation(Topology topology, std::uint64_t seed)
      : topology_(std::move(topology)),
        engine_(make_engine()),
        platform_(*engine_, topology_),
        network_(queue_, topology_, platform_, seed, [this](Packet& packet) { carry(packet); }) {
    for (const Host& host : topology_.hosts) {
      machines_.push_back(std::make_unique<Machine>(queue_, RandomStream(seed, "disk/" + host.name),
                                                    host.settings));
    }
  }
  ~Implementation();

  void transfer(const Transfer& transfer) {
    waiting_.push_back(std::make_unique<Transfer>(transfer));
    start_possible();
  }
  void repair(ImpairmentId id) {
    network_.repair(id);
    start_possible();
  }

  void run(Time end);

  Topology topology_;
  EventQueue queue_;
  std::unique_ptr<sg::Engine> engine_;
  Platform platform_;
  MessageNetwork network_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::uint64_t transfers_ = 0;

 private:
  class EventModel;

  /// A bulk message, as a transfer.
  void carry(Packet& packet) {
    bulk_packets_.push_back(&packet);
    begin(std::make_unique<Transfer>(Transfer{packet.from, packet.to, packet.size, on_carried, this,
                                              reinterpret_cast<std::uintptr_t>(&packet)}));
  }
  static void on_carried(void* implementation, std::uint64_t packet) {
    auto& self = *static_cast<Implementation*>(implementation);
    auto* const carried = reinterpret_cast<Packet*>(static_cast<std::uintptr_t>(packet));
    std::erase(self.bulk_packets_, carried);
    self.network_.carried(*carried);
  }

  /// Transfers wait while their path is cut.
  void start_possible() {
    std::vector<std::unique_ptr<Transfer>> later;
    for (auto& transfer : std::exchange(waiting_, {})) {
      if (network_.cut(transfer->from, transfer->to)) {
        later.push_back(std::move(transfer));
      } else {
        begin(std::move(transfer));
      }
    }
    for (auto& transfer : later) waiting_.push_back(std::move(transfer));
  }

  void begin(std::unique_ptr<Transfer> transfer) {
    const std::uint64_t number = transfers_++;
    starting_.emplace_back(number, std::move(transfer));
    queue_.synchronised(on_start, this, number);
  }
  static void on_start(void* implementation, std::uint64_t number) {
    static_cast<Implementation*>(implementation)->start(number);
  }
  /// With SimGrid's clock at ours: a short-lived actor carries the transfer. (A detached one-sided
  /// communication would not say when it is done.)
  void start(std::uint64_t number) {
    if (over_) return;
    const auto found = std::find_if(starting_.begin(), starting_.end(),
                                    [number](const auto& entry) { return entry.first == number; });
    const Transfer transfer = *found->second;
    starting_.erase(found);
    ++in_flight_;
    sg::Host* const from = platform_.host(transfer.from);
    sg::Host* const to = platform_.host(transfer.to);
    sg::Actor::create("transfer", from, [this, transfer, from, to] {
      if (from == to) {
        sg::this_actor::sleep_for(static_cast<double>(transfer.size) / 1e10);
      } else {
        sg::Comm::sendto(from, to, transfer.size);
      }
      // What follows runs from the event queue, not on this actor's small stack.
      queue_.at(to_time(sg::Engine::get_clock()), transfer.done, transfer.target,
                transfer.argument);
      --in_flight_;
    });
  }

  std::vector<std::unique_ptr<Transfer>> waiting_;  ///< for their path to heal
  std::vector<std::pair<std::uint64_t, std::unique_ptr<Transfer>>> starting_;
  std::vector<Packet*> bulk_packets_;
  std::size_t in_flight_ = 0;
  bool over_ = false;  ///< SimGrid has stopped
  Time end_{};
};

/// The event queue as one of SimGrid's resource models.
class Simulation::Implementation::EventModel final : public simgrid::kernel::resource::Model {
 public:
  explicit EventModel(Implementation& simulation)
      : Model("faultline events"), simulation_(simulation) {}

  double next_occurring_event(double clock) override {
    const Time next = simulation_.queue_.next_time();
    if (next > simulation_.end_) return -1;
    return std::max(0.0, seconds(next) - clock);
  }

  void update_actions_state(double clock, double) override {
    EventQueue& queue = simulation_.queue_;
    const Time reached = to_time(clock);
    while (queue.next_time() <= simulation_.end_ && !queue.empty()) {
      const bool due = queue.next_time() <= reached;
      // Ahead of SimGrid's clock only while nothing in SimGrid could happen in between.
      if (!due && (simulation_.in_flight_ > 0 || queue.next_is_synchronised())) break;
      queue.run_next();
    }
  }

 private:
  Implementation& simulation_;
};

Simulation::Implementation::~Implementation() {
  for (Packet* packet : bulk_packets_) {
    if (--packet->copies == 0) packet->release(*packet);
  }
}

void Simulation::Implementation::run(Time end) {
  end_ = end;
  engine_->add_model(std::make_shared<EventModel>(*this));
  sg::Host* const any = platform_.host(HostId{0});
  // SimGrid stops when no actor is left: the keeper stays to the end and then takes all others
  // along.
  sg::Actor::create("keeper", any, [end] {
    sg::this_actor::sleep_until(seconds(end));
    sg::Actor::kill_all();
  });
  engine_->run();
  over_ = true;
  queue_.run_until(end);  // what the last transfers left at the very end
}

Simulation::Simulation(Topology topology, std::uint64_t seed)
    : implementation_(std::make_unique<Implementation>(std::move(topology), seed)) {}
Simulation::~Simulation() = default;

EventQueue& Simulation::queue() { return implementation_->queue_; }
Network& Simulation::network() { return implementation_->network_; }
Machine& Simulation::machine(HostId host) { return *implementation_->machines_[index_of(host)]; }
const Topology& Simulation::topology() const { return implementation_->topology_; }

Simulation::Route Simulation::route(HostId from, HostId to) {
  return implementation_->platform_.route(from, to);
}

Duration Simulation::typical_latency(HostId from, HostId to) const {
  if (from == to) return Duration::zero();
  return from_seconds(implementation_->platform_.path(from, to).latency.mean());
}

void Simulation::transfer(HostId from, HostId to, Bytes size, EventHandler done, void* target,
                          std::uint64_t argument) {
  implementation_->transfer({from, to, size, done, target, argument});
}

ImpairmentId Simulation::impair(Impairment impairment) {
  return implementation_->network_.impair(std::move(impairment));
}
void Simulation::repair(ImpairmentId impairment) { implementation_->repair(impairment); }
bool Simulation::cut(HostId from, HostId to) const {
  return implementation_->network_.cut(from, to);
}

const TrafficCounters& Simulation::traffic() const { return implementation_->network_.traffic(); }
Duration Simulation::uplink_busy(HostId host) const {
  return implementation_->network_.uplink_busy(host);
}
std::uint64_t Simulation::transfers() const { return implementation_->transfers_; }

void Simulation::run(Time end) { implementation_->run(end); }

}  // namespace faultline
