// How entries travel: the leader's side, the follower's side, and the disk.
#include <algorithm>
#include <memory>

#include <faultline/leader_follower/leader_follower.hpp>

namespace faultline::leader_follower {

namespace {
/// Entries that overtook their predecessors wait for them, up to this many; the rest is sent again.
constexpr std::size_t most_early = 4096;
}  // namespace

// ---- the leader ---------------------------------------------------------------------------------

/// Writes `entry` at the end of the log and sends it to all followers that have what comes before.
Index LeaderFollower::append(Entry entry) {
  entry.term = term();
  disk().log.append(entry);
  const Index index = log().last();
  for (Follower& follower : followers_) {
    if (follower.next == index) stream(follower);
  }
  persist();
  trim_log();
  return index;
}

/// Sends the next entries: one while the follower keeps up, a batch when it is behind.
void LeaderFollower::stream(Follower& follower) {
  if (follower.in_snapshot) return;
  const Index last = log().last();
  // A snapshot holds what was applied. What is not yet committed can only be sent as entries.
  const auto threshold = static_cast<Index>(parameters_.snapshot_threshold);
  if (!log().has(follower.next) || disk().table.applied() >= follower.next + threshold) {
    follower.in_snapshot = true;
    spawn(send_snapshot(follower.node));
    return;
  }
  const Reign head = reign_for(follower);
  follower.entries_sent = head.sent;
  const Index end =
      std::min(last, follower.next + static_cast<Index>(parameters_.catch_up_batch) - 1);
  if (follower.next == end) {
    tell(follower.node, Append(head, log().at(end)));
  } else {
    auto batch = std::make_shared<Append::Batch>();
    for (Index index = follower.next; index <= end; ++index) batch->push_back(log().at(index));
    tell(follower.node, Append(head, std::move(batch)));
  }
  if (!follower.probing) follower.next = end + 1;  // does not wait for the answer
}

Reign LeaderFollower::reign_for(const Follower& follower) const {
  Reign reign;
  reign.term = term();
  reign.previous = {log().term_at(follower.next - 1), follower.next - 1};
  reign.commit = commit_;
  reign.last = log().last();
  reign.sent = now();
  if (available()) reign.standing = standing();
  return reign;
}

void LeaderFollower::broadcast_heartbeat() {
  for (const Follower& follower : followers_) tell(follower.node, Heartbeat{reign_for(follower)});
}

LeaderFollower::Follower& LeaderFollower::follower(EndpointId node) {
  const std::uint32_t number = context_.number_of(node);
  return followers_[number < context_.number() ? number : number - 1];
}

void LeaderFollower::on(EndpointId from, const Followed& answer) {
  if (answer.term > term()) {
    if (!elects()) {
      if (leading()) outbid(answer.term);  // our disk was lost; the followers remember our past
    } else if (!available()) {
      adopt(answer.term);
    } else if (leading() && answer.standing < standing()) {
      outbid(answer.term);
    }
    return;
  }
  if (!leading() || answer.term < term() || answer.kind == Followed::Kind::follows_another) return;
  Follower& sender = follower(from);
  sender.contact = std::max(sender.contact, answer.sent);
  if (!confirmations_.empty()) confirmations_.reached(majority_contact());
  if (answer.kind != Followed::Kind::has_it) {
    step_back(sender, answer);
    return;
  }
  sender.probing = false;
  const bool progress = answer.match > sender.match;
  if (progress) {
    sender.match = answer.match;
    sender.next = std::max(sender.next, sender.match + 1);
    advance_commit();
  }
  const bool waits = sender.next <= log().last() && sender.match + 1 == sender.next;
  if (waits && (progress || answer.sent > sender.entries_sent)) stream(sender);
}

/// A follower does not have what should come before: goes back to where the logs may agree.
void LeaderFollower::step_back(Follower& follower, const Followed& refusal) {
  if (follower.in_snapshot) return;
  if (refusal.kind == Followed::Kind::needs_snapshot) {
    follower.in_snapshot = true;
    spawn(send_snapshot(follower.node));
    return;
  }
  // In a probe `next` stands still, so a refusal of anything else answers an earlier message.
  const bool late = follower.probing
                        ? refusal.refused + 1 != follower.next
                        : refusal.refused <= follower.match && refusal.hint.index >= follower.match;
  if (late) return;  // we know better by now
  const Index agreed = log().agreement_below(refusal.hint).index;
  follower.match = std::min(follower.match, agreed);
  follower.next = agreed + 1;
  follower.probing = true;
  if (follower.next <= log().last()) stream(follower);
}

std::size_t LeaderFollower::required_acks() const {
  std::size_t acks = 0;
  switch (*parameters_.replication) {
    case Replication::asynchronous:
      return 0;
    case Replication::semi_synchronous:
      acks = static_cast<std::size_t>(*parameters_.acks);
      if (flawed(Flaw::acknowledges_early)) --acks;  // the flaw: almost as many
      break;
    case Replication::synchronous:
      acks = peers_.size();
      break;
  }
  // Availability: whoever cannot be reached is not waited for.
  return available() ? std::min<std::size_t>(acks, standing().following - 1) : acks;
}

/// An entry is committed, and its client told so, when this node and enough followers have it.
void LeaderFollower::advance_commit() {
  if (!leading()) return;
  Index reached = persisted_;
  if (const std::size_t acks = required_acks(); acks > 0) {
    indexes_.clear();
    for (const Follower& follower : followers_) indexes_.push_back(follower.match);
    reached = std::min(reached, reached_by(acks, indexes_));
  }
  if (reached <= commit_ || reached < reign_start_) return;
  commit_ = reached;
  apply_until(commit_);
  if (commit_ > disk().acknowledged.get()) disk().acknowledged.set(commit_);
  commits_.reached(commit_);
  session_reads_.reached(committed_end());
}

// ---- the follower -------------------------------------------------------------------------------

/// Whether to follow the sender; if so, it is the leader now.
bool LeaderFollower::follow(EndpointId from, const Reign& reign) {
  if (recovering_) return false;
  if (available() && leader_ != from && content() && !outranked_by(reign)) {
    if (leading() && reign.term > term()) outbid(reign.term);
    refuse_to_follow(from);
    return false;
  }
  const bool past = reign.term < term() && !flawed(Flaw::unfenced);  // the flaw: follows it again
  if (past || (leading() && reign.term <= term())) {
    if (leader_ != from) refuse_to_follow(from);
    return false;
  }
  adopt(reign.term);
  role_ = Role::follower;
  last_heard_ = now();
  if (leader_ != from) {
    leader_ = from;
    verified_ = 0;
    leader_last_ = 0;
    leader_sent_ = Time::min();
    gap_after_.reset();
    early_.clear();
    parted_ = false;
    arm_election_timer();
    if (available() && !handing_over_ && disk().orphans.size() > 0) spawn(hand_over_orphans());
  }
  leader_standing_ = reign.standing;
  leader_last_ = std::max(leader_last_, reign.last);
  leader_sent_ = std::max(leader_sent_, reign.sent);
  if (catching_up_ && !catch_up_to_) catch_up_to_ = reign.last;
  return true;
}

/// Fences off a leader of the past, and tells it of the present.
void LeaderFollower::refuse_to_follow(EndpointId from) {
  Followed refusal;
  refusal.term = term();
  refusal.kind = Followed::Kind::follows_another;
  refusal.standing = standing();
  tell(from, refusal);
}

bool LeaderFollower::fits(const Position& previous) const {
  if (previous.index > log().last()) return false;
  if (flawed(Flaw::skips_the_check)) return true;  // the flaw: whatever stands there
  return log().term_at(previous.index) == previous.term;
}

void LeaderFollower::on(EndpointId from, const Heartbeat& heartbeat) {
  const Reign& reign = heartbeat.reign;
  if (!follow(from, reign)) return;
  if (fits(reign.previous)) {
    gap_after_.reset();
    advance(reign, reign.previous.index);
    acknowledge(from);
  } else if (reign.previous.index <= log().last() || gap_after_ == log().last()) {
    refuse_entries(from, reign, Followed::Kind::lacks_previous);
  } else {
    gap_after_ = log().last();  // the heartbeat may have overtaken entries: wait for one more
    acknowledge(from);
  }
}

void LeaderFollower::on(EndpointId from, const Append& append) {
  const Reign& reign = append.reign;
  if (!follow(from, reign)) return;
  if (reign.previous.index > log().last() && verified_ > 0) {
    if (early_.size() < most_early) early_.emplace(reign.previous.index, append);
    return;
  }
  if (!fits(reign.previous)) {
    refuse_entries(from, reign, Followed::Kind::lacks_previous);
    return;
  }
  if (!place(append)) {
    parted_ = true;
    refuse_entries(from, reign, Followed::Kind::needs_snapshot);
    return;
  }
  take_early();
  trim_log();
  if (persisted_ >= verified_) {
    acknowledge(from);
  } else {
    persist();
  }
}

/// Puts the entries where they belong; what is there and differs is from a deposed leader. False if
/// the logs part where this one is already forgotten.
bool LeaderFollower::place(const Append& append) {
  Index index = append.reign.previous.index;
  for (std::size_t i = 0; i < append.count(); ++i) {
    const Entry& entry = append.entry(i);
    ++index;
    if (index <= log().last()) {
      if (log().term_at(index) == entry.term) continue;
      if (index < log().first()) return false;
      truncate(index - 1);
    }
    disk().log.append(entry);
    ++caught_up_;
  }
  if (parameters_.durability == Durability::memory) persisted_ = log().last();
  advance(append.reign, index);
  return true;
}

void LeaderFollower::take_early() {
  while (!early_.empty() && early_.begin()->first <= log().last()) {
    const auto next = early_.extract(early_.begin());
    if (fits(next.mapped().reign.previous)) place(next.mapped());
  }
}

void LeaderFollower::refuse_entries(EndpointId from, const Reign& reign, Followed::Kind kind) {
  Followed refusal;
  refusal.term = term();
  refusal.kind = kind;
  refusal.refused = reign.previous.index;
  refusal.hint = log().agreement_below(reign.previous);
  refusal.sent = leader_sent_;
  tell(from, refusal);
}

/// This log equals the leader's up to `verified`: shows what it says.
void LeaderFollower::advance(const Reign& reign, Index verified) {
  verified_ = std::max(verified_, verified);
  apply_until(verified_);
  commit_ = std::max(commit_, std::min(reign.commit, verified_));
  session_reads_.reached(committed_end());
  if (verified_ >= reign.last) current_as_of_ = std::max(current_as_of_, reign.sent);
  note_caught_up();
}

void LeaderFollower::acknowledge(EndpointId leader) {
  Followed answer;
  answer.term = term();
  answer.match = std::min(persisted_, verified_);
  answer.sent = leader_sent_;
  tell(leader, answer);
}

// ---- both ---------------------------------------------------------------------------------------

void LeaderFollower::apply_until(Index index) {
  Table& table = disk().table;
  while (table.applied() < index) {
    const Entry& entry = log().at(table.applied() + 1);
    latest_stamp_ = std::max(latest_stamp_, entry.stamp.time);
    announce(table.apply(entry));
  }
}

void LeaderFollower::announce(const std::optional<Change>& change) {
  if (change) holds(change->key, change->value);
}

/// Takes entries beyond `kept` out of the log: the leader's log does not have them.
void LeaderFollower::truncate(Index kept) {
  Table& table = disk().table;
  if (available()) {
    adopt_orphans(kept);
    if (table.applied() > kept) table.rewind(kept);
  }
  for (Index index = log().last(); index > kept; --index) {
    const Entry& entry = log().at(index);
    const bool acknowledged = index <= disk().acknowledged.get() && entry.value != nil &&
                              entry.stamp.leader == context_.number() &&
                              !entrusted_.left_open(entry.value);
    if (acknowledged && !available()) emit(EventKind::lost_write, entry.value);
    if (index <= table.applied()) announce(table.take_back(entry));
  }
  disk().log.truncate(kept);
  ++truncations_;
  persisted_ = std::min(persisted_, kept);
  verified_ = std::min(verified_, kept);
  commit_ = std::min(commit_, kept);
  if (disk().acknowledged.get() > kept) disk().acknowledged.set(kept);
}

/// Forgets what followers that keep up do not need; now and then, not at every entry.
void LeaderFollower::trim_log() {
  const auto kept = static_cast<Index>(parameters_.snapshot_threshold);
  if (log().last() - log().first() < 2 * kept) return;
  const Index forgotten = std::min({log().last() - kept, disk().table.applied(), commit_});
  disk().log.forget(forgotten);
  disk().table.forget(forgotten);
}

// ---- the disk -----------------------------------------------------------------------------------

void LeaderFollower::persist() {
  if (parameters_.durability == Durability::memory) {
    persisted_ = log().last();
    advance_commit();
  } else if (!writing_back_) {
    spawn(write_back());
  }
}

/// Group commit: one write and one fsync for all entries that came during the one before.
Task<> LeaderFollower::write_back() {
  writing_back_ = true;
  while (persisted_ < log().last()) {
    const Index target = log().last();
    const std::uint64_t truncations = truncations_;
    Bytes size = 0;
    for (Index index = std::max(persisted_ + 1, log().first()); index <= target; ++index) {
      size += log().at(index).bytes();
    }
    co_await disk_write(size);
    if (parameters_.durability == Durability::fsync) co_await sync(durable_);
    if (truncations != truncations_) continue;  // other entries stand there now
    persisted_ = target;
    if (leading()) {
      advance_commit();
    } else if (leader_) {
      acknowledge(*leader_);
    }
  }
  writing_back_ = false;
}

/// A vote that a power loss could undo would be worth nothing.
Task<> LeaderFollower::persist_promises() {
  return write_through(durable_, parameters_.durability, sizeof(Term) + sizeof(std::uint32_t));
}

}  // namespace faultline::leader_follower
