#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <set>

#include <fmt/format.h>

#include <faultline/check/convergence.hpp>
#include <faultline/check/lost_updates.hpp>
#include <faultline/check/staleness.hpp>
#include <faultline/check/strong_eventual.hpp>
#include <faultline/experiment/consistency.hpp>
#include <faultline/experiment/digest.hpp>
#include <faultline/experiment/expectations.hpp>
#include <faultline/experiment/result.hpp>
#include <faultline/metric/pacelc.hpp>
#include <faultline/metric/run_intervals.hpp>

namespace faultline {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// An instant in seconds; null for never.
Json instant(Time at) { return at == never ? Json(nullptr) : Json(seconds(at)); }

Json to_json(LatencySummary latency) {
  if (latency.count == 0) {
    return {{"mean", nullptr}, {"p50", nullptr},  {"p90", nullptr},
            {"p99", nullptr},  {"p999", nullptr}, {"max", nullptr}};
  }
  return {{"mean", latency.mean}, {"p50", latency.p50},   {"p90", latency.p90},
          {"p99", latency.p99},   {"p999", latency.p999}, {"max", latency.max}};
}

Json to_json(Tally& tally) {
  return {{"operations", tally.operations},
          {"ok", tally.ok},
          {"failed", tally.failed},
          {"unknown", tally.unknown},
          {"availability", or_null(tally.availability())},
          {"latency", to_json(summarise(tally.latencies))}};
}

Json distribution_json(std::span<const Duration> sorted) {
  Json points = Json::array();
  for (const QuantilePoint& point : distribution_of(sorted)) {
    points.push_back({point.quantile, point.seconds});
  }
  return points;
}

/// An interval of one run; a bound that there is not is null.
Json interval_json(const RunFigure& figure) {
  if (!figure.estimate) return {{"why", figure.why}};
  const auto bound = [](double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
  };
  return {{"value", figure.estimate->value},
          {"low", bound(figure.estimate->low)},
          {"high", bound(figure.estimate->high)},
          {"stretches", figure.estimate->values}};
}

/// "/latency/p99" of "latency.p99".
std::string pointer_in_phase(std::string metric) {
  std::replace(metric.begin(), metric.end(), '.', '/');
  return "/" + metric;
}

const char* letter(Claims::Partition claim) {
  return claim == Claims::Partition::availability ? "A" : "C";
}
const char* letter(Claims::Else claim) { return claim == Claims::Else::latency ? "L" : "C"; }

class Analyst {
 public:
  explicit Analyst(const Run& run)
      : run_(run),
        scenario_(run.scenario()),
        history_(run.history()),
        behind_(history_.operations.size()) {}

  Analysis analyse() {
    // Judging and measuring only read the run, and neither sees what the other writes.
    auto judging = std::async(std::launch::async, [this] { judge_all(); });
    for (std::uint16_t i = 0; i < history_.workloads.size(); ++i) measure(i);
    analysis_.series.insert(analysis_.series.end(), run_.recorder().series().begin(),
                            run_.recorder().series().end());
    judging.get();
    Json measured = measured_class();
    Json& result = analysis_.result;
    result["faultline"] = version;
    result["scenario"] = scenario_.name;
    result["description"] = scenario_.description;
    result["seed"] = scenario_.seed;
    result["digests"] = {{"scenario", digest_of(scenario_.as_run.dump())},
                         {"streams", digest_of(run_.stream_digests())}};
    result["duration"] = seconds(scenario_.duration);
    result["warmup"] = seconds(scenario_.warmup);
    if (!scenario_.warmup_detection.is_null()) {
      result["warmup_detection"] = scenario_.warmup_detection;
    }
    result["phases"] = phases();
    result["faults"] = faults();
    result["workloads"] = std::move(workloads_);
    result["services"] = services();
    result["hosts"] = hosts();
    result["links"] = links();
    result["checks"] = std::move(checks_);
    result["consistency"] = std::move(consistency_);
    result["measured"] = std::move(measured);
    result["expectations"] = judge_expectations(scenario_, result, analysis_.expectations_met);
    result["events"] = events();
    result["engine"] = engine();
    analysis_.tallies = std::move(tallies_);
    return std::move(analysis_);
  }

 private:
  Json phases() const {
    Json list = Json::array();
    for (const Phase& phase : run_.phases()) {
      Json labels = Json::array();
      for (const std::size_t fault : phase.active) labels.push_back(scenario_.faults[fault].label);
      list.push_back({{"name", phase.name},
                      {"from", seconds(phase.from)},
                      {"to", seconds(phase.to)},
                      {"faults", labels}});
    }
    return list;
  }

