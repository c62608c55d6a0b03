// Writes histories by hand and by dice, so that tests of checks read as prose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline::testing {

inline Time at(std::int64_t nanoseconds) { return Time{Duration{nanoseconds}}; }

/// Operations on key 1 unless said otherwise; times are nanoseconds. Give operations in order of
/// invocation: every verb returns the operation's id.
class HistoryBuilder {
 public:
  HistoryBuilder() {
    history_.workloads = {"test"};
    history_.regions = {"here"};
  }

  /// The key of the operations that follow.
  HistoryBuilder& on(Key key) {
    key_ = key;
    return *this;
  }

  OperationId write(std::uint32_t session, Value value, std::int64_t from, std::int64_t to,
                    Outcome outcome = Outcome::ok) {
    Operation operation = start(OperationKind::put, session, from, to, outcome);
    operation.written = value;
    return add(operation);
  }
  OperationId timed_out_write(std::uint32_t session, Value value, std::int64_t from,
                              std::int64_t to) {
    return write(session, value, from, to, Outcome::unknown);
  }
  OperationId read(std::uint32_t session, Value value, std::int64_t from, std::int64_t to) {
    return read_all(session, {value}, from, to);
  }
  /// A read that returns siblings.
  OperationId read_all(std::uint32_t session, std::initializer_list<Value> values,
                       std::int64_t from, std::int64_t to) {
    Operation operation = start(OperationKind::get, session, from, to, Outcome::ok);
    operation.observed = *values.begin();
    operation.more_begin = static_cast<std::uint32_t>(history_.more.size());
    operation.more_count = static_cast<std::uint16_t>(values.size() - 1);
    history_.more.insert(history_.more.end(), values.begin() + 1, values.end());
    return add(operation);
  }
  OperationId unanswered_read(std::uint32_t session, std::int64_t from, std::int64_t to) {
    return add(start(OperationKind::get, session, from, to, Outcome::unknown));
  }
  /// A read_modify_write in three instants: the read from `from` to `between`, the write to `to`.
  /// Returns the id of the write.
  OperationId update(std::uint32_t session, Value basis, Value value, std::int64_t from,
                     std::int64_t between, std::int64_t to, Outcome outcome = Outcome::ok) {
    add(start(OperationKind::read_modify_write, session, from, to, outcome));
    const OperationId got = read(session, basis, from, between);
    const OperationId put = write(session, value, between, to, outcome);
    history_.operations[got].part = history_.operations[put].part = true;
    return put;
  }
  OperationId add(Operation operation) {
    history_.operations.push_back(operation);
    return static_cast<OperationId>(history_.operations.size() - 1);
  }

  Operation& operator[](OperationId id) { return history_.operations[id]; }
  const History& history() const { return history_; }

 private:
  Operation start(OperationKind kind, std::uint32_t session, std::int64_t from, std::int64_t to,
                  Outcome outcome) const {
    Operation operation;
    operation.kind = kind;
    operation.session = session;
    operation.key = key_;
    operation.intended = operation.invoked = at(from);
    operation.completed = at(to);
    operation.outcome = outcome;
    return operation;
  }

  History history_;
  Key key_ = 1;
};

/// Reproducible dice.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// From 0 to `sides` - 1.
  std::uint64_t roll(std::uint64_t sides) { return engine_() % sides; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(roll(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool one_in(std::uint64_t sides) { return roll(sides) == 0; }

 private:
  std::mt19937_64 engine_;
};

/// Puts operations in order of invocation.
inline History in_order(std::vector<Operation> operations) {
  std::stable_sort(operations.begin(), operations.end(),
                   [](const Operation& a, const Operation& b) { return a.invoked < b.invoked; });
  History history;
  history.operations = std::move(operations);
  return history;
}

/// Operations at random times that read random values: mostly nonsense, sometimes not.
inline History noise(Dice& dice, std::size_t count) {
  std::vector<Operation> operations;
  const std::uint64_t writes = 1 + dice.roll(4);
  for (std::size_t number = 0; number < count; ++number) {
    Operation operation;
    operation.key = 1;
    operation.session = static_cast<std::uint32_t>(number);
    operation.invoked = at(dice.between(0, 12));
    operation.completed = operation.invoked + Duration{dice.between(0, 8)};
    operation.outcome = Outcome::ok;
    if (number < writes) {
      operation.kind = dice.one_in(4) ? OperationKind::insert : OperationKind::put;
      operation.written = number + 1;
      if (dice.one_in(4)) operation.outcome = dice.one_in(3) ? Outcome::failed : Outcome::unknown;
      if (operation.outcome == Outcome::unknown && dice.one_in(2)) operation.completed = never;
    } else {
      operation.kind = OperationKind::get;
      operation.observed = dice.roll(writes + (dice.one_in(8) ? 2 : 1));
      if (dice.one_in(10)) operation.outcome = Outcome::unknown;
    }
    operations.push_back(operation);
  }
  return in_order(std::move(operations));
}

/// What `sessions` clients see of a register that really is atomic: each operation takes effect at
/// one instant between call and answer. Answers may get lost; a write whose answer is lost may have
/// taken effect, then or later, or never. With `lies` > 0, one read in `lies` returns an older
/// value.
inline History register_history(Dice& dice, std::size_t count, std::uint32_t sessions,
                                std::uint64_t lies = 0) {
  struct Effect {
    std::int64_t instant;
    std::size_t operation;
  };
  std::vector<std::int64_t> free_at(sessions, 0);
  std::vector<Operation> operations;
  std::vector<Effect> effects;
  Value next = 1;
  for (std::size_t number = 0; number < count; ++number) {
    const auto session = static_cast<std::uint32_t>(dice.roll(sessions));
    const std::int64_t from = free_at[session] + dice.between(0, 3);
    const std::int64_t effect = from + dice.between(1, 6);
    const std::int64_t to = effect + dice.between(1, 6);
    free_at[session] = to;
    Operation operation;
    operation.key = 1;
    operation.session = session;
    operation.invoked = at(from);
    operation.completed = at(to);
    operation.outcome = Outcome::ok;
    operation.kind = dice.one_in(2) ? OperationKind::get : OperationKind::put;
    if (operation.writes()) operation.written = next++;
    const bool answer_lost = dice.one_in(8);
    if (answer_lost) operation.outcome = Outcome::unknown;
    if (!answer_lost) {
      effects.push_back({effect, number});
    } else if (operation.writes() && !dice.one_in(3)) {
      effects.push_back({effect + (dice.one_in(2) ? dice.between(0, 20) : 0), number});
    }
    operations.push_back(operation);
  }
  std::stable_sort(effects.begin(), effects.end(),
                   [](const Effect& a, const Effect& b) { return a.instant < b.instant; });
  std::vector<Value> past = {nil};
  for (const Effect& effect : effects) {
    Operation& operation = operations[effect.operation];
    if (operation.writes()) {
      past.push_back(operation.written);
    } else {
      const bool lie = lies > 0 && dice.one_in(lies);
      operation.observed = lie ? past[dice.roll(past.size())] : past.back();
    }
  }
  return in_order(std::move(operations));
}

}  // namespace faultline::testing
