#include <algorithm>
#include <optional>
#include <utility>

#include <faultline/check/causal.hpp>
#include <faultline/check/causal_plus.hpp>
#include <faultline/check/convergence.hpp>
#include <faultline/check/hierarchy.hpp>
#include <faultline/check/linearizable.hpp>
#include <faultline/check/misreads.hpp>
#include <faultline/check/sequential.hpp>
#include <faultline/check/sessions.hpp>
#include <faultline/check/staleness.hpp>

namespace faultline {
namespace {

const std::vector<ConsistencyLevel> levels{
    {"linearizable",
     {"sequential", "read_your_writes", "monotonic_reads", "monotonic_writes",
      "writes_follow_reads", "bounded_staleness"}},
    {"sequential", {"causal_memory", "causal_plus"}},
    {"causal_memory", {"causal", "pram"}},
    {"causal_plus", {"causal"}},
    {"causal", {}},
    {"pram", {}},
    {"read_your_writes", {}},
    {"monotonic_reads", {}},
    {"monotonic_writes", {}},
    {"writes_follow_reads", {}},
    {"bounded_staleness", {}},
    {"convergence", {}},
};

const ConsistencyLevel& level_named(std::string_view name) {
  return *std::find_if(levels.begin(), levels.end(),
                       [&](const ConsistencyLevel& each) { return each.name == name; });
}

/// Fills in the levels, each from its judge or from what others imply.
class HierarchyJudge {
 public:
  HierarchyJudge(const History& history, const CheckOptions& options)
      : history_(history), options_(options), verdicts_(levels.size()) {}

  Hierarchy judge(const ReplicaStates* states) {
    Hierarchy hierarchy;
    settle(check_linearizable(history_, options_));
    if (valid("linearizable")) {
      hierarchy.staleness = {0, Duration{0}};
    } else {
      judge_orders();
      settle(check_read_your_writes(history_, options_));
      settle(check_monotonic_reads(history_, options_));
      settle(check_monotonic_writes(history_, options_));
      settle(check_writes_follow_reads(history_, options_));
      const auto reads = measure_staleness(history_, options_.workloads);
      settle(judge_bounded_staleness(history_, reads, options_));
      hierarchy.staleness = smallest_bound(reads);
    }
    if (states != nullptr) settle(check_convergence(*states, options_));
    for (auto& verdict : verdicts_) {
      if (verdict) hierarchy.levels.push_back(std::move(*verdict));
    }
    return hierarchy;
  }

 private:
  /// First what may settle all at once. Then weak promises before strong ones: if they are broken,
  /// so are the strong ones, and they cost less to judge.
  void judge_orders() {
    const Traces traces(history_, options_.workloads);
    CheckResult sequential = begin("sequential", traces);
    if (sequential.verdict != Verdict::invalid) search_briefly(traces, sequential);
    if (sequential.verdict == Verdict::valid) settle(sequential);
    if (undecided("causal")) settle(judge_causal(traces, options_));
    if (undecided("causal_plus")) judge_arbitration(traces);
    if (undecided("pram")) settle(judge_pram(traces, options_));
    if (undecided("causal_memory")) settle(judge_causal_memory(traces, options_));
    if (undecided("sequential")) settle(std::move(sequential));
  }

  /// Most histories that have an order of all operations have one close to that of the calls.
  void search_briefly(const Traces& traces, CheckResult& result) {
    reject_siblings(result, traces, options_);
    const auto causes = order_of_causes(traces);
    if (result.verdict == Verdict::invalid || (causes && all_move_forward(traces, *causes))) return;
    CheckOptions brief = options_;
    brief.effort = std::min(brief.effort, std::max(brief.effort / 200, 4 * traces.size()));
    search_sequential(traces, brief, result);
  }

  /// The order of all writes that causal+ asks for may explain everything.
  void judge_arbitration(const Traces& traces) {
    CheckResult plus = begin("causal_plus", traces);
    reject_siblings(plus, traces, options_);
    const auto order = find_arbitration(traces, options_, plus);
    const bool explained = plus.verdict == Verdict::valid && order && undecided("sequential") &&
                           all_move_forward(traces, *order);
    settle(std::move(plus));
    if (explained) settle(begin("sequential", traces));
  }

  CheckResult begin(std::string_view name, const Traces& traces) const {
    CheckResult result = begin_result(name, traces, options_);
    result.checked = traces.reads();
    return result;
  }

  std::optional<ConsistencyVerdict>& at(std::string_view name) {
    return verdicts_[static_cast<std::size_t>(&level_named(name) - levels.data())];
  }
  bool undecided(std::string_view name) { return !at(name).has_value(); }
  bool valid(std::string_view name) {
    return !undecided(name) && at(name)->result.verdict == Verdict::valid;
  }

  /// Takes a verdict down, and what follows from it.
  void settle(CheckResult result) {
    const std::string_view name = result.check;
    at(name) = ConsistencyVerdict{std::move(result), {}};
    const Verdict verdict = at(name)->result.verdict;
    if (verdict == Verdict::valid) imply_valid(name, level_named(name));
    if (verdict == Verdict::invalid) imply_broken(name, name);
  }

  void imply_valid(std::string_view because, const ConsistencyLevel& level) {
    for (const std::string_view weaker : level.implies) {
      if (!undecided(weaker)) continue;
      CheckResult result;
      result.check = weaker;
      result.checked = at(because)->result.checked;
      at(weaker) = ConsistencyVerdict{std::move(result), because};
      imply_valid(because, level_named(weaker));
    }
  }

  void imply_broken(std::string_view because, std::string_view weaker) {
    for (const ConsistencyLevel& level : levels) {
      if (!undecided(level.name) ||
          std::find(level.implies.begin(), level.implies.end(), weaker) == level.implies.end()) {
        continue;
      }
      CheckResult result = at(because)->result;
      result.check = level.name;
      at(level.name) = ConsistencyVerdict{std::move(result), because};
      imply_broken(because, level.name);
    }
  }

  const History& history_;
  const CheckOptions& options_;
  std::vector<std::optional<ConsistencyVerdict>> verdicts_;
};

}  // namespace

std::span<const ConsistencyLevel> consistency_levels() { return levels; }

const ConsistencyVerdict* Hierarchy::find(std::string_view name) const {
  const auto found =
      std::find_if(levels.begin(), levels.end(),
                   [&](const ConsistencyVerdict& each) { return each.result.check == name; });
  return found == levels.end() ? nullptr : &*found;
}

std::vector<std::string_view> Hierarchy::strongest() const {
  std::vector<std::string_view> names;
  std::vector<std::string_view> below;  // what a promise implies that held
  for (const ConsistencyVerdict& each : levels) {
    const std::string_view name = each.result.check;
    if (each.result.verdict != Verdict::valid) continue;
    const bool implied = std::find(below.begin(), below.end(), name) != below.end();
    const auto& implies = level_named(name).implies;
    below.insert(below.end(), implies.begin(), implies.end());
    if (implied || name == "bounded_staleness") continue;
    if (name != "convergence" || names.empty()) names.push_back(name);
  }
  return names;
}

Hierarchy judge_hierarchy(const History& history, const CheckOptions& options,
                          const ReplicaStates* states) {
  return HierarchyJudge(history, options).judge(states);
}

}  // namespace faultline
