#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <faultline/check/catalog.hpp>
#include <faultline/fault/timeline.hpp>
#include <faultline/scenario/metric_names.hpp>
#include <faultline/scenario/reading.hpp>

namespace faultline {
namespace {

/// A bound on a metric, in the metric's unit.
std::optional<double> bound(Reading& reading, const Located& at, const std::string& metric) {
  const Json& value = *at.value;
  std::optional<double> result;
  if (value.is_number() || value.is_string()) {
    reading.attempt(at.pointer, [&] {
      result = parse_bound(
          value.is_string() ? value.get<std::string>() : fmt::format("{}", value.get<double>()),
          metric);
    });
  } else {
    reading.problem(at.pointer, fmt::format("{} is not a bound (such as 0.99, \"120ms\" or \"5%\")",
                                            describe(value)));
  }
  return result;
}

/// A name out of a list.
void check_known(Reading& reading, const char* what, const std::string& name,
                 const std::vector<std::string>& known, const std::string& pointer) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  reading.problem(pointer, fmt::format("there is no {} {} ({})", what, describe(name),
                                       reading.hint(name, known)));
}

/// The names of the run's phases, which follow from the faults. Precondition: no problems so far.
std::vector<std::string> phase_names(const Scenario& scenario) {
  const Time end{scenario.duration};
  const auto spans =
      unfold(scenario.faults, Time{scenario.duration + scenario.settle}, scenario.seed);
  std::vector<std::string> names{"all"};
  for (const Phase& phase : phases(scenario.faults, spans, Time{scenario.warmup}, end)) {
    names.push_back(phase.name);
  }
  return names;
}

class ExpectationReader {
 public:
  ExpectationReader(Reading& reading, std::optional<std::vector<std::string>> phases)
      : reading_(reading), phases_(std::move(phases)) {
    for (const auto& workload : reading.scenario.workloads) subjects_.push_back(workload.name);
    for (const auto& service : reading.scenario.services) subjects_.push_back(service.name);
  }

  Expectation read(const Located& at) const {
    Expectation expectation;
    ObjectReader object(reading_, at);
    take_text(object, "metric", expectation.metric);
    take_text(object, "check", expectation.check);
    read_subject(object, expectation);
    if (object.has("metric") == object.has("check")) {
      reading_.problem(at.pointer, "an expectation is about either a \"metric\" or a \"check\"");
    }
    if (object.has("check")) {
      read_check(object, expectation);
    } else {
      read_metric(object, expectation);
    }
    return expectation;
  }

 private:
  bool take_text(ObjectReader& object, const char* key, std::string& into) const {
    const auto value = object.take(key);
    if (!value) return false;
    const auto text = reading_.text(*value);
    into = text.value_or("");
    return text.has_value();
  }

  void read_subject(ObjectReader& object, Expectation& expectation) const {
    const auto& workloads = reading_.scenario.workloads;
    if (object.has("of")) {
      if (take_text(object, "of", expectation.of)) {
        check_known(reading_, "workload or service", expectation.of, subjects_, object.at("of"));
      }
    } else if (workloads.size() == 1) {
      expectation.of = workloads.front().name;
      reading_.fill(object.at("of"), expectation.of);
    } else {
      reading_.problem(object.pointer(),
                       "say whom the expectation is \"of\" (a workload or a service)");
    }
  }

  void read_check(ObjectReader& object, Expectation& expectation) const {
    static const std::vector<std::string> verdicts{"valid", "invalid", "unknown"};
    static const std::vector<std::string> checks = [] {
      std::vector<std::string> names;
      for (const HistoryCheck& check : history_checks()) names.emplace_back(check.name);
      // Judge replicas, not the history alone.
      names.emplace_back("convergence");
      names.emplace_back("strong_eventual");
      return names;
    }();
    if (!expectation.check.empty()) {
      check_known(reading_, "check", expectation.check, checks, object.at("check"));
    }
    if (!object.has("verdict")) {
      reading_.fill(object.at("verdict"), expectation.verdict);
    } else if (take_text(object, "verdict", expectation.verdict)) {
      check_known(reading_, "verdict", expectation.verdict, verdicts, object.at("verdict"));
    }
    expectation.text = fmt::format("{} of {}", expectation.check, expectation.of);
    if (expectation.check == "bounded_staleness") read_staleness(object, expectation);
    expectation.text += ": " + expectation.verdict;
  }

