#include <algorithm>
#include <tuple>

#include <faultline/scenario/reader.hpp>
#include <faultline/scenario/reading.hpp>
#include <faultline/scenario/tables.hpp>

namespace faultline {

Scenario read_scenario(const Document& document, const Catalog& catalog,
                       const std::string& folder) {
  Scenario scenario;
  Reading reading(document, catalog, folder, scenario);
  const Located whole{&document.root(), ""};
  if (reading.is_object(whole, "a scenario")) {
    ObjectReader root(reading, whole);
    root.take("$schema");  // for editors
    root.table(tables::scenario(), &scenario);
    if (scenario.name.empty()) scenario.name = document.name();
    if (scenario.warmup >= scenario.duration) {
      reading.problem("/warmup", "the warm-up is as long as the run (make it shorter)");
    }
    read_topology(reading, root);
    read_services(reading, root);
    read_workloads(reading, root);
    read_faults(reading, root);
    read_expectations(reading, root);
  }
  std::vector<Problem> problems = reading.take_problems();
  if (problems.empty()) return scenario;
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  throw BadInput(std::move(problems));
}

}  // namespace faultline
