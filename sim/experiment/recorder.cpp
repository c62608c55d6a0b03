#include <algorithm>
#include <utility>

#include <faultline/experiment/recorder.hpp>

namespace faultline {
namespace {

constexpr std::uint32_t no_service = 0xffffffffU;

bool about_leaders(EventKind kind) {
  return kind == EventKind::leader_elected || kind == EventKind::leader_stepped_down;
}

}  // namespace

Recorder::Recorder(Simulation& simulation, std::vector<Service*> services,
                   std::vector<Phase> phases, Duration interval)
    : simulation_(simulation),
      services_(std::move(services)),
      phases_(std::move(phases)),
      interval_(interval),
      phase_(phases_.size()),
      clients_(services_.size()),
      traffic_at_edge_(services_.size()),
      leadership_(services_.size()),
      tallies_(services_.size(), std::vector<ServiceTally>(phases_.size() + 1)),
      host_samples_(simulation.topology().hosts.size()),
      usage_(simulation, phases_.size()) {
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const Service* service = services_[i];
    ledgers_.emplace_back([service](Key key) { return service->replica_nodes(key); });
    for (const EndpointId node : service->view().nodes) {
      if (service_of_.size() <= index_of(node)) service_of_.resize(index_of(node) + 1, no_service);
      service_of_[index_of(node)] = static_cast<std::uint32_t>(i);
    }
  }
}

ServiceTally* Recorder::current(std::size_t service) {
  return phase_ == phases_.size() ? nullptr : &tallies_[service][phase_];
}

void Recorder::event(Time at, EndpointId node, EventKind kind, std::uint64_t number) {
  const std::size_t service = service_of(node);
  if (ServiceTally* tally = current(service)) ++tally->events[kind];
  if (about_leaders(kind)) {
    change_leaders(service, at, node, kind == EventKind::leader_elected);
  }
  if (kind == EventKind::member_suspected || kind == EventKind::member_dead) {
    judge_detector(service, at, kind, number);
  }
  if (about_leaders(kind) || events_.size() < most_events) {
    events_.push_back({at, node, kind, number});
  } else {
    ++events_dropped_;
  }
}

void Detection::add(const Detection& other) {
  false_suspicions += other.false_suspicions;
  false_deaths += other.false_deaths;
  crashes += other.crashes;
  first_total += other.first_total;
  last = std::max(last, other.last);
}

/// What the nodes cannot know: whether the one of whom they speak is up.
void Recorder::judge_detector(std::size_t service, Time now, EventKind kind, std::uint64_t number) {
  ServiceTally* tally = current(service);
  const Endpoint& accused = services_[service]->endpoint(number);
  if (tally == nullptr || accused.paused()) return;
  Detection& detection = tally->detection;
  if (accused.up()) {
    ++(kind == EventKind::member_dead ? detection.false_deaths : detection.false_suspicions);
    return;
  }
  if (kind != EventKind::member_dead) return;
  const Duration took = now - accused.since();
  detection.last = std::max(detection.last, took);
  const auto [noticed, first] = noticed_.try_emplace(accused.id(), accused.since());
  if (!first && noticed->second == accused.since()) return;
  noticed->second = accused.since();
  ++detection.crashes;
  detection.first_total += took;
}

void Recorder::account_leaderless(std::size_t service, Time now) {
  Leadership& leadership = leadership_[service];
  ServiceTally* tally = current(service);
  if (tally != nullptr && leadership.leaders.empty()) {
    tally->leaderless += now - leadership.accounted;
  }
  leadership.accounted = now;
}

void Recorder::change_leaders(std::size_t service, Time now, EndpointId node, bool leads) {
  account_leaderless(service, now);
  Leadership& leadership = leadership_[service];
  std::erase(leadership.leaders, node);
  if (leads) {
    leadership.leaders.push_back(node);
    leadership.ever = true;
  }
}

void Recorder::holds(EndpointId node, Key key, Value value) {
  ledgers_[service_of(node)].holds(simulation_.queue().now(), node, key, value);
}

void Recorder::emptied(EndpointId node) {
  ledgers_[service_of(node)].emptied(simulation_.queue().now(), node);
}

void Recorder::count_client(std::size_t service, const Endpoint& client) {
  clients_[service].push_back(&client);
}

void Recorder::watch_convergence(std::size_t fault) {
  const Time now = simulation_.queue().now();
  std::size_t number = 0;
  for (ReplicaLedger& ledger : ledgers_) number = ledger.watch(now);
  if (!ledgers_.empty() && number < ledgers_.front().watches().size()) {
    watches_.emplace_back(number, fault);
  }
}

std::vector<Recorder::Healing> Recorder::healings() const {
  std::vector<Healing> all;
  for (std::size_t service = 0; service < services_.size(); ++service) {
    for (const auto& [number, fault] : watches_) {
      all.push_back({service, fault, ledgers_[service].watches()[number]});
    }
  }
  return all;
}

