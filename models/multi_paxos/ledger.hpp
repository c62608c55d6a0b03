// The ledger: what a node has voted for in each slot, and which of it is chosen. (In Lamport's
// parliament every legislator keeps one, in indelible ink.)
//
// A slot is a place in the sequence of commands; each is filled by a consensus of its own. So slots
// may be filled in any order, and a ledger may have holes, which Raft's log never has. Of the
// beginning, up to chosen_until(), all is known to be chosen and can be executed; a snapshot stands
// for the part of it that was dropped. Plain data structure without a Context.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <faultline/model/durable.hpp>
#include <faultline/model/state_machine.hpp>

namespace faultline::multi_paxos {

/// Numbers the attempts to lead; no two nodes have one in common.
struct Ballot {
  std::uint64_t round = 0;  ///< 0: before the first
  std::uint32_t node = 0;
  friend auto operator<=>(const Ballot&, const Ballot&) = default;
};

/// A place in the sequence of commands, from 1; 0 is before the first.
using Slot = std::uint64_t;

/// What a slot can be filled with.
struct Proposal {
  enum class Kind : std::uint8_t {
    no_op,  ///< fills a hole that a leader found
    write,  ///< a command for the state machine
    read    ///< a read that goes through the ledger; changes nothing
  };
  Kind kind = Kind::no_op;
  Command command;

  Bytes bytes() const { return 32 + command.size; }
};

/// The latest vote of an acceptor in a slot.
struct Vote {
  Ballot ballot;
  Proposal proposal;

  Bytes bytes() const { return 24 + proposal.bytes(); }
};

/// The state machine as of a slot, instead of all slots up to there.
struct Snapshot {
  Slot last = 0;
  StateMachine::Image image;

  Bytes bytes() const { return 64 + image.size; }
};

/// What one node tells another of its ledger.
struct Extract {
  using Votes = std::vector<std::pair<Slot, Vote>>;
  Slot chosen_until = 0;
  std::shared_ptr<const Snapshot> snapshot;  ///< null, unless the other lacks what it covers
  std::shared_ptr<const Votes> votes;        ///< slots ascending; null: none

  Bytes bytes() const {
    Bytes size = 8;
    if (snapshot) size += snapshot->bytes();
    if (votes) {
      for (const auto& [slot, vote] : *votes) size += 8 + vote.bytes();
    }
    return size;
  }
};

class Ledger {
 public:
  explicit Ledger(DurableState& disk) : votes_(disk), chosen_until_(disk), snapshot_(disk) {}

  /// All up to here is chosen, and here or in the snapshot.
  Slot chosen_until() const { return chosen_until_.get(); }
  /// The first slot that no snapshot covers.
  Slot first() const { return snapshot_end() + 1; }
  /// No vote is beyond.
  Slot last() const { return std::max(last_, chosen_until()); }
  /// Null if there is none, or a snapshot covers it.
  const Vote* find(Slot slot) const { return votes_.find(slot); }
  /// Null before the first snapshot.
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_.get(); }
  Slot snapshot_end() const { return snapshot() ? snapshot()->last : 0; }

  void put(Slot slot, const Vote& vote) {
    votes_.put(slot, vote);
    last_ = std::max(last_, slot);
  }
  /// Precondition: the votes here, from the snapshot to `slot`, are for what was chosen.
  void set_chosen_until(Slot slot) { chosen_until_.set(slot); }
  /// Lets a snapshot stand for all that it covers. Votes beyond it keep their meaning: slots do not
  /// rest on one another.
  void compact(std::shared_ptr<const Snapshot> snapshot) {
    const Slot from = first();
    const Slot covered = snapshot->last;
    snapshot_.set(std::move(snapshot));
    for (Slot slot = from; slot <= std::min(covered, last()); ++slot) votes_.erase(slot);
    if (chosen_until() < covered) chosen_until_.set(covered);
  }

  /// All from behind slot `after` up to slot `until`.
  Extract extract(Slot after, Slot until) const {
    Extract extract;
    extract.chosen_until = chosen_until();
    if (after < snapshot_end()) extract.snapshot = snapshot();
    Extract::Votes votes;
    for (Slot slot = std::max(after + 1, first()); slot <= std::min(until, last()); ++slot) {
      if (const Vote* vote = find(slot)) votes.emplace_back(slot, *vote);
    }
    if (!votes.empty()) extract.votes = std::make_shared<const Extract::Votes>(std::move(votes));
    return extract;
  }

 private:
  DurableMap<Slot, Vote> votes_;
  DurableCell<Slot> chosen_until_;
  DurableCell<std::shared_ptr<const Snapshot>> snapshot_;
  Slot last_ = 0;  ///< a bound; after a power loss perhaps too high
};

}  // namespace faultline::multi_paxos