  Json faults() const {
    Json list = Json::array();
    for (const FaultSpan& span : run_.spans()) {
      const FaultSettings& fault = scenario_.faults[span.fault];
      list.push_back({{"label", fault.label},
                      {"kind", fault.kind},
                      {"what", fault.what},
                      {"from", seconds(span.from)},
                      {"to", instant(span.to)}});
    }
    return list;
  }

  // ---- workloads ----------------------------------------------------------------------------

  void measure(std::uint16_t workload) {
    auto tallies = tally_phases(history_, workload, run_.phases());
    add_staleness(workload, tallies);
    add_lost_updates(workload, tallies);
    const auto series =
        workload_series(history_, workload, run_.interval(), Time{scenario_.duration}, behind_);
    analysis_.series.insert(analysis_.series.end(), series.begin(), series.end());

    Json by_phase;
    for (std::size_t i = 0; i < tallies.size(); ++i) {
      by_phase[phase_name(i)] = phase_json(tallies[i], phase_length(i));
    }
    Json distributions;
    distributions["all"] = distribution_json(tallies.back().all.latencies);
    for (auto& [kind, tally] : tallies.back().kinds) {
      distributions[std::string(name_of(kind))] = distribution_json(tally.latencies);
    }
    const std::string& name = history_.workloads[workload];
    workloads_[name] = {{"target", scenario_.workloads[workload].target},
                        {"phases", by_phase},
                        {"intervals", intervals(workload, tallies)},
                        {"latency_distribution", distributions},
                        {"ended_early", run_.populations()[workload]->exhausted()}};
    tallies_.push_back(std::move(tallies));
  }

  /// How sure the figures of this one run are, in the phase in which that can be told; each
  /// {value, low, high, stretches}, or {why} there is no interval.
  Json intervals(std::uint16_t workload, const std::vector<PhaseTally>& tallies) const {
    Json by_phase = Json::object();
    for (std::size_t i = 0; i < run_.phases().size(); ++i) {
      const Phase& phase = run_.phases()[i];
      if (!is_undisturbed(phase)) continue;
      Json& figures = by_phase[phase.name];
      for (const RunFigure& figure : intervals_of_run(history_, workload, phase, tallies[i].all)) {
        figures[Json::json_pointer(pointer_in_phase(figure.metric))] = interval_json(figure);
      }
    }
    return by_phase;
  }

  void add_staleness(std::uint16_t workload, std::vector<PhaseTally>& tallies) {
    if (updates_objects(history_, {workload})) return;  // there is no newest value of a set
    for (const ReadStaleness& read : measure_staleness(history_, std::span(&workload, 1))) {
      behind_[read.read] = {read.behind, read.versions};
      const auto phase = phase_at(run_.phases(), history_.operations[read.read].intended);
      if (!phase) continue;
      for (PhaseTally* tally : {&tallies[*phase], &tallies.back()}) {
        ++tally->staleness.reads;
        if (read.stale()) tally->staleness.add(read.behind, read.versions);
      }
    }
  }

  /// An update overwritten in ignorance, or rolled back, counts in the phase in which it was asked
  /// for.
  void add_lost_updates(std::uint16_t workload, std::vector<PhaseTally>& tallies) {
    const auto subject = std::span(&workload, 1);
    std::set<OperationId> lost;
    for (const LostUpdate& update : find_overwritten_updates(history_, subject)) {
      lost.insert(update.write);
    }
    const ReplicaStates states = run_.replica_states(target_of(workload));
    for (const LostUpdate& update : find_rolled_back_writes(history_, states, subject)) {
      lost.insert(update.write);
    }
    for (const OperationId write : lost) {
      const auto phase = phase_at(run_.phases(), history_.operations[write].intended);
      if (!phase) continue;
      ++tallies[*phase].lost_updates;
      ++tallies.back().lost_updates;
    }
  }

  std::size_t target_of(std::size_t workload) const {
    std::size_t target = 0;
    while (scenario_.services[target].name != scenario_.workloads[workload].target) ++target;
    return target;
  }

  std::string phase_name(std::size_t phase) const {
    return phase < run_.phases().size() ? run_.phases()[phase].name : "all";
  }
  double phase_length(std::size_t phase) const {
    if (phase < run_.phases().size()) {
      return seconds(run_.phases()[phase].to - run_.phases()[phase].from);
    }
    return seconds(scenario_.duration - scenario_.warmup);
  }

