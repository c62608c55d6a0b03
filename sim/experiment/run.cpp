#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <faultline/experiment/run.hpp>
#include <faultline/fault/timeline.hpp>

namespace faultline {
namespace {

/// Whether some fault can take back what was written but not synced.
bool can_lose_unsynced(const Scenario& scenario) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(), [](const FaultSettings& f) {
    const auto* crash = std::get_if<CrashFault>(&f.fault);
    return crash != nullptr && crash->disk == DiskFate::unsynced_lost;
  });
}

World world_of(Simulation& simulation) {
  return {simulation.queue(), simulation.network(),
          [&simulation](HostId host) -> Machine& { return simulation.machine(host); },
          [&simulation](HostId from, HostId to) { return simulation.typical_latency(from, to); }};
}

}  // namespace

Run::Run(const Scenario& scenario, std::optional<FilmSettings> film)
    : scenario_(scenario),
      interval_(scenario.interval > Duration::zero() ? scenario.interval
                                                     : default_interval(scenario.duration)),
      spans_(unfold(scenario.faults, end(), scenario.seed)),
      phases_(faultline::phases(scenario.faults, spans_, Time{scenario.warmup},
                                Time{scenario.duration})),
      simulation_(std::make_unique<Simulation>(scenario.topology, scenario.seed)),
      world_(world_of(*simulation_)) {
  if (scenario.detect_warmup) throw std::invalid_argument("the warm-up is not known yet");
  if (film) {
    film_.emplace(*film);
    world_.tracer = &*film_;
  }
  build_services();
  build_workloads();
}

Run::~Run() = default;

void Run::build_services() {
  const bool journaled = can_lose_unsynced(scenario_);
  std::vector<Service*> services;
  for (const ServiceSettings& settings : scenario_.services) {
    services_.push_back(
        std::make_unique<Service>(world_, simulation_->topology(),
                                  Service::Settings{settings.name, settings.model,
                                                    settings.parameters, settings.hosts, journaled},
                                  scenario_.seed));
    services.push_back(services_.back().get());
  }
  for (std::size_t i = 0; i < services_.size(); ++i) {
    if (const auto upstream = scenario_.services[i].upstream) {
      services_[i]->set_upstream(services_[*upstream]->view().nodes);
    }
  }
  recorder_ = std::make_unique<Recorder>(*simulation_, services, phases_, interval_);
  world_.observer = recorder_.get();
  injector_ = std::make_unique<FaultInjector>(*simulation_, services, scenario_.faults, spans_);
}

void Run::build_workloads() {
  history_.regions = scenario_.topology.regions;
  for (std::size_t i = 0; i < scenario_.workloads.size(); ++i) {
    const WorkloadSettings& settings = scenario_.workloads[i];
    history_.workloads.push_back(settings.name);
    std::size_t target = 0;
    while (scenario_.services[target].name != settings.target) ++target;
    const std::size_t first_client = world_.endpoints.size();
    populations_.push_back(std::make_unique<Population>(
        world_, settings, *services_[target], scenario_.client_hosts, history_, numbers_,
        static_cast<std::uint16_t>(i), scenario_.seed));
    for (std::size_t client = first_client; client < world_.endpoints.size(); ++client) {
      recorder_->count_client(target, *world_.endpoints[client]);
    }
  }
}

/// When a fault ends, the keys that it left diverged are watched until they have converged.
void Run::watch_healing() {
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (spans_[i].to < end()) simulation_->queue().at(spans_[i].to, on_healing, this, i);
  }
}

void Run::on_healing(void* run, std::uint64_t span) {
  auto& self = *static_cast<Run*>(run);
  self.recorder_->watch_convergence(self.spans_[span].fault);
}

void Run::simulate(std::function<void(double)> progress) {
  recorder_->set_progress(std::move(progress));
  const auto begun = std::chrono::steady_clock::now();
  recorder_->start(end());
  for (const auto& service : services_) service->start();
  for (const auto& population : populations_) population->start();
  watch_healing();
  simulation_->run(end());
  recorder_->finish();
  wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

StreamDigests Run::stream_digests() const {
  StreamDigests digests;
  simulation_->add_streams(digests);
  for (const auto& service : services_) service->add_streams(digests);
  for (const auto& population : populations_) population->add_streams(digests);
  return digests;
}

ReplicaStates Run::replica_states(std::size_t service) const {
  const Service& of = *services_[service];
  const EndpointId first = of.view().nodes.front();
  ReplicaStates states;
  for (const auto& replicas : recorder_->ledger(service).replicas()) {
    KeyState state{replicas.key, {}};
    for (std::size_t i = 0; i < replicas.nodes.size(); ++i) {
      if (of.up(index_of(replicas.nodes[i]) - index_of(first))) {
        state.held.push_back(replicas.values[i]);
      }
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace faultline
