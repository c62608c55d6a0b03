#include "summary.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "terminal.hpp"
#include "trial_summary.hpp"
#include "warmups.hpp"

namespace faultline {
namespace {

using terminal::Table;
using terminal::tinted;
using terminal::Tone;

std::string shown(const Json& value, std::string (*as)(double)) {
  return value.is_number() ? as(value.get<double>()) : "-";
}

/// "1 election", "2 elections".
std::string counted(const Json& number, const std::string& thing) {
  const auto many = number.get<std::uint64_t>();
  return fmt::format("{} {}{}", many, thing, many == 1 ? "" : "s");
}

/// The phases in the order in which they happened, the whole run last.
std::vector<std::string> phase_names(const Json& result) {
  std::vector<std::string> names;
  for (const Json& phase : result["phases"]) names.push_back(phase["name"]);
  if (names.size() != 1) names.emplace_back("all");
  return names;
}

std::string letters(const Json& partition, const Json& otherwise) {
  const auto letter = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : std::string("?");
  };
  return fmt::format("P{}/E{}", letter(partition), letter(otherwise));
}

/// A figure that may have an interval, as a person reads it.
struct SureFigure {
  const char* name;
  const char* path;  ///< within a phase
  FigureStyle style;
  std::string (*alone)(double);  ///< without an interval
};
constexpr SureFigure sure_figures[] = {
    {"ok", "/availability", as_percent, terminal::percent},
    {"goodput", "/goodput", as_count, terminal::count},
    {"p50", "/latency/p50", as_milliseconds, terminal::milliseconds},
    {"p99", "/latency/p99", as_milliseconds, terminal::milliseconds}};

/// "12.3 ms ± 0.4" where this one run tells how sure it is.
std::string sure_cell(const Json& workload, const std::string& phase, const SureFigure& figure) {
  const Json::json_pointer at(figure.path);
  const Json& intervals = workload["intervals"];
  if (intervals.contains(phase) && intervals[phase][at].contains("value")) {
    return plus_minus(intervals[phase][at], figure.style);
  }
  return shown(workload["phases"][phase][at], figure.alone);
}

/// What the intervals of the table are, and why figures have none. That the stretch before a fault
/// is too short for any is no news.
std::string about_intervals(const Json& of_phase, bool before_a_fault) {
  std::vector<std::pair<std::string, std::vector<std::string>>> without;  // why, which
  std::size_t missing = 0;
  for (const SureFigure& figure : sure_figures) {
    const Json& interval = of_phase[Json::json_pointer(figure.path)];
    if (!interval.contains("why")) continue;
    ++missing;
    const auto why = interval["why"].get<std::string>();
    auto found = std::find_if(without.begin(), without.end(),
                              [&](const auto& reason) { return reason.first == why; });
    if (found == without.end()) found = without.insert(found, {why, {}});
    found->second.emplace_back(figure.name);
  }
  if (before_a_fault && missing == std::size(sure_figures)) return {};
  std::string text;
  if (missing < std::size(sure_figures)) {
    text +=
        "  ± is half of a 95 % interval, from stretches of this run; what chance decides once, at "
        "its\n  beginning, only --trials show\n";
  }
  for (const auto& [why, names] : without) {
    text +=
        fmt::format("  no interval for {}: {} (--trials gives one)\n", fmt::join(names, ", "), why);
  }
  return text;
}

void add_workload(std::string& text, const std::string& name, const Json& workload,
                  const std::vector<std::string>& phases) {
  Table table({name + " -> " + workload["target"].get<std::string>(), "operations", "ok", "failed",
               "unknown", "goodput/s", "p50", "p99", "max", "stale", "lost updates"});
  for (const std::string& phase : phases) {
    if (!workload["phases"].contains(phase)) continue;
    const Json& p = workload["phases"][phase];
    table.add(
        {"  " + phase, shown(p["operations"], terminal::count),
         sure_cell(workload, phase, sure_figures[0]), shown(p["failed"], terminal::count),
         shown(p["unknown"], terminal::count), sure_cell(workload, phase, sure_figures[1]),
         sure_cell(workload, phase, sure_figures[2]), sure_cell(workload, phase, sure_figures[3]),
         shown(p["latency"]["max"], terminal::milliseconds),
         shown(p["stale_fraction"], terminal::percent), shown(p["lost_updates"], terminal::count)});
    if (p["availability"].is_number() && p["availability"] < 0.99) table.tint(2, Tone::bad);
    if (p["stale_reads"] > 0) table.tint(9, Tone::bad);
    if (p["lost_updates"] > 0) table.tint(10, Tone::bad);
  }
  text += table.text();
  for (const auto& [phase, figures] : workload["intervals"].items()) {
    text += about_intervals(figures, phase == "before");
  }
  if (workload["ended_early"].get<bool>()) {
    text += "  ended early, after as many operations as \"most_operations\" allows\n";
  }
  text += "\n";
}

void add_services(std::string& text, const Json& result) {
  for (const auto& [name, service] : result["services"].items()) {
    text += fmt::format("{} ({}, {} nodes)\n", tinted(name, Tone::strong),
                        service["model"].get<std::string>(), service["nodes"].size());
    for (const Json& note : service["notes"]) text += "  " + note.get<std::string>() + "\n";
    const Json& all = service["phases"]["all"];
    std::vector<std::string> facts;
    if (all["messages_per_operation"].is_number()) {
      facts.push_back(fmt::format("{:.1f} messages and {} bytes per operation",
                                  all["messages_per_operation"].get<double>(),
                                  shown(all["bytes_per_operation"], terminal::count)));
    }
    if (all["leader_changes"].is_number()) {
      facts.push_back(fmt::format("{}, {} without a leader",
                                  counted(all["leader_changes"], "election"),
                                  shown(all["time_without_leader"], terminal::milliseconds)));
    }
    if (all["conflicts"] > 0 || all["lost_writes"] > 0) {
      facts.push_back(fmt::format("{}, {} lost", counted(all["conflicts"], "conflict"),
                                  counted(all["lost_writes"], "acknowledged write")));
    }
    if (all["detection_first"].is_number()) {
      facts.push_back(fmt::format("crashes noticed after {}, by all after {}",
                                  shown(all["detection_first"], terminal::milliseconds),
                                  shown(all["detection_last"], terminal::milliseconds)));
    }
    if (all["suspicions"] > 0) {
      facts.push_back(fmt::format("{}, {} of them of nodes that were up; {}",
                                  counted(all["suspicions"], "suspicion"),
                                  all["false_suspicions"].get<std::uint64_t>(),
                                  counted(all["false_deaths"], "false death")));
    }
    if (!facts.empty()) text += fmt::format("  {}\n", fmt::join(facts, "; "));
    for (const Json& after : service["convergence"]["after"]) {
      text += fmt::format(
          "  {} had diverged when \"{}\" ended; {}\n", counted(after["diverged_keys"], "key"),
          after["fault"].get<std::string>(),
          after["converged_after"].is_number()
              ? "all had converged after " + terminal::milliseconds(after["converged_after"])
              : std::string("some never converged"));
    }
  }
}

std::string in_words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// "20.311 s, eu-west-1", or from which other promise a verdict follows.
std::string first_broken(const Json& level) {
  if (level["because"].is_string()) return "with " + in_words(level["because"]);
  if (!level["at"].is_number()) return "";
  return fmt::format("{:.3f} s, {}", level["at"].get<double>(), level["region"].get<std::string>());
}

void add_level(Table& table, const Json& level) {
  const std::string name = level["level"];
  if (name == "bounded_staleness") {
    table.add({"  " + in_words(name), "within",
               fmt::format("{} versions, {}", level["versions"].get<std::uint64_t>(),
                           terminal::milliseconds(level["within"]))});
    return;
  }
  const std::string verdict = level["verdict"];
  if (verdict == "valid") {
    table.add({"  " + in_words(name), "held"});
    table.tint(1, Tone::good);
  } else if (verdict == "unknown") {
    table.add({"  " + in_words(name), "unknown"});
    table.tint(1, Tone::dim);
  } else {
    table.add({"  " + in_words(name), "broken", first_broken(level),
               level["because"].is_string() ? "" : shown(level["violations"], terminal::count)});
    table.tint(1, Tone::bad);
  }
}

/// The promises, the strongest first, and what broke the weakest of those that broke: who breaks a
/// weak promise breaks the strong ones, too. (Convergence stands apart; it is shown if it alone
/// broke.)
void add_consistency(std::string& text, const Json& result) {
  for (const auto& [service, consistency] : result["consistency"].items()) {
    Table table({"consistency of " + service, "", "first broken", "violations"});
    std::string weakest;
    for (const Json& level : consistency["levels"]) {
      add_level(table, level);
      if (level["verdict"] != "invalid" || level["because"].is_string()) continue;
      if (level["level"] != "convergence" || weakest.empty()) weakest = level["level"];
    }
    text += table.text();
    if (weakest.empty()) continue;
    const Json& checks = result["checks"];
    const std::string apart = weakest + " of " + service;
    const Json& check = checks.contains(apart) ? checks[apart] : checks[weakest];
    if (check["witness"].empty()) continue;
    text += fmt::format("  {}: {}\n", in_words(weakest),
                        check["witness"][0]["explanation"].get<std::string>());
  }
}

void add_expectations(std::string& text, const Json& result) {
  for (const Json& expectation : result["expectations"]) {
    const bool met = expectation["met"];
    text += fmt::format("{} {}{}\n", tinted(met ? "met  " : "UNMET", met ? Tone::good : Tone::bad),
                        expectation["text"].get<std::string>(),
                        expectation.contains("why")
                            ? ": " + expectation["why"].get<std::string>()
                            : fmt::format(" (found {})", expectation["value"].dump()));
  }
}

std::string claimed(const Json& result) {
  std::string text;
  for (const auto& [name, service] : result["services"].items()) {
    if (!text.empty()) text += ", ";
    text += letters(service["claims"]["partition"], service["claims"]["else"]);
  }
  return text;
}

std::string measured(const Json& result) {
  return letters(result["measured"]["partition"], result["measured"]["else"]);
}

}  // namespace

