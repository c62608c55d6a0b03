// The replicated log and the snapshot that stands for its beginning.
//
// Every entry carries the term in which a leader made it, and one term has one leader; hence the
// Log Matching Property: if two logs hold an entry of the same term at the same index, they are
// equal up to there (Ongaro and Ousterhout, USENIX ATC 2014, section 5.3). What a snapshot covers
// is dropped from the log; of that only the last index and its term are kept (section 7). Plain
// data structure without a Context.
#pragma once

#include <memory>
#include <vector>

#include <faultline/model/durable.hpp>
#include <faultline/model/state_machine.hpp>
#include <faultline/raft/configuration.hpp>

namespace faultline::raft {

/// Numbers the reigns of leaders; acts as a logical clock.
using Term = std::uint64_t;
/// A place in the log, from 1; 0 is before the first entry.
using Index = std::uint64_t;

/// The end of a log, as voters compare them: the later term is the more up to date, in one term the
/// longer log (section 5.4.1).
struct Position {
  Term term = 0;
  Index index = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Entry {
  enum class Kind : std::uint8_t {
    no_op,         ///< a new leader's first entry (section 8)
    write,         ///< a command for the state machine
    read,          ///< a read that goes through the log; changes nothing
    configuration  ///< the members from here on (section 6)
  };
  Kind kind = Kind::no_op;
  Term term = 0;
  Command command;
  Configuration configuration;

  Bytes bytes() const { return 32 + command.size; }
};

/// The state machine as of an entry, instead of all entries up to there.
struct Snapshot {
  Position last;  ///< the last entry that it covers
  Time stamp{};   ///< of that entry
  Configuration configuration;
  StateMachine::Image image;

  Bytes bytes() const { return 64 + image.size; }
};

class Log {
 public:
  explicit Log(DurableState& disk) : entries_(disk), snapshot_(disk) {}

  /// The oldest entry that is still here, and the youngest.
  Index first() const { return entries_.first(); }
  Index last() const { return entries_.last(); }
  bool has(Index index) const { return entries_.has(index); }
  const Entry& at(Index index) const { return entries_.at(index); }
  Position end() const { return {term_at(last()), last()}; }
  /// 0 for index 0. Precondition: first() - 1 <= index <= last().
  Term term_at(Index index) const { return has(index) ? at(index).term : snapshot_end().term; }
  /// Null before the first snapshot.
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_.get(); }
  /// The timestamp of the youngest entry; the log's entries have them in ascending order.
  Time last_stamp() const {
    if (has(last())) return at(last()).command.stamp;
    return snapshot() ? snapshot()->stamp : Time{};
  }
  Position snapshot_end() const { return snapshot() ? snapshot()->last : Position{}; }

  void append(const Entry& entry) { entries_.append(entry); }
  /// Keeps entries up to `kept`.
  void truncate(Index kept) { entries_.truncate(kept); }
  /// Lets a snapshot stand for all that it covers. Keeps what follows if the log has the snapshot's
  /// last entry; else nothing (section 7, InstallSnapshot, steps 6 and 7).
  void compact(std::shared_ptr<const Snapshot> snapshot) {
    const Position covered = snapshot->last;
    const bool continues = covered.index <= last() && covered.index + 1 >= first() &&
                           term_at(covered.index) == covered.term;
    snapshot_.set(std::move(snapshot));
    if (continues) {
      entries_.forget(covered.index);
    } else {
      entries_.restart(covered.index);
    }
  }

  /// The first index of the term that stands at `index`, as far back as the log goes: where a
  /// leader goes on when its entry does not fit there (section 5.3, the optimisation).
  Index first_of_term_at(Index index) const {
    Index begin = index;
    while (begin > first() && term_at(begin - 1) == term_at(index)) --begin;
    return begin;
  }

 private:
  DurableLog<Entry> entries_;
  DurableCell<std::shared_ptr<const Snapshot>> snapshot_;
};

}  // namespace faultline::raft
