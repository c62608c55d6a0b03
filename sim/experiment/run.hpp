// One run of a scenario: builds it, simulates it, keeps what happened. SimGrid allows one in a
// process.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <faultline/check/replica_states.hpp>
#include <faultline/experiment/film.hpp>
#include <faultline/experiment/recorder.hpp>
#include <faultline/fault/injector.hpp>
#include <faultline/scenario/scenario.hpp>
#include <faultline/workload/population.hpp>

namespace faultline {

class Run {
 public:
  /// `scenario` must outlive the run. With `film`, messages are recorded. Throws
  /// std::invalid_argument if its warm-up is still to be found.
  explicit Run(const Scenario& scenario, std::optional<FilmSettings> film = std::nullopt);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  /// Simulates the whole of it; once. `progress` hears now and then what share is over.
  void simulate(std::function<void(double)> progress = {});

  const Scenario& scenario() const { return scenario_; }
  const History& history() const { return history_; }
  const std::vector<FaultSpan>& spans() const { return spans_; }
  const std::vector<Phase>& phases() const { return phases_; }
  const Recorder& recorder() const { return *recorder_; }
  const std::vector<std::unique_ptr<Service>>& services() const { return services_; }
  const std::vector<std::unique_ptr<Population>>& populations() const { return populations_; }
  const World& world() const { return world_; }
  const Film* film() const { return film_ ? &*film_ : nullptr; }
  Simulation& simulation() { return *simulation_; }
  const Simulation& simulation() const { return *simulation_; }

  Duration interval() const { return interval_; }
  Time end() const { return Time{scenario_.duration + scenario_.settle}; }
  /// What each live replica holds now, for the check of convergence.
  ReplicaStates replica_states(std::size_t service) const;
  double wall_seconds() const { return wall_seconds_; }
  /// How far the random streams of hosts, nodes and workloads have come. Those of faults are used
  /// up before the run: the spans tell what they drew.
  StreamDigests stream_digests() const;

 private:
  void build_services();
  void build_workloads();
  void watch_healing();
  static void on_healing(void* run, std::uint64_t span);

  const Scenario& scenario_;
  Duration interval_;
  std::vector<FaultSpan> spans_;
  std::vector<Phase> phases_;
  std::unique_ptr<Simulation> simulation_;
  World world_;
  std::optional<Film> film_;
  std::vector<std::unique_ptr<Service>> services_;
  std::vector<std::unique_ptr<Population>> populations_;
  std::unique_ptr<FaultInjector> injector_;
  std::unique_ptr<Recorder> recorder_;
  History history_;
  SessionNumbers numbers_;
  double wall_seconds_ = 0;
};

}  // namespace faultline