std::string run_summary(const Json& result) {
  std::string text =
      fmt::format("{}  (seed {})\n\n", tinted(result["scenario"].get<std::string>(), Tone::strong),
                  result["seed"].get<std::uint64_t>());
  const auto phases = phase_names(result);
  for (const auto& [name, workload] : result["workloads"].items()) {
    add_workload(text, name, workload, phases);
  }
  text += warmup_found(result);
  add_services(text, result);
  text += "\n";
  add_consistency(text, result);
  text += fmt::format("\nPACELC: measured {}, claimed {}\n", measured(result), claimed(result));
  for (const Json& why : result["measured"]["why"]) text += "  " + why.get<std::string>() + "\n";
  if (!result["expectations"].empty()) {
    text += "\n";
    add_expectations(text, result);
  }
  return text;
}

namespace {

/// One row of a comparison: a figure of every run.
struct Figure {
  const char* title;
  const char* path;  ///< of the figure in a workload's phase
  std::string (*as)(double);
};

const std::vector<Figure> figures{{"answered well", "/availability", terminal::percent},
                                  {"goodput per s", "/goodput", terminal::count},
                                  {"latency p50", "/latency/p50", terminal::milliseconds},
                                  {"latency p99", "/latency/p99", terminal::milliseconds},
                                  {"stale reads", "/stale_fraction", terminal::percent},
                                  {"lost updates", "/lost_updates", terminal::count}};

std::string cell(const Json& result, const std::string& workload, const std::string& phase,
                 const Figure& figure) {
  const Json::json_pointer path(figure.path);
  const Json& workloads = result["workloads"];
  if (!workloads.contains(workload) || !workloads[workload]["phases"].contains(phase)) return "-";
  const Json& figures_of_phase = workloads[workload]["phases"][phase];
  return figures_of_phase.contains(path) ? shown(figures_of_phase[path], figure.as) : "-";
}

/// The least served region of a phase.
std::string worst_region(const Json& result, const std::string& workload,
                         const std::string& phase) {
  const Json& workloads = result["workloads"];
  if (!workloads.contains(workload) || !workloads[workload]["phases"].contains(phase)) return "-";
  const Json& p = workloads[workload]["phases"][phase];
  if (!p.contains("regions")) return "-";
  double least = 2;
  for (const auto& [region, figures_of_region] : p["regions"].items()) {
    if (figures_of_region["availability"].is_number()) {
      least = std::min(least, figures_of_region["availability"].get<double>());
    }
  }
  return least > 1 ? "-" : terminal::percent(least);
}

}  // namespace

