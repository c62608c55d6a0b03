// A judge of isolation by exhaustion: tries every order in which transactions can begin and commit.
// Slow, obvious, and sharing no code with check_isolation.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include <faultline/history/transaction.hpp>

namespace faultline::testing {

struct OracleRules {
  bool one_at_a_time = true;  ///< else from snapshots, and of concurrent writers one must abort
  bool sessions = false;      ///< a process's transactions begin after its earlier ones committed
  bool real_time = false;     ///< ... and so do all that began after others had ended
};

class IsolationOracle {
 public:
  IsolationOracle(const TransactionHistory& history, const OracleRules& rules)
      : history_(history), rules_(rules) {}

  bool explains() {
    for (const Transaction& each : history_.transactions) {
      if (each.outcome != Outcome::failed) runs_.push_back({&each, Phase::waiting, {}});
    }
    return search({});
  }

 private:
  using Values = std::vector<Value>;
  using Database = std::map<Key, Values>;
  enum class Phase { waiting, running, done };
  struct Run {
    const Transaction* transaction;
    Phase phase;
    Database snapshot;
  };

  bool search(const Database& database) {
    bool complete = true;
    for (std::size_t place = 0; place < runs_.size(); ++place) {
      if (runs_[place].phase == Phase::running) complete = false;
      const bool optional = runs_[place].transaction->outcome == Outcome::unknown;
      if (runs_[place].phase == Phase::waiting && !optional) complete = false;
    }
    if (complete) return true;
    for (Run& run : runs_) {
      if (run.phase == Phase::waiting && try_to_begin(run, database)) return true;
      if (run.phase == Phase::running && try_to_commit(run, database)) return true;
    }
    return false;
  }

  bool try_to_begin(Run& run, const Database& database) {
    for (const Run& other : runs_) {
      if (rules_.one_at_a_time && other.phase == Phase::running) return false;
      if (other.phase != Phase::done && must_precede(*other.transaction, *run.transaction)) {
        return false;
      }
    }
    if (!reads_fit(*run.transaction, database)) return false;
    run.phase = Phase::running;
    run.snapshot = database;
    const bool found = search(database);
    run.phase = Phase::waiting;
    return found;
  }

  bool must_precede(const Transaction& first, const Transaction& second) const {
    if (&first == &second || first.outcome != Outcome::ok) return false;
    // At one instant answers come before calls (no transaction here takes no time at all).
    if (rules_.real_time && first.completed <= second.invoked) return true;
    return rules_.sessions && first.process == second.process && first.invoked < second.invoked;
  }

  bool reads_fit(const Transaction& transaction, Database database) const {
    for (const Step& step : history_.steps_of(transaction)) {
      Values& values = database[step.key];
      if (step.kind == StepKind::read) {
        if (step.known && transaction.outcome == Outcome::ok && values != observed(step)) {
          return false;
        }
      } else {
        apply(step, values);
      }
    }
    return true;
  }

  Values observed(const Step& read) const {
    if (read.value != nil) return {read.value};
    const auto list = history_.list_of(read);
    return {list.begin(), list.end()};
  }

  static void apply(const Step& step, Values& values) {
    if (step.kind == StepKind::write) values.clear();
    values.push_back(step.value);
  }

  bool try_to_commit(Run& run, const Database& database) {
    Database after = database;
    for (const Step& step : history_.steps_of(*run.transaction)) {
      if (step.kind == StepKind::read) continue;
      const auto now = database.find(step.key);
      const auto then = run.snapshot.find(step.key);
      const Values current = now == database.end() ? Values{} : now->second;
      const Values seen = then == run.snapshot.end() ? Values{} : then->second;
      if (current != seen) return false;  // values are unique: somebody has written meanwhile
      apply(step, after[step.key]);
    }
    run.phase = Phase::done;
    const bool found = search(after);
    run.phase = Phase::running;
    return found;
  }

  const TransactionHistory& history_;
  OracleRules rules_;
  std::vector<Run> runs_;
};

inline bool exhaustively_explained(const TransactionHistory& history, const OracleRules& rules) {
  return IsolationOracle(history, rules).explains();
}

}  // namespace faultline::testing
