// Reads that see the latest write.
//
// A leader has executed all that was chosen, so it could answer a read at once; but it may have
// been deposed, and others may have had more chosen since. Three ways to be sure:
//
//   log     the read goes through the ledger like a write. One round trip, and a disk write.
//   quorum  a quorum of phase 2 confirms that it has promised nobody a higher ballot. Every quorum
//           of phase 1 would have one of these, so nobody else leads yet. One round trip, no disk.
//   lease   a quorum of phase 2 that has heard from the leader helps nobody to depose it for a
//           while. No round trip; but that while is measured on clocks, and a lease holds only as
//           long as no clock is wronger than it assumes ("Paxos made live", section 5.2).
#include <algorithm>

#include <faultline/model/majority.hpp>
#include <faultline/multi_paxos/multi_paxos.hpp>

namespace faultline::multi_paxos {

Task<Response> MultiPaxos::read(Request request) {
  // What earlier leaders had chosen is all in slots up to there, proposed once more.
  const bool early = flawed(Flaw::reads_early);  // the flaw: whatever is executed so far
  if (!early && executed_ < inherited_until_ &&
      !co_await executions_.until(context_.endpoint(), inherited_until_, parameters_.timeout)) {
    co_return refused(Error::unavailable);
  }
  if (!leading()) co_return refused(Error::not_leader);
  const bool trusted = parameters_.reads == Reads::lease && lease_holds();
  if (!trusted && !co_await confirm_leadership()) co_return refused(Error::unavailable);
  // Whatever a client was told is done was executed here before.
  co_return machine_.answer(request);
}

/// A round of heartbeats that begins now and that a quorum answers.
Task<bool> MultiPaxos::confirm_leadership() {
  if (flawed(Flaw::reads_unconfirmed)) co_return true;  // the flaw: who leads, knows it
  heartbeat();
  const std::uint64_t round = round_;
  if (quorum_round() >= round) co_return true;  // it is a quorum by itself
  co_return co_await confirmations_.until(context_.endpoint(), round, parameters_.timeout);
}

void MultiPaxos::heartbeat() {
  ++round_;
  for (const EndpointId peer : peers_) spawn(heartbeat(context_.number_of(peer)));
}

Task<> MultiPaxos::heartbeat(std::uint32_t number) {
  const std::uint64_t round = round_;
  Heartbeat beat;
  beat.ballot = promised();
  beat.chosen_until = ledger().chosen_until();
  beat.proposed_until = next_slot_ - 1;
  beat.sent = now();
  const auto answer = co_await call(nodes()[number], beat, parameters_.election_timeout_min);
  if (!answer || !leads(beat.ballot)) co_return;
  promise(answer->promised);  // a higher ballot ends the reign
  if (!answer->follows || !leads(beat.ballot)) co_return;
  Peer& peer = standing_[number];
  peer.contact = std::max(peer.contact, beat.sent);
  peer.round = std::max(peer.round, round);
  if (!confirmations_.empty()) confirmations_.reached(quorum_round());
}

Following MultiPaxos::on(EndpointId from, const Heartbeat& beat) {
  if (beat.ballot < promised()) return {promised(), false};
  follow(from, beat.ballot);
  if (catching_up_ && !catch_up_to_) catch_up_to_ = beat.proposed_until;
  learn_until(beat.ballot, beat.chosen_until);
  if (ledger().chosen_until() >= beat.chosen_until) {
    current_as_of_ = std::max(current_as_of_, beat.sent);
  } else {
    ask_to_learn(from);
  }
  note_caught_up();
  return {promised(), disk().complete.get()};
}

/// The latest round that a quorum, this node included, has answered.
std::uint64_t MultiPaxos::quorum_round() const {
  std::vector<std::uint64_t> rounds;
  for (const Peer& peer : standing_) rounds.push_back(peer.round);
  rounds[my_number()] = round_;
  return reached_by(replication_quorum(), rounds);
}

/// When this leader sent the latest heartbeat that a quorum, itself included, has answered.
Time MultiPaxos::quorum_contact() const {
  std::vector<Time> contacts;
  for (const Peer& peer : standing_) contacts.push_back(peer.contact);
  contacts[my_number()] = now();
  return reached_by(replication_quorum(), contacts);
}

bool MultiPaxos::lease_holds() const {
  const Time contact = quorum_contact();
  Duration usable = usable_lease(*parameters_.lease, parameters_.clock_drift);
  if (flawed(Flaw::overlong_lease)) usable = *parameters_.lease;  // the flaw: trusts every clock
  return contact > Time::min() && now() < contact + usable;
}

}  // namespace faultline::multi_paxos