  Json phase_json(PhaseTally& tally, double length) const {
    Json json = to_json(tally.all);
    const Json latency = json["latency"];
    json.erase("latency");
    json["throughput"] = static_cast<double>(tally.all.ok + tally.all.failed) / length;
    json["goodput"] = static_cast<double>(tally.all.ok) / length;
    json["latency"] = latency;
    for (auto& [kind, of_kind] : tally.kinds)
      json["kinds"][std::string(name_of(kind))] = to_json(of_kind);
    for (auto& [region, of_region] : tally.regions) {
      json["regions"][history_.regions[region]] = to_json(of_region);
    }
    const StalenessTally& staleness = tally.staleness;
    json["stale_reads"] = staleness.stale;
    json["stale_fraction"] = or_null(staleness.fraction());
    const double stale = std::max(1.0, static_cast<double>(staleness.stale));
    json["staleness"] = {{"time_mean", staleness.time_total / stale},
                         {"time_max", staleness.time_max},
                         {"versions_mean", static_cast<double>(staleness.versions_total) / stale},
                         {"versions_max", staleness.versions_max}};
    json["lost_updates"] = tally.lost_updates;
    json["attempts"] = tally.all.operations == 0 ? Json(nullptr)
                                                 : Json(static_cast<double>(tally.all.attempts) /
                                                        static_cast<double>(tally.all.operations));
    return json;
  }

  // ---- services and hosts ---------------------------------------------------------------------

  Json services() const {
    Json all;
    for (std::size_t i = 0; i < run_.services().size(); ++i)
      all[scenario_.services[i].name] = service(i);
    return all;
  }

  Json service(std::size_t index) const {
    const Service& service = *run_.services()[index];
    Json json;
    json["model"] = std::string(service.settings().model->name());
    for (std::size_t i = 0; i < service.view().nodes.size(); ++i) {
      json["nodes"].push_back(run_.world().endpoint(service.view().nodes[i]).name());
    }
    json["notes"] = scenario_.services[index].notes;
    json["claims"] = {{"partition", letter(service.claims().on_partition)},
                      {"else", letter(service.claims().otherwise)}};
    const auto& tallies = run_.recorder().services()[index];
    for (std::size_t i = 0; i < tallies.size(); ++i) {
      json["phases"][phase_name(i)] = service_phase(index, tallies[i], i);
    }
    json["convergence"] = convergence(index);
    return json;
  }

  Json service_phase(std::size_t index, const ServiceTally& tally, std::size_t phase) const {
    std::uint64_t operations = 0;
    for (std::size_t workload = 0; workload < tallies_.size(); ++workload) {
      if (target_of(workload) == index) operations += tallies_[workload][phase].all.operations;
    }
    const auto per_operation = [&](std::uint64_t amount) {
      return operations == 0 ? Json(nullptr)
                             : Json(static_cast<double>(amount) / static_cast<double>(operations));
    };
    const auto count = [&](EventKind kind) {
      const auto found = tally.events.find(kind);
      return found == tally.events.end() ? 0 : found->second;
    };
    const bool led = run_.recorder().led(index);
    const bool lags = tally.lag_samples > 0;
    const auto mean = [](Duration total, std::uint64_t number) {
      return number == 0 ? Json(nullptr) : Json(seconds(total) / static_cast<double>(number));
    };
    const ReplicaLedger::Divergence& divergence = tally.divergence;
    const Detection& detection = tally.detection;
    return {{"messages", tally.messages},
            {"bytes", tally.bytes},
            {"messages_per_operation", per_operation(tally.messages)},
            {"bytes_per_operation", per_operation(tally.bytes)},
            {"leader_changes", led ? Json(count(EventKind::leader_elected)) : Json(nullptr)},
            {"time_without_leader", led ? Json(seconds(tally.leaderless)) : Json(nullptr)},
            {"replication_lag_mean",
             lags ? Json(tally.lag_total / static_cast<double>(tally.lag_samples)) : Json(nullptr)},
            {"replication_lag_max", lags ? Json(tally.lag_max) : Json(nullptr)},
            {"conflicts", count(EventKind::conflict)},
            {"lost_writes", count(EventKind::lost_write)},
            {"read_repairs", count(EventKind::read_repair)},
            {"hints_stored", count(EventKind::hint_stored)},
            {"hints_delivered", count(EventKind::hint_delivered)},
            {"anti_entropy_repairs", count(EventKind::anti_entropy_repair)},
            {"divergence_mean", mean(divergence.total, divergence.spans)},
            {"divergence_max",
             divergence.spans == 0 ? Json(nullptr) : Json(seconds(divergence.longest))},
            {"suspicions", count(EventKind::member_suspected)},
            {"false_suspicions", detection.false_suspicions},
            {"false_deaths", detection.false_deaths},
            {"members_returned", count(EventKind::member_returned)},
            {"detection_first", mean(detection.first_total, detection.crashes)},
            {"detection_last",
             detection.last == Duration::zero() ? Json(nullptr) : Json(seconds(detection.last))}};
  }

