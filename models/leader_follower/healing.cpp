// Coming back: snapshots for those who missed too much, values of a side that was cut off, and
// nodes without a memory.
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/leader_follower/leader_follower.hpp>

namespace faultline::leader_follower {

namespace {
/// What a bulk message may take beyond the ordinary timeout.
Duration time_to_send(Bytes size) { return from_seconds(static_cast<double>(size) / 10e6); }
/// The session of entries that a merge writes.
constexpr std::uint32_t merging_session = 0xffffffff;
/// How many settled conflicts a leader remembers, so that no two reports of one count twice.
constexpr std::size_t most_settled = 1U << 20U;
}  // namespace

// ---- snapshots ----------------------------------------------------------------------------------

Task<> LeaderFollower::send_snapshot(EndpointId to) {
  const Term term = this->term();
  auto image = std::make_shared<Image>(disk().table.image());
  image->end = {log().term_at(disk().table.applied()), disk().table.applied()};
  image->epochs = log().epochs();
  const Duration patience = parameters_.timeout + time_to_send(image->size);
  const Snapshot snapshot(reign_for(follower(to)), std::move(image));
  const auto installed = co_await call(to, snapshot, patience);
  if (!leading() || this->term() != term) co_return;
  Follower& receiver = follower(to);
  receiver.in_snapshot = false;
  receiver.probing = true;
  if (!installed || installed->match == 0) co_return;  // the next refusal tries again
  receiver.match = std::max(receiver.match, installed->match);
  receiver.next = receiver.match + 1;
  advance_commit();
  if (receiver.next <= log().last()) stream(receiver);
}

Task<Installed> LeaderFollower::on(EndpointId from, Snapshot snapshot) {
  if (!follow(from, snapshot.reign)) co_return Installed{term(), 0};
  const Image& image = *snapshot.image;
  const Index end = image.end.index;
  if (end > verified_ || (end == verified_ && parted_)) {
    const Index common = log().common_with(image.epochs, end);
    discard_beyond(common);
    if (common < end || log().last() > end) {
      caught_up_ += end - common;
      Table& table = disk().table;
      for (const Change& change : available() ? table.merge(image) : table.replace(image)) {
        announce(change);
      }
      for (const auto& [key, stored] : image.table) {
        latest_stamp_ = std::max(latest_stamp_, stored.stamp.time);
      }
      disk().log.restart(end, image.epochs);
      ++truncations_;
      persisted_ = std::min(persisted_, end);
    }
    early_.clear();
    parted_ = false;
    verified_ = end;
    commit_ = end;
    session_reads_.reached(committed_end());
    const Term term = this->term();
    const std::uint64_t truncations = truncations_;
    co_await write_through(durable_, parameters_.durability, image.size);
    if (term != this->term() || truncations != truncations_) co_return Installed{this->term(), 0};
    persisted_ = std::max(persisted_, end);
    apply_until(end);
    note_caught_up();
  }
  co_return Installed{term(), std::min(persisted_, verified_)};
}

/// Ends the log where it parted from the leader's, even where it is already forgotten.
void LeaderFollower::discard_beyond(Index common) {
  const Index kept = std::max(common, log().first() - 1);
  if (available()) adopt_orphans(common);
  if (log().last() > kept) truncate(kept);
}

/// A restarted node has all that its leader had when they met again.
void LeaderFollower::note_caught_up() {
  if (!catch_up_to_ || verified_ < *catch_up_to_) return;
  emit(EventKind::caught_up, caught_up_);
  catching_up_ = false;
  catch_up_to_.reset();
  learning_ = false;
  disk().member.set(true);
}

// ---- two histories become one (on_partition: availability) --------------------------------------

/// What this side wrote since the fork goes to the leader that stays.
void LeaderFollower::adopt_orphans(Index common) {
  auto& orphans = disk().orphans;
  const Table& table = disk().table;
  disk().fork.set(orphans.size() > 0 ? std::min(disk().fork.get(), common) : common);
  for (const Key key : table.keys()) {
    const Stored& stored = *table.find(key);
    if (stored.index > common) orphans.put(key, Orphan{key, stored, stored.index <= commit_});
  }
  if (!handing_over_ && orphans.size() > 0) spawn(hand_over_orphans());
}

Task<> LeaderFollower::hand_over_orphans() {
  handing_over_ = true;
  auto& orphans = disk().orphans;
  while (orphans.size() > 0) {
    auto values = std::make_shared<std::vector<Orphan>>();
    for (const Key key : orphans.keys()) values->push_back(*orphans.find(key));
    bool taken = false;
    if (leading()) {
      merge(disk().fork.get(), *values);
      taken = true;
    } else if (leader_) {
      const HandOver message(disk().fork.get(), values);
      const Duration patience = parameters_.timeout + time_to_send(message.bytes());
      const auto answer = co_await call(*leader_, message, patience);
      taken = answer && answer->taken;
    }
    if (taken) {
      for (const Orphan& orphan : *values) {
        const Orphan* now_kept = orphans.find(orphan.key);
        if (now_kept != nullptr && now_kept->stored.stamp == orphan.stored.stamp) {
          orphans.erase(orphan.key);
        }
      }
    } else {
      co_await sleep(parameters_.heartbeat);
    }
  }
  handing_over_ = false;
}

HandedOver LeaderFollower::on(EndpointId, const HandOver& hand_over) {
  if (!leading()) return {false};
  merge(hand_over.common, *hand_over.orphans);
  return {true};
}

/// The later writer wins. Where both sides wrote a key since they parted, neither knew of the
/// other: that is a conflict, and the acknowledged write that loses it is lost.
void LeaderFollower::merge(Index common, const std::vector<Orphan>& orphans) {
  for (const Orphan& orphan : orphans) {
    const Stored* known = disk().table.find(orphan.key);
    const Stored mine = known != nullptr ? *known : Stored{};
    const bool same = mine.value == orphan.stored.value;
    // A leader's own orphan is in its table, but not in its log, from which the others would learn
    // it.
    if (same && disk().orphans.find(orphan.key) == nullptr) continue;
    const bool theirs_wins = same || mine.value == nil || mine.stamp < orphan.stored.stamp;
    const bool concurrent = !same && mine.value != nil && mine.index > common;
    const Value loser = theirs_wins ? mine.value : orphan.stored.value;
    if (concurrent && settled_.size() < most_settled && settled_.insert(loser).second) {
      emit(EventKind::conflict, orphan.key);
      const bool acknowledged = theirs_wins ? mine.index <= commit_ : orphan.acknowledged;
      if (acknowledged) emit(EventKind::lost_write, loser);
    }
    if (!theirs_wins) continue;
    Entry entry;
    entry.key = orphan.key;
    entry.value = orphan.stored.value;
    entry.size = orphan.stored.size;
    entry.stamp = orphan.stored.stamp;
    entry.session = merging_session;
    append(entry);
  }
}

// ---- a node without a memory --------------------------------------------------------------------

/// Viewstamped Replication Revisited, section 4.3. Any majority that this node may have helped to
/// form shares a node with those who answer here, so the term it learns is no older than its
/// promises.
Task<> LeaderFollower::recover() {
  recovering_ = learning_ = true;
  const std::size_t needed = nodes().size() - nodes().size() / 2;
  for (;;) {
    auto answers = ask(peers_, Recall{});
    const bool all = co_await answers.all(parameters_.timeout);
    Term newest = term();
    std::size_t knowing = 0;
    for (const auto& [node, recalled] : answers) {
      newest = std::max(newest, recalled.term);
      if (recalled.knows) ++knowing;
    }
    disk().term.set(newest);
    disk().voted_for.set(context_.number() + 1);  // not twice in a term, whoever had the vote
    // An only leader must not use a term again that it has forgotten: it waits for all its
    // followers.
    if (fenced() ? knowing >= needed : all || elects()) break;
    co_await sleep(parameters_.heartbeat);
  }
  recovering_ = false;
  if (!fenced()) learning_ = false;
  if (elects()) {
    arm_election_timer();
  } else if (leader_ == self()) {
    disk().term.set(term() + 1);
    begin_reign();
  }
}

Recalled LeaderFollower::on(EndpointId, const Recall&) { return {term(), !recovering_}; }

}  // namespace faultline::leader_follower
