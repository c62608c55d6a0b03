// The log: how entries travel, when they are committed, and the disk (section 5.3, 5.4).
#include <algorithm>
#include <memory>

#include <faultline/raft/raft.hpp>

namespace faultline::raft {

// ---- the leader --------------------------------------------------------------------------------

/// Writes `entry` at the end of the log and sends it to all followers that keep up.
Index Raft::append(Entry entry) {
  entry.term = current_term();
  entry.command.stamp =
      std::max({clock_.now().latest, log().last_stamp() + Duration(1), promised_ + Duration(1)});
  disk().log.append(entry);
  const Index index = log().last();
  if (entry.kind == Entry::Kind::configuration) note_configuration(index, entry.configuration);
  for (std::uint32_t peer = 0; peer < peers_.size(); ++peer) replicate_to(peer);
  spawn(write_back());
  return index;
}

/// Figure 2, "leaders": if last log index >= nextIndex, send what is missing. A follower whose log
/// is known to agree gets entries as they come; another gets one message at a time, until the
/// place is found from which on its log differs.
void Raft::replicate_to(std::uint32_t number) {
  if (number == my_number() || !audience().has(number)) return;
  Peer& peer = peers_[number];
  if (peer.installing || peer.next_index > log().last()) return;
  if (peer.next_index < log().first()) {
    spawn(install_snapshot(number));
  } else if (peer.pipelining || !peer.probing) {
    spawn(append_entries(number, static_cast<std::size_t>(parameters_.batch)));
  }
}

/// The leader shows that it is alive.
void Raft::heartbeat(std::uint32_t number) {
  if (number == my_number() || !audience().has(number)) return;
  spawn(append_entries(number, 0));
  replicate_to(number);
}

Task<> Raft::append_entries(std::uint32_t number, std::size_t most) {
  Peer& peer = peers_[number];
  const Term term = current_term();
  const std::uint64_t round = round_;
  AppendEntries request(term);
  const Index previous = std::max(peer.next_index, log().first()) - 1;
  request.previous = {log().term_at(previous), previous};
  const Index last = std::min<Index>(log().last(), previous + most);
  if (last > previous) {
    auto entries = std::make_shared<std::vector<Entry>>();
    for (Index index = previous + 1; index <= last; ++index) entries->push_back(log().at(index));
    request.key = entries->front().command.key;
    request.entries = std::move(entries);
    if (peer.pipelining) {
      peer.next_index = last + 1;  // does not wait for the answer
    } else {
      peer.probing = true;
      peer.probed_at = now();
    }
  }
  request.leader_commit = commit_index_;
  request.leader_last = log().last();
  request.sent = now();
  request.safe = promise_safe();
  const auto reply = co_await call(nodes()[number], request, parameters_.election_timeout_min);
  if (!leads(term)) co_return;
  if (!reply) {
    if (request.entries) {  // the next heartbeat sends them again
      peer.pipelining = peer.probing = false;
      peer.next_index = peer.match_index + 1;
    }
    co_return;
  }
  if (reply->term > term) {
    become_follower(reply->term);
    co_return;
  }
  peer.contact = std::max(peer.contact, request.sent);
  peer.round = std::max(peer.round, round);
  if (!confirmations_.empty()) confirmations_.reached(majority_round());
  if (reply->success) {
    // An answer to a later message shows that the probe, or the answer to it, is lost.
    if (request.entries || request.sent > peer.probed_at) {
      peer.pipelining = true;
      peer.probing = false;
    }
    peer.match_index = std::max(peer.match_index, reply->match);
    peer.next_index = std::max(peer.next_index, peer.match_index + 1);
    advance_commit_index();
    if (leads(term) && heir_ == number) send_timeout_now_when_ready();
  } else {
    peer.pipelining = false;
    peer.next_index =
        reply->conflict > 0 ? std::min(peer.next_index, reply->conflict) : peer.match_index + 1;
    peer.match_index = std::min(peer.match_index, peer.next_index - 1);
  }
  if (leads(term)) replicate_to(number);
}

/// Figure 2, "leaders": if there is an N > commitIndex that a majority has reached, and whose entry
/// is of this term, N is committed.
void Raft::advance_commit_index() {
  if (!leading()) return;
  const Index reached = counting().reached([this](std::uint32_t server) {
    return server == my_number() ? durable_until_ : peers_[server].match_index;
  });
  if (reached <= commit_index_) return;
  const bool own_term = flawed(Flaw::counts_old_terms)  // the flaw: entries of any term
                        || log().term_at(reached) == current_term();
  if (own_term) commit_until(reached);
}

// ---- the follower ------------------------------------------------------------------------------

/// A message from the leader of this term, or of a later one.
void Raft::follow(EndpointId leader, Term term) {
  become_follower(term);
  if (!leader_) start_election_timer();
  role_ = Role::follower;
  leader_ = leader;
  last_heard_ = now();
}

/// Whether the log has this entry. Those that a snapshot covers are committed, so it has them all.
bool Raft::matches(const Position& previous) const {
  if (previous.index + 1 < log().first()) return true;
  if (previous.index > log().last()) return false;
  if (flawed(Flaw::skips_the_check)) return true;  // the flaw: whatever stands there
  return log().term_at(previous.index) == previous.term;
}

/// Figure 2, "AppendEntries RPC".
Task<Appended> Raft::on(EndpointId from, AppendEntries request) {
  Appended no;
  no.term = std::max(current_term(), request.term);
  if (request.term < current_term()) co_return no;  // 1.
  follow(from, request.term);
  if (catching_up_ && !catch_up_to_) catch_up_to_ = request.leader_last;

  // Messages may overtake one another: waits a little for the entries before these.
  if (request.previous.index > log().last()) {
    co_await arrivals_.until(context_.endpoint(), request.previous.index, parameters_.heartbeat);
    no.term = current_term();
    if (request.term != current_term()) co_return no;
  }
  if (!matches(request.previous)) {  // 2.
    no.conflict = request.previous.index > log().last()
                      ? log().last() + 1
                      : log().first_of_term_at(request.previous.index);
    co_return no;
  }
  const Index match = take(request);  // 3., 4.
  arrivals_.reached(log().last());
  const bool durable = !request.entries || co_await make_durable(match);
  no.term = current_term();
  if (!durable || request.term != current_term()) co_return no;
  commit_until(std::min(request.leader_commit, match));  // 5.
  if (last_applied_ >= request.leader_commit) note_safe(request.safe);
  if (match >= request.leader_last) current_as_of_ = std::max(current_as_of_, request.sent);
  note_caught_up();
  Appended yes;
  yes.term = request.term;
  yes.success = true;
  yes.match = std::min(match, durable_until_);
  co_return yes;
}

/// Puts the entries where they belong; what stands there and is of another term was never
/// committed. Returns up to where the log now equals the leader's.
Index Raft::take(const AppendEntries& request) {
  Index index = request.previous.index;
  if (!request.entries) return index;
  for (const Entry& entry : *request.entries) {
    ++index;
    if (index < log().first()) continue;  // a snapshot has it
    const bool fits = index <= log().last() && log().term_at(index) == entry.term;
    if (fits && !flawed(Flaw::truncates_matching)) continue;  // the flaw: cuts here all the same
    if (index <= log().last()) truncate(index - 1);
    disk().log.append(entry);
    if (entry.kind == Entry::Kind::configuration) note_configuration(index, entry.configuration);
    ++caught_up_;
  }
  return index;
}

/// Takes entries beyond `kept` out of the log: the leader's log does not have them.
void Raft::truncate(Index kept) {
  disk().log.truncate(kept);
  ++truncations_;
  durable_until_ = std::min(durable_until_, kept);
  while (configurations_.size() > 1 && configurations_.back().first > kept) {
    configurations_.pop_back();
  }
}

/// A restarted server has all that its leader had when they met again.
void Raft::note_caught_up() {
  if (!catch_up_to_ || commit_index_ < *catch_up_to_) return;
  emit(EventKind::caught_up, caught_up_);
  catching_up_ = false;
  catch_up_to_.reset();
  disk().complete.set(true);
}

// ---- both --------------------------------------------------------------------------------------

/// Figure 2, "all servers": what is committed is applied to the state machine, in order.
void Raft::commit_until(Index index) {
  commit_index_ = std::max(commit_index_, index);
  while (last_applied_ < commit_index_ && log().has(last_applied_ + 1)) {
    const Entry& entry = log().at(++last_applied_);
    if (entry.kind != Entry::Kind::write) continue;
    const bool again = !machine_.apply(entry.command, flawed(Flaw::executes_twice));
    if (!again) holds(entry.command.key, entry.command.value);
  }
  commits_.reached(last_applied_);
  if (leading()) go_on_with_change();
  take_snapshot();
}

// ---- the disk ----------------------------------------------------------------------------------

/// Waits until the log up to `index` is as durable as it has to be; false if it was cut meanwhile.
Task<bool> Raft::make_durable(Index index) {
  if (durable_until_ >= index) co_return true;
  const std::uint64_t truncations = truncations_;
  spawn(write_back());
  if (durable_until_ < index) {
    co_await durable_line_.until(context_.endpoint(), index, parameters_.election_timeout_max);
  }
  co_return durable_until_ >= index&& truncations == truncations_;
}

/// Group commit: one write and one fsync for all entries that came during the one before.
Task<> Raft::write_back() {
  if (writing_back_) co_return;
  writing_back_ = true;
  while (durable_until_ < log().last()) {
    const Index target = log().last();
    const std::uint64_t truncations = truncations_;
    Bytes size = 0;
    for (Index index = std::max(durable_until_ + 1, log().first()); index <= target; ++index) {
      size += log().at(index).bytes();
    }
    if (parameters_.durability != Durability::memory) co_await disk_write(size);
    if (parameters_.durability == Durability::fsync) co_await sync(durable_);
    if (truncations != truncations_) continue;  // other entries stand there now
    durable_until_ = target;
    durable_line_.reached(durable_until_);
    advance_commit_index();
  }
  writing_back_ = false;
}

}  // namespace faultline::raft
