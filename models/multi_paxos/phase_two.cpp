// Phase 2: a slot, a proposal, a vote ("simple", section 2.2; the commander of "complex", section
// 3).
#include <faultline/multi_paxos/multi_paxos.hpp>

namespace faultline::multi_paxos {

// ---- the proposer ------------------------------------------------------------------------------

/// Phase 2a. In one ballot a slot is put to the vote with one proposal only.
void MultiPaxos::put_to_vote(Slot slot, const Proposal& proposal) {
  const Ballot ballot = promised();
  polls_[slot].asked = now();
  const std::uint64_t own = vote(slot, Vote{ballot, proposal});
  ask_for_votes(slot, polls_[slot]);
  spawn(vote_for_own(slot, ballot, own));
}

/// Asks all who have not voted yet.
void MultiPaxos::ask_for_votes(Slot slot, const Poll& poll) {
  Accept accept;
  accept.ballot = promised();
  accept.slot = slot;
  accept.proposal = ledger().find(slot)->proposal;
  accept.chosen_until = ledger().chosen_until();
  accept.key = accept.proposal.command.key;
  for (const EndpointId peer : peers_) {
    if (!poll.votes.test(context_.number_of(peer))) tell(peer, accept);
  }
}

/// The leader is an acceptor, too; its vote counts once it is on its disk.
Task<> MultiPaxos::vote_for_own(Slot slot, Ballot ballot, std::uint64_t change) {
  const bool kept = co_await write_back_.until(change, parameters_.election_timeout_max);
  if (kept && leads(ballot)) count(my_number(), slot);
}

void MultiPaxos::on(EndpointId from, const Accepted& vote) {
  if (leads(vote.ballot)) count(context_.number_of(from), vote.slot);
}

void MultiPaxos::on(EndpointId, const Preempted& refusal) { promise(refusal.promised); }

/// What a quorum has voted for is chosen, in whatever order slots get there.
void MultiPaxos::count(std::uint32_t voter, Slot slot) {
  const auto place = polls_.find(slot);
  if (place == polls_.end()) return;
  Poll& poll = place->second;
  poll.votes.set(voter);
  std::size_t needed = replication_quorum();
  if (flawed(Flaw::chooses_early)) --needed;  // the flaw: almost a quorum
  if (poll.chosen || poll.votes.count() < needed) return;
  poll.chosen = true;
  if (flawed(Flaw::executes_as_chosen)) apply(slot);  // the flaw: whatever comes before
  settle_chosen();
}

/// Messages may be lost, and acceptors come back.
Task<> MultiPaxos::ask_again(Ballot ballot) {
  while (leads(ballot)) {
    const Time long_ago = now() - parameters_.retransmission;
    for (auto& [slot, poll] : polls_) {
      if (poll.chosen || poll.asked > long_ago) continue;
      poll.asked = now();
      ask_for_votes(slot, poll);
    }
    co_await sleep(parameters_.retransmission);
  }
}

// ---- the acceptor ------------------------------------------------------------------------------

/// Phase 2b.
Task<> MultiPaxos::on(EndpointId from, Accept accept) {
  const bool bound = accept.ballot < promised();
  if (bound && !flawed(Flaw::accepts_any_ballot)) {  // the flaw: a promise does not bind
    tell(from, Preempted{promised()});
    co_return;
  }
  follow(from, accept.ballot);
  if (!disk().complete.get()) co_return;
  bool kept = true;
  if (accept.slot > ledger().chosen_until()) {
    const std::uint64_t change = vote(accept.slot, Vote{accept.ballot, accept.proposal});
    learn_until(accept.ballot, accept.chosen_until);
    kept = co_await write_back_.until(change, parameters_.election_timeout_max);
  }
  if (kept) tell(from, Accepted{accept.ballot, accept.slot});
}

/// Puts a vote into the ledger; returns the number of the change, to be waited for.
std::uint64_t MultiPaxos::vote(Slot slot, const Vote& vote) {
  disk().ledger.put(slot, vote);
  return write_back_.changed(vote.bytes());
}

}  // namespace faultline::multi_paxos
