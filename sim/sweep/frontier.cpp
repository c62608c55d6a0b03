#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include <faultline/core/trimmed.hpp>
#include <faultline/fault/timeline.hpp>
#include <faultline/scenario/metric_names.hpp>
#include <faultline/sweep/frontier.hpp>
#include <faultline/sweep/tables.hpp>

namespace faultline {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> phases_of(const Scenario& scenario) {
  const auto spans =
      unfold(scenario.faults, Time{scenario.duration + scenario.settle}, scenario.seed);
  std::vector<std::string> names{"all"};
  for (const Phase& phase :
       phases(scenario.faults, spans, Time{scenario.warmup}, Time{scenario.duration})) {
    names.push_back(phase.name);
  }
  return names;
}

/// Who has the figure, and which there are of it.
struct Subject {
  std::string name;
  bool is_service = false;
};

Subject subject_of(const std::string& name, const Scenario& scenario) {
  std::vector<std::string> known;
  for (const auto& workload : scenario.workloads) known.push_back(workload.name);
  if (name.empty() && known.size() == 1) return {known.front(), false};
  if (name.empty()) throw BadValue("say whose figure it is (as in \"latency.p99 of clients\")");
  if (holds(known, name)) return {name, false};
  std::vector<std::string> services;
  for (const auto& service : scenario.services) services.push_back(service.name);
  if (holds(services, name)) return {name, true};
  known.insert(known.end(), services.begin(), services.end());
  throw BadValue(
      fmt::format("there is no workload or service \"{}\" ({})", name, suggestion(name, known)));
}

FigureName read_figure(const std::string& text, const Scenario& scenario) {
  std::string metric(trimmed(text));
  std::string phase = "all";
  if (const std::size_t comma = metric.find(','); comma != std::string::npos) {
    phase = trimmed(metric.substr(comma + 1));
    metric = trimmed(metric.substr(0, comma));
  }
  std::string name;
  if (const std::size_t of = metric.find(" of "); of != std::string::npos) {
    name = trimmed(metric.substr(of + 4));
    metric = trimmed(metric.substr(0, of));
  }
  const Subject subject = subject_of(name, scenario);
  const auto known =
      subject.is_service ? service_metrics() : all_workload_metrics(scenario.topology.regions);
  if (!holds(known, metric)) {
    throw BadValue(fmt::format(
        "there is no figure \"{}\" of {} ({})", metric, subject.name,
        suggestion(metric, subject.is_service ? service_metrics() : workload_metrics())));
  }
  if (const auto phases = phases_of(scenario); !holds(phases, phase)) {
    throw BadValue(fmt::format("there is no phase \"{}\" ({})", phase, suggestion(phase, phases)));
  }
  std::string path = metric;
  std::replace(path.begin(), path.end(), '.', '/');
  const Json::json_pointer at = Json::json_pointer() /
                                (subject.is_service ? "services" : "workloads") / subject.name /
                                "phases" / phase / Json::json_pointer("/" + path);
  return {std::string(trimmed(text)), metric, at.to_string()};
}

FrontierCost::Term read_term(const std::string& text, const SweepPlan& plan) {
  FrontierCost::Term term;
  std::string pointer(trimmed(text));
  if (const std::size_t star = pointer.find('*');
      star != std::string::npos && star < pointer.find('/')) {
    term.weight = parse_quantity(pointer.substr(0, star), Unit::none);
    pointer = trimmed(pointer.substr(star + 1));
  }
  std::vector<std::string> known;
  for (const Axis& axis : plan.settings().axes) {
    if (axis.pointer() == pointer) return term;
    known.push_back(axis.pointer());
    ++term.axis;
  }
  throw BadValue(fmt::format("{} is not varied, so it costs the same everywhere ({})", pointer,
                             suggestion(pointer, known)));
}

}  // namespace

FrontierBound read_frontier_bound(const std::string& text, const Scenario& scenario) {
  const std::size_t sign = text.find_first_of("<>");
  if (sign == std::string::npos) {
    throw BadValue("is not a bound on a figure (as in \"latency.p99 < 50ms\")");
  }
  FrontierBound bound;
  bound.text = trimmed(text);
  bound.below = text[sign] == '<';
  const std::size_t behind = sign + (text.substr(sign + 1).starts_with("=") ? 2 : 1);
  const std::string limit(trimmed(text.substr(behind)));
  std::string figure(trimmed(text.substr(0, sign)));
  constexpr std::string_view count = "stale_reads";
  if (limit.ends_with('%') && figure.starts_with(count)) {
    figure = "stale_fraction" + figure.substr(count.size());
  }
  bound.figure = read_figure(figure, scenario);
  bound.bound = parse_bound(limit, bound.figure.metric);
  return bound;
}

