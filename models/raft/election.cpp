// Elections: timeouts, votes, terms, reigns (section 5.2; dissertation, sections 3.4, 6.2, 9.6).
#include <algorithm>

#include <faultline/raft/raft.hpp>

namespace faultline::raft {

// ---- standing for election ---------------------------------------------------------------------

/// Draws a new election timeout. As long as the leader is heard from, each of its messages restarts
/// the wait but keeps the draw.
void Raft::start_election_timer() {
  const double low = seconds(parameters_.election_timeout_min);
  const double high = seconds(parameters_.election_timeout_max);
  spawn(wait_for_leader(++timer_, from_seconds(random().uniform(low, high))));
}

Task<> Raft::wait_for_leader(std::uint64_t timer, Duration patience) {
  const Time begun = now();
  while (timer == timer_) {
    const Duration left = std::max(begun, last_heard_) + patience - now();
    if (left <= Duration::zero()) {
      co_await stand_for_election(false);
      co_return;
    }
    co_await sleep(left);
  }
}

/// Figure 2, "rules for servers: candidates".
Task<> Raft::stand_for_election(bool by_transfer) {
  if (leading()) co_return;
  start_election_timer();  // to try again if nobody wins
  // A server that is to leave may still be needed until that is committed: perhaps only it has the
  // entry that says so (dissertation, section 4.2.2).
  const bool may_be_needed = configurations_.back().first > commit_index_;
  if (!configuration().has(my_number()) && !may_be_needed) co_return;
  if (!disk().complete.get()) co_return;
  leader_.reset();
  RequestVote request;
  request.term = current_term() + 1;
  request.last_log = log().end();
  request.by_transfer = by_transfer;
  if (parameters_.pre_vote && !by_transfer) {
    // A server that was cut off would otherwise run up its term and depose a good leader on its
    // return. In a trial nobody binds himself (dissertation, section 9.6).
    request.trial = true;
    if (!co_await win_votes(request)) co_return;
    request.trial = false;
  }
  become_follower(request.term);
  role_ = Role::candidate;
  disk().voted_for.set(my_number() + 1);
  if (co_await win_votes(request)) become_leader();
}

/// True once a majority has voted for this server, and nothing has happened meanwhile.
Task<bool> Raft::win_votes(RequestVote request) {
  const std::uint64_t timer = timer_;
  const Term term = current_term();
  std::vector<EndpointId> others;
  for (const EndpointId node : context_.peers()) {
    if (configuration().has(context_.number_of(node))) others.push_back(node);
  }
  auto votes = ask(std::span<const EndpointId>(others), request);
  if (!request.trial) co_await persist_promises();  // before its own vote counts
  if (timer != timer_ || term != current_term()) co_return false;
  Members granted;
  granted.add(my_number());
  const auto has_granted = [&](std::uint32_t voter) { return granted.has(voter); };
  const Time deadline = now() + parameters_.election_timeout_max;
  for (bool more = true; more;) {
    for (const auto& [voter, vote] : votes) {
      if (vote.granted) granted.add(context_.number_of(voter));
    }
    if (counting().decided(has_granted)) break;
    more = co_await votes.until(votes.accepted() + 1, deadline - now());
    if (timer != timer_ || term != current_term()) co_return false;
  }
  for (const auto& [voter, vote] : votes) {
    if (vote.term > current_term()) become_follower(vote.term);
  }
  co_return term == current_term() && counting().decided(has_granted);
}

// ---- voting ------------------------------------------------------------------------------------

/// Section 5.4.1: so that whoever wins has all that is committed.
bool Raft::up_to_date(const Position& candidates_end) const {
  if (flawed(Flaw::votes_for_any_log)) return true;  // the flaw: nobody's log is too old
  return candidates_end >= log().end();
}

/// Whoever hears the leader does not help to depose it (section 6, the third issue). The leader's
/// lease rests on this promise, and so it also binds the leader.
bool Raft::content() const {
  if (!parameters_.check_quorum) return false;
  if (!clock_.after(promised_)) return true;           // its promise as a leader outlives its reign
  if (flawed(Flaw::breaks_its_promise)) return false;  // the flaw: votes all the same
  return leading() ? !lost_quorum() : hears_leader();
}

/// Figure 2, "RequestVote RPC".
Task<Vote> Raft::on(EndpointId from, RequestVote request) {
  const std::uint32_t candidate = context_.number_of(from) + 1;
  const bool satisfied = content() || (request.trial && hears_leader());
  if (!disk().complete.get() || (satisfied && !request.by_transfer)) {
    co_return Vote{current_term(), false};
  }
  if (request.trial) {
    co_return Vote{current_term(), request.term > current_term() && up_to_date(request.last_log)};
  }
  if (request.term > current_term()) become_follower(request.term);
  if (request.term < current_term()) co_return Vote{current_term(), false};
  std::uint32_t given_to = disk().voted_for.get();
  if (flawed(Flaw::votes_twice)) given_to = 0;  // the flaw: a vote does not bind
  if (leading() || (given_to != 0 && given_to != candidate) || !up_to_date(request.last_log)) {
    co_return Vote{current_term(), false};
  }
  disk().voted_for.set(candidate);
  start_election_timer();
  co_await persist_promises();
  co_return Vote{request.term, true};
}

/// A vote that a crash could undo would be worth nothing.
Task<> Raft::persist_promises() {
  return write_through(durable_, parameters_.durability, sizeof(Term) + sizeof(std::uint32_t));
}

// ---- reigning ----------------------------------------------------------------------------------

/// Figure 2, "rules for servers: all servers": a higher term makes a follower of everybody.
void Raft::become_follower(Term term) {
  if (term <= current_term()) return;
  if (leading()) step_down();
  disk().current_term.set(term);
  disk().voted_for.set(0);
  role_ = Role::follower;
  leader_.reset();
}

void Raft::become_leader() {
  role_ = Role::leader;
  leader_ = self();
  ++timer_;
  Peer unknown;
  unknown.next_index = log().last() + 1;
  peers_.assign(nodes().size(), unknown);
  joining_ = {};
  changing_in_.reset();
  heir_.reset();
  lease_given_up_ = false;
  round_ = 0;
  reign_began_ = now();
  emit(EventKind::leader_elected, current_term());
  // All that was committed before is in this log, but a leader does not know how much of its log
  // that is until an entry of its own term is committed (section 8).
  term_start_ = log().last() + 1;
  append(Entry{});
  if (leading()) spawn(reign(current_term()));
}

Task<> Raft::reign(Term term) {
  while (leads(term)) {
    if (parameters_.check_quorum && lost_quorum()) {
      step_down();
      co_return;
    }
    ++round_;
    for (std::uint32_t peer = 0; peer < peers_.size(); ++peer) heartbeat(peer);
    follow_schedule();
    co_await sleep(parameters_.heartbeat);
  }
}

void Raft::step_down() {
  role_ = Role::follower;
  leader_.reset();
  last_heard_ = Time::min();
  current_as_of_ = now();
  emit(EventKind::leader_stepped_down, current_term());
  start_election_timer();
  commits_.give_up();
  confirmations_.give_up();
}

/// A leader that no majority answers any more leads nobody (dissertation, section 6.2).
bool Raft::lost_quorum() const {
  return now() >= std::max(majority_contact(), reign_began_) + parameters_.election_timeout_min;
}

}  // namespace faultline::raft
