// Who leads: timeouts, votes, reigns, leases.
#include <algorithm>

#include <faultline/leader_follower/leader_follower.hpp>

namespace faultline::leader_follower {

// ---- standing for election ---------------------------------------------------------------------

/// Draws a new election timeout. As long as the same leader is heard from, each message restarts
/// the wait but keeps the draw.
void LeaderFollower::arm_election_timer() {
  if (!elects()) return;
  const double low = seconds(parameters_.election_timeout_min);
  const double high = seconds(parameters_.election_timeout_max);
  spawn(watch(++watch_, from_seconds(random().uniform(low, high))));
}

Task<> LeaderFollower::watch(std::uint64_t watch, Duration patience) {
  Time heard = now();
  for (;;) {
    const Duration left = heard + patience - now();
    if (left <= Duration::zero()) break;
    co_await sleep(left);
    if (watch != watch_) co_return;
    heard = std::max(heard, last_heard_);
  }
  co_await campaign();
}

Task<> LeaderFollower::campaign() {
  if (leading()) co_return;
  arm_election_timer();  // to try again if nobody wins
  if (!may_elect()) co_return;
  leader_.reset();
  if (available()) {
    const Term term = own_term_after(this->term(), context_.number(), nodes().size());
    if (co_await win_side(term)) begin_reign();
    co_return;
  }
  if (parameters_.pre_vote && !co_await win_majority(term() + 1, true)) co_return;
  adopt(term() + 1);
  role_ = Role::candidate;
  disk().voted_for.set(context_.number() + 1);
  if (co_await win_majority(term(), false)) begin_reign();
}

/// True if a majority votes for this node. In a trial nobody binds himself: a node that is cut off
/// would otherwise run up its term and depose a good leader on its return.
Task<bool> LeaderFollower::win_majority(Term term, bool trial) {
  const std::uint64_t watch = watch_;
  if (!trial) co_await persist_promises();
  if (watch != watch_) co_return false;
  auto votes = ask(peers_, VoteRequest{term, log().end(), trial});
  const bool won =
      co_await votes.until(majority(nodes().size()) - 1, parameters_.election_timeout_max);
  if (watch != watch_) co_return false;  // another election has begun, or a leader was heard
  for (const auto& [voter, vote] : votes) {
    if (vote.term > this->term()) adopt(vote.term);
  }
  co_return won&& this->term() == (trial ? term - 1 : term);
}

/// True if all who answer agree, however few they are.
Task<bool> LeaderFollower::win_side(Term term) {
  adopt(term);
  role_ = Role::candidate;
  const std::uint64_t watch = watch_;
  auto votes = ask(peers_, VoteRequest{term, log().end(), false});
  co_await votes.all(parameters_.election_timeout_min);
  if (watch != watch_ || this->term() != term) co_return false;
  co_return votes.accepted() == votes.size();
}

// ---- voting -------------------------------------------------------------------------------------

/// Not before a restarted node has waited out what it may have promised, nor with a memory gap.
bool LeaderFollower::may_elect() const { return promises_kept_ && !recovering_ && !learning_; }

Task<> LeaderFollower::keep_promises() {
  promises_kept_ = false;
  co_await sleep(parameters_.election_timeout_min);
  promises_kept_ = true;
}

/// Whoever hears the leader does not help to depose it: that is the promise behind the lease.
bool LeaderFollower::content() const {
  return leading() ? available() || !lost_majority() : hears_leader();
}

bool LeaderFollower::would_vote(const VoteRequest& request) const {
  if (!may_elect() || request.term < term()) return false;
  if (content()) return false;
  if (flawed(Flaw::votes_for_any_log)) return true;  // the flaw: nobody's log is too old
  return request.end >= log().end();
}

Task<Vote> LeaderFollower::on(EndpointId from, VoteRequest request) {
  const std::uint32_t candidate = context_.number_of(from) + 1;
  const bool willing = would_vote(request);
  if (request.trial) co_return Vote{term(), willing && request.term > term()};
  if (request.term > term() && !content() && !recovering_) adopt(request.term);
  const std::uint32_t given_to = disk().voted_for.get();
  if (!willing || request.term != term() || leading() || (given_to != 0 && given_to != candidate)) {
    co_return Vote{term(), false};
  }
  disk().voted_for.set(candidate);
  arm_election_timer();
  co_await persist_promises();
  co_return Vote{request.term, true};
}

// ---- reigning -----------------------------------------------------------------------------------

/// A later term exists: whatever this node was, it is a follower now.
void LeaderFollower::adopt(Term term) {
  if (term <= this->term()) return;
  if (leading()) end_reign();
  disk().term.set(term);
  disk().voted_for.set(0);
  role_ = Role::follower;
  leader_.reset();
}

void LeaderFollower::begin_reign() {
  role_ = Role::leader;
  leader_ = self();
  ++watch_;
  disk().member.set(true);
  followers_.clear();
  for (const EndpointId peer : peers_) {
    Follower follower;
    follower.node = peer;
    follower.next = log().last() + 1;
    followers_.push_back(follower);
  }
  early_.clear();
  reign_began_ = now();
  emit(EventKind::leader_elected, term());
  // Entries of earlier terms count as committed only with one of this term behind them (Raft,
  // section 5.4.2), and only then does the leader know all that was committed: it begins with an
  // empty entry.
  reign_start_ = log().last() + 1;
  append(Entry{});
  if (leading()) spawn(reign(term()));
  if (available() && !handing_over_ && disk().orphans.size() > 0) spawn(hand_over_orphans());
}

Task<> LeaderFollower::reign(Term term) {
  while (leading() && this->term() == term) {
    if (lost_majority() && !available()) {
      end_reign();
      arm_election_timer();
      co_return;
    }
    advance_commit();  // with fewer followers in reach, fewer are waited for
    broadcast_heartbeat();
    co_await sleep(parameters_.heartbeat);
  }
}

void LeaderFollower::end_reign() {
  role_ = Role::follower;
  leader_.reset();
  last_heard_ = Time::min();
  current_as_of_ = now();
  verified_ = 0;
  emit(EventKind::leader_stepped_down, term());
  arm_election_timer();
  commits_.give_up();
  confirmations_.give_up();
}

/// When this leader sent the latest message that a majority, itself included, has heard.
Time LeaderFollower::majority_contact() const {
  const std::size_t others = majority(nodes().size()) - 1;
  if (others == 0) return now();
  contacts_.clear();
  for (const Follower& follower : followers_) contacts_.push_back(follower.contact);
  return reached_by(others, contacts_);
}

bool LeaderFollower::lost_majority() const {
  if (!elects()) return false;
  return now() >= std::max(majority_contact(), reign_began_) + parameters_.election_timeout_min;
}

bool LeaderFollower::lease_holds() const {
  Duration usable = usable_lease(*parameters_.lease, parameters_.clock_drift);
  if (flawed(Flaw::overlong_lease)) usable = *parameters_.lease;  // the flaw: trusts every clock
  return now() < majority_contact() + usable;
}

// ---- two leaders meet (on_partition: availability) ----------------------------------------------

Standing LeaderFollower::standing() const {
  if (!leading()) return hears_leader() ? leader_standing_ : Standing{};
  Standing mine{1, term()};
  for (const Follower& follower : followers_) {
    if (follower.contact > Time::min() &&
        now() < follower.contact + parameters_.election_timeout_min) {
      ++mine.following;
    }
  }
  return mine;
}

/// Whether this node should change over to a leader that it does not follow.
bool LeaderFollower::outranked_by(const Reign& rival) const { return standing() < rival.standing; }

/// Goes on leading, in a term above the rival's.
void LeaderFollower::outbid(Term rival) {
  disk().term.set(own_term_after(rival, context_.number(), nodes().size()));
  for (Follower& follower : followers_) {
    follower.probing = true;
    follower.in_snapshot = false;  // whoever waits for the answer belongs to the old term
  }
  reign_start_ = log().last() + 1;
  append(Entry{});
  spawn(reign(term()));
}

}  // namespace faultline::leader_follower
