#include "trial_summary.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "terminal.hpp"
#include "warmups.hpp"

namespace faultline {
namespace {

using terminal::Table;
using terminal::tinted;
using terminal::Tone;

/// Digits behind the point that are worth writing: one digit of the half width, two if it begins
/// with 1 or 2.
int decimals_for(double half, double value) {
  if (half == 0 && std::abs(value) == 100) return 0;
  if (half == 0) half = std::abs(value) / 100;  // nothing is uncertain: three digits
  if (half == 0) return 0;
  const double magnitude = std::floor(std::log10(half));
  const double digits = half / std::pow(10, magnitude) < 3 ? 1 - magnitude : -magnitude;
  return static_cast<int>(std::clamp(digits, 0.0, 6.0));
}

double number(const Json& estimate, const char* name) { return estimate[name].get<double>(); }

std::string cell(const Json& phase, const char* path, const FigureStyle& style) {
  const Json::json_pointer at(path);
  return phase.contains(at) ? plus_minus(phase.at(at), style) : "-";
}

void add_workload(std::string& text, const std::string& name, const Json& phases) {
  Table table({name, "ok", "goodput/s", "p50", "p99", "stale", "lost updates"});
  for (const auto& [phase, figures] : phases.items()) {
    if (phase == "all" && phases.size() == 2) continue;  // the same as the only phase
    table.add({"  " + phase, cell(figures, "/availability", as_percent),
               cell(figures, "/goodput", as_count), cell(figures, "/latency/p50", as_milliseconds),
               cell(figures, "/latency/p99", as_milliseconds),
               cell(figures, "/stale_fraction", as_percent),
               cell(figures, "/lost_updates", as_count)});
  }
  text += table.text() + "\n";
}

/// "18 of 20" and "70 to 99 %".
std::vector<std::string> share_cells(const Json& share) {
  const double trials = number(share, "trials");
  const double many = std::round(number(share, "value") * trials);
  return {
      fmt::format("{:.0f} of {:.0f}", many, trials),
      fmt::format("{:.0f} to {:.0f} %", number(share, "low") * 100, number(share, "high") * 100)};
}

void add_checks(std::string& text, const Json& trials) {
  Table table({"checks", "held in", "95 % interval"});
  for (const auto& [name, check] : trials["checks"].items()) {
    std::vector<std::string> row{"  " + name, "unknown", ""};
    if (check["held"]["value"].is_number()) {
      const auto cells = share_cells(check["held"]);
      std::copy(cells.begin(), cells.end(), row.begin() + 1);
    }
    table.add(row);
    if (check["invalid"] > 0U) table.tint(1, Tone::bad);
  }
  text += table.text();
}

void add_expectations(std::string& text, const Json& trials) {
  for (const Json& expectation : trials["expectations"]) {
    const Json& met = expectation["met"];
    const bool always = met["value"] == 1.0;
    text += fmt::format("{} {} (met in {})\n",
                        tinted(always ? "met  " : "UNMET", always ? Tone::good : Tone::bad),
                        expectation["text"].get<std::string>(), share_cells(met)[0]);
  }
}

void add_precision(std::string& text, const Json& precision) {
  const std::string target = terminal::percent(number(precision, "target"));
  if (precision["reached"].get<bool>()) {
    text += fmt::format("half of every interval asked for is at most {} of its value\n", target);
    return;
  }
  text += fmt::format("{} trials were not enough for {} (raise --max-trials):\n",
                      precision["most_trials"].get<std::size_t>(), target);
  for (const Json& figure : precision["figures"]) {
    const Json& share = figure["share"];
    if (share.is_number() && share <= precision["target"]) continue;
    text += fmt::format("  {} of {}: ± {}\n", figure["metric"].get<std::string>(),
                        figure["workload"].get<std::string>(),
                        share.is_number() ? terminal::percent(share.get<double>()) : "?");
  }
}

/// A figure that is compared, as a person reads it.
struct ComparedFigure {
  const char* metric;
  const char* title;
  FigureStyle style;
};
constexpr ComparedFigure compared_figures[] = {{"availability", "answered well", as_percent},
                                               {"goodput", "goodput per s", as_count},
                                               {"latency.p50", "latency p50", as_milliseconds},
                                               {"latency.p99", "latency p99", as_milliseconds},
                                               {"stale_fraction", "stale reads", as_percent},
                                               {"lost_updates", "lost updates", as_count}};

/// "-1.9 % ± 0.3 *"; the star where chance does not explain the difference.
std::string difference_cell(const Json& difference, FigureStyle style) {
  style.signs = true;
  const bool differs = difference["differs"].get<bool>();
  const bool same = difference["value"] == 0.0 && difference["high"] == 0.0;
  const std::string text = same ? "same" : plus_minus(difference, style);
  return text + (differs ? " *" : "  ");
}

/// The rows of a comparison: of a workload's phase, all figures of all scenarios.
class ComparisonTable {
 public:
  explicit ComparisonTable(const Json& comparison)
      : comparison_(comparison), scenarios_(comparison["scenarios"]), table_(headings()) {}

  std::string text() {
    const Json& workloads = scenarios_[0]["workloads"];
    for (const auto& [workload, figures] : workloads.items()) {
      for (const auto& [phase, of_phase] : figures["phases"].items()) {
        if (phase == "all" && figures["phases"].size() == 2) continue;
        table_.add({workloads.size() > 1 ? workload + ", " + phase : phase}, Tone::strong);
        for (const ComparedFigure& figure : compared_figures) add(workload, phase, figure);
      }
    }
    table_.add({"checks held in"}, Tone::strong);
    for (const auto& [name, check] : scenarios_[0]["checks"].items()) add_check(name);
    return table_.text();
  }

