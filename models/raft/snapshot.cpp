// Snapshots: log compaction, and help for followers too far behind (section 7).
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/raft/raft.hpp>

namespace faultline::raft {

namespace {
/// What a bulk message may take beyond the ordinary timeout.
Duration time_to_send(Bytes size) { return from_seconds(static_cast<double>(size) / 10e6); }
}  // namespace

/// Every server takes its own snapshots, when its log has grown enough.
void Raft::take_snapshot() {
  const auto threshold = static_cast<Index>(parameters_.snapshot_threshold);
  if (saving_snapshot_ || last_applied_ < log().snapshot_end().index + threshold) return;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last = {log().term_at(last_applied_), last_applied_};
  snapshot->stamp = log().has(last_applied_) ? log().at(last_applied_).command.stamp : Time{};
  snapshot->configuration = configuration_at(last_applied_);
  snapshot->image = machine_.image();
  saving_snapshot_ = true;
  spawn(save_snapshot(std::move(snapshot)));
}

Task<> Raft::save_snapshot(std::shared_ptr<const Snapshot> snapshot) {
  if (parameters_.durability != Durability::memory) co_await disk_write(snapshot->bytes());
  // Only now may the log forget: a crash before finds the old snapshot and the whole log.
  const bool newest = snapshot->last.index > log().snapshot_end().index;
  if (newest && snapshot->last.index <= durable_until_) disk().log.compact(std::move(snapshot));
  if (parameters_.durability == Durability::fsync) co_await sync(durable_);
  saving_snapshot_ = false;
}

Task<> Raft::install_snapshot(std::uint32_t number) {
  Peer& peer = peers_[number];
  peer.installing = true;
  const Term term = current_term();
  const InstallSnapshot request(term, log().snapshot());
  const Duration patience = parameters_.election_timeout_max + time_to_send(request.bytes());
  const auto reply = co_await call(nodes()[number], request, patience);
  if (!leads(term)) co_return;
  peer.installing = false;
  if (!reply) co_return;  // the next heartbeat tries again
  if (reply->term > term) {
    become_follower(reply->term);
    co_return;
  }
  if (!reply->success) co_return;
  peer.match_index = std::max(peer.match_index, request.snapshot->last.index);
  peer.next_index = peer.match_index + 1;
  advance_commit_index();
  if (leads(term)) replicate_to(number);
}

/// Figure 13, "InstallSnapshot RPC", in one piece.
Task<Installed> Raft::on(EndpointId from, InstallSnapshot request) {
  if (request.term < current_term()) co_return Installed{current_term(), false};
  follow(from, request.term);
  const Index end = request.snapshot->last.index;
  if (end > commit_index_) {
    if (parameters_.durability != Durability::memory) {
      co_await disk_write(request.snapshot->bytes());
    }
    if (request.term != current_term()) co_return Installed{current_term(), false};
  }
  if (end > commit_index_) {
    caught_up_ += end - commit_index_;
    disk().log.compact(request.snapshot);
    ++truncations_;  // whoever waits for the disk waits for entries that may be gone
    durable_until_ = std::max(durable_until_, end);
    durable_until_ = std::min(durable_until_, log().last());
    rebuild_configurations();
    restore_from_snapshot();
    if (parameters_.durability == Durability::fsync) co_await sync(durable_);
    if (request.term != current_term()) co_return Installed{current_term(), false};
    arrivals_.reached(log().last());
  }
  note_caught_up();
  co_return Installed{request.term, true};
}

/// Section 7: the state machine as the snapshot has it.
void Raft::restore_from_snapshot() {
  if (!log().snapshot()) return;
  const Snapshot& snapshot = *log().snapshot();
  for (const auto& [key, stored] : snapshot.image.table) {
    const StateMachine::Stored* before = machine_.find(key);
    if (before == nullptr || before->value != stored.value) holds(key, stored.value);
  }
  machine_.restore(snapshot.image);
  commit_index_ = last_applied_ = snapshot.last.index;
}

}  // namespace faultline::raft
