#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <faultline/check/convergence.hpp>
#include <faultline/check/strong_eventual.hpp>

namespace faultline {
namespace {

bool wanted(const Operation& operation, const std::vector<std::uint16_t>& workloads) {
  return workloads.empty() ||
         std::find(workloads.begin(), workloads.end(), operation.workload) != workloads.end();
}

/// What can have come of the updates of one counter.
struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
  bool too_large = false;  ///< they have left the numbers of 64 bits: nothing can be said
  void take(const Operation& update) {
    const std::uint64_t least_times = update.outcome == Outcome::ok ? 1 : 0;
    const std::uint64_t most_times = std::max<std::uint64_t>(update.attempts, 1);
    const bool adds = update.kind == OperationKind::add;
    move(least, update.written, adds ? least_times : most_times, adds);
    move(most, update.written, adds ? most_times : least_times, adds);
  }
  void move(std::int64_t& bound, Value amount, std::uint64_t times, bool up) {
    Value distance = 0;
    too_large |= __builtin_mul_overflow(amount, times, &distance);
    too_large |= up ? __builtin_add_overflow(bound, distance, &bound)
                    : __builtin_sub_overflow(bound, distance, &bound);
  }
  std::string complaint(Value held) const {
    const auto value = static_cast<std::int64_t>(held);
    if (value >= least && value <= most) return {};
    return fmt::format("holds {}, but the updates add up to {}", value,
                       least == most ? fmt::format("{}", least)
                                     : fmt::format("something from {} to {}", least, most));
  }
};

/// What is certain of one element of a set.
struct Presence {
  bool tried = false;
  Time last_add = Time::min();  ///< the latest beginning of an acknowledged add
  Time removed{Time::min()};    ///< when the last remove was over; `never` if that is not known
  void take(const Operation& update) {
    if (update.kind == OperationKind::add) {
      tried = true;
      if (update.outcome == Outcome::ok) last_add = std::max(last_add, update.invoked);
    } else {
      // An earlier attempt at another node may still be on its way.
      const bool over = update.outcome == Outcome::ok && update.attempts <= 1;
      removed = over ? std::max(removed, update.completed) : never;
    }
  }
  bool certain() const { return last_add != Time::min() && last_add > removed; }
};

std::string complaint(const std::map<Value, Presence>& elements, Value held) {
  for (Value element = 1; element < 64; ++element) {
    const bool there = ((held >> element) & 1U) != 0;
    const auto known = elements.find(element);
    if (there && (known == elements.end() || !known->second.tried)) {
      return fmt::format("holds {}, which nobody has added", element);
    }
    if (!there && known != elements.end() && known->second.certain()) {
      return fmt::format("does not hold {}, which was added after all removes of it", element);
    }
  }
  return {};
}

}  // namespace

CheckResult check_strong_eventual(const History& history, const ReplicaStates& states,
                                  DataKind kind, const CheckOptions& options) {
  std::map<Key, Bounds> counters;
  std::map<Key, std::map<Value, Presence>> sets;
  for (const Operation& operation : history.operations) {
    if (!operation.updates() || operation.outcome == Outcome::failed) continue;
    if (!wanted(operation, options.workloads)) continue;
    counters[operation.key].take(operation);
    sets[operation.key][operation.written].take(operation);
  }
  std::map<Key, const KeyState*> held;
  for (const KeyState& state : states) held[state.key] = &state;
  for (const auto& [key, bounds] : counters) held.try_emplace(key, nullptr);

  CheckResult result = check_convergence(states, options);
  result.check = "strong_eventual";
  result.checked = held.size();
  const std::vector<Key> diverged = diverged_keys(states);
  std::optional<Key> too_large;
  for (const auto& [key, state] : held) {
    if (std::binary_search(diverged.begin(), diverged.end(), key)) continue;
    if (kind == DataKind::counter && counters[key].too_large) {
      if (!too_large) too_large = key;
      continue;
    }
    const Value value = state == nullptr || state->held.empty() ? nil : state->held.front();
    const std::string wrong =
        kind == DataKind::counter ? counters[key].complaint(value) : complaint(sets[key], value);
    if (wrong.empty()) continue;
    ++result.violations;
    if (result.witnesses.size() == options.witnesses) continue;
    Witness witness;
    witness.key = key;
    witness.explanation = fmt::format("Every replica of key {} {}.", key, wrong);
    result.witnesses.push_back(std::move(witness));
  }
  std::stable_sort(result.witnesses.begin(), result.witnesses.end(),
                   [](const Witness& a, const Witness& b) { return a.key < b.key; });
  result.verdict = result.violations == 0 ? Verdict::valid : Verdict::invalid;
  if (too_large) {
    leave_unknown(result, fmt::format("the updates of key {} add up to more than 64 bits hold "
                                      "(smaller amounts)",
                                      *too_large));
  }
  return result;
}

bool updates_objects(const History& history, const std::vector<std::uint16_t>& workloads) {
  return std::any_of(history.operations.begin(), history.operations.end(),
                     [&](const Operation& operation) {
                       return operation.updates() && wanted(operation, workloads);
                     });
}

}  // namespace faultline