  Json convergence(std::size_t index) const {
    Json after = Json::array();
    for (const Recorder::Healing& healing : run_.recorder().healings()) {
      if (healing.service != index) continue;
      const ReplicaLedger::Watch& watch = healing.watch;
      after.push_back(
          {{"fault", scenario_.faults[healing.fault].label},
           {"healed_at", seconds(watch.from)},
           {"diverged_keys", watch.keys},
           {"converged_after",
            watch.remaining == 0 ? Json(seconds(watch.last - watch.from)) : Json(nullptr)}});
    }
    return {{"diverged_keys_at_end", diverged_keys(run_.replica_states(index)).size()},
            {"after", after}};
  }

  /// By phase, how busy each host was that did something. Clients' hosts are left out: they stand
  /// for many machines.
  Json hosts() const {
    const auto& hosts = run_.simulation().topology().hosts;
    Json all = Json::object();
    for (std::size_t phase = 0; phase <= run_.phases().size(); ++phase) {
      const double length = phase_length(phase);
      for (const auto& [number, usage] : run_.recorder().usage().hosts(phase)) {
        const Host& host = hosts[number];
        if (is_clients(static_cast<HostId>(number))) continue;
        all[host.name]["phases"][phase_name(phase)] = {
            {"cpu_utilisation", seconds(usage.core) / length / host.settings.cores},
            {"disk_utilisation", seconds(usage.disk) / length},
            {"uplink_utilisation", seconds(usage.uplink) / length}};
      }
    }
    return all;
  }

  bool is_clients(HostId host) const {
    const auto& clients = scenario_.client_hosts;
    return std::find(clients.begin(), clients.end(), host) != clients.end();
  }

  /// By phase, what went from one region to another, and the share that is of their link.
  Json links() const {
    const Topology& topology = run_.simulation().topology();
    std::map<std::pair<std::uint32_t, std::uint32_t>, Bandwidth> bandwidths;
    for (const RegionLink& link : topology.links) {
      bandwidths[{link.from, link.to}] = bandwidths[{link.to, link.from}] = link.path.bandwidth;
    }
    Json all = Json::object();
    for (std::size_t phase = 0; phase <= run_.phases().size(); ++phase) {
      for (const auto& [path, bytes] : run_.recorder().usage().links(phase)) {
        const std::string name =
            topology.regions[path.first] + " > " + topology.regions[path.second];
        const double rate = static_cast<double>(bytes) / phase_length(phase);
        const auto bandwidth = bandwidths.find(path);
        Json& share = all[name]["phases"][phase_name(phase)];
        share["bytes"] = bytes;
        share["utilisation"] =
            bandwidth == bandwidths.end() ? Json(nullptr) : Json(rate / bandwidth->second);
      }
    }
    return all;
  }

  // ---- checks -----------------------------------------------------------------------------------

  void judge_all() {
    for (std::size_t service = 0; service < run_.services().size(); ++service) {
      std::vector<std::uint16_t> workloads;
      for (std::uint16_t workload = 0; workload < history_.workloads.size(); ++workload) {
        if (target_of(workload) == service) workloads.push_back(workload);
      }
      if (workloads.empty()) continue;
      ConsistencyReport report = report_consistency(run_, service, std::move(workloads));
      const std::string& name = scenario_.services[service].name;
      const std::string suffix = judged_services() > 1 ? " of " + name : "";
      for (auto& [check, json] : report.checks.items()) checks_[check + suffix] = std::move(json);
      consistency_[name] = std::move(report.hierarchy);
      linearizable_ &= report.linearizable;
    }
  }

