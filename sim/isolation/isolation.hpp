// Isolation of transactions: which levels, from read uncommitted to strict serializable, a history
// kept, and which anomalies broke the others. Use it on stores that promise transactions.
//
// The judge rebuilds what the store did from what its clients saw (Kingsbury and Alvaro, "Elle",
// VLDB 2020). Reads show the order in which each key's versions were written; from it follow
// dependencies between transactions (Adya 1999): T2 overwrote what T1 wrote (ww), read what T1
// wrote (wr), or T1 read a version that T2 replaced (rw, an anti-dependency). A level is a promise
// that no cycle of certain dependencies exists; finding a cycle breaks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/check/check.hpp>
#include <faultline/history/transaction.hpp>
#include <faultline/isolation/isolation_level.hpp>

namespace faultline {

struct IsolationOptions {
  /// Registers: who reads one version and then writes another replaced a version not older than
  /// the one read. Every level from read committed on implies it.
  bool writes_follow_reads = true;
  /// Registers: the versions of a key that one process meets are in order.
  bool keys_are_sequential = false;
  /// Registers: the versions of a key are in real-time order of the transactions that met them.
  bool keys_are_linearizable = false;
  /// The history is part of a longer one: values that nobody in it wrote were written outside.
  bool excerpt = false;
  /// The most witnesses kept of each anomaly.
  std::size_t witnesses = 3;
  /// The most dependencies that the search for each kind of cycle looks at. Whether a level is
  /// broken hangs on it only for consistent view; beyond, witnesses may not be the shortest.
  std::uint64_t search_bound = 1'000'000;
};

/// Why one transaction must stand before another.
enum class Dependency : std::uint8_t { ww, wr, rw, process, realtime };
std::string_view name_of(Dependency dependency);

struct DependencyEdge {
  TransactionId from = 0;
  TransactionId to = 0;
  Dependency kind = Dependency::ww;
  std::string reason;  ///< "T3 appended 2 to x after T1 appended 1, as T5's read [1 2] shows"
};

struct AnomalyWitness {
  /// In order of the cycle, or those that the anomaly is about.
  std::vector<TransactionId> transactions;
  std::vector<DependencyEdge> cycle;  ///< empty for anomalies that are no cycles
  std::string explanation;            ///< whole sentences
};

struct FoundAnomaly {
  Anomaly anomaly{};
  /// How often: reads, versions or keys that show it; for cycles, the groups of transactions that
  /// are tied together by such cycles.
  std::size_t count = 0;
  std::vector<AnomalyWitness> witnesses;  ///< shortest first
};

struct IsolationVerdict {
  IsolationLevel level{};
  Verdict verdict = Verdict::unknown;
  std::vector<Anomaly> broken_by;  ///< if invalid
  std::string reason;              ///< if unknown: what stood in the way
};

struct IsolationResult {
  /// What makes the history unfit to be judged; nothing was then, and every level is unknown.
  std::vector<std::string> refused;
  std::vector<FoundAnomaly> anomalies;   ///< in order of `Anomaly`
  std::vector<IsolationVerdict> levels;  ///< every level, weakest first
  std::size_t transactions = 0;          ///< judged: ok, or unknown but seen by others
  std::size_t dependencies = 0;          ///< found between them
  std::size_t unobserved = 0;            ///< writes of such transactions that no read returned

  const IsolationVerdict& operator[](IsolationLevel level) const {
    return levels[static_cast<std::size_t>(level)];
  }
  /// Null if the anomaly was not found.
  const FoundAnomaly* find(Anomaly anomaly) const;
};

/// Judges a history by every level at once, in time and memory linear in its size but for sorting
/// (and for long searches in large cycles, see IsolationOptions::search_bound).
///
///   `invalid` is certain: no order of the versions explains what was read. `valid` is certain too:
///   the judge found an order of all versions under which the level holds. `unknown` says that it
///   found neither; that happens to registers, of whose versions reads show only a partial order
///   (the general question is NP-complete: Papadimitriou, "The serializability of concurrent
///   database updates", JACM 1979), and to lists of which several last appends were never read.
///
///   A failed transaction must not be seen. One of unknown outcome counts as committed from its
///   call on if a read returned one of its writes, and not at all otherwise; what it read itself is
///   not used. (Had it failed, read committed would be broken all the same; read uncommitted is
///   judged without it.) Reads of unknown result tell nothing.
///
/// Refused: a value written twice to one key, nil written, a key that is both list and register, a
/// transaction that ends before it begins, a process that begins a transaction before its last one
/// ended.
IsolationResult check_isolation(const TransactionHistory& history,
                                const IsolationOptions& options = {});

/// The strongest levels that held: each is valid, and none above it is.
std::vector<IsolationLevel> strongest_held(const IsolationResult& result);
/// The weakest levels that were broken: each is invalid, and all below it are not.
std::vector<IsolationLevel> weakest_broken(const IsolationResult& result);

}  // namespace faultline