void Recorder::start(Time end) {
  end_ = end;
  EventQueue& queue = simulation_.queue();
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    if (phases_[i].from <= queue.now()) {
      enter_phase(i);  // before anyone sends anything
    } else {
      queue.at(phases_[i].from, on_phase_edge, this, i);
    }
  }
  if (!phases_.empty()) queue.at(phases_.back().to, on_phase_edge, this, phases_.size());
  queue.after(interval_, on_sample, this);
}

void Recorder::on_phase_edge(void* recorder, std::uint64_t phase) {
  static_cast<Recorder*>(recorder)->enter_phase(phase);
}

Recorder::Traffic Recorder::traffic(std::size_t service) const {
  Traffic total;
  const auto add = [&](const Endpoint& endpoint) {
    total.messages += endpoint.messages_sent();
    total.bytes += endpoint.bytes_sent();
  };
  for (std::size_t node = 0; node < services_[service]->size(); ++node) {
    add(services_[service]->endpoint(node));
  }
  for (const Endpoint* client : clients_[service]) add(*client);
  return total;
}

void Recorder::enter_phase(std::size_t phase) {
  for (std::size_t service = 0; service < services_.size(); ++service) {
    account_leaderless(service, simulation_.queue().now());
    const Traffic now = traffic(service);
    if (ServiceTally* tally = current(service)) {
      tally->messages = now.messages - traffic_at_edge_[service].messages;
      tally->bytes = now.bytes - traffic_at_edge_[service].bytes;
    }
    const ReplicaLedger::Divergence divergence = ledgers_[service].take_divergence();
    if (ServiceTally* tally = current(service)) tally->divergence = divergence;
    traffic_at_edge_[service] = now;
  }
  usage_.close_phase(phase_);
  phase_ = phase;
}

void Recorder::finish() {
  enter_phase(phases_.size());
  for (auto& phases : tallies_) {
    ServiceTally& all = phases.back();
    for (std::size_t i = 0; i + 1 < phases.size(); ++i) {
      const ServiceTally& phase = phases[i];
      all.messages += phase.messages;
      all.bytes += phase.bytes;
      for (const auto& [kind, count] : phase.events) all.events[kind] += count;
      all.leaderless += phase.leaderless;
      all.lag_total += phase.lag_total;
      all.lag_max = std::max(all.lag_max, phase.lag_max);
      all.lag_samples += phase.lag_samples;
      all.divergence.add(phase.divergence);
      all.detection.add(phase.detection);
    }
  }
}

void Recorder::add(Time at, const char* scope, const std::string& name, const char* metric,
                   double value) {
  series_.push_back({at, scope, name, metric, value});
}

void Recorder::on_sample(void* recorder, std::uint64_t) {
  static_cast<Recorder*>(recorder)->sample();
}

void Recorder::sample() {
  const Time now = simulation_.queue().now();
  const Time at = now - interval_;
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const Service& service = *services_[i];
    std::size_t leaders = 0;
    double lag = -1;
    for (std::size_t number = 0; number < service.size(); ++number) {
      const Node* node = service.node(number);
      if (node == nullptr) continue;
      const Gauges gauges = node->gauges();
      if (gauges.leads) ++leaders;
      if (gauges.replication_lag) lag = std::max(lag, seconds(*gauges.replication_lag));
    }
    add(at, "service", service.name(), "diverged_keys",
        static_cast<double>(ledgers_[i].diverged()));
    add(at, "service", service.name(), "leaders", static_cast<double>(leaders));
    if (lag >= 0) add(at, "service", service.name(), "replication_lag", lag);
    if (ServiceTally* tally = current(i)) {
      if (lag >= 0) {
        tally->lag_total += lag;
        tally->lag_max = std::max(tally->lag_max, lag);
        ++tally->lag_samples;
      }
    }
  }
  sample_hosts();
  if (progress_) progress_(seconds(now) / seconds(end_));
  if (now + interval_ <= end_) simulation_.queue().after(interval_, on_sample, this);
}

void Recorder::sample_hosts() {
  const auto& hosts = simulation_.topology().hosts;
  const Time at = simulation_.queue().now() - interval_;
  const double span = seconds(interval_);
  for (const HostId host : simulation_.hosts_in_use()) {
    const HostUsage now = usage_of(simulation_, host);
    HostUsage& before = host_samples_[index_of(host)];
    const auto report = [&](const char* metric, Duration busy, double servers) {
      // Hosts by the thousand that do nothing would drown the file.
      if (busy > Duration::zero()) {
        add(at, "host", hosts[index_of(host)].name, metric,
            std::min(1.0, seconds(busy) / span / servers));
      }
    };
    report("cpu_utilisation", now.core - before.core, simulation_.machine(host).cores());
    report("disk_utilisation", now.disk - before.disk, 1);
    report("uplink_utilisation", now.uplink - before.uplink, 1);
    before = now;
  }
}

}  // namespace faultline
