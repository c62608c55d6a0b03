// Learning what is chosen, executing it in order, and snapshots ("simple", section 2.3; the replica
// of "complex", section 2).
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/multi_paxos/multi_paxos.hpp>

namespace faultline::multi_paxos {

bool MultiPaxos::knows_chosen(Slot slot) const {
  if (slot <= ledger().chosen_until()) return true;
  const auto poll = polls_.find(slot);
  return poll != polls_.end() && poll->second.chosen;
}

// ---- executing ---------------------------------------------------------------------------------

/// The leader: slots that were chosen early become part of the beginning when the gap is filled.
void MultiPaxos::settle_chosen() {
  Slot slot = ledger().chosen_until();
  while (!polls_.empty() && polls_.begin()->first == slot + 1 && polls_.begin()->second.chosen) {
    polls_.erase(polls_.begin());
    ++slot;
  }
  if (slot == ledger().chosen_until()) return;
  disk().ledger.set_chosen_until(slot);
  execute();
}

/// What is chosen is executed, in the order of the slots.
void MultiPaxos::execute() {
  while (executed_ < ledger().chosen_until()) apply(++executed_);
  executions_.reached(executed_);
  take_snapshot();
}

void MultiPaxos::apply(Slot slot) {
  const Proposal& proposal = ledger().find(slot)->proposal;
  if (proposal.kind != Proposal::Kind::write) return;
  const bool again = !machine_.apply(proposal.command, flawed(Flaw::executes_twice));
  if (!again) holds(proposal.command.key, proposal.command.value);
}

// ---- the learner -------------------------------------------------------------------------------

/// The leader of `ballot` says that all is chosen up to a slot. What was chosen there stands here
/// if this node has voted in that ballot; of an earlier one it cannot know.
void MultiPaxos::learn_until(Ballot ballot, Slot chosen_until) {
  known_chosen_ = std::max(known_chosen_, chosen_until);
  Slot slot = ledger().chosen_until();
  while (slot < chosen_until) {
    const Vote* vote = ledger().find(slot + 1);
    const bool same_ballot = vote != nullptr && vote->ballot == ballot;
    const bool any = vote != nullptr && flawed(Flaw::learns_any_ballot);  // the flaw: whatever
    if (!same_ballot && !any) break;
    ++slot;
  }
  if (slot == ledger().chosen_until()) return;
  caught_up_ += slot - ledger().chosen_until();
  disk().ledger.set_chosen_until(slot);
  execute();
}

/// What another node knows to be chosen. Nothing waits for this to be on disk: those who voted for
/// it have it there.
void MultiPaxos::learn(const Extract& extract) {
  const Slot before = ledger().chosen_until();
  if (extract.snapshot && extract.snapshot->last > before) {
    disk().ledger.compact(extract.snapshot);
    write_back_.changed(extract.snapshot->bytes());
    restore_from_snapshot();
  }
  if (extract.votes) {
    for (const auto& [slot, chosen] : *extract.votes) {
      if (slot > extract.chosen_until) break;
      if (slot != ledger().chosen_until() + 1) continue;
      vote(slot, chosen);
      disk().ledger.set_chosen_until(slot);
    }
  }
  caught_up_ += ledger().chosen_until() - before;
  execute();
}

/// Asks for what is missing, but not too often: what was asked for may be on its way, and large.
void MultiPaxos::ask_to_learn(EndpointId source) {
  if (now() < ask_again_at_) return;
  ask_again_at_ = now() + patience_;
  constexpr int at_most = 64;
  patience_ = std::min(2 * patience_, at_most * parameters_.retransmission);
  tell(source, Learn{ledger().chosen_until()});
}

void MultiPaxos::on(EndpointId from, const Learn& request) {
  const Slot begin = std::max(request.after, ledger().snapshot_end());
  const Slot end = begin + static_cast<Slot>(parameters_.batch);
  tell(from, Learned(ledger().extract(request.after, std::min(end, ledger().chosen_until()))));
}

void MultiPaxos::on(EndpointId from, const Learned& answer) {
  // A leader learns by counting votes alone: its clients wait for what it has proposed.
  if (leading()) return;
  const Slot before = ledger().chosen_until();
  learn(answer.ledger);
  note_caught_up();
  if (ledger().chosen_until() == before) return;
  ask_again_at_ = Time::min();
  patience_ = parameters_.retransmission;
  if (ledger().chosen_until() < known_chosen_) ask_to_learn(from);
}

/// A restarted node has all that its leader had proposed when they met again.
void MultiPaxos::note_caught_up() {
  if (!catch_up_to_ || ledger().chosen_until() < *catch_up_to_) return;
  emit(EventKind::caught_up, caught_up_);
  catching_up_ = false;
  catch_up_to_.reset();
  disk().complete.set(true);
}

// ---- snapshots ---------------------------------------------------------------------------------

/// Every node takes its own, when its ledger has grown enough.
void MultiPaxos::take_snapshot() {
  const auto threshold = static_cast<Slot>(parameters_.snapshot_threshold);
  if (saving_snapshot_ || executed_ < ledger().snapshot_end() + threshold) return;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last = executed_;
  snapshot->image = machine_.image();
  saving_snapshot_ = true;
  spawn(save_snapshot(std::move(snapshot)));
}

Task<> MultiPaxos::save_snapshot(std::shared_ptr<const Snapshot> snapshot) {
  if (parameters_.durability != Durability::memory) co_await disk_write(snapshot->bytes());
  // Only now may the ledger forget: a crash before finds the old snapshot and all that follows it.
  if (snapshot->last > ledger().snapshot_end()) disk().ledger.compact(std::move(snapshot));
  if (parameters_.durability == Durability::fsync) co_await sync(durable_);
  saving_snapshot_ = false;
}

/// The state machine as the snapshot has it.
void MultiPaxos::restore_from_snapshot() {
  if (!ledger().snapshot()) return;
  const Snapshot& snapshot = *ledger().snapshot();
  for (const auto& [key, stored] : snapshot.image.table) {
    const StateMachine::Stored* before = machine_.find(key);
    if (before == nullptr || before->value != stored.value) holds(key, stored.value);
  }
  machine_.restore(snapshot.image);
  executed_ = snapshot.last;
}

}  // namespace faultline::multi_paxos