 private:
  std::vector<std::string> headings() const {
    std::vector<std::string> names{"", comparison_["baseline"].get<std::string>()};
    for (std::size_t i = 1; i < scenarios_.size(); ++i) {
      names.push_back(scenarios_[i]["scenario"].get<std::string>() + "  ");
    }
    return names;
  }

  void add(const std::string& workload, const std::string& phase, const ComparedFigure& figure) {
    const Json::json_pointer at(pointer_to(workload, phase, figure.metric));
    std::vector<std::string> row{std::string("  ") + figure.title,
                                 plus_minus(scenarios_[0].at(at), figure.style)};
    std::vector<std::size_t> marked;
    for (std::size_t i = 1; i < scenarios_.size(); ++i) {
      row.emplace_back("-  ");
      for (const Json& difference : comparison_["differences"]) {
        if (difference["position"] != i || difference["workload"] != workload ||
            difference["phase"] != phase || difference["metric"] != figure.metric) {
          continue;
        }
        row.back() = difference_cell(difference, figure.style);
        if (difference["differs"].get<bool>()) marked.push_back(row.size() - 1);
      }
    }
    table_.add(row);
    for (const std::size_t column : marked) table_.tint(column, Tone::strong);
  }

  void add_check(const std::string& name) {
    std::vector<std::string> row{"  " + name};
    for (std::size_t i = 0; i < scenarios_.size(); ++i) {
      const Json& checks = scenarios_[i]["checks"];
      const bool known = checks.contains(name) && checks[name]["held"]["value"].is_number();
      row.push_back((known ? share_cells(checks[name]["held"])[0] : "-") + (i > 0 ? "  " : ""));
    }
    table_.add(row);
  }

  const Json& comparison_;
  const Json& scenarios_;
  Table table_;
};

/// What may be said of each scenario, and of which nothing.
std::string conclusions(const Json& comparison) {
  std::string text;
  const Json& scenarios = comparison["scenarios"];
  for (std::size_t i = 1; i < scenarios.size(); ++i) {
    std::size_t all = 0;
    std::size_t beyond = 0;
    for (const Json& difference : comparison["differences"]) {
      if (difference["position"] != i) continue;
      ++all;
      beyond += difference["differs"].get<bool>() ? 1 : 0;
    }
    const std::string name = scenarios[i]["scenario"].get<std::string>();
    if (beyond == 0) {
      text += fmt::format("{}: nothing can be told; none of {} figures differs beyond chance\n",
                          name, all);
    } else {
      text += fmt::format("{}: {} of {} figures differ beyond chance (*){}\n", name, beyond, all,
                          beyond < all ? "; of the others nothing can be told" : "");
    }
  }
  return text;
}

/// How precise the scenarios' own figures are, if that was asked.
std::string precisions(const Json& comparison) {
  std::string text;
  for (const Json& scenario : comparison["scenarios"]) {
    if (!scenario.contains("precision")) continue;
    text += scenario["scenario"].get<std::string>() + ": ";
    add_precision(text, scenario["precision"]);
  }
  return text;
}

}  // namespace

std::string plus_minus(const Json& estimate, const FigureStyle& style) {
  if (!estimate["value"].is_number()) return "-";
  const double value = number(estimate, "value") * style.scale;
  const auto written = [&](double half) {
    const int decimals = decimals_for(half, value);
    return style.signs ? fmt::format("{:+.{}f}{}", value, decimals, style.unit)
                       : fmt::format("{:.{}f}{}", value, decimals, style.unit);
  };
  if (!estimate["low"].is_number()) return written(0) + " ± ?";
  const double half = std::max(number(estimate, "high") - number(estimate, "value"),
                               number(estimate, "value") - number(estimate, "low")) *
                      style.scale;
  if (half == 0) return written(0) + " ± 0";
  return fmt::format("{} ± {:.{}f}", written(half), half, decimals_for(half, value));
}

std::string trial_summary(const Json& trials) {
  std::string text =
      fmt::format("{}  ({} trials, seed {} and others; ± is half of a 95 % interval)\n\n",
                  tinted(trials["scenario"].get<std::string>(), Tone::strong),
                  trials["trials"].get<std::size_t>(), trials["seeds"][0].get<std::uint64_t>());
  for (const auto& [name, workload] : trials["workloads"].items()) {
    add_workload(text, name, workload["phases"]);
  }
  text += warmup_found(trials);
  add_checks(text, trials);
  if (!trials["expectations"].empty()) {
    text += "\n";
    add_expectations(text, trials);
  }
  if (trials.contains("precision")) {
    text += "\n";
    add_precision(text, trials["precision"]);
  }
  return text;
}

std::string trial_comparison(const Json& comparison) {
  return fmt::format(
      "differences from {}, ± half of a 95 % interval\n\n{}\n{}{}"
      "Paired differences of {} trials with the same seeds. That no star is there by chance has a\n"
      "confidence of 95 %, by Holm's correction for {} comparisons.\n",
      comparison["baseline"].get<std::string>(), ComparisonTable(comparison).text(),
      conclusions(comparison), precisions(comparison), comparison["trials"].get<std::size_t>(),
      comparison["comparisons"].get<std::size_t>());
}

}  // namespace faultline
