#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <faultline/check/search_judge.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {
namespace {

/// As in real_time.hpp; but a compare-and-set that found another value was answered, too.
Moment answered_in_search(const Operation& operation) {
  return mismatched(operation) ? completed(operation) : answered(operation);
}

/// Whether the object stays as it is, whatever it is.
bool changes_nothing(const Operation& operation) {
  if (operation.kind == OperationKind::compare_and_set && operation.observed == operation.written) {
    return true;
  }
  return operation.reads() || mismatched(operation) ||
         (operation.kind == OperationKind::dequeue && operation.outcome == Outcome::ok &&
          operation.observed == nil);
}

/// Values that are joined by compare-and-sets.
class Joined {
 public:
  std::size_t root_of(Value value) {
    const auto [place, fresh] = places_.try_emplace(value, parents_.size());
    if (fresh) parents_.push_back(parents_.size());
    std::size_t root = place->second;
    while (parents_[root] != root) root = parents_[root] = parents_[parents_[root]];
    return root;
  }
  void join(Value one, Value other) { parents_[root_of(one)] = root_of(other); }

 private:
  std::map<Value, std::size_t> places_;
  std::vector<std::size_t> parents_;
};

}  // namespace

SearchJudge::SearchJudge(const History& history, std::span<const OperationId> operations,
                         const ObjectKind& kind, std::size_t bound)
    : history_(history), kind_(kind) {
  for (const OperationId id : operations) {
    if (tells_of_object(operation(id))) calls_.push_back(id);
  }
  drop_unnoticed();
  found_ = search(calls_, bound).found;
}

void SearchJudge::drop_unnoticed() {
  // What was put in shows in every later read of a list or set, and in a register in the reads up
  // to the next write: if no read shows it, the call may just as well not have happened. Texts,
  // queues, counters and locks are not so simple.
  if (!kind_.is_register && !kind_.keeps_all) return;
  std::unordered_set<Value> noticed;
  for (const OperationId id : calls_) {
    const Operation& each = operation(id);
    if (mismatched(each)) return;  // that something else was there depends on all values
    if (!each.reads() && each.kind != OperationKind::compare_and_set) continue;
    noticed.insert(each.observed);
    for (const Value value : history_.siblings(each)) noticed.insert(value);
  }
  std::erase_if(calls_, [&](OperationId id) {
    const Operation& each = operation(id);
    return each.outcome == Outcome::unknown && each.kind != OperationKind::compare_and_set &&
           !noticed.contains(each.written);
  });
}

SearchJudge::Searched SearchJudge::search(const Calls& calls, std::size_t bound) const {
  std::vector<SearchedCall> searched;
  std::map<std::tuple<OperationKind, Value, Value>, std::uint32_t> numbers;
  for (const OperationId id : calls) {
    const Operation& each = operation(id);
    const auto number = static_cast<std::uint32_t>(numbers.size());
    const auto alike =
        numbers.try_emplace({each.kind, each.written, each.observed}, number).first->second;
    searched.push_back({called(each), answered_in_search(each), changes_nothing(each), alike});
  }
  auto object = kind_.make(history_, calls);
  SearchResult found = search_linearization(*object, std::move(searched), bound);
  return {std::move(object), std::move(found)};
}

Moment SearchJudge::first_contradiction() const {
  return answered_in_search(operation(calls_[found_.blocked]));
}

// ---- the witness ------------------------------------------------------------------------------

bool SearchJudge::contradict(const Calls& calls, Effort& effort) const {
  // A witness that is hard to verify is none; but every call takes a configuration.
  const std::size_t bound = calls.size() + 100'000;
  const SearchResult found = search(calls, bound).found;
  const bool in_time = effort.spend(found.looked_at + 2 * calls.size());
  return in_time && found.verdict == Verdict::invalid &&
         answered_in_search(operation(calls[found.blocked])) <= first_contradiction();
}

std::vector<SearchJudge::Calls> SearchJudge::clusters_of_values(const Calls& calls) const {
  Joined joined;
  for (const OperationId id : calls) {
    const Operation& each = operation(id);
    if (each.kind == OperationKind::compare_and_set) joined.join(each.observed, each.written);
  }
  std::map<std::size_t, Calls> clusters;
  Calls everywhere;  // that another value was not there depends on all values
  for (const OperationId id : calls) {
    const Operation& each = operation(id);
    if (mismatched(each)) {
      everywhere.push_back(id);
    } else {
      clusters[joined.root_of(each.reads() ? each.observed : each.written)].push_back(id);
    }
  }
  std::vector<Calls> result;
  for (auto& [root, cluster] : clusters) {
    cluster.insert(cluster.end(), everywhere.begin(), everywhere.end());
    result.push_back(std::move(cluster));
  }
  return result;
}

std::vector<SearchJudge::Calls> SearchJudge::removable(const Calls& calls) const {
  std::vector<Calls> sets;
  if (kind_.is_register) sets = clusters_of_values(calls);
  for (const OperationId id : calls) {
    if (changes_nothing(operation(id))) sets.push_back({id});
  }
  return sets;
}

SearchJudge::Calls SearchJudge::shrunk() const {
  Calls kept;
  const Moment horizon = first_contradiction();
  for (const OperationId id : calls_) {
    if (called(operation(id)) < horizon) kept.push_back(id);
  }
  // Halves of what may go, then quarters, and so on down to single sets; a pass that removes
  // nothing ends it (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
  // IEEE TSE 28(2), 2002).
  std::vector<Calls> sets = removable(kept);
  Effort effort(5'000'000);
  for (std::size_t chunk = std::max<std::size_t>(sets.size() / 2, 1); !sets.empty();) {
    bool removed = false;
    for (std::size_t first = 0; first < sets.size();) {
      if (effort.spent()) return kept;
      const std::size_t last = std::min(first + chunk, sets.size());
      Calls gone;
      for (std::size_t set = first; set < last; ++set) {
        gone.insert(gone.end(), sets[set].begin(), sets[set].end());
      }
      std::sort(gone.begin(), gone.end());
      Calls rest;
      std::copy_if(kept.begin(), kept.end(), std::back_inserter(rest), [&](OperationId id) {
        return !std::binary_search(gone.begin(), gone.end(), id);
      });
      if (rest.size() < kept.size() && contradict(rest, effort)) {
        kept = std::move(rest);
        sets.erase(sets.begin() + static_cast<std::ptrdiff_t>(first),
                   sets.begin() + static_cast<std::ptrdiff_t>(last));
        removed = true;
      } else {
        first = last;
      }
    }
    if (chunk == 1 && !removed) break;
    chunk = std::max<std::size_t>(chunk / 2, 1);
  }
  return kept;
}

Witness SearchJudge::witness() const {
  Witness witness;
  witness.operations = shrunk();
  const auto [object, found] = search(witness.operations, found_.configurations + 1'000'000);
  witness.culprit = witness.operations[found.blocked];
  const Operation& blocked = operation(*witness.culprit);
  witness.key = blocked.key;
  std::string states;
  for (std::size_t place = 0; place < found.states_before.size(); ++place) {
    const bool last = place + 1 == found.states_before.size();
    states += fmt::format("{}{}", place == 0 ? "" : (last ? " or " : ", "),
                          object->words(found.states_before[place]));
  }
  witness.explanation =
      fmt::format("No order of {} calls explains {}: all that was over before leaves {}.",
                  witness.operations.size(), in_words(history_, blocked), states);
  return witness;
}

}  // namespace faultline
