#include <fmt/format.h>

#include <faultline/scenario/reading.hpp>

namespace faultline {
namespace {

/// A bound: a plain number, a span of time or a share.
std::optional<double> bound(Reading& reading, const Located& at) {
  if (at.value->is_number()) return at.value->get<double>();
  if (at.value->is_string()) {
    const auto text = at.value->get<std::string>();
    for (const Unit unit : {Unit::duration, Unit::fraction, Unit::rate, Unit::size}) {
      try {
        return parse_quantity(text, unit);
      } catch (const BadValue&) {
        continue;  // another unit may fit
      }
    }
  }
  reading.problem(at.pointer, fmt::format("{} is not a bound (such as 0.99, \"120ms\" or \"5%\")",
                                          describe(*at.value)));
  return std::nullopt;
}

void check_subject(Reading& reading, const Expectation& expectation, const std::string& pointer) {
  std::vector<std::string> names;
  for (const auto& workload : reading.scenario.workloads) names.push_back(workload.name);
  for (const auto& service : reading.scenario.services) names.push_back(service.name);
  if (expectation.of.empty()) {
    if (reading.scenario.workloads.size() != 1) {
      reading.problem(pointer, "say whom the expectation is \"of\" (a workload or a service)");
    }
    return;
  }
  for (const std::string& name : names) {
    if (name == expectation.of) return;
  }
  reading.problem(pointer_to(pointer, "of"),
                  fmt::format("there is no workload or service \"{}\" ({})", expectation.of,
                              suggestion(expectation.of, names)));
}

Expectation read_expectation(Reading& reading, const Located& at) {
  Expectation expectation;
  ObjectReader object(reading, at);
  const auto text_of = [&](const char* key, std::string& into) {
    if (const auto value = object.take(key)) into = reading.text(*value).value_or("");
  };
  text_of("metric", expectation.metric);
  text_of("check", expectation.check);
  text_of("of", expectation.of);
  text_of("phase", expectation.phase);
  text_of("verdict", expectation.verdict);
  if (const auto value = object.take("below")) expectation.below = bound(reading, *value);
  if (const auto value = object.take("above")) expectation.above = bound(reading, *value);
  if (expectation.metric.empty() == expectation.check.empty()) {
    reading.problem(at.pointer, "an expectation is about either a \"metric\" or a \"check\"");
    return expectation;
  }
  check_subject(reading, expectation, at.pointer);
  if (expectation.of.empty() && reading.scenario.workloads.size() == 1) {
    expectation.of = reading.scenario.workloads.front().name;
  }
  if (!expectation.check.empty()) {
    static const std::vector<std::string> checks{"linearizable", "read_your_writes",
                                                 "monotonic_reads", "convergence"};
    static const std::vector<std::string> verdicts{"valid", "invalid", "unknown"};
    const auto known = [&](const std::vector<std::string>& names, const std::string& name,
                           const char* key) {
      for (const std::string& candidate : names) {
        if (candidate == name) return;
      }
      reading.problem(pointer_to(at.pointer, key), fmt::format("there is no {} \"{}\" ({})", key,
                                                               name, suggestion(name, names)));
    };
    known(checks, expectation.check, "check");
    known(verdicts, expectation.verdict, "verdict");
    expectation.text =
        fmt::format("{} of {} is {}", expectation.check, expectation.of, expectation.verdict);
    return expectation;
  }
  if (!object.has("below") && !object.has("above")) {
    reading.problem(at.pointer, "an expectation of a metric needs \"below\" or \"above\"");
  }
  expectation.text = fmt::format("{} of {}{}{}{}{}{}", expectation.metric, expectation.of,
                                 expectation.phase == "all" ? "" : ", " + expectation.phase,
                                 expectation.below ? " below " : "",
                                 expectation.below ? fmt::format("{}", *expectation.below) : "",
                                 expectation.above ? " above " : "",
                                 expectation.above ? fmt::format("{}", *expectation.above) : "");
  return expectation;
}

}  // namespace

void read_expectations(Reading& reading, ObjectReader& root) {
  const auto at = root.take("expect");
  if (!at) return;
  if (!at->value->is_array()) {
    reading.problem(at->pointer, describe(*at->value) + " is not a list of expectations");
    return;
  }
  for (std::size_t i = 0; i < at->value->size(); ++i) {
    const Located here{&(*at->value)[i], pointer_to(at->pointer, i)};
    if (!reading.is_object(here, "an expectation")) continue;
    reading.scenario.expectations.push_back(read_expectation(reading, here));
  }
}

}  // namespace faultline
