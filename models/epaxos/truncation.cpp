// How replicas forget what they need not know any more: checkpoints, and who gets them instead.
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/epaxos/epaxos.hpp>

namespace faultline::epaxos {

bool Epaxos::forgotten(InstanceId id) const {
  const auto& checkpoint = disk().checkpoint.get();
  return checkpoint != nullptr && checkpoint->covers(id);
}

/// How far along each row all replicas have executed that have answered lately. One that is out of
/// reach is not waited for: nobody knows for how long.
RowEnds Epaxos::executed_by_all() const {
  RowEnds ends = execution_.executed().until();
  for (Replica row = 0; row < replicas(); ++row) {
    // What was executed elsewhere is not known here until it has been fetched.
    ends[row] = std::min(ends[row], committed_until_[row]);
    if (flawed(Flaw::forgets_committed)) ends[row] = committed_until_[row];  // the flaw
    for (Replica other = 0; other < replicas(); ++other) {
      const bool within_reach = now() <= answered_[other] + parameters_.suspect_after;
      if (other == context_.number() || !within_reach) continue;
      if (flawed(Flaw::forgets_committed)) continue;
      ends[row] = std::min(ends[row], executed_by_[other][row]);
    }
  }
  return ends;
}

void Epaxos::checkpoint_if_due() {
  if (saving_ || executed_since_checkpoint_ < parameters_.checkpoint_threshold) return;
  executed_since_checkpoint_ = 0;
  auto next = std::make_shared<Checkpoint>();
  if (const auto& last = disk().checkpoint.get(); last != nullptr) {
    next->settled = last->settled;
    next->forgotten = last->forgotten;
  }
  const RowEnds ends = executed_by_all();
  for (Replica row = 0; row < replicas(); ++row) {
    for (Number& end = next->forgotten[row]; end < ends[row];) {
      const InstanceId id{row, ++end};
      const Instance& known = instance(id);
      next->settled.record(id, known.action, known.attributes.sequence);
    }
  }
  next->store = store_;
  next->executed = execution_.executed();
  spawn(save(std::move(next)));
}

/// Only when the checkpoint is on disk its instances may go: a crash before finds the old one, and
/// all of them.
Task<> Epaxos::save(std::shared_ptr<const Checkpoint> checkpoint) {
  saving_ = true;
  const auto last = disk().checkpoint.get();
  if (parameters_.durability != Durability::memory) co_await disk_write(checkpoint->bytes());
  // Unless another's has been installed meanwhile.
  if (disk().checkpoint.get() == last) forget(std::move(checkpoint));
  if (parameters_.durability == Durability::fsync) co_await sync(durable_);
  saving_ = false;
}

void Epaxos::forget(std::shared_ptr<const Checkpoint> checkpoint) {
  RowEnds before{};
  if (const auto& last = disk().checkpoint.get(); last != nullptr) before = last->forgotten;
  for (Replica row = 0; row < replicas(); ++row) {
    for (Number number = before[row]; number < checkpoint->forgotten[row];) {
      const InstanceId id{row, ++number};
      disk().instances.erase(id.packed());
      pending_.erase(id);
    }
  }
  std::erase_if(executed_, [&](InstanceId id) { return checkpoint->covers(id); });
  disk().checkpoint.set(std::move(checkpoint));
}

/// Another replica no longer has what this one misses, but what it has led to. Either may have
/// executed what the other has not; key by key, the one that is further is right.
Task<> Epaxos::install(std::shared_ptr<const Checkpoint> theirs) {
  if (parameters_.durability != Durability::memory) co_await disk_write(theirs->bytes());
  const bool trusting = flawed(Flaw::trusts_checkpoints);
  for (const Key key : store_.merge(theirs->store, trusting)) {
    holds(key, store_.find(key)->value);
  }
  execution_.take_over(theirs->executed);
  interference_.join(theirs->settled);
  auto both = std::make_shared<Checkpoint>(*theirs);
  if (const auto& ours = disk().checkpoint.get(); ours != nullptr) {
    both->settled.join(ours->settled);
    for (Replica row = 0; row < replicas(); ++row) {
      both->forgotten[row] = std::max(both->forgotten[row], ours->forgotten[row]);
    }
  }
  both->store = store_;
  both->executed = execution_.executed();
  const RowEnds forgotten = both->forgotten;
  for (Replica row = 0; row < replicas(); ++row) heard_of({row, both->executed.highest(row)});
  forget(std::move(both));
  for (Replica row = 0; row < replicas(); ++row) {
    Number& until = committed_until_[row];
    if (forgotten[row] <= until) continue;
    caught_up_ += forgotten[row] - until;
    until = forgotten[row];
    while (instance({row, until + 1}).committed()) ++until;
  }
  last_number_ = std::max(last_number_, highest_[my_number()]);
  execute();
  if (parameters_.durability == Durability::fsync) co_await sync(durable_);
}

/// After a restart: what is not on disk as instances.
void Epaxos::restore(const Checkpoint& checkpoint) {
  store_ = checkpoint.store;
  InstanceSet executed = checkpoint.executed;
  if (flawed(Flaw::forgets_gaps)) executed = executed.without_those_above();  // the flaw
  execution_.take_over(executed);
  interference_.join(checkpoint.settled);
  highest_ = committed_until_ = checkpoint.forgotten;
}

}  // namespace faultline::epaxos
