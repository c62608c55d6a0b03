// One workload in a run: its clients, what they ask, and what they do when it goes wrong.
//
//   Population shoppers(world, settings, store, client_hosts, history, numbers, 0, seed);
//   shoppers.start();
//   ... run the event queue ...                  // `history` now holds what they saw
//
// One endpoint stands for all clients of a region. An operation is a task there: it sends the
// request to a node, waits, and retries as the settings say.
//
// Outcomes. An attempt is answered well, refused (it did not happen and will not), or undecided: no
// answer in time, or one that says so. An operation is `ok` with the first good answer, `failed` if
// every attempt was refused, else `unknown`, even if the last attempt was refused: one before may
// have happened. What is still under way when the run ends stays as it began: completed `never`,
// outcome `unknown`, no error.
//
// Chance. The k-th operation has the same kind, key, sizes, first node and (open loop) instant
// whatever the service does: each comes from a stream of its own, "WORKLOAD/arrivals", "/keys",
// "/mix", "/sizes",
// "/contact", and retries draw from "WORKLOAD/backoff". Think times of a closed loop draw from
// "/arrivals".
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/core/task.hpp>
#include <faultline/model/service.hpp>
#include <faultline/workload/arrivals.hpp>
#include <faultline/workload/contact.hpp>
#include <faultline/workload/key_chooser.hpp>
#include <faultline/workload/sessions.hpp>
#include <faultline/workload/settings.hpp>
#include <faultline/workload/token_cache.hpp>

namespace faultline {

class Population {
 public:
  /// `client_hosts` gives the host of the clients by region; `index` is the workload's position in
  /// History::workloads. `world`, `history` and `numbers` must outlive the population.
  Population(World& world, const WorkloadSettings& settings, const Service& target,
             std::span<const HostId> client_hosts, History& history, SessionNumbers& numbers,
             std::uint16_t index, std::uint64_t seed);
  Population(const Population&) = delete;
  Population& operator=(const Population&) = delete;
  ~Population();

  /// Schedules the first arrivals, or the beginning of the loops, and makes room in the history.
  void start();

  /// Operations begun, those waiting for a session included; a read_modify_write counts once.
  std::uint64_t issued() const { return issued_; }
  /// Whether the workload ended at `most_operations`, before its time.
  bool exhausted() const { return exhausted_; }
  /// Sessions so far, those that stepped in included (see sessions.hpp).
  std::size_t sessions() const { return sessions_.size(); }

  /// Adds the streams of arrivals, keys, ...
  void add_streams(StreamDigests& digests) const;

 private:
  /// All clients of one region.
  struct Client;
  /// What is to be asked, fixed on arrival.
  struct Plan {
    Time intended;
    Key key;
    Bytes size;
    std::uint64_t draw;
    std::uint32_t length;
    OperationKind kind;
    Value operand;  ///< of an add or a remove
  };
  struct Streams {
    Streams(std::uint64_t seed, const std::string& workload);
    RandomStream arrivals, keys, mix, sizes, contact, backoff, operands;
  };

  static void on_start(void* population, std::uint64_t);
  static void on_arrival(void* population, std::uint64_t);
  void arrive();
  void schedule_next_arrival();
  bool may_issue();
  Plan draw(Time intended, const TraceArrivals::Entry* entry);
  OperationKind draw_kind();
  void issue(std::size_t session, const Plan& plan);
  void release(std::size_t session);

  Task<> loop(std::size_t session);
  Task<> perform(std::size_t session, Plan plan);
  Task<bool> modify(std::size_t session, const Plan& plan, Request request);
  Task<bool> carry_out(std::size_t session, OperationId operation, const Request& request,
                       Route route);
  bool hedges(const Client& client, const Request& request) const;

  Client& client_of(std::size_t session) { return *clients_[sessions_[session].client]; }
  Route route_of(std::size_t session, std::uint64_t draw);
  Request request_for(std::size_t session, const Plan& plan);
  OperationId record(std::size_t session, const Request& request, Time intended, bool part);
  void close(OperationId operation, Outcome outcome, Error error);
  void close_well(OperationId operation, const Response& response, std::uint32_t session);
  void count_attempt(OperationId operation);

  World& world_;
  const WorkloadSettings settings_;
  History& history_;
  const std::uint16_t index_;
  const bool open_;
  Streams streams_;
  ArrivalProcess arrivals_;
  KeyChooser keys_;
  std::array<double, operation_kinds> cumulative_mix_{};
  std::vector<std::unique_ptr<Client>> clients_;
  SessionPool sessions_;
  TokenCache tokens_;
  std::uint64_t issued_ = 0;
  bool exhausted_ = false;
};

}  // namespace faultline
