// Reads that see the latest write (section 8; dissertation, section 6.4).
//
// A leader's state machine has all that was committed, so it could answer a read at once; but it
// may have been deposed, and others may have written since. Three ways to be sure:
//
//   log         the read goes through the log like a write. One round trip, and a disk write.
//   read_index  the leader notes how far the log is committed, has a majority confirm that it still
//               leads, and answers from what it noted. One round trip, no disk.
//   lease       followers that heard from the leader do not elect another for a while. No round
//               trip; but that while is measured on clocks, and a lease holds only as long as no
//               clock is wronger than it assumes.
//
// And a fourth, at whatever node is asked, which needs neither the leader nor a majority:
//
//   timestamp   clocks know how wrong they can be (sim/model/bounded_clock.hpp). Every entry has a
//               timestamp, later than all before it, and a write is acknowledged only when that is
//               certainly past. A read takes the latest that the present can be, waits until its
//               node is *safe* for that, knows all entries up to there, and answers from its own
//               table (Corbett et al., "Spanner", OSDI 2012, sections 4.1.2 and 4.1.3). The leader
//               says with every message up to when its followers are safe.
//
// Somebody has to wait. If the leader answers for the past alone, reads wait for its next message;
// unless they ask for the past themselves (`read_age`). If it answers for the time ahead
// (`safe_ahead`), reads need not wait, but writes get timestamps beyond that, and wait until these
// are past; so does a read that meets such a write (as in CockroachDB's global tables:
// VanBenschoten et al., "Enabling the next generation of multi-region applications with
// CockroachDB", SIGMOD 2022, section 6).
#include <algorithm>

#include <faultline/raft/raft.hpp>

namespace faultline::raft {

Task<Response> Raft::read(Request request) {
  // Whatever was committed in earlier terms is applied only once an entry of this term is.
  const bool early = flawed(Flaw::reads_early);  // the flaw: whatever is applied so far
  if (!early && commit_index_ < term_start_ &&
      !co_await commits_.until(context_.endpoint(), term_start_, parameters_.timeout)) {
    co_return refused(Error::unavailable);
  }
  if (!leading()) co_return refused(Error::not_leader);
  const bool trusted = parameters_.rest_on_lease() && lease_holds();
  if (!trusted && !co_await confirm_leadership()) co_return refused(Error::unavailable);
  // The read index, commitIndex at the time of asking, is applied: entries are as they commit.
  if (parameters_.by_timestamp()) co_return co_await show(request, Time::min());
  co_return machine_.answer(request);
}

/// At a follower, or whoever else has the log.
Task<Response> Raft::read_at_timestamp(Request request) {
  const Time moment = clock_.now().latest - parameters_.read_age;
  if (safe_ < moment &&
      !co_await safe_line_.until(context_.endpoint(), moment, parameters_.timeout)) {
    co_return refused(Error::unavailable);
  }
  // What the leader's clock called past when it spoke, is past.
  co_return co_await show(request, safe_ - parameters_.safe_ahead);
}

/// What the table holds now; but not before it is past, as the writer's own client waits. Else who
/// reads elsewhere after this, by a slower clock, could still miss it. All up to `past` is.
Task<Response> Raft::show(Request request, Time past) {
  const Response response = machine_.answer(request);
  const StateMachine::Stored* stored = machine_.find(request.key);
  if (stored == nullptr || stored->stamp <= past) co_return response;
  if (flawed(Flaw::shows_the_future)) co_return response;  // the flaw: at once
  if (!clock_.after(stored->stamp)) co_await sleep(clock_.until_after(stored->stamp));
  co_return response;
}

/// Up to when a follower that has applied all that is committed knows all there will ever be. Later
/// entries get later timestamps (append()); those under way are excepted; and while the lease
/// holds, nobody else makes any.
Time Raft::promise_safe() {
  if (!parameters_.by_timestamp() || !lease_holds()) return Time::min();
  if (commit_index_ < term_start_) return Time::min();
  const Time promise = std::min(clock_.now().earliest + parameters_.safe_ahead,
                                lease_end() - parameters_.clock_uncertainty);
  promised_ = std::max(promised_, promise);
  const bool all_committed = commit_index_ == log().last() ||
                             flawed(Flaw::forgets_what_is_under_way);  // the flaw: no exception
  if (all_committed) return promise;
  return std::min(promise, log().at(commit_index_ + 1).command.stamp - Duration(1));
}

void Raft::note_safe(Time moment) {
  safe_ = std::max(safe_, moment);
  safe_line_.reached(safe_);
}

/// A round of heartbeats that begins now and that a majority answers.
Task<bool> Raft::confirm_leadership() {
  if (flawed(Flaw::reads_unconfirmed)) co_return true;  // the flaw: who leads, knows it
  const std::uint64_t round = ++round_;
  for (std::uint32_t peer = 0; peer < peers_.size(); ++peer) {
    if (peer != my_number() && audience().has(peer)) spawn(append_entries(peer, 0));
  }
  if (majority_round() >= round) co_return true;  // a cluster of one
  co_return co_await confirmations_.until(context_.endpoint(), round, parameters_.timeout);
}

/// The latest round that a majority, this server included, has answered.
std::uint64_t Raft::majority_round() const {
  return counting().reached([this](std::uint32_t server) {
    return server == my_number() ? round_ : peers_[server].round;
  });
}

/// When this leader sent the latest message that a majority, itself included, has answered.
Time Raft::majority_contact() const {
  return counting().reached([this](std::uint32_t server) {
    return server == my_number() ? now() : peers_[server].contact;
  });
}

/// On this leader's clock, before which nobody else is elected.
Time Raft::lease_end() const {
  Duration usable = usable_lease(*parameters_.lease, parameters_.clock_drift);
  if (flawed(Flaw::overlong_lease)) usable = *parameters_.lease;  // the flaw: trusts every clock
  return majority_contact() + usable;
}

}  // namespace faultline::raft
