#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/experiment/expectations.hpp>

namespace faultline {
namespace {

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  if (!object.is_object()) return keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

/// Follows a dotted path ("latency.p99"); says what there is where it ends.
const Json* follow(const Json& from, const std::string& path, std::string& why) {
  const Json* at = &from;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, dot - begin);
    if (!at->is_object() || !at->contains(key)) {
      why = fmt::format("there is no metric \"{}\" ({})", path, suggestion(key, keys_of(*at)));
      return nullptr;
    }
    at = &(*at)[key];
    begin = dot + 1;
  }
  return at;
}

Json judge_metric(const Expectation& expectation, const Json& result) {
  Json entry = {{"text", expectation.text}, {"value", nullptr}, {"met", false}};
  const char* kind = result["workloads"].contains(expectation.of) ? "workloads" : "services";
  const Json& phases = result[kind][expectation.of]["phases"];
  if (!phases.contains(expectation.phase)) {
    entry["why"] = fmt::format("there is no phase \"{}\" ({})", expectation.phase,
                               suggestion(expectation.phase, keys_of(phases)));
    return entry;
  }
  std::string why;
  const Json* value = follow(phases[expectation.phase], expectation.metric, why);
  if (value == nullptr || !value->is_number()) {
    entry["why"] = value == nullptr ? why : "the metric has no value in this phase";
    return entry;
  }
  const double measured = value->get<double>();
  entry["value"] = measured;
  entry["bound"] = expectation.below ? *expectation.below : *expectation.above;
  entry["met"] = (!expectation.below || measured < *expectation.below) &&
                 (!expectation.above || measured > *expectation.above);
  return entry;
}

Json judge_check(const Scenario& scenario, const Expectation& expectation, const Json& result) {
  // With several services, checks are named after theirs.
  std::string service = expectation.of;
  for (const auto& workload : scenario.workloads) {
    if (workload.name == expectation.of) service = workload.target;
  }
  const Json& checks = result["checks"];
  const std::string apart = expectation.check + " of " + service;
  const std::string& name = checks.contains(apart) ? apart : expectation.check;
  std::string verdict =
      checks.contains(name) ? checks[name]["verdict"].get<std::string>() : "not judged";
  const StalenessBound& bounds = expectation.staleness;
  if (checks.contains(name) && (bounds.versions || bounds.within)) {
    // The result says which bounds held; whatever is looser held, too.
    const auto versions = checks[name]["versions"].get<std::uint32_t>();
    const auto within = checks[name]["within"].get<double>();
    const bool kept = versions <= bounds.versions.value_or(versions) &&
                      within <= (bounds.within ? seconds(*bounds.within) : within);
    verdict = kept ? "valid" : "invalid";
  }
  return {{"text", expectation.text},
          {"value", verdict},
          {"bound", expectation.verdict},
          {"met", verdict == expectation.verdict}};
}

}  // namespace

Json judge_expectations(const Scenario& scenario, const Json& result, bool& all_met) {
  Json list = Json::array();
  for (const Expectation& expectation : scenario.expectations) {
    Json entry = expectation.check.empty() ? judge_metric(expectation, result)
                                           : judge_check(scenario, expectation, result);
    if (!entry["met"].get<bool>()) all_met = false;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace faultline
