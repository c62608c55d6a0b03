#include <algorithm>
#include <memory>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include <simgrid/kernel/resource/NetworkModelIntf.hpp>

#include <faultline/engine/event_model.hpp>
#include <faultline/engine/message_network.hpp>
#include <faultline/engine/platform.hpp>
#include <faultline/engine/simulation.hpp>
#include <faultline/engine/transfers.hpp>

namespace faultline {
namespace sg = simgrid::s4u;
namespace {

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
  sg::Engine::set_config("network/TCP-gamma:1e30");
  sg::Engine::set_config("network/crosstraffic:0");
  // Actors only carry transfers: a small stack, and no system calls for a guard behind each.
  sg::Engine::set_config("contexts/stack-size:64");
  sg::Engine::set_config("contexts/guard-size:0");
  return engine;
}

}  // namespace

class Simulation::Implementation {
 public:
  Implementation(Topology topology, std::uint64_t seed)
      : topology_(std::move(topology)),
        engine_(make_engine()),
        platform_(*engine_, topology_),
        transfers_(queue_, platform_),
        network_(queue_, topology_, platform_, seed, [this](Packet& packet) { carry(packet); }),
        machines_(topology_.hosts.size()),
        seed_(seed) {
    apply_impairments();
  }
  /// Releases the bulk messages that are still under way.
  ~Implementation() {
    transfers_.for_each_pending(on_carried, [](void*, std::uint64_t argument) {
      Packet& packet = packet_of(argument);
      let_go(packet);
    });
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  Machine& machine(HostId host) {
    std::unique_ptr<Machine>& machine = machines_[index_of(host)];
    if (!machine) {
      machine = std::make_unique<Machine>(queue_, disk_stream(host),
                                          topology_.hosts[index_of(host)].settings);
      in_use_.insert(std::upper_bound(in_use_.begin(), in_use_.end(), host), host);
    }
    return *machine;
  }
  /// What the host's disk has drawn from so far.
  RandomStream disk_stream(HostId host) const {
    if (const auto& machine = machines_[index_of(host)]) return machine->random();
    return {seed_, "disk/" + topology_.hosts[index_of(host)].name};
  }

  void transfer(HostId from, HostId to, Bytes size, EventHandler done, void* target,
                std::uint64_t argument) {
    if (network_.cut(from, to)) {
      cut_off_.push_back({from, to, size, done, target, argument});
    } else {
      network_.count(from, to, size);
      transfers_.begin(from, to, size, done, target, argument);
    }
  }
  void repair(ImpairmentId id) {
    network_.repair(id);
    for (const CutOff& waiting : std::exchange(cut_off_, {})) {
      transfer(waiting.from, waiting.to, waiting.size, waiting.done, waiting.target,
               waiting.argument);
    }
  }

  void run(Time end);

  Topology topology_;
  EventQueue queue_;
  std::unique_ptr<sg::Engine> engine_;
  Platform platform_;
  Transfers transfers_;
  MessageNetwork network_;
  std::vector<HostId> in_use_;

 private:
  /// A transfer that waits for its path to heal.
  struct CutOff {
    HostId from;
    HostId to;
    Bytes size;
    EventHandler done;
    void* target;
    std::uint64_t argument;
  };

  static Packet& packet_of(std::uint64_t argument) {
    return *reinterpret_cast<Packet*>(static_cast<std::uintptr_t>(argument));
  }
  /// A message that travels as a transfer.
  void carry(Packet& packet) {
    transfers_.begin(packet.from, packet.to, packet.size, on_carried, this,
                     reinterpret_cast<std::uintptr_t>(&packet));
  }
  static void on_carried(void* implementation, std::uint64_t packet) {
    static_cast<Implementation*>(implementation)->network_.carried(packet_of(packet));
  }

  void apply_impairments();

  std::vector<std::unique_ptr<Machine>> machines_;  ///< by host; null for those not in use
  std::uint64_t seed_;
  std::vector<CutOff> cut_off_;
  bool ran_ = false;
};

/// SimGrid asks for factors on the latency and on the rate of every communication that starts.
void Simulation::Implementation::apply_impairments() {
  auto* const model = engine_->get_netzone_root()->get_network_model();
  using Links = std::vector<sg::Link*>;
  using Zones = std::unordered_set<sg::NetZone*>;
  model->set_lat_factor_cb([this](double, const sg::Host* source, const sg::Host* destination,
                                  const Links&, const Zones&) {
    return network_.latency_factor(platform_.id(source), platform_.id(destination));
  });
  model->set_bw_factor_cb([this](double, const sg::Host* source, const sg::Host* destination,
                                 const Links&, const Zones&) {
    return network_.bandwidth_factor(platform_.id(source), platform_.id(destination));
  });
}

void Simulation::Implementation::run(Time end) {
  if (std::exchange(ran_, true)) throw std::logic_error("a simulation runs once");
  engine_->add_model(std::make_shared<EventModel>(queue_, transfers_, end));
  // SimGrid stops when no actor is left: the keeper stays to the end and then takes all others
  // along.
  sg::Actor::create("keeper", platform_.any_host(), [end] {
    sg::this_actor::sleep_until(seconds(end));
    sg::Actor::kill_all();
  });
  engine_->run();
  transfers_.close();
  queue_.run_until(end);  // what the last transfers left at the very end
}

Simulation::Simulation(Topology topology, std::uint64_t seed)
    : implementation_(std::make_unique<Implementation>(std::move(topology), seed)) {}
Simulation::~Simulation() = default;

EventQueue& Simulation::queue() { return implementation_->queue_; }
Network& Simulation::network() { return implementation_->network_; }
Machine& Simulation::machine(HostId host) { return implementation_->machine(host); }
const std::vector<HostId>& Simulation::hosts_in_use() const { return implementation_->in_use_; }
const Topology& Simulation::topology() const { return implementation_->topology_; }

Simulation::Route Simulation::route(HostId from, HostId to) {
  return implementation_->platform_.route(from, to);
}

Duration Simulation::typical_latency(HostId from, HostId to) const {
  if (from == to) return loopback_latency;
  return from_seconds(implementation_->platform_.path(from, to).latency.mean());
}

void Simulation::transfer(HostId from, HostId to, Bytes size, EventHandler done, void* target,
                          std::uint64_t argument) {
  implementation_->transfer(from, to, size, done, target, argument);
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
Bytes Simulation::sent_between(std::uint32_t from_region, std::uint32_t to_region) const {
  return implementation_->network_.sent_between(from_region, to_region);
}
std::uint64_t Simulation::transfers() const { return implementation_->transfers_.begun(); }

void Simulation::add_streams(StreamDigests& digests) const {
  const auto& hosts = topology().hosts;
  for (std::uint32_t host = 0; host < hosts.size(); ++host) {
    const auto& network = implementation_->network_.random(HostId{host});
    digests["network/" + hosts[host].name] = network.digest();
    digests["disk/" + hosts[host].name] = implementation_->disk_stream(HostId{host}).digest();
  }
}

void Simulation::run(Time end) { implementation_->run(end); }

}  // namespace faultline
