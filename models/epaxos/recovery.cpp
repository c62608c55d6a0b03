// Recovery: what becomes of instances whose leader is silent (SOSP 2013, Figure 3 and section 4.5).
#include <algorithm>
#include <span>

#include <faultline/epaxos/epaxos.hpp>

namespace faultline::epaxos {

namespace {
/// Instances that a replica recovers at the same time; the others have to wait.
constexpr std::size_t most_recoveries = 100;
}  // namespace

// ---- which, and when ---------------------------------------------------------------------------

/// There is such an instance, and so are all before it in its row. Those that are not committed
/// when their time has come are recovered. Times are drawn at random: one of many goes first.
void Epaxos::heard_of(InstanceId id) {
  Number& highest = highest_[id.replica];
  while (highest < id.number) {
    const double patience = seconds(parameters_.recover_after) * (1 + random().uniform());
    pending_[{id.replica, ++highest}] = now() + from_seconds(patience);
  }
}

void Epaxos::heard_of_all(const Dependencies& dependencies) {
  for (Replica row = 0; row < replicas(); ++row) heard_of({row, dependencies.until[row]});
}

/// Somebody has promised a higher ballot; a next attempt has to be higher still.
void Epaxos::saw_ballot(InstanceId id, Ballot ballot) {
  Instance known = instance(id);
  if (known.committed() || ballot <= known.joined) return;
  known.joined = ballot;
  put(id, known);
}

void Epaxos::recover_those_overdue() {
  if (!disk().complete.get()) return;
  std::vector<InstanceId> overdue;
  for (const auto& [id, due] : pending_) {
    if (recovering_.size() >= most_recoveries) break;
    if (due <= now() && recovering_.insert(id).second) overdue.push_back(id);
  }
  for (const InstanceId id : overdue) spawn(recover(id));
}

Task<> Epaxos::recover(InstanceId id) {
  const Time began = now();
  const Prepare request{id, next_ballot(instance(id).joined, my_number())};
  co_await prepare(request);
  recovering_.erase(id);
  const auto still = pending_.find(id);
  if (still == pending_.end()) co_return;
  // Somebody else may be at it, too, and each attempt spoils the others': they need time apart. Or
  // other instances have to be recovered first.
  const double others = seconds(now() - began) * static_cast<double>(replicas());
  const double patience = (seconds(parameters_.recover_after) + others) * random().uniform();
  still->second = now() + from_seconds(patience);
}

// ---- the replica that recovers -----------------------------------------------------------------

/// Explicit Prepare.
Task<> Epaxos::prepare(Prepare request) {
  const InstanceId id = request.id;
  if (forgotten(id)) co_return;
  Answers answers{{my_number(), join(request).instance}};
  const std::vector<EndpointId> peers = context_.peers();
  auto replies = ask(std::span<const EndpointId>(peers), request);
  if (!co_await make_durable(bytes_of_instance)) co_return;
  const bool enough = co_await replies.until(others_for_majority(), parameters_.timeout);
  Replicas asked;
  asked.add(my_number());
  for (const auto& [from, reply] : replies) {
    if (!reply.ok) saw_ballot(id, reply.instance.joined);
    if (!reply.ok) continue;
    asked.add(context_.number_of(from));
    answers.emplace_back(context_.number_of(from), reply.instance);
  }
  if (!enough || !stands(id, request.ballot)) co_return;
  Recovery found = recovery_of(id, replicas(), answers);
  if (flawed(Flaw::skips_the_trial) && found.step == Recovery::Step::try_pre_accept) {
    found.step = Recovery::Step::accept;  // the flaw: they will be right
  }
  const Instance* vote = detail::highest_vote(answers);
  if (flawed(Flaw::drops_pre_accepted) && vote != nullptr &&
      vote->status == Instance::Status::pre_accepted) {
    found = {};
    found.action.kind = Action::Kind::no_op;  // the flaw: nobody has accepted it
  }
  co_await conclude(request, found, asked);
}

Task<> Epaxos::conclude(Prepare prepared, Recovery found, Replicas asked) {
  using Step = Recovery::Step;
  const auto [id, ballot] = prepared;
  const Action& action = found.action;
  const Attributes& attributes = found.attributes;
  const Accept acceptance{id, ballot, action, attributes, action.command.key};
  const TryPreAccept trial{id, ballot, action, attributes, action.command.key};
  const PreAccept beginning{id, ballot, {}, action, attributes, action.command.key};
  switch (found.step) {
    case Step::commit:
      commit(id, action, attributes);
      break;
    case Step::accept:
    case Step::no_op:
      co_await accept(acceptance);
      break;
    case Step::try_pre_accept:
      co_await try_pre_accept(trial, found.fast_quorum, asked);
      break;
    case Step::begin_anew:
      co_await begin_anew(beginning);
      break;
  }
}

/// Phase 1 once more, without a fast path.
Task<> Epaxos::begin_anew(PreAccept request) {
  const PreAccepted here = pre_accept(request);
  if (!here.ok) co_return;
  request.attributes = here.attributes;
  const std::vector<EndpointId> peers = context_.peers();
  auto replies = ask(std::span<const EndpointId>(peers), request);
  if (!co_await make_durable(request.bytes())) co_return;
  const bool enough = co_await replies.until(others_for_majority(), parameters_.timeout);
  Accept joined{request.id, request.ballot, request.action, request.attributes, request.key};
  for (const auto& [from, reply] : replies) {
    saw_ballot(request.id, reply.joined);
    if (reply.ok) joined.attributes.join(reply.attributes);
  }
  if (enough && stands(request.id, request.ballot)) co_await accept(joined);
}

/// The instance may have been committed on the fast path, by its leader and replicas that do not
/// answer. Then everything that interferes with it is among its dependencies or will depend on it,
/// for it met one of the fast quorum. So one command that is committed, and neither, is proof of
/// the contrary. So is one whose leader is in that fast quorum, and had not heard of the instance
/// when it began its own: it did not agree then. If there is another command that is not committed,
/// that has to be recovered first.
Task<> Epaxos::try_pre_accept(TryPreAccept request, Replicas fast_quorum, Replicas asked) {
  TriedPreAccept all = try_here(request);
  std::vector<EndpointId> others;
  for (const EndpointId peer : context_.peers()) {
    if (asked.has(context_.number_of(peer))) others.push_back(peer);
  }
  auto replies = ask(std::span<const EndpointId>(others), request);
  if (!all.ok || !co_await make_durable(request.bytes())) co_return;
  if (!co_await replies.until(others.size(), parameters_.timeout)) co_return;
  if (!stands(request.id, request.ballot)) co_return;
  for (const auto& [from, reply] : replies) {
    all.refuted = all.refuted || reply.refuted;
    all.conflicts.insert(all.conflicts.end(), reply.conflicts.begin(), reply.conflicts.end());
  }
  for (const Conflict& conflict : all.conflicts) {
    const Replica leader = conflict.id.replica;
    const bool silent_member = fast_quorum.has(leader) && !asked.has(leader);
    all.refuted = all.refuted || (conflict.leader_unaware && silent_member);
  }
  const Accept acceptance{request.id, request.ballot, request.action, request.attributes,
                          request.key};
  const PreAccept beginning{request.id,     request.ballot,     {},
                            request.action, request.attributes, request.key};
  if (all.refuted) {
    co_await begin_anew(beginning);
  } else if (all.conflicts.empty()) {
    co_await accept(acceptance);
  }
  for (const Conflict& conflict : all.conflicts) {
    heard_of(conflict.id);
    const auto place = pending_.find(conflict.id);
    if (place != pending_.end()) place->second = std::min(place->second, now());
  }
}

// ---- the others --------------------------------------------------------------------------------

/// Promises to answer nothing below this ballot, and says what it knows.
Prepared Epaxos::join(const Prepare& request) {
  Instance known = instance(request.id);
  if (known.committed()) return {true, known};
  if (request.ballot < known.joined) return {false, known};
  known.joined = request.ballot;
  if (flawed(Flaw::one_ballot)) known.voted = request.ballot;  // the flaw: one for both
  put(request.id, known);
  heard_of(request.id);
  if (request.id.replica == my_number()) {
    last_number_ = std::max(last_number_, request.id.number);
  }
  return {true, known};
}

Task<Prepared> Epaxos::on(EndpointId, Prepare request) {
  Prepared reply;
  if (!disk().complete.get() || forgotten(request.id)) co_return reply;
  reply = join(request);
  if (reply.ok) reply.ok = co_await make_durable(bytes_of_instance);
  co_return reply;
}

TriedPreAccept Epaxos::try_here(const TryPreAccept& request) {
  Instance known = instance(request.id);
  const bool open = !known.committed() && !execution_.executed().has(request.id);
  TriedPreAccept found(open && known.joined == request.ballot, false);
  if (!found.ok) return found;
  if (!known.action.known()) {
    known.action = request.action;
    known.attributes = request.attributes;
    put(request.id, known);
  }
  // Whatever comes from now on depends on it.
  interference_.record(request.id, request.action, request.attributes.sequence);
  execution_.learn(request.id, request.action);
  for (Replica row = 0; row < replicas(); ++row) {
    if (row != request.id.replica) collect_conflicts(request, row, found);
  }
  return found;
}

/// Instances of a row that the attributes do not cover, and that may not depend on the command.
/// Those that are forgotten do not: they were executed, and it was not.
void Epaxos::collect_conflicts(const TryPreAccept& request, Replica row,
                               TriedPreAccept& found) const {
  const Number covered = request.attributes.dependencies.until[row];
  if (const auto& checkpoint = disk().checkpoint.get(); checkpoint != nullptr) {
    const Attributes settled = checkpoint->settled.attributes(request.id, request.action);
    found.refuted = found.refuted || settled.dependencies.until[row] > covered;
  }
  for (Number number = covered + 1; number <= highest_[row]; ++number) {
    const InstanceId id{row, number};
    const Instance& other = instance(id);
    if (!interfere(request.action, other.action)) continue;
    if (other.committed()) {
      found.refuted = found.refuted || !other.attributes.dependencies.has(request.id);
    } else if (!other.begun || !other.initial.has(request.id)) {
      found.conflicts.push_back({id, other.begun});
    }
  }
}

Task<TriedPreAccept> Epaxos::on(EndpointId, TryPreAccept request) {
  TriedPreAccept reply(false, false);
  if (!disk().complete.get()) co_return reply;
  reply = try_here(request);
  if (reply.ok) reply.ok = co_await make_durable(request.bytes());
  co_return reply;
}

}  // namespace faultline::epaxos
