#include "trial_summary.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "terminal.hpp"

namespace faultline {
namespace {

using terminal::Table;
using terminal::tinted;
using terminal::Tone;

/// Digits behind the point that are worth writing: one digit of the half width, two if it begins
/// with 1 or 2.
int decimals_for(double half, double value) {
  if (half == 0) half = std::abs(value) / 100;  // nothing is uncertain: three digits
  if (half == 0 || std::abs(value) == 100) return 0;
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

}  // namespace faultline
