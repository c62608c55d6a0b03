#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <faultline/fault/timeline.hpp>
#include <faultline/scenario/reader.hpp>
#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {
namespace {

constexpr Duration::rep most_points = 100'000;  // of a time series

void read_folder(Reading& reading, ObjectReader& root) {
  const auto at = root.take("folder");
  if (!at) return;
  if (const auto folder = reading.text(*at)) {
    reading.folder = folder->starts_with('/') ? *folder : reading.folder + "/" + *folder;
  }
}

bool is_diurnal(const WorkloadSettings& workload) {
  return std::holds_alternative<DiurnalArrivals>(workload.arrivals);
}

void read_warmup(Reading& reading, ObjectReader& root) {
  Scenario& scenario = reading.scenario;
  const auto at = root.take("warmup");
  if (!at) return reading.fill(root.at("warmup"), print_duration(scenario.warmup));
  scenario.detect_warmup = *at->value == "detect";
  if (scenario.detect_warmup) return;
  const auto span = reading.span(*at);
  if (!span) return;
  scenario.warmup = *span;
  if (scenario.warmup >= scenario.duration) {
    reading.problem("/warmup", "the warm-up is as long as the run (make it shorter)");
  }
}

/// What never settles has no warm-up that could be found.
void check_detection(Reading& reading) {
  const auto& workloads = reading.scenario.workloads;
  if (reading.scenario.detect_warmup &&
      std::any_of(workloads.begin(), workloads.end(), is_diurnal)) {
    reading.problem("/warmup",
                    "a load that swings with the time of day never settles, so no "
                    "warm-up can be found (give it as a span, such as \"10s\")");
  }
}

void read_all(Reading& reading, const Located& whole) {
  Scenario& scenario = reading.scenario;
  ObjectReader root(reading, whole);
  root.take("$schema");  // for editors
  read_folder(reading, root);
  root.table(tables::scenario(), &scenario);
  if (scenario.name.empty()) {
    scenario.name = std::filesystem::path(reading.document.name()).stem().string();
    reading.fill("/name", scenario.name);
  }
  read_warmup(reading, root);
  if (scenario.interval > Duration::zero() &&
      (scenario.duration + scenario.settle) / scenario.interval > most_points) {
    reading.problem("/interval", fmt::format("gives time series more than {} points (make it "
                                             "longer)",
                                             most_points));
  }
  read_topology(reading, root);
  read_services(reading, root);
  read_workloads(reading, root);
  check_detection(reading);
  read_faults(reading, root);
  read_expectations(reading, root);
  read_sweep(reading, root);
}

}  // namespace

Scenario read_scenario(const Document& document, const Catalog& catalog,
                       const std::string& folder) {
  Scenario scenario;
  Reading reading(document, catalog, folder, scenario);
  const Located whole{&document.root(), ""};
  if (reading.is_object(whole, "a scenario (an object in curly brackets)")) {
    read_all(reading, whole);
  }
  if (!reading.clean()) throw BadInput(reading.take_problems());
  reading.finish();
  return scenario;
}

}  // namespace faultline
