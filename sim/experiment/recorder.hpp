// Listens to the nodes of a run and keeps what the metrics need: events, replica states, and
// samples of what nodes show of themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <faultline/engine/simulation.hpp>
#include <faultline/experiment/usage.hpp>
#include <faultline/fault/settings.hpp>
#include <faultline/metric/ledger.hpp>
#include <faultline/metric/series.hpp>
#include <faultline/model/observer.hpp>
#include <faultline/model/service.hpp>

namespace faultline {

struct NodeEvent {
  Time at{};
  EndpointId node{};
  EventKind kind{};
  std::uint64_t number = 0;
};

/// How well nodes tell the dead from the living (EventKind::member_suspected and the like). Who
/// stands still counts as neither.
struct Detection {
  std::uint64_t false_suspicions = 0;  ///< of nodes that were up
  std::uint64_t false_deaths = 0;      ///< how often a node held one for dead that was up
  std::uint64_t crashes = 0;           ///< that somebody has noticed
  Duration first_total{0};  ///< from each of these crashes to the first who held the node for dead
  Duration last{0};         ///< the longest from a crash to anybody who did

  void add(const Detection& other);
};

/// A service's figures in one phase.
struct ServiceTally {
  std::uint64_t messages = 0;
  Bytes bytes = 0;
  std::map<EventKind, std::uint64_t> events;
  Duration leaderless{0};  ///< time in which no node led
  double lag_total = 0;    ///< seconds, over lag_samples
  double lag_max = 0;
  std::uint64_t lag_samples = 0;
  ReplicaLedger::Divergence divergence;
  Detection detection;
};

class Recorder : public Observer {
 public:
  /// Leadership events are all kept; of the others this many, the earliest.
  static constexpr std::size_t most_events = 1000;

  Recorder(Simulation& simulation, std::vector<Service*> services, std::vector<Phase> phases,
           Duration interval);

  void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) override;
  void holds(EndpointId node, Key key, Value value) override;
  void emptied(EndpointId node) override;

  /// Schedules the samples: one every interval up to `end`, and one at every phase edge.
  void start(Time end);
  /// Calls `progress` with the share of the run that is over, at every sample.
  void set_progress(std::function<void(double)> progress) { progress_ = std::move(progress); }
  /// Clients whose messages count as the service's own (their requests).
  void count_client(std::size_t service, const Endpoint& client);
  /// From now on: how long the service's diverged keys need to converge. The fault that has just
  /// ended.
  void watch_convergence(std::size_t fault);
  /// After the run: closes the last phase.
  void finish();

  struct Healing {
    std::size_t service = 0;
    std::size_t fault = 0;
    ReplicaLedger::Watch watch;
  };
  std::vector<Healing> healings() const;
  /// By service, then by phase; the last entry is the sum of the phases ("all").
  const std::vector<std::vector<ServiceTally>>& services() const { return tallies_; }
  const Usage& usage() const { return usage_; }
  /// Whether the service has leaders at all.
  bool led(std::size_t service) const { return leadership_[service].ever; }
  const std::vector<NodeEvent>& events() const { return events_; }
  std::uint64_t events_dropped() const { return events_dropped_; }
  const Series& series() const { return series_; }
  const ReplicaLedger& ledger(std::size_t service) const { return ledgers_[service]; }
  std::size_t service_of(EndpointId node) const { return service_of_[index_of(node)]; }

 private:
  struct Traffic {
    std::uint64_t messages = 0;
    Bytes bytes = 0;
  };
  /// Who leads a service, by their own words.
  struct Leadership {
    std::vector<EndpointId> leaders;
    Time accounted{};  ///< up to when the time without a leader is counted
    bool ever = false;
  };
  static void on_sample(void* recorder, std::uint64_t);
  static void on_phase_edge(void* recorder, std::uint64_t phase);
  void sample();
  void sample_hosts();
  void enter_phase(std::size_t phase);
  void account_leaderless(std::size_t service, Time now);
  void judge_detector(std::size_t service, Time now, EventKind kind, std::uint64_t number);
  void change_leaders(std::size_t service, Time now, EndpointId node, bool leads);
  Traffic traffic(std::size_t service) const;
  ServiceTally* current(std::size_t service);
  void add(Time at, const char* scope, const std::string& name, const char* metric, double value);

  Simulation& simulation_;
  std::vector<Service*> services_;
  std::vector<Phase> phases_;
  Duration interval_;
  Time end_{};
  std::size_t phase_;                      ///< the current one; phases_.size() outside all
  std::vector<std::uint32_t> service_of_;  ///< by endpoint
  std::vector<ReplicaLedger> ledgers_;
  std::vector<std::vector<const Endpoint*>> clients_;
  std::vector<Traffic> traffic_at_edge_;
  std::vector<Leadership> leadership_;
  std::map<EndpointId, Time> noticed_;  ///< the latest crash of each node that somebody noticed
  std::vector<std::vector<ServiceTally>> tallies_;
  std::vector<NodeEvent> events_;
  std::uint64_t events_dropped_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>>
      watches_;  ///< (watch number, fault), all services
  Series series_;
  std::vector<HostUsage> host_samples_;  ///< at the latest sample
  Usage usage_;
  std::function<void(double)> progress_;
};

}  // namespace faultline
