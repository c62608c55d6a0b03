// Judges by exhaustion: slow, obvious, and sharing no code with the checks they judge.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline::testing {

/// Whether `a` was over before `b` began; at one instant answers come before calls, but for
/// operations that take no time.
inline bool over_before(const Operation& a, const Operation& b) {
  if (a.outcome != Outcome::ok) return false;
  return a.completed < b.invoked || (a.completed == b.invoked && a.invoked < a.completed);
}

/// Tries every order of the operations on one register (at most 31 of them).
class ExhaustiveRegister {
 public:
  explicit ExhaustiveRegister(const std::vector<Operation>& operations) {
    for (const Operation& operation : operations) {
      const bool answered = operation.outcome == Outcome::ok;
      const bool may_have_happened = operation.writes() && operation.outcome == Outcome::unknown;
      if (answered || may_have_happened) operations_.push_back(operation);
    }
  }

  bool linearizable() { return search(0, nil); }

 private:
  bool search(std::uint32_t done, Value current) {
    bool all_answered_done = true;
    for (std::size_t next = 0; next < operations_.size(); ++next) {
      if (done >> next & 1U) continue;
      const Operation& operation = operations_[next];
      if (operation.outcome == Outcome::ok) all_answered_done = false;
      if (!may_be_next(next, done)) continue;
      if (operation.reads() && (operation.observed != current || operation.more_count > 0))
        continue;
      const Value after = operation.writes() ? operation.written : current;
      if (search(done | 1U << next, after)) return true;
    }
    return all_answered_done;
  }

  bool may_be_next(std::size_t next, std::uint32_t done) const {
    for (std::size_t other = 0; other < operations_.size(); ++other) {
      if (other == next || (done >> other & 1U)) continue;
      if (over_before(operations_[other], operations_[next])) return false;
    }
    return true;
  }

  std::vector<Operation> operations_;
};

inline bool exhaustively_linearizable(const std::vector<Operation>& operations) {
  return ExhaustiveRegister(operations).linearizable();
}

/// Since when a value certainly existed: the first answer of its write or of a read that returned
/// it. `never` if nobody can tell; before everything for nil.
inline Time proven(const History& history, Key key, Value value) {
  if (value == nil) return Time::min();
  const Operation* write = nullptr;
  for (const Operation& each : history.operations) {
    if (each.key == key && each.writes() && each.written == value) write = &each;
  }
  if (write == nullptr) return never;
  Time first = write->outcome == Outcome::ok ? write->completed : never;
  for (const Operation& each : history.operations) {
    if (each.key != key || !each.reads() || each.outcome != Outcome::ok) continue;
    bool saw = each.observed == value;
    for (const Value sibling : history.siblings(each)) saw = saw || sibling == value;
    if (saw && each.completed > write->invoked) first = std::min(first, each.completed);
  }
  return first;
}

/// Whether `older` existed before the write of `newer` began. Not for operations of no duration.
inline bool proven_older(const History& history, Key key, Value older, Value newer) {
  for (const Operation& each : history.operations) {
    if (each.key == key && each.writes() && each.written == newer) {
      return proven(history, key, older) <= each.invoked;
    }
  }
  return false;
}

/// Whether one session's operations on key 1 keep a promise under some order of the key's versions
/// that respects real time: tries all orders. `constrains(first, second)` says whether the
/// session's operation `first` puts a floor under its read `second`, both on single values.
template <typename Constrains>
bool some_order_keeps_promise(const History& history, std::uint32_t session,
                              Constrains&& constrains) {
  std::vector<Value> order;
  for (const Operation& each : history.operations) {
    if (each.writes()) order.push_back(each.written);
  }
  std::sort(order.begin(), order.end());
  const auto value_of = [](const Operation& each) {
    return each.writes() ? each.written : each.observed;
  };
  std::vector<std::pair<Value, Value>> not_after;  // the first value's place <= the second's
  for (const Operation& first : history.operations) {
    for (const Operation& second : history.operations) {
      if (first.session != session || second.session != session || !second.reads()) continue;
      if (second.outcome != Outcome::ok || !over_before(first, second)) continue;
      if (constrains(first, second)) not_after.emplace_back(value_of(first), value_of(second));
    }
  }
  for (const Value a : order) {
    for (const Value b : order) {
      if (proven_older(history, 1, a, b)) not_after.emplace_back(a, b);
    }
  }
  do {
    const auto place = [&](Value value) {
      return value == nil ? -1 : std::find(order.begin(), order.end(), value) - order.begin();
    };
    if (std::all_of(not_after.begin(), not_after.end(),
                    [&](const auto& pair) { return place(pair.first) <= place(pair.second); })) {
      return true;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

}  // namespace faultline::testing
