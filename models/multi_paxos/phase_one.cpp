// Phase 1, and who leads ("simple", sections 2.2, 2.4 and 3; the scout of "complex", section 3).
#include <algorithm>

#include <faultline/multi_paxos/multi_paxos.hpp>

namespace faultline::multi_paxos {

// ---- the proposer ------------------------------------------------------------------------------

/// Draws a new election timeout. As long as the leader is heard from, each of its messages restarts
/// the wait but keeps the draw.
void MultiPaxos::start_election_timer() {
  const double low = seconds(parameters_.election_timeout_min);
  const double high = seconds(parameters_.election_timeout_max);
  spawn(wait_for_leader(++timer_, from_seconds(random().uniform(low, high))));
}

Task<> MultiPaxos::wait_for_leader(std::uint64_t timer, Duration patience) {
  const Time begun = now();
  while (timer == timer_) {
    const Duration left = std::max(begun, last_heard_) + patience - now();
    if (left <= Duration::zero()) {
      co_await prepare();
      co_return;
    }
    co_await sleep(left);
  }
}

/// Phase 1a, and what becomes of the answers.
Task<> MultiPaxos::prepare() {
  start_election_timer();  // to try again if it comes to nothing
  if (!disk().complete.get()) co_return;
  const Ballot ballot{promised().round + 1, my_number()};
  promise(ballot);  // an acceptor is what it is, too
  role_ = Role::candidate;
  const std::uint64_t own = write_back_.changed(sizeof ballot);
  Prepare request;
  request.ballot = ballot;
  request.after = ledger().chosen_until();
  auto promises = ask(std::span<const EndpointId>(peers_), request);
  const bool kept = co_await write_back_.until(own, parameters_.election_timeout_max);
  if (!kept || promised() != ballot) co_return;
  const bool enough =
      co_await promises.until(election_quorum() - 1, parameters_.election_timeout_max);
  if (promised() != ballot) co_return;
  for (const auto& [from, answer] : promises) {
    if (!answer.granted) promise(answer.promised);
  }
  if (!enough || promised() != ballot) co_return;

  Reported reported;
  report(reported, ledger().extract(request.after, ledger().last()));
  for (const auto& [from, answer] : promises) {
    if (!answer.granted) continue;
    learn(answer.ledger);
    report(reported, answer.ledger);
  }
  become_leader(reported);
}

/// Of several votes in a slot, that of the highest ballot counts (property P2c of "simple").
void MultiPaxos::report(Reported& reported, const Extract& extract) const {
  if (!extract.votes || flawed(Flaw::proposes_its_own)) return;  // the flaw: heeds nobody
  for (const auto& [slot, vote] : *extract.votes) {
    const auto [place, is_new] = reported.try_emplace(slot, vote);
    const bool counts = flawed(Flaw::proposes_lowest)  // the flaw: the lowest counts
                            ? vote.ballot < place->second.ballot
                            : vote.ballot > place->second.ballot;
    if (!is_new && counts) place->second = vote;
  }
}

// ---- the acceptor ------------------------------------------------------------------------------

/// Phase 1b.
Task<Promise> MultiPaxos::on(EndpointId, Prepare prepare) {
  if (!disk().complete.get() || prepare.ballot < promised() || bound_by_lease()) {
    co_return Promise(false, promised());
  }
  promise(prepare.ballot);
  start_election_timer();  // the other shall have its chance
  Promise answer(true, prepare.ballot);
  answer.ledger = ledger().extract(prepare.after, ledger().last());
  const std::uint64_t change = write_back_.changed(sizeof prepare.ballot);
  const bool kept = co_await write_back_.until(change, parameters_.election_timeout_max);
  if (!kept || promised() != prepare.ballot) co_return Promise(false, promised());
  co_return answer;
}

/// From now on nothing of a lower ballot counts here. Whoever was about to lead in one, or did,
/// gives way, or outbids the other ("simple", section 2.4, says what comes of that).
void MultiPaxos::promise(Ballot ballot) {
  if (ballot <= promised()) return;
  const bool was_in_the_running = role_ != Role::follower;
  if (leading()) step_down();
  disk().promised.set(ballot);
  role_ = Role::follower;
  leader_.reset();
  const bool rival = ballot.node != my_number();
  if (was_in_the_running && rival && parameters_.outbid) spawn(prepare());
}

/// Whoever hears the leader does not help to depose it, if the leader's lease rests on that
/// (Chandra, Griesemer and Redstone, "Paxos made live", PODC 2007, section 5.2). It binds the
/// leader as well.
bool MultiPaxos::bound_by_lease() const {
  if (parameters_.reads != Reads::lease) return false;
  if (flawed(Flaw::breaks_its_word)) return false;  // the flaw: promises all the same
  return leading() ? !lost_quorum() : hears_leader();
}

// ---- reigning ----------------------------------------------------------------------------------

/// All that may have been chosen so far is among what was reported, or was learned from who knew.
/// Everything up to the end of it has to be settled; behind it all slots are free.
void MultiPaxos::become_leader(const Reported& reported) {
  role_ = Role::leader;
  leader_ = self();
  ++timer_;
  standing_.assign(nodes().size(), Peer{});
  polls_.clear();
  round_ = 0;
  reign_began_ = now();
  emit(EventKind::leader_elected, promised().round);
  const Ballot ballot = promised();
  const Slot first = ledger().chosen_until() + 1;
  inherited_until_ = first - 1;
  if (!reported.empty()) inherited_until_ = std::max(inherited_until_, reported.rbegin()->first);
  next_slot_ = inherited_until_ + 1;
  for (Slot slot = first; slot <= inherited_until_; ++slot) {
    const auto voted = reported.find(slot);
    const bool free = voted == reported.end() ||
                      flawed(Flaw::fills_all_with_no_ops);  // the flaw: as if none had voted
    put_to_vote(slot, free ? Proposal{} : voted->second.proposal);
  }
  spawn(reign(ballot));
  spawn(ask_again(ballot));
}

Task<> MultiPaxos::reign(Ballot ballot) {
  while (leads(ballot)) {
    if (lost_quorum()) {
      step_down();
      co_return;
    }
    heartbeat();
    co_await sleep(parameters_.heartbeat);
  }
}

void MultiPaxos::step_down() {
  role_ = Role::follower;
  leader_.reset();
  last_heard_ = Time::min();
  current_as_of_ = now();
  polls_.clear();
  emit(EventKind::leader_stepped_down, promised().round);
  start_election_timer();
  executions_.give_up();
  confirmations_.give_up();
}

/// A leader that no quorum answers any more can have nothing chosen. It makes room for one who can.
bool MultiPaxos::lost_quorum() const {
  return now() >= std::max(quorum_contact(), reign_began_) + parameters_.election_timeout_min;
}

/// A message from who leads in `ballot`, which is at least as high as the one promised.
void MultiPaxos::follow(EndpointId leader, Ballot ballot) {
  promise(ballot);
  if (!leader_) start_election_timer();
  role_ = Role::follower;
  leader_ = leader;
  last_heard_ = now();
}

}  // namespace faultline::multi_paxos