FrontierCost read_frontier_cost(const std::string& text, const SweepPlan& plan) {
  FrontierCost cost;
  cost.text = trimmed(text);
  if (cost.text.find('/') == std::string::npos) {
    cost.figure = read_figure(cost.text, plan.base());
    return cost;
  }
  constexpr std::string_view plus = " + ";
  std::size_t begin = 0;
  while (begin != std::string::npos) {
    const std::size_t end = cost.text.find(plus, begin);
    cost.terms.push_back(read_term(cost.text.substr(begin, end - begin), plan));
    begin = end == std::string::npos ? end : end + plus.size();
  }
  return cost;
}

double cost_of_point(const FrontierCost& cost, const SweepPlan& plan, std::uint64_t point) {
  const std::vector<Json> values = plan.values(point);
  double sum = 0;
  for (const FrontierCost::Term& term : cost.terms) {
    const Json number = number_of_value(values[term.axis]);
    if (!number.is_number()) {
      throw BadValue(fmt::format("{} of {} is not a number, so nothing is the cheaper for it",
                                 values[term.axis].dump(), plan.names()[term.axis]));
    }
    sum += term.weight * number.get<double>();
  }
  return sum;
}

std::vector<std::vector<std::uint64_t>> cost_tiers(const std::vector<FrontierCost>& costs,
                                                   const SweepPlan& plan,
                                                   const std::vector<std::uint64_t>& points) {
  std::map<std::vector<double>, std::vector<std::uint64_t>> by_cost;
  for (const std::uint64_t point : points) {
    std::vector<double> of_point;
    for (const FrontierCost& cost : costs) {
      if (!cost.figure) of_point.push_back(cost_of_point(cost, plan, point));
    }
    by_cost[of_point].push_back(point);
  }
  std::vector<std::vector<std::uint64_t>> tiers;
  for (auto& [cost, tier] : by_cost) tiers.push_back(std::move(tier));
  return tiers;
}

std::vector<std::uint64_t> frontier_looks(std::uint64_t first, std::uint64_t most) {
  std::vector<std::uint64_t> looks;
  for (std::uint64_t trials = first; trials < most; trials *= 2) looks.push_back(trials);
  looks.push_back(most);
  return looks;
}

namespace {

/// The sum of a count over trials; nothing if a trial does not have it.
std::optional<std::uint64_t> sum_of(const std::vector<Trial>& trials,
                                    const Json::json_pointer& pointer) {
  std::uint64_t sum = 0;
  for (const Trial& trial : trials) {
    if (!trial.measured.contains(pointer)) return std::nullopt;
    const Json& count = trial.measured[pointer];
    if (!count.is_number_unsigned()) return std::nullopt;
    sum += count.get<std::uint64_t>();
  }
  return sum;
}

/// The interval of a share from the operations that it is of; nothing if the figure is none.
std::optional<Estimate> estimate_from_counts(const FigureName& figure,
                                             const std::vector<Trial>& trials, double confidence) {
  const Json::json_pointer at(figure.pointer);
  const Json::json_pointer of = at.parent_pointer();
  std::optional<std::uint64_t> part;
  std::optional<std::uint64_t> whole;
  if (at.back() == "availability") {
    part = sum_of(trials, of / "ok");
    whole = sum_of(trials, of / "operations");
  } else if (at.back() == "stale_fraction") {
    part = sum_of(trials, of / "stale_reads");
    whole = sum_of(trials, of / "kinds" / "get" / "ok");
  }
  if (!part || !whole || *whole == 0 || *part > *whole) return std::nullopt;
  return proportion_interval(*part, *whole, confidence);
}

}  // namespace

std::optional<Estimate> estimate_of_figure(const FigureName& figure,
                                           const std::vector<Trial>& trials, double confidence,
                                           PooledLatencies* pool) {
  auto estimate = estimate_of(pointers_to(trials), figure.pointer, pool, confidence);
  const auto counted = estimate_from_counts(figure, trials, confidence);
  if (estimate && counted) {
    estimate->low = std::min(estimate->low, counted->low);
    estimate->high = std::max(estimate->high, counted->high);
  }
  return estimate;
}

FrontierVerdict judge_point(const std::vector<FrontierBound>& bounds,
                            const std::vector<Trial>& trials, double confidence) {
  PooledLatencies pool;
  FrontierVerdict verdict = FrontierVerdict::meets;
  for (const FrontierBound& bound : bounds) {
    const auto estimate = estimate_of_figure(bound.figure, trials, confidence, &pool);
    const bool right =
        estimate && (bound.below ? estimate->high < bound.bound : estimate->low > bound.bound);
    const bool wrong =
        estimate && (bound.below ? estimate->low > bound.bound : estimate->high < bound.bound);
    if (wrong) return FrontierVerdict::fails;
    if (!right) verdict = FrontierVerdict::undecided;
  }
  return verdict;
}

const char* name_of(FrontierVerdict verdict) {
  switch (verdict) {
    case FrontierVerdict::meets:
      return "meets";
    case FrontierVerdict::fails:
      return "fails";
    case FrontierVerdict::undecided:
      return "undecided";
  }
  return "";
}

}  // namespace faultline
