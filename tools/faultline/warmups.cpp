#include "warmups.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <faultline/experiment/warmup.hpp>

#include "jobs.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

/// Simulates the pilots of a scenario, each in a process of its own. Their exit status.
int run_pilots(const Scenario& scenario, std::size_t at_once, const std::string& folder) {
  terminal::Progress bar(fmt::format("{}, looking for the warm-up", scenario.name));
  std::uint64_t next = 1;
  std::size_t done = 0;
  int worst = exit_ok;
  run_in_processes({at_once,
                    [&]() -> std::optional<std::uint64_t> {
                      if (next > warmup_pilots) return std::nullopt;
                      return next++;
                    },
                    [&](std::uint64_t number) {
                      const Scenario pilot = pilot_of(scenario, number);
                      Run run(pilot);
                      run.simulate();
                      write_pilot(measure_pilot(run), fmt::format("{}/{}", folder, number));
                      return static_cast<int>(exit_ok);
                    },
                    [&](std::uint64_t, const ProcessEnd& end) {
                      worst = std::max(worst, end.status);
                      bar.show(static_cast<double>(++done) / warmup_pilots);
                      return end.status == exit_ok;
                    }});
  return worst;
}

FoundWarmup found_by_pilots(const Scenario& scenario, const std::string& folder) {
  std::vector<Pilot> pilots;
  for (std::size_t number = 1; number <= warmup_pilots; ++number) {
    pilots.push_back(read_pilot(fmt::format("{}/{}", folder, number)));
  }
  return find_warmup(scenario, pilots);
}

}  // namespace

int find_warmups(std::vector<Scenario>& scenarios, const RunOptions& options, bool common) {
  std::map<std::size_t, FoundWarmup> found;
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const Scenario& scenario = scenarios[i];
    if (!scenario.detect_warmup) continue;
    const ScratchFolder scratch;
    try {
      pilot_of(scenario, 1);  // which may be refused
      const auto at_once = static_cast<std::size_t>(options.jobs);
      if (const int status = run_pilots(scenario, at_once, scratch.path()); status != exit_ok) {
        return status;
      }
      found.emplace(i, found_by_pilots(scenario, scratch.path()));
    } catch (const WarmupNotFound& error) {
      problems.push_back({options.scenarios[i], 0, 0, "/warmup", error.what()});
    }
  }
  if (!problems.empty()) throw BadInput(std::move(problems));
  Duration longest{0};
  for (const auto& [i, warmup] : found) longest = std::max(longest, warmup.span);
  for (auto& [i, warmup] : found) {
    if (common) {
      warmup.span = longest;
      warmup.detection["common"] = found.size() > 1;
    }
    scenarios[i] = with_warmup(std::move(scenarios[i]), warmup);
  }
  return exit_ok;
}

std::string warmup_found(const Json& result) {
  if (!result.contains("warmup_detection")) return "";
  const Json& detection = result["warmup_detection"];
  std::vector<std::string> each;
  for (const auto& [name, end] : detection["workloads"].items()) {
    each.push_back(fmt::format("{} {}", name, terminal::milliseconds(end.get<double>())));
  }
  return fmt::format("the first {} are warm-up and left out{}: by {} of {} pilots ({})\n",
                     terminal::milliseconds(result["warmup"].get<double>()),
                     detection.value("common", false) ? ", as of all that are compared" : "",
                     detection["method"].get<std::string>(), detection["pilots"].get<int>(),
                     fmt::join(each, ", "));
}

}  // namespace faultline
