#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <faultline/fault/timeline.hpp>
#include <faultline/metric/run_intervals.hpp>
#include <faultline/statistics/long_run.hpp>

namespace faultline {
namespace {

/// Ten in each short stretch: with fewer, chance hides how the stretches depend on each other.
constexpr std::uint64_t least_operations = 10 * short_stretches;
/// So many have to exceed a quantile, five in each long stretch: of less their spread says little.
constexpr double least_beyond = 5 * long_stretches;

constexpr const char* too_dependent =
    "stretches of the run depend on each other, so it is too short to tell";

struct Quantile {
  const char* metric;
  double p;
};
constexpr std::array<Quantile, 4> quantiles{
    {{"latency.p50", 0.5}, {"latency.p90", 0.9}, {"latency.p99", 0.99}, {"latency.p999", 0.999}}};

using Stretches = std::vector<Stretch>;

/// What each stretch of a phase adds to the figures.
struct Sums {
  Stretches operations{short_stretches};  ///< that went well, of all
  Stretches throughput{short_stretches};  ///< operations by seconds
  Stretches goodput{short_stretches};
  Stretches attempts{short_stretches};             ///< by operations
  Stretches latency{short_stretches};              ///< seconds, by operations that went well
  std::array<Stretches, quantiles.size()> beyond;  ///< how many exceed a quantile

  Sums() { beyond.fill(Stretches(short_stretches)); }
};

/// The quantiles themselves; empty if no operation went well.
std::vector<Duration> values_of_quantiles(std::span<const Duration> sorted) {
  std::vector<Duration> values;
  for (const Quantile& each : quantiles) {
    if (!sorted.empty()) values.push_back(quantile(sorted, each.p));
  }
  return values;
}

Sums sums_of(const History& history, std::uint16_t workload, const Phase& phase,
             std::span<const Duration> values) {
  Sums sums;
  const Duration length = phase.to - phase.from;
  for (std::size_t i = 0; i < short_stretches; ++i) {
    sums.throughput[i].whole = sums.goodput[i].whole = seconds(length) / short_stretches;
  }
  for (const Operation& operation : history.operations) {
    if (operation.workload != workload || operation.part) continue;
    if (operation.intended < phase.from || operation.intended >= phase.to) continue;
    const double share = seconds(operation.intended - phase.from) / seconds(length);
    const auto i = std::min(static_cast<std::size_t>(share * short_stretches), short_stretches - 1);
    const bool ok = operation.outcome == Outcome::ok;
    sums.operations[i].whole += 1;
    sums.attempts[i].whole += 1;
    sums.attempts[i].part += operation.attempts;
    if (operation.outcome != Outcome::unknown) sums.throughput[i].part += 1;
    if (!ok) continue;
    sums.operations[i].part += 1;
    sums.goodput[i].part += 1;
    sums.latency[i].whole += 1;
    sums.latency[i].part += seconds(operation.latency());
    for (std::size_t q = 0; q < values.size(); ++q) {
      sums.beyond[q][i].whole += 1;
      sums.beyond[q][i].part += operation.latency() > values[q] ? 1 : 0;
    }
  }
  return sums;
}

std::string too_few(std::uint64_t there, double needed) {
  return fmt::format("{} operations are too few, {:.0f} would do", there, needed);
}

RunFigure figure(const char* metric, const Stretches& stretches) {
  if (dependence(stretches) > most_dependence) return {metric, std::nullopt, too_dependent};
  Estimate estimate = ratio_of_stretches(stretches);
  estimate.low = std::max(estimate.low, 0.0);
  return {metric, estimate, ""};
}

/// At least as wide as so many operations leave open, were they independent: a share of 1 in the
/// whole run is not surely 1.
RunFigure availability(const Stretches& stretches, const Tally& tally) {
  RunFigure share = figure("availability", stretches);
  if (!share.estimate) return share;
  const Estimate counted = proportion_interval(tally.ok, tally.operations);
  share.estimate->low = std::min(share.estimate->low, counted.low);
  share.estimate->high = std::min(std::max(share.estimate->high, counted.high), 1.0);
  return share;
}

/// Latencies are one process: if one figure of them shows that stretches depend on each other,
/// none is sure. The rarest quantile is left out, of which chance hides it.
bool latencies_depend(const Sums& sums) {
  double worst = dependence(sums.latency);
  for (std::size_t q = 0; q + 1 < quantiles.size(); ++q) {
    worst = std::max(worst, dependence(sums.beyond[q]));
  }
  return worst > most_dependence;
}

void add_latencies(std::vector<RunFigure>& figures, const Sums& sums, const Tally& tally) {
  if (tally.ok < least_operations || latencies_depend(sums)) {
    const std::string why = tally.ok < least_operations ? too_few(tally.ok, least_operations)
                                                        : std::string(too_dependent);
    figures.push_back({"latency.mean", std::nullopt, why});
    for (const Quantile& each : quantiles) figures.push_back({each.metric, std::nullopt, why});
    return;
  }
  figures.push_back(figure("latency.mean", sums.latency));
  for (std::size_t q = 0; q < quantiles.size(); ++q) {
    const double needed = std::round(least_beyond / (1 - quantiles[q].p));
    if (static_cast<double>(tally.ok) < needed) {
      figures.push_back({quantiles[q].metric, std::nullopt, too_few(tally.ok, needed)});
      continue;
    }
    figures.push_back({quantiles[q].metric,
                       quantile_of_stretches(tally.latencies, quantiles[q].p, sums.beyond[q]), ""});
  }
}

}  // namespace

bool is_undisturbed(const Phase& phase) {
  return phase.name == steady || phase.name == before_faults;
}

std::vector<RunFigure> intervals_of_run(const History& history, std::uint16_t workload,
                                        const Phase& phase, const Tally& tally) {
  const Sums sums = sums_of(history, workload, phase, values_of_quantiles(tally.latencies));
  std::vector<RunFigure> figures;
  if (tally.operations < least_operations) {
    for (const char* metric : {"availability", "throughput", "goodput", "attempts"}) {
      figures.push_back({metric, std::nullopt, too_few(tally.operations, least_operations)});
    }
  } else {
    figures.push_back(availability(sums.operations, tally));
    figures.push_back(figure("throughput", sums.throughput));
    figures.push_back(figure("goodput", sums.goodput));
    figures.push_back(figure("attempts", sums.attempts));
  }
  add_latencies(figures, sums, tally);
  return figures;
}

}  // namespace faultline
