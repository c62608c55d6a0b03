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
  const bool trusted = parameters_.reads == Reads::lease && lease_holds();
  if (!trusted && !co_await confirm_leadership()) co_return refused(Error::unavailable);
  // The read index, commitIndex at the time of asking, is applied: entries are as they commit.
  co_return machine_.answer(request);
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

bool Raft::lease_holds() const {
  if (lease_given_up_) return false;
  const Time contact = majority_contact();
  Duration usable = usable_lease(*parameters_.lease, parameters_.clock_drift);
  if (flawed(Flaw::overlong_lease)) usable = *parameters_.lease;  // the flaw: trusts every clock
  return contact > Time::min() && now() < contact + usable;
}

}  // namespace faultline::raft
