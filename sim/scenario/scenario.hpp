// A scenario as read, checked and resolved: everything a run needs, in the simulator's own terms.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <faultline/check/check.hpp>
#include <faultline/engine/topology.hpp>
#include <faultline/fault/settings.hpp>
#include <faultline/model/catalog.hpp>
#include <faultline/scenario/axis.hpp>
#include <faultline/workload/settings.hpp>

namespace faultline {

struct ServiceSettings {
  std::string name;
  const Model* model = nullptr;
  std::shared_ptr<void> parameters;       ///< the model's struct, read and settled
  std::vector<HostId> hosts;              ///< one node each
  std::optional<std::uint32_t> upstream;  ///< position of another service
  std::vector<std::string> notes;         ///< what settling derived
};

/// A bound that a run must meet.
struct Expectation {
  std::string text;    ///< "latency.p99 of shoppers, before: below 120 ms"
  std::string metric;  ///< dotted path into a workload's or service's phase in result.json; or
  std::string check;   ///< the name of a check
  std::string of;      ///< a workload or service; empty: the only workload
  std::string phase = "all";
  std::optional<double> below;  ///< base units (seconds, fractions, counts)
  std::optional<double> above;
  std::string verdict = "valid";  ///< for a check
  StalenessBound staleness{};     ///< for the check bounded_staleness
};

enum class SweepPlanKind { grid, latin_hypercube, one_at_a_time };

/// Which of its parameters a sweep of the scenario varies, and how.
struct SweepSettings {
  std::vector<Axis> axes;
  SweepPlanKind plan = SweepPlanKind::grid;
  std::uint64_t points = 100;  ///< of a Latin hypercube
  std::uint64_t trials = 10;   ///< of each point
};

struct Scenario {
  std::string name;
  std::string description;
  std::uint64_t seed = 1;
  Duration duration = std::chrono::seconds(60);  ///< workloads ask until then
  Duration warmup{0};                            ///< metrics begin here
  /// The warm-up is not known: it is to be found before the run (experiment/warmup.hpp).
  bool detect_warmup = false;
  nlohmann::ordered_json warmup_detection;  ///< how it was found, for results; null if it was given
  /// How long the run goes on after the workloads have ended, so that what is in flight can arrive
  /// and replicas can converge.
  Duration settle = std::chrono::seconds(10);
  Duration interval{0};  ///< of the time series; zero: duration / 120, rounded to a readable span
  Topology topology;
  /// The host from which a region's clients ask, by region; it is one of topology.hosts.
  std::vector<HostId> client_hosts;
  std::vector<ServiceSettings> services;
  std::vector<WorkloadSettings> workloads;
  std::vector<FaultSettings> faults;
  std::vector<Expectation> expectations;
  std::optional<SweepSettings> sweep;
  /// The scenario as run: the file with overrides applied and all defaults filled in.
  nlohmann::ordered_json as_run;
};

}  // namespace faultline
