#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include <faultline/core/random.hpp>
#include <faultline/experiment/trials.hpp>

namespace faultline {
namespace {

using Pointer = Json::json_pointer;

/// Which quantile of latencies a pointer names: that of ".../latency/p99" is 0.99.
std::optional<double> quantile_named(const Pointer& pointer) {
  if (pointer.empty() || pointer.parent_pointer().empty()) return std::nullopt;
  if (pointer.parent_pointer().back() != "latency") return std::nullopt;
  const std::string& name = pointer.back();
  if (name == "p50") return 0.5;
  if (name == "p90") return 0.9;
  if (name == "p99") return 0.99;
  if (name == "p999") return 0.999;
  return std::nullopt;
}

bool is_share(const std::string& name) {
  return name == "availability" || name == "stale_fraction" || name.ends_with("utilisation");
}

Json bound(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// Every figure of the trials, in the shape of the result that they share.
class Gatherer {
 public:
  explicit Gatherer(const std::vector<const Trial*>& trials) : trials_(trials) {}

  Json gather() const {
    std::vector<const Json*> roots;
    for (const Trial* trial : trials_) roots.push_back(&trial->measured);
    return gather(roots, Pointer());
  }

 private:
  /// `nodes` are what stands at `at` in the trials that have something there.
  Json gather(const std::vector<const Json*>& nodes, const Pointer& at) const {
    const auto is_figure = [](const Json* node) { return node->is_number() || node->is_null(); };
    if (std::all_of(nodes.begin(), nodes.end(), is_figure)) {
      return estimate_json(estimate_of(trials_, at.to_string(), &pool_));
    }
    Json all = Json::object();
    for (const Json* node : nodes) {
      if (!node->is_object()) continue;
      for (const auto& [key, value] : node->items()) {
        if (!all.contains(key)) all[key] = gather(below(nodes, key), at / key);
      }
    }
    return all;
  }

  static std::vector<const Json*> below(const std::vector<const Json*>& nodes,
                                        const std::string& key) {
    std::vector<const Json*> found;
    for (const Json* node : nodes) {
      if (node->is_object() && node->contains(key)) found.push_back(&(*node)[key]);
    }
    return found;
  }

  const std::vector<const Trial*>& trials_;
  mutable PooledLatencies pool_;
};

/// All latencies of a summary, in any order; of trials without any there is nothing to add.
std::vector<Duration>& pooled(std::span<const Trial* const> trials, const std::string& pointer,
                              PooledLatencies& pool) {
  if (pool.pointer == pointer) return pool.together;
  pool.pointer = pointer;
  pool.together.clear();
  for (const Trial* trial : trials) {
    const auto latencies = trial->latencies(pointer);
    pool.together.insert(pool.together.end(), latencies.begin(), latencies.end());
  }
  return pool.together;
}

Json share_json(std::uint64_t successes, std::uint64_t trials) {
  return estimate_json(proportion_interval(successes, trials));
}

Json checks_json(const std::vector<Trial>& trials) {
  Json checks = Json::object();
  for (const Trial& trial : trials) {
    for (const auto& [name, verdict] : trial.verdicts.items()) {
      if (!checks.contains(name)) {
        checks[name] = {{"valid", 0U}, {"invalid", 0U}, {"unknown", 0U}};
      }
      Json& count = checks[name][verdict.get<std::string>()];
      count = count.get<std::uint64_t>() + 1;
    }
  }
  for (auto& [name, counts] : checks.items()) {
    const auto valid = counts["valid"].get<std::uint64_t>();
    const auto decided = valid + counts["invalid"].get<std::uint64_t>();
    counts["held"] = decided == 0 ? estimate_json(std::nullopt) : share_json(valid, decided);
  }
  return checks;
}

Json expectations_json(const std::vector<Trial>& trials) {
  Json list = Json::array();
  for (std::size_t i = 0; i < trials.front().expectations.size(); ++i) {
    const auto met = std::count_if(trials.begin(), trials.end(), [&](const Trial& trial) {
      return trial.expectations[i]["met"].get<bool>();
    });
    list.push_back({{"text", trials.front().expectations[i]["text"]},
                    {"met", share_json(static_cast<std::uint64_t>(met), trials.size())}});
  }
  return list;
}

}  // namespace

std::uint64_t seed_of_trial(std::uint64_t seed, std::size_t trial) {
  if (trial == 1) return seed;
  return RandomStream(seed, fmt::format("trial/{}", trial)).next() >> 11U;
}

Scenario with_seed(Scenario scenario, std::uint64_t seed) {
  scenario.seed = seed;
  scenario.as_run["seed"] = seed;
  return scenario;
}

TrialFigure figure_of(std::span<const Trial* const> trials, const std::string& pointer,
                      PooledLatencies* pool) {
  const Pointer at(pointer);
  const auto quantile_of = quantile_named(at);
  TrialFigure figure;
  for (const Trial* trial : trials) {
    if (!trial->measured.contains(at) || !trial->measured.at(at).is_number()) continue;
    figure.each.push_back(trial->measured.at(at).get<double>());
  }
  if (figure.each.empty()) return figure;
  if (quantile_of) {
    PooledLatencies own;
    std::vector<Duration>& together =
        pooled(trials, at.parent_pointer().to_string(), pool != nullptr ? *pool : own);
    if (together.empty()) {
      throw std::invalid_argument(fmt::format("{}: a quantile without latencies", pointer));
    }
    const auto at_rank =
        together.begin() + static_cast<std::ptrdiff_t>(nearest_rank(together.size(), *quantile_of));
    std::nth_element(together.begin(), at_rank, together.end());
    figure.whole = seconds(*at_rank);
  } else {
    figure.whole = mean_interval(figure.each).value;
  }
  return figure;
}

std::optional<Estimate> estimate_of(std::span<const Trial* const> trials,
                                    const std::string& pointer, PooledLatencies* pool,
                                    double confidence) {
  const TrialFigure figure = figure_of(trials, pointer, pool);
  if (figure.each.empty()) return std::nullopt;
  Estimate estimate = sectioned(figure.whole, figure.each, confidence);
  if (!std::isfinite(estimate.low)) return estimate;
  estimate.low = std::max(estimate.low, 0.0);
  if (is_share(Pointer(pointer).back())) estimate.high = std::min(estimate.high, 1.0);
  return estimate;
}

Json estimate_json(const std::optional<Estimate>& estimate) {
  if (!estimate) return {{"value", nullptr}, {"low", nullptr}, {"high", nullptr}, {"trials", 0}};
  return {{"value", estimate->value},
          {"low", bound(estimate->low)},
          {"high", bound(estimate->high)},
          {"trials", estimate->values}};
}

std::vector<const Trial*> pointers_to(const std::vector<Trial>& trials) {
  std::vector<const Trial*> pointers;
  for (const Trial& trial : trials) pointers.push_back(&trial);
  return pointers;
}

Json summarise_trials(const Scenario& scenario, const std::vector<Trial>& trials) {
  Json summary = {{"faultline", version},
                  {"scenario", scenario.name},
                  {"trials", trials.size()},
                  {"confidence", usual_confidence},
                  {"seeds", Json::array()}};
  for (const Trial& trial : trials) summary["seeds"].push_back(trial.seed);
  if (!scenario.warmup_detection.is_null()) {
    summary["warmup"] = seconds(scenario.warmup);
    summary["warmup_detection"] = scenario.warmup_detection;
  }
  const std::vector<const Trial*> pointers = pointers_to(trials);
  const Json figures = Gatherer(pointers).gather();
  for (const auto& [kind, of_kind] : figures.items()) summary[kind] = of_kind;
  summary["checks"] = checks_json(trials);
  summary["expectations"] = expectations_json(trials);
  return summary;
}

std::string pointer_to(const std::string& workload, const std::string& phase,
                       const std::string& metric) {
  std::string path = metric;
  std::replace(path.begin(), path.end(), '.', '/');
  return (Pointer() / "workloads" / workload / "phases" / phase / Pointer("/" + path)).to_string();
}

Json judge_precision(const Scenario& scenario, const std::vector<Trial>& trials,
                     const Precision& precision) {
  Json figures = Json::array();
  bool reached = true;
  const std::vector<const Trial*> all = pointers_to(trials);
  PooledLatencies pool;
  for (const WorkloadSettings& workload : scenario.workloads) {
    for (const std::string& metric : precision.metrics) {
      const auto estimate = estimate_of(all, pointer_to(workload.name, "all", metric), &pool);
      if (!estimate) continue;
      const double half = estimate->half_width();
      const double share = half == 0 ? 0 : half / std::abs(estimate->value);
      reached &= share <= precision.share;
      figures.push_back({{"workload", workload.name}, {"metric", metric}, {"share", bound(share)}});
    }
  }
  return {{"target", precision.share}, {"reached", reached}, {"figures", figures}};
}

}  // namespace faultline
