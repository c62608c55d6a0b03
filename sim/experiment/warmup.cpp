#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include <faultline/core/random.hpp>
#include <faultline/experiment/warmup.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/fault/timeline.hpp>
#include <faultline/statistics/long_run.hpp>

namespace faultline {
namespace {

constexpr std::size_t five = 5;

/// How long the scenario goes on before its first fault.
Duration stretch_of(const Scenario& scenario) {
  Time end{scenario.duration};
  for (const FaultSpan& span : unfold(scenario.faults, end, scenario.seed)) {
    end = std::min(end, span.from);
  }
  return end.time_since_epoch();
}

/// The pilots' fives of a workload averaged, as many as each of them has.
std::vector<double> averaged(const std::vector<Pilot>& pilots, std::size_t workload) {
  std::size_t shortest = std::numeric_limits<std::size_t>::max();
  for (const Pilot& pilot : pilots) shortest = std::min(shortest, pilot[workload].took.size());
  std::vector<double> mean(shortest, 0);
  for (const Pilot& pilot : pilots) {
    for (std::size_t i = 0; i < shortest; ++i) {
      mean[i] += pilot[workload].took[i] / static_cast<double>(pilots.size());
    }
  }
  return mean;
}

bool asked_nothing(const std::vector<Pilot>& pilots, std::size_t workload) {
  return std::all_of(pilots.begin(), pilots.end(),
                     [&](const Pilot& pilot) { return pilot[workload].took.empty(); });
}

[[noreturn]] void never_settles(const std::string& workload, Duration stretch, bool faults) {
  throw WarmupNotFound(fmt::format(
      "within {}{}, what operations of {} take has not settled: MSER-5 would leave out more than "
      "half of them ({}; if the load is more than can be served, it never settles)",
      print_duration(stretch), faults ? " before the first fault" : "", workload,
      faults ? "let the faults begin later, or give the warm-up as a span"
             : "make \"duration\" longer, or give the warm-up as a span"));
}

/// When the warm-up of a workload ends, in seconds.
double warmup_of(const std::vector<Pilot>& pilots, std::size_t workload, const Scenario& scenario) {
  const Duration stretch = stretch_of(scenario);
  const auto cut = warm_up_by_mser(averaged(pilots, workload));
  double end = 0;
  if (cut && *cut > 0) {
    for (const Pilot& pilot : pilots) end = std::max(end, pilot[workload].begin[*cut]);
  }
  if (!cut || end >= seconds(stretch)) {
    never_settles(scenario.workloads[workload].name, stretch, !scenario.faults.empty());
  }
  return end;
}

}  // namespace

Scenario pilot_of(const Scenario& scenario, std::size_t number) {
  Scenario pilot = scenario;
  pilot.seed = RandomStream(scenario.seed, fmt::format("warmup/{}", number)).next();
  pilot.duration = stretch_of(scenario);
  if (pilot.duration <= Duration::zero()) {
    throw WarmupNotFound(
        "faults begin with the run, so nothing shows how it settles (let them "
        "begin later, or give the warm-up as a span)");
  }
  for (WorkloadSettings& workload : pilot.workloads) {
    workload.stop = std::min(workload.stop, Time{pilot.duration});
  }
  pilot.detect_warmup = false;
  pilot.faults.clear();
  pilot.expectations.clear();
  return pilot;
}

Pilot measure_pilot(const Run& run) {
  Pilot pilot(run.history().workloads.size());
  std::vector<std::vector<const Operation*>> wanted(pilot.size());
  for (const Operation& operation : run.history().operations) {
    if (!operation.part) wanted[operation.workload].push_back(&operation);
  }
  for (std::size_t workload = 0; workload < pilot.size(); ++workload) {
    auto& operations = wanted[workload];
    std::stable_sort(
        operations.begin(), operations.end(),
        [](const Operation* a, const Operation* b) { return a->intended < b->intended; });
    for (std::size_t i = 0; i + five <= operations.size(); i += five) {
      Duration took{0};
      for (std::size_t each = i; each < i + five; ++each) {
        const Operation& operation = *operations[each];
        took += std::min(operation.completed, run.end()) - operation.intended;
      }
      pilot[workload].begin.push_back(seconds(operations[i]->intended));
      pilot[workload].took.push_back(seconds(took) / five);
    }
  }
  return pilot;
}

void write_pilot(const Pilot& pilot, const std::string& path) {
  Json all = Json::array();
  for (const PilotFives& fives : pilot) all.push_back({fives.begin, fives.took});
  write_file(path, [&](std::ostream& out) { out << all.dump(); });
}

Pilot read_pilot(const std::string& path) {
  std::ifstream in(path);
  const Json all = Json::parse(in, nullptr, false);
  if (all.is_discarded()) throw std::runtime_error(path + ": what a pilot has left is cut short");
  Pilot pilot;
  for (const Json& fives : all) {
    pilot.push_back({fives[0].get<std::vector<double>>(), fives[1].get<std::vector<double>>()});
  }
  return pilot;
}

FoundWarmup find_warmup(const Scenario& scenario, const std::vector<Pilot>& pilots) {
  FoundWarmup found;
  double longest = 0;
  Json by_workload = Json::object();
  for (std::size_t workload = 0; workload < scenario.workloads.size(); ++workload) {
    if (asked_nothing(pilots, workload)) continue;
    const double end = warmup_of(pilots, workload, scenario);
    by_workload[scenario.workloads[workload].name] = end;
    longest = std::max(longest, end);
  }
  if (by_workload.empty()) {
    throw WarmupNotFound(
        "nobody asks anything before the first fault (let it begin later, or "
        "give the warm-up as a span)");
  }
  found.span = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(longest));
  found.detection = {{"method", "MSER-5"},
                     {"pilots", pilots.size()},
                     {"stretch", seconds(stretch_of(scenario))},
                     {"workloads", by_workload}};
  return found;
}

Scenario with_warmup(Scenario scenario, const FoundWarmup& found) {
  scenario.warmup = found.span;
  scenario.detect_warmup = false;
  scenario.warmup_detection = found.detection;
  scenario.as_run["warmup"] = print_duration(found.span);
  return scenario;
}

}  // namespace faultline