std::string comparison(const std::vector<Json>& results) {
  std::vector<std::string> headings{""};
  for (const Json& result : results) headings.push_back(result["scenario"]);
  Table table(headings);
  const Json& first = results.front();
  for (const auto& [workload, figures_of_workload] : first["workloads"].items()) {
    for (const std::string& phase : phase_names(first)) {
      table.add({first["workloads"].size() > 1 ? workload + ", " + phase : phase}, Tone::strong);
      for (const Figure& figure : figures) {
        std::vector<std::string> row{std::string("  ") + figure.title};
        for (const Json& result : results) row.push_back(cell(result, workload, phase, figure));
        table.add(row);
        if (figure.path == std::string("/availability")) {
          std::vector<std::string> worst{"    in the worst region"};
          for (const Json& result : results) worst.push_back(worst_region(result, workload, phase));
          table.add(worst);
        }
      }
    }
  }
  table.add({"checks"}, Tone::strong);
  for (const auto& [check, verdict_of_first] : first["checks"].items()) {
    std::vector<std::string> row{"  " + check};
    for (const Json& result : results) {
      row.push_back(result["checks"].contains(check)
                        ? result["checks"][check]["verdict"].get<std::string>()
                        : "-");
    }
    table.add(row);
    for (std::size_t i = 1; i < row.size(); ++i) {
      table.tint(i, row[i] == "valid" ? Tone::good : row[i] == "invalid" ? Tone::bad : Tone::dim);
    }
  }
  table.add({"PACELC"}, Tone::strong);
  std::vector<std::string> claims{"  claimed by its parameters"};
  std::vector<std::string> classes{"  measured"};
  for (const Json& result : results) {
    claims.push_back(claimed(result));
    classes.push_back(measured(result));
  }
  table.add(claims);
  table.add(classes, Tone::strong);
  return table.text();
}

}  // namespace faultline
