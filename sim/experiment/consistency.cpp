#include <algorithm>
#include <string>

#include <faultline/check/convergence.hpp>
#include <faultline/check/hierarchy.hpp>
#include <faultline/check/strong_eventual.hpp>
#include <faultline/experiment/consistency.hpp>

namespace faultline {
namespace {

Json instant(Time at) { return at == never ? Json(nullptr) : Json(seconds(at)); }

Json operation_json(const History& history, OperationId id) {
  const Operation& operation = history.operations[id];
  const auto value = [](Value v) { return v == nil ? Json(nullptr) : Json(v); };
  Json observed = Json::array();
  if (operation.reads() && operation.outcome == Outcome::ok) {
    observed.push_back(value(operation.observed));
    for (const Value sibling : history.siblings(operation)) observed.push_back(value(sibling));
  }
  return {{"id", id},
          {"session", operation.session},
          {"workload", history.workloads[operation.workload]},
          {"region", history.regions[operation.region]},
          {"kind", std::string(name_of(operation.kind))},
          {"key", operation.key},
          {"written", value(operation.written)},
          {"observed", observed},
          {"invoked", seconds(operation.invoked)},
          {"completed", instant(operation.completed)},
          {"outcome", std::string(name_of(operation.outcome))}};
}

Json check_json(const History& history, const CheckResult& result, const std::string& of) {
  Json witnesses = Json::array();
  for (const Witness& witness : result.witnesses) {
    Json operations = Json::array();
    for (const OperationId id : witness.operations) {
      operations.push_back(operation_json(history, id));
    }
    witnesses.push_back(
        {{"explanation", witness.explanation}, {"key", witness.key}, {"operations", operations}});
  }
  Json json = {{"verdict", std::string(name_of(result.verdict))},
               {"of", of},
               {"checked", result.checked},
               {"violations", result.violations},
               {"witness", witnesses}};
  if (!result.reason.empty()) json["reason"] = result.reason;
  return json;
}

/// The operation with whose answer the first violation was there; null if no operation broke it.
const Operation* first_offender(const History& history, const CheckResult& result) {
  const Operation* last = nullptr;
  if (result.witnesses.empty()) return nullptr;
  for (const OperationId id : result.witnesses.front().operations) {
    const Operation& operation = history.operations[id];
    if (operation.outcome != Outcome::ok) continue;
    if (last == nullptr || last->completed < operation.completed) last = &operation;
  }
  return last;
}

Json level_json(const History& history, const ConsistencyVerdict& level) {
  Json json = {
      {"level", std::string(level.result.check)},
      {"verdict", std::string(name_of(level.result.verdict))},
      {"because", level.because.empty() ? Json(nullptr) : Json(std::string(level.because))},
      {"violations", level.result.violations}};
  const Operation* offender = first_offender(history, level.result);
  json["at"] = offender == nullptr ? Json(nullptr) : instant(offender->completed);
  json["region"] = offender == nullptr ? Json(nullptr) : Json(history.regions[offender->region]);
  json["session"] = offender == nullptr ? Json(nullptr) : Json(offender->session);
  return json;
}

Json hierarchy_json(const History& history, const Hierarchy& hierarchy) {
  Json strongest = Json::array();
  for (const std::string_view name : hierarchy.strongest()) {
    strongest.push_back(std::string(name));
  }
  Json levels = Json::array();
  for (const ConsistencyVerdict& level : hierarchy.levels) {
    levels.push_back(level_json(history, level));
    if (level.result.check != "bounded_staleness") continue;
    levels.back()["versions"] = *hierarchy.staleness.versions;
    levels.back()["within"] = seconds(*hierarchy.staleness.within);
  }
  Json lines = Json::array();
  for (const ConsistencyLevel& level : consistency_levels()) {
    for (const std::string_view weaker : level.implies) {
      lines.push_back({std::string(level.name), std::string(weaker)});
    }
  }
  return {{"strongest", strongest}, {"levels", levels}, {"implies", lines}};
}

/// Of data types that merge: there are no values that are read as they were written, so nothing
/// above strong eventual consistency is judged.
ConsistencyReport report_objects(const History& history, const ReplicaStates& states, DataKind kind,
                                 const CheckOptions& options, const std::string& of) {
  ConsistencyReport report;
  Json levels = Json::array();
  Json strongest = Json::array();
  for (const CheckResult& result : {check_strong_eventual(history, states, kind, options),
                                    check_convergence(states, options)}) {
    const std::string name(result.check);
    report.checks[name] = check_json(history, result, of);
    levels.push_back(level_json(history, {result, {}}));
    if (result.verdict == Verdict::valid && strongest.empty()) strongest.push_back(name);
  }
  report.hierarchy = {{"strongest", strongest},
                      {"levels", levels},
                      {"implies", Json::array({Json::array({"strong_eventual", "convergence"})})}};
  return report;
}

}  // namespace

ConsistencyReport report_consistency(const Run& run, std::size_t service,
                                     std::vector<std::uint16_t> workloads) {
  const History& history = run.history();
  std::string of;
  for (const std::uint16_t workload : workloads) {
    of += (of.empty() ? "" : ", ") + history.workloads[workload];
  }
  CheckOptions options;
  options.workloads = std::move(workloads);
  const ReplicaStates states = run.replica_states(service);
  const Service& judged = *run.services()[service];
  const DataKind kind = judged.settings().model->data_kind(judged.settings().parameters.get());
  if (kind != DataKind::registers) return report_objects(history, states, kind, options, of);
  const Hierarchy hierarchy = judge_hierarchy(history, options, &states);
  ConsistencyReport report;
  for (const ConsistencyVerdict& level : hierarchy.levels) {
    const std::string name(level.result.check);
    report.checks[name] = check_json(history, level.result, of);
    if (name != "bounded_staleness") continue;
    report.checks[name]["versions"] = *hierarchy.staleness.versions;
    report.checks[name]["within"] = seconds(*hierarchy.staleness.within);
  }
  report.hierarchy = hierarchy_json(history, hierarchy);
  report.linearizable = hierarchy.find("linearizable")->result.verdict == Verdict::valid;
  return report;
}

}  // namespace faultline
