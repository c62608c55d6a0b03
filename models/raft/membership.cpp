// Change of members by joint consensus (section 6), and leadership handed over on purpose
// (dissertation, section 3.10).
//
// A change takes two entries. C_old,new: from the moment a server has it in its log, it counts by
// both, old members and new. Once it is committed by both, neither can decide without the other, so
// C_new may follow; once that is committed, whoever is not in it can go. A server always goes by
// the latest configuration in its log, committed or not.
#include <algorithm>

#include <faultline/raft/raft.hpp>

namespace faultline::raft {

// ---- the members of today ----------------------------------------------------------------------

void Raft::note_configuration(Index index, const Configuration& configuration) {
  configurations_.emplace_back(index, configuration);
}

/// From the disk: the snapshot's, then those in the log.
void Raft::rebuild_configurations() {
  Configuration first;
  first.members = Members::first(static_cast<std::size_t>(*parameters_.initial_members));
  if (log().snapshot()) first = log().snapshot()->configuration;
  configurations_ = {{log().snapshot_end().index, first}};
  for (Index index = log().first(); index <= log().last(); ++index) {
    const Entry& entry = log().at(index);
    if (entry.kind == Entry::Kind::configuration) note_configuration(index, entry.configuration);
  }
}

Configuration Raft::configuration_at(Index index) const {
  Configuration latest = configurations_.front().second;
  for (const auto& [from, configuration] : configurations_) {
    if (from <= index) latest = configuration;
  }
  return latest;
}

/// By whom to count.
Configuration Raft::counting() const {
  if (!flawed(Flaw::one_majority)) return configuration();
  Configuration together;  // the flaw: one majority of old and new members together
  together.members = configuration().all();
  return together;
}

/// Whom the leader sends its log to: members, those about to join, and those who leave, until that
/// is committed.
Members Raft::audience() const {
  Members all = configuration().all() | joining_;
  const bool settled = configurations_.back().first <= commit_index_;
  if (!settled && configurations_.size() > 1) {
    all = all | configurations_[configurations_.size() - 2].second.all();
  }
  return all;
}

// ---- the members of tomorrow -------------------------------------------------------------------

/// What the operator has ordered for a time that has come.
void Raft::follow_schedule() {
  const Duration today = now().time_since_epoch();
  const Reconfiguration* due = nullptr;
  for (const Reconfiguration& change : parameters_.reconfigurations) {
    if (change.at <= today) due = &change;
  }
  const bool free = !configuration().joint() && changing_in_ != current_term();
  if (due != nullptr && free && configuration().members != due->members) {
    spawn(change_members(due->members));
  }
  const auto& transfers = parameters_.transfers;
  while (transfers_begun_ < transfers.size() && transfers[transfers_begun_].at <= today) {
    const Transfer& transfer = transfers[transfers_begun_++];
    if (today < transfer.at + parameters_.election_timeout_min) hand_over_to(transfer.to);
  }
}

Task<> Raft::change_members(Members target) {
  const Term term = current_term();
  changing_in_ = term;
  // New servers get the log before they count: else nothing could be committed until they have it
  // (section 6, the first issue).
  joining_ = target;
  const Index goal = log().last();
  const auto has_caught_up = [&](std::uint32_t server) {
    return server == my_number() || !target.has(server) || peers_[server].match_index >= goal;
  };
  for (std::uint32_t server = 0; server < peers_.size(); ++server) {
    while (!has_caught_up(server)) {
      co_await sleep(parameters_.heartbeat);
      if (!leads(term)) co_return;
    }
  }
  Entry entry;
  entry.kind = Entry::Kind::configuration;
  entry.configuration = {configuration().members, target};
  append(entry);
}

/// The second half of a change, also of one that an earlier leader has begun; and the leader's
/// leave if it is not a member any more (section 6, the second issue).
void Raft::go_on_with_change() {
  const auto& [since, latest] = configurations_.back();
  if (since > commit_index_) return;
  if (latest.joint()) {
    Entry entry;
    entry.kind = Entry::Kind::configuration;
    entry.configuration = {latest.next, {}};
    append(entry);
  } else {
    if (changing_in_ == current_term() && latest.members == joining_) {
      joining_ = {};
      changing_in_.reset();
    }
    if (!latest.has(my_number())) step_down();
  }
}

// ---- leadership handed over --------------------------------------------------------------------

/// Takes no more requests until `number` leads, or an election timeout has passed.
void Raft::hand_over_to(std::uint32_t number) {
  if (number == my_number() || !configuration().has(number)) return;
  heir_ = number;
  lease_given_up_ = true;  // the heir does not wait for the followers' silence to end
  spawn(give_up_hand_over(current_term()));
  send_timeout_now_when_ready();
}

void Raft::send_timeout_now_when_ready() {
  if (!heir_ || peers_[*heir_].match_index < log().last()) return;
  if (!clock_.after(promised_)) return;  // the heir does not know what others were promised
  tell(nodes()[*heir_], TimeoutNow{current_term()});
}

Task<> Raft::give_up_hand_over(Term term) {
  co_await sleep(parameters_.election_timeout_min);
  if (leads(term)) heir_.reset();
}

void Raft::on(EndpointId, const TimeoutNow& request) {
  if (request.term == current_term() && !leading()) spawn(stand_for_election(true));
}

}  // namespace faultline::raft
