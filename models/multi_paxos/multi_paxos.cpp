// What clients see, and the life of a node. The algorithm's parts are in the files beside this.
#include <algorithm>

#include <faultline/multi_paxos/multi_paxos.hpp>

namespace faultline::multi_paxos {

MultiPaxos::MultiPaxos(Context& context, const Parameters& parameters, Durable& durable)
    : LedNode(context),
      parameters_(parameters),
      durable_(durable),
      peers_(context.peers()),
      write_back_(context, durable, parameters.durability),
      patience_(parameters.retransmission) {
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (parameters_.durability == Durability::memory) durable_.set_journaled(false);
}

void MultiPaxos::start() {
  // An operator brings a new cluster up on empty disks at the start of the run; from then on an
  // empty disk is a lost one.
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  if (first_boot) disk().complete.set(true);
  catching_up_ = !first_boot;
  std::vector<Key> keys;  // that this replica held before
  if (ledger().snapshot()) {
    for (const auto& [key, stored] : ledger().snapshot()->image.table) keys.push_back(key);
  }
  for (Slot slot = ledger().first(); slot <= ledger().last(); ++slot) {
    const Vote* vote = ledger().find(slot);
    if (vote != nullptr && vote->proposal.kind == Proposal::Kind::write) {
      keys.push_back(vote->proposal.command.key);
    }
  }
  if (parameters_.durability == Durability::memory && !first_boot) {
    durable_.disk = std::make_unique<Durable::Disk>(durable_);
  }
  if (flawed(Flaw::forgets_promise)) disk().promised.set({});
  for (const Key key : keys) holds(key, nil);
  restore_from_snapshot();
  execute();
  if (durable_.journaled() && parameters_.durability == Durability::write) {
    spawn(flush_now_and_then(durable_));
  }

  // It may have heard a leader just before, and given its word not to help another for a while.
  if (!first_boot) last_heard_ = now();
  if (first_boot && parameters_.first_candidate == my_number()) {
    spawn(wait_for_leader(++timer_, Duration(1)));  // prepares as soon as all are up
  } else {
    start_election_timer();
  }
}

// ---- requests ----------------------------------------------------------------------------------

Task<Response> MultiPaxos::serve(Request request) {
  if (leading()) co_return co_await lead(request);
  if (!leader_ || !parameters_.forward) co_return refuse(request, Error::not_leader);
  co_return co_await pass_on(request, *leader_, parameters_.timeout);
}

Task<Response> MultiPaxos::lead(Request request) {
  co_await compute(parameters_.work);
  if (!leading()) co_return refuse(request, Error::not_leader);
  if (request.reads() && parameters_.reads != Reads::log) co_return co_await read(request);
  co_return co_await propose(request);
}

/// Has a request chosen in the next slot, and answers when it has been executed.
Task<Response> MultiPaxos::propose(Request request) {
  // At most so many slots may be open: the alpha of "simple", section 3.
  const auto window = static_cast<Slot>(parameters_.window);
  while (next_slot_ > executed_ + window) {
    const bool opened =
        co_await executions_.until(context_.endpoint(), next_slot_ - window, parameters_.timeout);
    if (!leading()) co_return refuse(request, Error::not_leader);
    if (!opened) co_return refuse(request, Error::overloaded);
  }
  const bool writes = !request.reads();
  Proposal proposal;
  proposal.kind = writes ? Proposal::Kind::write : Proposal::Kind::read;
  if (writes) proposal.command = {request.key, request.value, request.size, request.session};
  if (writes) entrusted_.take(request.value);
  const Slot slot = next_slot_++;
  put_to_vote(slot, proposal);
  if (executed_ < slot &&
      !co_await executions_.until(context_.endpoint(), slot, parameters_.timeout)) {
    if (!writes) co_return refused(Error::unavailable);
    // Some acceptors may have voted for it, and a later leader may yet have it chosen.
    entrusted_.leave_open(request.value);
    co_return undecided(leading() ? Error::timeout : Error::indeterminate);
  }
  co_return writes ? succeeded() : machine_.answer(request);
}

Gauges MultiPaxos::gauges() const {
  Gauges gauges;
  gauges.leads = leading();
  if (!leading() && current_as_of_ > Time::min()) {
    gauges.replication_lag = std::max(Duration::zero(), now() - current_as_of_);
  }
  return gauges;
}

}  // namespace faultline::multi_paxos
