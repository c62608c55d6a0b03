// The replicated log: what the leader did, in order, and how two logs find out where they parted.
//
// Plain data structure without a Context. Every entry carries the term in which its leader wrote
// it, and one term has one leader; so if two logs hold an entry of the same term at the same index,
// they are equal up to there (the log matching property: Ongaro and Ousterhout, "In search of an
// understandable consensus algorithm", USENIX ATC 2014, section 5.3). Since terms only grow along a
// log, the places where they change, its *epochs*, say all that is needed to compare two logs, even
// where entries have been forgotten (as Kafka's leader epochs do: KIP-101, 2017).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <faultline/core/time.hpp>
#include <faultline/engine/topology.hpp>
#include <faultline/history/operation.hpp>
#include <faultline/model/durable.hpp>

namespace faultline::leader_follower {

/// Numbers the reigns of leaders; the fencing token of all they send.
using Term = std::uint64_t;
/// A place in the log, from 1; 0 is before the first entry.
using Index = std::uint64_t;

/// The end of a log, as candidates compare them.
struct Position {
  Term term = 0;
  Index index = 0;
  /// The later term is the more up-to-date log, in one term the longer one (Raft, section 5.4.1).
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Who wrote a value when, for last-writer-wins: the leader's clock, ties to the higher node.
struct Stamp {
  std::int64_t time = 0;  ///< nanoseconds on the leader's clock, but later than all it has seen
  std::uint32_t leader = 0;
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

struct Entry {
  Term term = 0;
  Key key = 0;
  Value value = nil;  ///< nil: a leader's first entry, which changes nothing (Raft, section 8)
  Bytes size = 0;
  Stamp stamp;
  std::uint32_t session = 0;

  Bytes bytes() const { return 32 + size; }
};

class Log {
 public:
  explicit Log(DurableState& disk) : entries_(disk), epochs_(disk) {}

  /// The oldest index whose entry is still here.
  Index first() const { return entries_.first(); }
  Index last() const { return entries_.last(); }
  Position end() const { return {term_at(last()), last()}; }
  bool has(Index index) const { return entries_.has(index); }
  const Entry& at(Index index) const { return entries_.at(index); }
  /// 0 for index 0; right for forgotten entries too. Precondition: index <= last().
  Term term_at(Index index) const;

  void append(const Entry& entry);
  /// Keeps entries up to `kept`.
  void truncate(Index kept);
  /// Drops entries up to `index` (the replica's table has them).
  void forget(Index index) { entries_.forget(index); }
  /// Starts anew behind a snapshot that ends at `index`.
  void restart(Index index, std::span<const Position> epochs);

  /// The largest index up to which this log may still equal one that has `other.term` at
  /// `other.index`, and its term here. The leader goes on from there instead of stepping back entry
  /// by entry (the optimisation that Raft, section 5.3, leaves to the reader).
  Position agreement_below(Position other) const;
  /// Where terms begin: (term, first index), ascending.
  std::vector<Position> epochs() const;
  /// The last index up to which this log equals one with these epochs that ends at `other_last`.
  Index common_with(std::span<const Position> other, Index other_last) const;

 private:
  DurableLog<Entry> entries_;
  DurableLog<Position> epochs_;
};

}  // namespace faultline::leader_follower