  void read_staleness(ObjectReader& object, Expectation& expectation) const {
    StalenessBound& bounds = expectation.staleness;
    if (const auto value = object.take("versions")) {
      constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
      if (const auto versions = reading_.whole_number(*value, 0, most)) {
        bounds.versions = static_cast<std::uint32_t>(*versions);
        expectation.text += fmt::format(", {} versions", *versions);
      }
    }
    if (const auto value = object.take("within")) {
      bounds.within = reading_.span(*value);
      const Json& text = *value->value;
      expectation.text += ", within " + (text.is_string() ? text.get<std::string>() : text.dump());
    }
    if (!object.has("versions") && !object.has("within")) {
      reading_.problem(
          object.pointer(),
          "say how stale reads may be: how many \"versions\", or \"within\" what time");
    }
  }

  /// Whether there is such a metric of whom the expectation is about.
  bool check_metric(ObjectReader& object, const Expectation& expectation) const {
    if (expectation.metric.empty()) return false;
    const Scenario& scenario = reading_.scenario;
    const auto named = [&](const auto& subject) { return subject.name == expectation.of; };
    const bool of_workload =
        std::any_of(scenario.workloads.begin(), scenario.workloads.end(), named);
    const bool of_service = std::any_of(scenario.services.begin(), scenario.services.end(), named);
    if (!of_workload && !of_service) return false;  // which is a problem of its own
    const auto known =
        of_workload ? all_workload_metrics(scenario.topology.regions) : service_metrics();
    if (std::find(known.begin(), known.end(), expectation.metric) != known.end()) return true;
    reading_.problem(
        object.at("metric"),
        fmt::format("a {} has no metric {} ({})", of_workload ? "workload" : "service",
                    describe(expectation.metric),
                    reading_.hint(expectation.metric,
                                  of_workload ? workload_metrics() : service_metrics())));
    return false;
  }

  void read_metric(ObjectReader& object, Expectation& expectation) const {
    const bool known = check_metric(object, expectation);
    if (!object.has("phase")) {
      reading_.fill(object.at("phase"), expectation.phase);
    } else if (take_text(object, "phase", expectation.phase) && phases_) {
      check_known(reading_, "phase", expectation.phase, *phases_, object.at("phase"));
    }
    expectation.text = fmt::format("{} of {}", expectation.metric, expectation.of);
    if (expectation.phase != "all") expectation.text += ", " + expectation.phase;
    const char* separator = ": ";
    const auto read_bound = [&](const char* key, std::optional<double>& into) {
      const auto value = object.take(key);
      if (!value) return;
      if (known) into = bound(reading_, *value, expectation.metric);
      const bool is_text = value->value->is_string();
      expectation.text +=
          fmt::format("{}{} {}", separator, key,
                      is_text ? value->value->get<std::string>() : value->value->dump());
      separator = ", ";
    };
    read_bound("below", expectation.below);
    read_bound("above", expectation.above);
    if (!object.has("below") && !object.has("above")) {
      reading_.problem(object.pointer(),
                       "a metric is expected to be \"below\" or \"above\" a bound");
    }
    if (expectation.below && expectation.above && *expectation.below <= *expectation.above) {
      reading_.problem(object.at("below"), "nothing is both below this and above the other bound");
    }
  }

  Reading& reading_;
  std::optional<std::vector<std::string>> phases_;
  std::vector<std::string> subjects_;
};

}  // namespace

void read_expectations(Reading& reading, ObjectReader& root) {
  const auto at = root.take("expect");
  if (!at || !reading.is_list(*at, "a list of expectations")) return;
  std::optional<std::vector<std::string>> phases;
  if (reading.clean()) phases = phase_names(reading.scenario);
  const ExpectationReader reader(reading, std::move(phases));
  for (std::size_t i = 0; i < at->value->size(); ++i) {
    const Located here{&(*at->value)[i], pointer_to(at->pointer, i)};
    if (!reading.is_object(here, "an expectation (as in {\"check\": \"linearizable\"})")) continue;
    reading.scenario.expectations.push_back(reader.read(here));
  }
}

}  // namespace faultline
