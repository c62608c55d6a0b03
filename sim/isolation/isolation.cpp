#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <faultline/isolation/atomic_visibility.hpp>
#include <faultline/isolation/cycles.hpp>
#include <faultline/isolation/dependency_graph.hpp>
#include <faultline/isolation/isolation.hpp>
#include <faultline/isolation/isolation_findings.hpp>
#include <faultline/isolation/isolation_wording.hpp>
#include <faultline/isolation/serial_order.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline {
namespace isolation {
namespace {

/// What dependencies show, beyond what single reads do.
struct Cyclic {
  AnomalySet found;
  bool skew_bound_reached = false;      ///< perhaps there are cycles with one anti-dependency
  bool fracture_bound_reached = false;  ///< perhaps there are more fractured reads
  std::size_t dependencies = 0;
};

Cyclic find_cyclic(const TransactionHistory& history, const IsolationOptions& options,
                   const Observations& observations, const DependencyGraph& graph,
                   Findings& findings) {
  Cyclic result;
  result.dependencies = graph.edges();
  std::vector<bool> doubtful;
  for (const Transaction& each : history.transactions) {
    doubtful.push_back(each.outcome == Outcome::unknown);
  }
  const CycleReport report =
      find_cycles(graph, doubtful, {options.witnesses, options.search_bound});
  result.skew_bound_reached = report.bound_reached;
  result.fracture_bound_reached = !find_fractured_reads(history, observations, report.components,
                                                        options.search_bound, findings);
  for (std::size_t position = 0; position < anomaly_count; ++position) {
    const FoundCycles& cycles = report.found[position];
    if (cycles.count == 0) continue;
    FoundAnomaly found;
    found.anomaly = static_cast<Anomaly>(position);
    found.count = cycles.count;
    for (const Cycle& cycle : cycles.shortest) {
      found.witnesses.push_back(witness_of(history, observations, found.anomaly, cycle));
    }
    findings.add(std::move(found));
  }
  result.found = findings.all();
  return result;
}

/// What stands in the way of calling a level kept, given that nothing found breaks it; empty if
/// nothing does.
std::string obstacle_to(IsolationLevel level, const Cyclic& cyclic, AnomalySet possible) {
  AnomalySet undecided;
  if (cyclic.skew_bound_reached) undecided.insert(Anomaly::read_skew);
  if (cyclic.fracture_bound_reached) undecided.insert(Anomaly::fractured_read);
  if (cyclic.fracture_bound_reached) undecided.insert(Anomaly::vanishing_transaction);
  if (!breaking(level, undecided).empty()) {
    return "The search reached its bound (search_bound) before it had looked everywhere.";
  }
  if (!breaking(level, possible).empty()) {
    return "Reads leave the order of some versions open, and under the order that was tried the "
           "level is broken.";
  }
  return {};
}

IsolationVerdict judge(IsolationLevel level, const Cyclic& cyclic, AnomalySet possible) {
  IsolationVerdict verdict;
  verdict.level = level;
  const AnomalySet breakers = breaking(level, cyclic.found);
  for (std::size_t position = 0; position < anomaly_count; ++position) {
    const auto anomaly = static_cast<Anomaly>(position);
    if (breakers.contains(anomaly)) verdict.broken_by.push_back(anomaly);
  }
  if (!verdict.broken_by.empty()) {
    verdict.verdict = Verdict::invalid;
    return verdict;
  }
  verdict.reason = obstacle_to(level, cyclic, possible);
  verdict.verdict = verdict.reason.empty() ? Verdict::valid : Verdict::unknown;
  return verdict;
}

/// The anomalies under one order of all versions.
AnomalySet anomalies_under_some_order(const TransactionHistory& history,
                                      const IsolationOptions& options, Observations& observations,
                                      const DependencyGraph& graph, AnomalySet found) {
  if (!has_open_order(observations)) return found;
  suppose_order(history, graph, observations);
  IsolationOptions brief = options;
  brief.witnesses = 0;
  Findings findings(0);
  const DependencyGraph supposed = build_dependency_graph(history, observations);
  const Cyclic cyclic = find_cyclic(history, brief, observations, supposed, findings);
  AnomalySet possible = cyclic.found;
  if (cyclic.skew_bound_reached) possible.insert(Anomaly::read_skew);
  if (cyclic.fracture_bound_reached) possible.insert(Anomaly::fractured_read);
  return possible;
}

void count(const Observations& observations, IsolationResult& result) {
  result.transactions = static_cast<std::size_t>(
      std::count(observations.committed.begin(), observations.committed.end(), 1));
  for (VersionId version = 0; version < observations.index.written(); ++version) {
    const bool committed = observations.committed_writer(version) != no_transaction;
    if (committed && !observations.is_observed(version)) ++result.unobserved;
  }
}

}  // namespace
}  // namespace isolation

std::string_view name_of(Dependency dependency) {
  switch (dependency) {
    case Dependency::ww:
      return "ww";
    case Dependency::wr:
      return "wr";
    case Dependency::rw:
      return "rw";
    case Dependency::process:
      return "process";
    case Dependency::realtime:
      return "realtime";
  }
  return "?";
}

const FoundAnomaly* IsolationResult::find(Anomaly anomaly) const {
  for (const FoundAnomaly& each : anomalies) {
    if (each.anomaly == anomaly) return &each;
  }
  return nullptr;
}

IsolationResult check_isolation(const TransactionHistory& history,
                                const IsolationOptions& options) {
  using namespace isolation;
  IsolationResult result;
  result.refused = problems_of(history);
  if (!result.refused.empty()) {
    for (std::size_t position = 0; position < isolation_level_count; ++position) {
      result.levels.push_back({static_cast<IsolationLevel>(position),
                               Verdict::unknown,
                               {},
                               "The history cannot be judged."});
    }
    return result;
  }
  Findings findings(options.witnesses);
  Observations observations = observe(history, options, findings);
  count(observations, result);
  DependencyGraph graph = build_dependency_graph(history, observations);
  const Cyclic cyclic = find_cyclic(history, options, observations, graph, findings);
  result.dependencies = cyclic.dependencies;
  result.anomalies = findings.take();
  const AnomalySet possible =
      anomalies_under_some_order(history, options, observations, std::move(graph), cyclic.found);
  for (std::size_t position = 0; position < isolation_level_count; ++position) {
    result.levels.push_back(judge(static_cast<IsolationLevel>(position), cyclic, possible));
  }
  return result;
}

std::vector<IsolationLevel> strongest_held(const IsolationResult& result) {
  std::vector<IsolationLevel> levels;
  for (const IsolationVerdict& each : result.levels) {
    if (each.verdict != Verdict::valid) continue;
    bool strongest = true;
    for (const IsolationVerdict& other : result.levels) {
      const auto below = implied_by(other.level);
      const bool above = std::find(below.begin(), below.end(), each.level) != below.end();
      if (above && other.verdict == Verdict::valid) strongest = false;
    }
    if (strongest) levels.push_back(each.level);
  }
  return levels;
}

std::vector<IsolationLevel> weakest_broken(const IsolationResult& result) {
  std::vector<IsolationLevel> levels;
  for (const IsolationVerdict& each : result.levels) {
    if (each.verdict != Verdict::invalid) continue;
    const auto below = implied_by(each.level);
    const bool weakest = std::none_of(below.begin(), below.end(), [&](IsolationLevel level) {
      return result[level].verdict == Verdict::invalid;
    });
    if (weakest) levels.push_back(each.level);
  }
  return levels;
}

}  // namespace faultline
