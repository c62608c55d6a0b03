// The judge of isolation against a search through all orders of beginning and committing, on tens
// of thousands of tiny histories: of stores of every level, of stores that lie, and plain noise.
#include "isolation/isolation_oracle.hpp"

#include <string>

#include <doctest/doctest.h>

#include <faultline/isolation/isolation.hpp>

#include "isolation/transaction_store.hpp"

namespace faultline::testing {
namespace {

/// A store that carries out a few transactions, and sometimes changes what a read returned.
TransactionHistory tiny_history(Dice& dice, bool lists) {
  StoreSettings settings;
  settings.level = static_cast<StoreLevel>(dice.roll(4));
  settings.lists = lists;
  settings.transactions = 2 + dice.roll(4);
  settings.processes = static_cast<std::uint32_t>(2 + dice.roll(3));
  settings.keys = 2;
  settings.most_steps = 3;
  settings.stale_one_in = dice.one_in(2) ? 3 : 0;
  settings.read_before_write = dice.one_in(2);
  TransactionHistory history = TransactionStore(dice, settings).run();
  if (!dice.one_in(3)) return history;
  for (Step& step : history.steps) {
    if (step.kind != StepKind::read || !step.known || !dice.one_in(2)) continue;
    if (lists && step.list_count > 0) {
      --step.list_count;
    } else if (!lists) {
      const Step& other = history.steps[dice.roll(history.steps.size())];
      step.value = other.key == step.key ? other.value : nil;
    }
    break;
  }
  return history;
}

/// Reads that return anything.
TransactionHistory noise_of_transactions(Dice& dice, bool lists) {
  TransactionHistory history;
  const std::size_t count = 2 + dice.roll(3);
  Value last = 0;
  for (std::uint32_t id = 0; id < count; ++id) {
    const std::int64_t from = dice.between(0, 12);
    const Outcome outcome = dice.one_in(8)   ? Outcome::failed
                            : dice.one_in(6) ? Outcome::unknown
                                             : Outcome::ok;
    history.begin(id, at(from), at(from + dice.between(1, 9)), outcome);
    for (std::uint64_t steps = 1 + dice.roll(3); steps > 0; --steps) {
      const Key key = dice.roll(2);
      if (dice.one_in(2)) {
        ++last;
        if (lists) {
          history.append(key, last);
        } else {
          history.write(key, last);
        }
      } else if (lists) {
        std::vector<Value> list;
        for (Value value = 1; value <= 2 * count; ++value) {
          if (dice.one_in(5)) list.push_back(value);
        }
        history.read_list(key, list);
      } else {
        history.read_register(key, dice.roll(2 * count));
      }
    }
  }
  return history;
}

std::string in_words(const TransactionHistory& history) {
  std::string text;
  for (TransactionId id = 0; id < history.transactions.size(); ++id) {
    const Transaction& each = history.transactions[id];
    text += name_of(history, id) + " (process " + std::to_string(each.process) + ", " +
            std::string(name_of(each.outcome)) + ", " +
            std::to_string(each.invoked.time_since_epoch().count()) + " to " +
            std::to_string(each.completed.time_since_epoch().count()) + "):";
    for (const Step& step : history.steps_of(each)) {
      const bool read = step.kind == StepKind::read;
      text += std::string(read ? " read " : " write ") + std::to_string(step.key) + " ";
      if (read && !step.known) {
        text += "?";
      } else if (step.value != nil) {
        text += std::to_string(step.value);
      } else {
        text += list_in_words(history, history.list_of(step));
      }
      text += ";";
    }
    text += "\n";
  }
  return text;
}

struct Comparison {
  IsolationLevel level;
  OracleRules rules;
  std::size_t kept = 0;
  std::size_t broken = 0;
  std::size_t unknown = 0;
};

std::vector<Comparison> comparisons() {
  return {{IsolationLevel::serializable, {true, false, false}},
          {IsolationLevel::strong_session_serializable, {true, true, false}},
          {IsolationLevel::strict_serializable, {true, true, true}},
          {IsolationLevel::snapshot_isolation, {false, false, false}},
          {IsolationLevel::strong_session_snapshot_isolation, {false, true, false}},
          {IsolationLevel::strong_snapshot_isolation, {false, true, true}}};
}

void compare(const TransactionHistory& history, std::vector<Comparison>& all) {
  const IsolationResult result = check_isolation(history);
  REQUIRE(result.refused.empty());
  for (Comparison& each : all) {
    const bool explained = exhaustively_explained(history, each.rules);
    ++(explained ? each.kept : each.broken);
    const Verdict verdict = result[each.level].verdict;
    if (verdict == Verdict::unknown) ++each.unknown;
    const bool agree = verdict == Verdict::unknown || (verdict == Verdict::valid) == explained;
    if (agree) continue;
    CAPTURE(name_of(each.level));
    CAPTURE(in_words(history));
    CAPTURE(explained);
    CHECK(agree);
  }
}

void report(const std::vector<Comparison>& all) {
  for (const Comparison& each : all) {
    CAPTURE(name_of(each.level));
    CHECK(each.kept > 1000);
    CHECK(each.broken > 1000);
    CHECK(each.unknown * 100 < each.kept + each.broken);  // a judge that never decides is none
  }
}

}  // namespace

TEST_CASE("isolation of tiny histories of lists agrees with exhaustive search") {
  std::vector<Comparison> all = comparisons();
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    Dice dice(seed);
    compare(dice.one_in(4) ? noise_of_transactions(dice, true) : tiny_history(dice, true), all);
  }
  report(all);
  // Reads of lists leave nothing open that matters to an order without overlaps.
  for (const Comparison& each : all) {
    if (each.rules.one_at_a_time) CHECK(each.unknown == 0);
  }
}

TEST_CASE("isolation of tiny histories of registers agrees with exhaustive search") {
  std::vector<Comparison> all = comparisons();
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    Dice dice(seed);
    compare(dice.one_in(4) ? noise_of_transactions(dice, false) : tiny_history(dice, false), all);
  }
  report(all);
}

}  // namespace faultline::testing
