// How a command is committed (SOSP 2013, Figure 2).
#include <algorithm>
#include <span>

#include <faultline/epaxos/epaxos.hpp>
#include <faultline/epaxos/quorums.hpp>

namespace faultline::epaxos {

std::size_t Epaxos::fast_quorum_size(const Parameters& parameters, std::size_t replicas) {
  return parameters.fast_quorum == FastQuorum::simple ? simple_fast_quorum(replicas)
                                                      : optimised_fast_quorum(replicas);
}

// ---- the command leader ------------------------------------------------------------------------

const std::vector<EndpointId>& Epaxos::peers_by_distance() {
  if (!peers_by_distance_.empty()) return peers_by_distance_;
  std::vector<std::pair<Duration, EndpointId>> by_distance;
  for (const EndpointId peer : context_.peers()) {
    by_distance.emplace_back(context_.distance(peer), peer);
  }
  std::sort(by_distance.begin(), by_distance.end());
  for (const auto& [distance, peer] : by_distance) peers_by_distance_.push_back(peer);
  return peers_by_distance_;
}

/// This replica and the nearest of those that have answered lately; nobody if they are too few.
Replicas Epaxos::choose_fast_quorum() {
  Replicas quorum;
  quorum.add(my_number());
  std::size_t lacking = fast_quorum_size(parameters_, replicas()) - 1;
  for (const EndpointId peer : peers_by_distance()) {
    if (lacking == 0) break;
    const Replica number = context_.number_of(peer);
    if (now() > answered_[number] + parameters_.suspect_after) continue;
    quorum.add(number);
    --lacking;
  }
  return lacking == 0 ? quorum : Replicas{};
}

/// Whether this replica still answers for `ballot` of an instance that is not committed.
bool Epaxos::stands(InstanceId id, Ballot ballot) const {
  const Instance& now_known = instance(id);
  return !now_known.committed() && now_known.joined == ballot;
}

/// Phase 1, and what follows. Its own record is on disk before any other replica hears of the
/// instance: else it could begin the same one for another command after a crash.
Task<> Epaxos::lead(PreAccept request) {
  if (!co_await make_durable(request.bytes())) co_return;
  if (!stands(request.id, 0)) co_return;
  const std::vector<EndpointId> peers = context_.peers();
  auto replies = ask(std::span<const EndpointId>(peers), request);
  const Time deadline = now() + parameters_.fast_timeout;
  Attributes agreed = request.attributes;
  Path taken = path(request, replies, agreed);
  while (taken == Path::open) {
    const Duration left = std::max(deadline - now(), Duration(1));
    if (!co_await replies.until(replies.accepted() + 1, left)) break;
    taken = path(request, replies, agreed);
  }
  if (replies.accepted() < others_for_majority()) {
    co_await replies.until(others_for_majority(), parameters_.timeout);
  }
  for (const auto& [from, reply] : replies) saw_ballot(request.id, reply.joined);
  const bool promised_another = !stands(request.id, 0);
  if (promised_another && !flawed(Flaw::ignores_ballots)) co_return;  // the flaw: goes on
  if (flawed(Flaw::ignores_answers) && replies.accepted() >= others_for_majority()) {
    commit(request.id, request.action, request.attributes);  // the flaw: as it began
  } else if (taken == Path::fast) {
    const Accept own{request.id, 0, request.action, agreed, request.key};
    co_await commit_at_once(own);
  } else if (replies.accepted() >= others_for_majority()) {
    Accept joined{request.id, 0, request.action, request.attributes, request.key};
    for (const auto& [from, reply] : replies) {
      if (reply.ok) joined.attributes.join(reply.attributes);
    }
    co_await accept(joined);
  }
}

/// Fast if the whole fast quorum has answered and said the same; slow if it has not said the same,
/// or there is none, and a majority has answered; else open.
Epaxos::Path Epaxos::path(const PreAccept& request, const Replies<PreAccepted>& replies,
                          Attributes& agreed) const {
  const bool majority_answered = replies.accepted() >= others_for_majority();
  std::size_t same = 1;
  for (const auto& [from, reply] : replies) {
    if (!reply.ok || !request.fast_quorum.has(context_.number_of(from))) continue;
    if (same > 1 && !(reply.attributes == agreed)) {
      return majority_answered ? Path::slow : Path::open;
    }
    agreed = reply.attributes;
    ++same;
  }
  std::size_t needed = request.fast_quorum.size();
  if (flawed(Flaw::hasty)) needed = majority(replicas());  // the flaw: a majority is enough
  if (needed == 0) return majority_answered ? Path::slow : Path::open;
  return same >= needed ? Path::fast : Path::open;
}

/// The fast path. Others infer from a leader's answer that it did not take it; so it writes down
/// that it does before anybody hears of it. After a power loss it would not know.
Task<> Epaxos::commit_at_once(Accept request) {
  bool written = flawed(Flaw::forgets_fast_path);  // the flaw: others will remember
  if (!written) {
    vote_for(request);
    written = co_await make_durable(bytes_of_instance);
  }
  if (written) commit(request.id, request.action, request.attributes);
}

/// The Paxos-Accept phase. Several replicas may try it with different ballots.
Task<> Epaxos::accept(Accept request) {
  if (!vote_for(request).ok) co_return;
  const std::vector<EndpointId> peers = context_.peers();
  auto replies = ask(std::span<const EndpointId>(peers), request);
  if (!co_await make_durable(request.bytes())) co_return;
  const bool accepted = co_await replies.until(others_for_majority(), parameters_.timeout);
  for (const auto& [from, reply] : replies) saw_ballot(request.id, reply.joined);
  if (accepted) commit(request.id, request.action, request.attributes);
}

/// The Commit phase: tells everybody, and waits for nobody.
void Epaxos::commit(InstanceId id, const Action& action, const Attributes& attributes) {
  if (instance(id).committed()) return;
  const Commit message{id, action, attributes, action.command.key};
  for (const EndpointId peer : context_.peers()) tell(peer, message);
  learn_commit(id, action, attributes);
}

// ---- the others --------------------------------------------------------------------------------

/// Notes the command, and what interferes with it by what is known here. A message that comes twice
/// is answered as the first time.
PreAccepted Epaxos::pre_accept(const PreAccept& request) {
  using Status = Instance::Status;
  Instance known = instance(request.id);
  const bool again = known.status == Status::pre_accepted && known.voted == request.ballot;
  if (again && known.joined == request.ballot) {
    return {true, known.joined, known.attributes};
  }
  const bool voted = known.status != Status::none && known.voted >= request.ballot;
  if (known.committed() || request.ballot < known.joined || voted) {
    return {false, known.joined, {}};
  }
  Attributes attributes = request.attributes;
  if (!(flawed(Flaw::reads_do_not_interfere) && !request.action.writes())) {  // the flaw
    attributes.join(interference_.attributes(request.id, request.action));
  }
  known.status = Status::pre_accepted;
  known.joined = known.voted = request.ballot;
  known.action = request.action;
  known.attributes = attributes;
  if (request.ballot == 0) {
    known.begun = true;
    known.fast_quorum = request.fast_quorum;
    known.initial = request.attributes.dependencies;
  }
  put(request.id, known);
  interference_.record(request.id, request.action, attributes.sequence);
  execution_.learn(request.id, request.action);
  heard_of(request.id);
  heard_of_all(attributes.dependencies);
  return {true, request.ballot, attributes};
}

Task<PreAccepted> Epaxos::on(EndpointId from, PreAccept request) {
  PreAccepted reply;
  if (!disk().complete.get()) co_return reply;
  if (forgotten(request.id)) co_return reply;
  if (const Instance& known = instance(request.id); known.committed()) {
    tell(from, Commit{request.id, known.action, known.attributes, request.key});
  }
  reply = pre_accept(request);
  if (reply.ok) reply.ok = co_await make_durable(request.bytes());
  co_return reply;
}

Accepted Epaxos::vote_for(const Accept& request) {
  Instance known = instance(request.id);
  if (known.committed() || request.ballot < known.joined) return {false, known.joined};
  known.status = Instance::Status::accepted;
  known.joined = known.voted = request.ballot;
  known.action = request.action;
  known.attributes = request.attributes;
  put(request.id, known);
  interference_.record(request.id, request.action, request.attributes.sequence);
  execution_.learn(request.id, request.action);
  heard_of(request.id);
  heard_of_all(request.attributes.dependencies);
  return {true, request.ballot};
}

Task<Accepted> Epaxos::on(EndpointId from, Accept request) {
  Accepted reply;
  if (!disk().complete.get()) co_return reply;
  if (forgotten(request.id)) co_return reply;
  if (const Instance& known = instance(request.id); known.committed()) {
    tell(from, Commit{request.id, known.action, known.attributes, request.key});
  }
  reply = vote_for(request);
  if (reply.ok) reply.ok = co_await make_durable(request.bytes());
  co_return reply;
}

void Epaxos::on(EndpointId, const Commit& commit) {
  learn_commit(commit.id, commit.action, commit.attributes);
}

void Epaxos::learn_commit(InstanceId id, const Action& action, const Attributes& attributes) {
  Instance known = instance(id);
  if (known.committed()) return;
  known.status = Instance::Status::committed;
  known.action = action;
  known.attributes = attributes;
  put(id, known);
  interference_.record(id, action, attributes.sequence);
  heard_of(id);
  heard_of_all(attributes.dependencies);
  execution_.commit(id, action, attributes);
  note_committed(id);
  if (action.kind == Action::Kind::no_op) respond(id, refused(Error::unavailable));
  if (action.writes() && parameters_.acknowledge == Acknowledge::commit) respond(id, succeeded());
  wake(id);
  execute();
}

}  // namespace faultline::epaxos
