// The levels of isolation and the anomalies that tell them apart.
//
// Sources: Adya, "Weak consistency: a generalized theory and optimistic implementations for
// distributed transactions" (MIT, 1999), and Adya, Liskov and O'Neil, "Generalized isolation level
// definitions" (ICDE 2000) for the levels PL-1 to PL-3 and the phenomena G0 to G2; Berenson et al.,
// "A critique of ANSI SQL isolation levels" (SIGMOD 1995) for snapshot isolation, cursor stability
// and lost updates; Daudjee and Salem, "Lazy database replication with snapshot isolation" (VLDB
// 2006) for strong and strong session variants; Bailis et al., "Highly available transactions:
// virtues and limitations" (VLDB 2013) for monotonic atomic view, and "Scalable atomic visibility
// with RAMP transactions" (SIGMOD 2014) for read atomic; Cerone, Bernardi and Gotsman, "A framework
// for transactional consistency models with atomic visibility" (CONCUR 2015) for update atomic;
// Kingsbury and Alvaro, "Elle: inferring isolation anomalies from experimental observations" (VLDB
// 2020) for the remaining kinds of anomalies and for which level each breaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace faultline {

/// Something that a history shows and that some levels exclude. A variant named `_process` or
/// `_realtime` is a cycle that closes only through the order of one process's transactions, or
/// through one transaction having ended before another began.
enum class Anomaly : std::uint8_t {
  garbage_read,               ///< a read returned a value that nobody wrote
  duplicate_elements,         ///< a read returned a list that holds one element twice
  cyclic_versions,            ///< what shows the order of one key's versions contradicts itself
  dirty_write,                ///< G0: a cycle of overwrites
  aborted_read,               ///< G1a: a read returned what a failed transaction wrote
  intermediate_read,          ///< G1b: a read returned what its writer went on to overwrite itself
  circular_information_flow,  ///< G1c: a cycle of overwrites and reads
  dirty_update,               ///< a committed version builds on an aborted one
  incompatible_order,         ///< no single order of appends explains all reads of a list
  future_read,                ///< a transaction read what it wrote only later
  vanishing_transaction,      ///< a transaction saw part of another, and a later read of it did not
  fractured_read,             ///< a transaction saw part of another and missed the rest
  internal,                   ///< a transaction's read contradicts its own earlier steps
  lost_update,                ///< P4: two transactions read one version and both replaced it
  read_skew,                  ///< G-single: a cycle with exactly one anti-dependency
  nonadjacent_skew,           ///< G-nonadjacent: several anti-dependencies, no two in a row
  write_skew,                 ///< G2-item: a cycle with anti-dependencies in a row
  dirty_write_process,
  circular_information_flow_process,
  read_skew_process,
  nonadjacent_skew_process,
  write_skew_process,
  dirty_write_realtime,
  circular_information_flow_realtime,
  read_skew_realtime,
  nonadjacent_skew_realtime,
  write_skew_realtime,
};
inline constexpr std::size_t anomaly_count = 27;

/// As the literature calls it: "G1a", "G-single", "lost-update", "G2-item-realtime".
std::string_view name_of(Anomaly anomaly);
/// One sentence for who does not know the name.
std::string_view meaning_of(Anomaly anomaly);

/// From the weakest to the strongest, such that a level stands after all that it implies. Histories
/// here have no predicate reads, so repeatable read is serializability of single keys.
enum class IsolationLevel : std::uint8_t {
  read_uncommitted,       ///< PL-1
  read_committed,         ///< PL-2
  monotonic_atomic_view,  ///< once a transaction sees part of another, it sees all of it
  read_atomic,            ///< ... from its beginning: all or nothing of each other transaction
  update_atomic,          ///< read atomic, and no update is lost
  cursor_stability,       ///< PL-CS: read committed, and no update is lost
  consistent_view,        ///< PL-2+: what a transaction reads is one consistent state
  repeatable_read,        ///< PL-2.99
  snapshot_isolation,     ///< reads from a snapshot; of two concurrent writers of a key, one aborts
  serializable,           ///< PL-3: as if one after the other
  strong_session_read_committed,      ///< ... in an order that keeps each process's
  strong_session_snapshot_isolation,  ///< a snapshot that holds what the process did before
  strong_session_serializable,        ///< serializable in an order that keeps each process's
  strong_snapshot_isolation,          ///< a snapshot that holds all that had ended before
  strict_serializable,                ///< serializable in an order that keeps real time
};
inline constexpr std::size_t isolation_level_count = 15;

/// "read-committed", "strict-serializable".
std::string_view name_of(IsolationLevel level);
/// The levels that stand directly below: whoever breaks one of them breaks `level`.
std::span<const IsolationLevel> implied_by(IsolationLevel level);
/// The anomalies that break `level` but none of the levels below.
std::span<const Anomaly> excluded_by(IsolationLevel level);

/// A set of anomalies.
class AnomalySet {
 public:
  void insert(Anomaly anomaly) { bits_ |= bit(anomaly); }
  bool contains(Anomaly anomaly) const { return (bits_ & bit(anomaly)) != 0; }
  bool empty() const { return bits_ == 0; }

 private:
  static std::uint32_t bit(Anomaly anomaly) { return 1U << static_cast<unsigned>(anomaly); }

  std::uint32_t bits_ = 0;
};

/// Those of `found` that break `level`, because it excludes them or a level below does.
AnomalySet breaking(IsolationLevel level, AnomalySet found);

}  // namespace faultline
