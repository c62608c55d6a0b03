// What clients see, and the life of a server. The algorithm's parts are in the files beside this.
#include <algorithm>

#include <faultline/raft/raft.hpp>

namespace faultline::raft {

namespace {
/// A leader that cannot replicate refuses writes beyond this many that wait.
constexpr Index most_pending = 100'000;
}  // namespace

Raft::Raft(Context& context, const Parameters& parameters, Durable& durable)
    : LedNode(context),
      parameters_(parameters),
      durable_(durable),
      clock_(context, parameters.clock_uncertainty) {
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (parameters_.durability == Durability::memory) durable_.set_journaled(false);
}

void Raft::start() {
  // An operator brings a new cluster up on empty disks at the start of the run; from then on an
  // empty disk is a lost one.
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  if (first_boot) disk().complete.set(true);
  catching_up_ = !first_boot;
  std::vector<Key> keys;  // that this replica held before
  if (log().snapshot()) {
    for (const auto& [key, stored] : log().snapshot()->image.table) keys.push_back(key);
  }
  for (Index index = log().first(); index <= log().last(); ++index) {
    const Entry& entry = log().at(index);
    if (entry.kind == Entry::Kind::write) keys.push_back(entry.command.key);
  }
  if (parameters_.durability == Durability::memory && !first_boot) {
    durable_.disk = std::make_unique<Durable::Disk>(durable_);
  }
  if (flawed(Flaw::forgets_its_vote)) disk().voted_for.set(0);
  rebuild_configurations();
  restore_from_snapshot();
  for (const Key key : keys) {
    const StateMachine::Stored* stored = machine_.find(key);
    holds(key, stored != nullptr ? stored->value : nil);
  }
  durable_until_ = log().last();
  if (durable_.journaled() && parameters_.durability == Durability::write) {
    spawn(flush_now_and_then(durable_));
  }

  // It may have heard a leader just before, and promised by that not to elect another for a while.
  if (!first_boot) last_heard_ = now();
  if (first_boot && parameters_.first_candidate == my_number()) {
    spawn(wait_for_leader(++timer_, Duration(1)));  // stands as soon as all are up
  } else {
    start_election_timer();
  }
}

// ---- requests ----------------------------------------------------------------------------------

Task<Response> Raft::serve(Request request) {
  if (leading()) co_return co_await lead(request);
  if (request.reads() && parameters_.by_timestamp()) {
    co_await compute(parameters_.work);
    co_return co_await read_at_timestamp(request);
  }
  if (!leader_ || !parameters_.forward) co_return refuse(request, Error::not_leader);
  co_return co_await pass_on(request, *leader_, parameters_.timeout);
}

Task<Response> Raft::lead(Request request) {
  co_await compute(parameters_.work);
  if (!leading()) co_return refuse(request, Error::not_leader);
  if (heir_) co_return refuse(request, Error::unavailable);
  if (request.reads() && parameters_.reads != Reads::log) co_return co_await read(request);
  if (log().last() - commit_index_ >= most_pending) co_return refuse(request, Error::overloaded);
  co_return co_await propose(request);
}

/// Puts a request into the log and answers when it has been executed.
Task<Response> Raft::propose(Request request) {
  const bool writes = !request.reads();
  Entry entry;
  entry.kind = writes ? Entry::Kind::write : Entry::Kind::read;
  if (writes) entry.command = {request.key, request.value, request.size, request.session};
  if (writes) entrusted_.take(request.value);
  const Index index = append(entry);
  const Time stamp = log().last_stamp();
  if (commit_index_ < index &&
      !co_await commits_.until(context_.endpoint(), index, parameters_.timeout)) {
    if (!writes) co_return refused(Error::unavailable);
    // It stands in logs, and a later leader may yet commit it.
    entrusted_.leave_open(request.value);
    co_return undecided(leading() ? Error::timeout : Error::indeterminate);
  }
  if (!writes) co_return machine_.answer(request);
  if (parameters_.by_timestamp() && !flawed(Flaw::skips_commit_wait)) {
    co_await sleep(clock_.until_after(stamp));  // commit wait
  }
  co_return succeeded();
}

Gauges Raft::gauges() const {
  Gauges gauges;
  gauges.leads = leading();
  if (!leading() && current_as_of_ > Time::min()) {
    gauges.replication_lag = std::max(Duration::zero(), now() - current_as_of_);
  }
  return gauges;
}

}  // namespace faultline::raft
