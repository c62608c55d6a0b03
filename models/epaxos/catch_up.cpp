// How replicas learn what they missed: they compare how far they have got, and fetch the rest.
#include <algorithm>
#include <span>

#include <faultline/epaxos/epaxos.hpp>

namespace faultline::epaxos {

void Epaxos::note_committed(InstanceId id) {
  pending_.erase(id);
  Number& until = committed_until_[id.replica];
  while (instance({id.replica, until + 1}).committed()) ++until;
}

Task<> Epaxos::keep_comparing() {
  RowEnds a_while_ago = committed_until_;
  for (;;) {
    co_await sleep(parameters_.heartbeat);
    recover_those_overdue();
    for (const EndpointId peer : context_.peers()) spawn(compare_with(peer, a_while_ago));
    a_while_ago = committed_until_;
  }
}

/// What a peer has and this replica has not is probably on its way, unless nothing of the row has
/// come for a while.
Task<> Epaxos::compare_with(EndpointId peer, RowEnds a_while_ago) {
  const auto progress = co_await call(peer, Compare{}, parameters_.timeout);
  if (!progress) co_return;
  answered_[context_.number_of(peer)] = now();
  executed_by_[context_.number_of(peer)] = progress->executed_until;
  for (Replica row = 0; row < replicas(); ++row) {
    heard_of({row, progress->highest[row]});
    const Number until = progress->committed_until[row];
    const bool stuck = committed_until_[row] == a_while_ago[row];
    if (stuck && until > committed_until_[row]) spawn(catch_up(peer, row, until));
  }
}

/// Fetches the committed instances of a row from `peer`, in portions, or what has become of them.
Task<> Epaxos::catch_up(EndpointId peer, Replica row, Number until) {
  if (!catching_up_rows_.insert(row).second) co_return;
  while (committed_until_[row] < until) {
    const Number before = committed_until_[row];
    const Fetch request{{row, before + 1}, static_cast<Number>(parameters_.batch)};
    const auto fetched = co_await call(peer, request, parameters_.timeout);
    if (!fetched) break;
    if (fetched->checkpoint != nullptr) {
      co_await install(fetched->checkpoint);
      if (committed_until_[row] == before) break;
      continue;
    }
    for (const Commit& missed : *fetched->commits) {
      if (!instance(missed.id).committed()) ++caught_up_;
      learn_commit(missed.id, missed.action, missed.attributes);
    }
    if (committed_until_[row] == before) break;
  }
  catching_up_rows_.erase(row);
}

Progress Epaxos::on(EndpointId, const Compare&) {
  return {committed_until_, highest_, execution_.executed().until()};
}

Fetched Epaxos::on(EndpointId, const Fetch& request) {
  if (forgotten(request.from)) return Fetched(disk().checkpoint.get());
  auto commits = std::make_shared<std::vector<Commit>>();
  for (Number ahead = 0; ahead < request.most; ++ahead) {
    const InstanceId id{request.from.replica, request.from.number + ahead};
    if (id.number > highest_[id.replica]) break;
    const Instance& known = instance(id);
    if (known.committed()) {
      commits->push_back({id, known.action, known.attributes, known.action.command.key});
    }
  }
  return Fetched(std::move(commits));
}

/// After a restart: until this replica has all that a majority knew to be committed then. One that
/// has lost its disk waits for all that the majority had even heard of, and neither votes nor
/// begins anything before; its own row goes on behind what others know of it.
Task<> Epaxos::return_to_cluster() {
  const std::vector<EndpointId> peers = context_.peers();
  RowEnds target{};
  for (;;) {
    auto replies = ask(std::span<const EndpointId>(peers), Compare{});
    const bool enough = co_await replies.until(others_for_majority(), parameters_.timeout);
    for (const auto& [from, progress] : replies) {
      for (Replica row = 0; row < replicas(); ++row) {
        heard_of({row, progress.highest[row]});
        const bool lost = !disk().complete.get();
        const Number until = lost ? progress.highest[row] : progress.committed_until[row];
        target[row] = std::max(target[row], until);
        if (progress.committed_until[row] > committed_until_[row]) {
          spawn(catch_up(from, row, progress.committed_until[row]));
        }
      }
    }
    if (enough) break;
    co_await sleep(parameters_.heartbeat);
  }
  const auto reached = [&] {
    for (Replica row = 0; row < replicas(); ++row) {
      if (committed_until_[row] < target[row]) return false;
    }
    return true;
  };
  while (!reached()) co_await sleep(parameters_.heartbeat);
  last_number_ = std::max(last_number_, highest_[my_number()]);
  disk().complete.set(true);
  emit(EventKind::caught_up, caught_up_);
}

}  // namespace faultline::epaxos