  std::size_t judged_services() const {
    std::set<std::size_t> targets;
    for (std::size_t workload = 0; workload < history_.workloads.size(); ++workload) {
      targets.insert(target_of(workload));
    }
    return targets.size();
  }

  // ---- PACELC -----------------------------------------------------------------------------------

  bool during_partition(std::size_t phase) const {
    if (phase >= run_.phases().size()) return false;
    const auto& active = run_.phases()[phase].active;
    return std::any_of(active.begin(), active.end(), [&](std::size_t fault) {
      return std::holds_alternative<PartitionFault>(scenario_.faults[fault].fault);
    });
  }

  Json measured_class() {
    PacelcEvidence evidence;
    evidence.linearizable = linearizable_;
    std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> regions;  // ok, operations
    StalenessTally during;
    StalenessTally otherwise;
    std::vector<Duration> latencies;
    for (const auto& tallies : tallies_) {
      for (std::size_t i = 0; i + 1 < tallies.size(); ++i) {
        const bool cut = during_partition(i);
        StalenessTally& into = cut ? during : otherwise;
        into.reads += tallies[i].staleness.reads;
        into.stale += tallies[i].staleness.stale;
        if (!cut) {
          latencies.insert(latencies.end(), tallies[i].all.latencies.begin(),
                           tallies[i].all.latencies.end());
          continue;
        }
        evidence.partitioned = true;
        for (const auto& [region, tally] : tallies[i].regions) {
          regions[region].first += tally.ok;
          regions[region].second += tally.operations;
        }
      }
    }
    for (const auto& [region, counts] : regions) {
      const double share = static_cast<double>(counts.first) / static_cast<double>(counts.second);
      evidence.worst_region_availability =
          std::min(evidence.worst_region_availability.value_or(1), share);
    }
    evidence.stale_fraction_during = during.fraction().value_or(0);
    evidence.stale_fraction_otherwise = otherwise.fraction().value_or(0);
    evidence.median_latency_otherwise = summarise(latencies).p50;
    evidence.nearest_region_round_trip = nearest_region_round_trip();
    const PacelcClass measured = classify(evidence);
    return {{"partition", or_null(measured.partition)},
            {"else", measured.otherwise},
            {"worst_region_availability", or_null(evidence.worst_region_availability)},
            {"stale_fraction_during", evidence.stale_fraction_during},
            {"stale_fraction_otherwise", evidence.stale_fraction_otherwise},
            {"median_latency_otherwise", evidence.median_latency_otherwise},
            {"linearizable", evidence.linearizable},
            {"why", measured.why}};
  }

  double nearest_region_round_trip() const {
    double nearest = 0;
    for (const RegionLink& link : scenario_.topology.links) {
      const double round_trip = 2 * link.path.latency.mean();
      if (nearest == 0 || round_trip < nearest) nearest = round_trip;
    }
    return nearest;
  }

  // ---- the rest ---------------------------------------------------------------------------------

  Json events() const {
    Json list = Json::array();
    for (const NodeEvent& event : run_.recorder().events()) {
      if (list.size() == Recorder::most_events) break;
      list.push_back({{"at", seconds(event.at)},
                      {"service", scenario_.services[run_.recorder().service_of(event.node)].name},
                      {"node", run_.world().endpoint(event.node).name()},
                      {"event", std::string(name_of(event.kind))},
                      {"number", event.number}});
    }
    return list;
  }

  Json engine() const {
    Simulation& simulation = const_cast<Run&>(run_).simulation();
    return {{"events", simulation.queue().events()},
            {"messages", simulation.traffic().messages},
            {"messages_lost", simulation.traffic().lost},
            {"transfers", simulation.transfers()},
            {"wall_seconds", run_.wall_seconds()},
            {"simulated_seconds", seconds(run_.end())},
            {"compiler", compiler}};
  }

  const Run& run_;
  const Scenario& scenario_;
  const History& history_;
  Analysis analysis_;
  Json workloads_;
  Json checks_;
  Json consistency_;  ///< by service
  std::vector<ReadBehind> behind_;
  std::vector<std::vector<PhaseTally>> tallies_;  ///< by workload
  bool linearizable_ = true;
};

}  // namespace

Analysis analyse(const Run& run) { return Analyst(run).analyse(); }

Json reproducible_part(Json result) {
  result["engine"].erase("wall_seconds");
  result["engine"].erase("compiler");
  result.erase("warmup_detection");
  for (auto& [name, service] : result["services"].items()) service.erase("notes");
  return result;
}

}  // namespace faultline
