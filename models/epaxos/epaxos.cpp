// What clients see, execution, the life of a replica and its disk. The algorithm's parts are in the
// files beside this.
#include <algorithm>
#include <set>

#include <faultline/epaxos/epaxos.hpp>

namespace faultline::epaxos {

Epaxos::Epaxos(Context& context, const Parameters& parameters, Durable& durable)
    : ModelNode(context),
      parameters_(parameters),
      durable_(durable),
      write_back_(context, durable, parameters.durability),
      execution_(parameters.flaw != Flaw::executes_early) {  // the flaw: waits for nothing
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (parameters_.durability == Durability::memory) durable_.set_journaled(false);
}

void Epaxos::start() {
  // An operator brings a new cluster up on empty disks at the start of the run; from then on an
  // empty disk is a lost one.
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  restarted_ = !first_boot;
  if (first_boot) disk().complete.set(true);
  answered_.assign(replicas(), now());
  executed_by_.assign(replicas(), RowEnds{});
  rebuild();
  if (durable_.journaled() && parameters_.durability == Durability::write) {
    spawn(flush_now_and_then(durable_));
  }
  if (restarted_) spawn(return_to_cluster());
  spawn(keep_comparing());
}

/// All that is volatile follows from the checkpoint and the instances on disk.
void Epaxos::rebuild() {
  const std::vector<std::uint64_t> ids = disk().instances.keys();
  std::set<Key> keys;  // that this replica may have held before
  for (const std::uint64_t id : ids) {
    const Action& action = disk().instances.find(id)->action;
    if (action.writes()) keys.insert(action.command.key);
  }
  if (disk().checkpoint.get() != nullptr) {
    for (const Key key : disk().checkpoint.get()->store.keys()) keys.insert(key);
  }
  const bool first_boot = !restarted_;
  if (parameters_.durability == Durability::memory && !first_boot) {
    durable_.disk = std::make_unique<Durable::Disk>(durable_);
  }
  if (disk().checkpoint.get() != nullptr) restore(*disk().checkpoint.get());
  for (const std::uint64_t packed : disk().instances.keys()) {
    const InstanceId id = InstanceId::of(packed);
    Instance instance = *disk().instances.find(packed);
    if (flawed(Flaw::forgets_promises)) {  // the flaw: a ballot is over when its replica is
      instance.joined = instance.voted;
      disk().instances.put(packed, instance);
    }
    interference_.record(id, instance.action, instance.attributes.sequence);
    heard_of(id);
    if (instance.committed()) {
      execution_.commit(id, instance.action, instance.attributes);
      note_committed(id);
    } else {
      execution_.learn(id, instance.action);
    }
  }
  last_number_ = highest_[my_number()];
  for (const Execution::Executed& next : execution_.take_executable()) execute(next);
  for (const Key key : keys) {
    const Entry* entry = store_.find(key);
    holds(key, entry != nullptr ? entry->value : nil);
  }
}

// ---- requests ----------------------------------------------------------------------------------

Task<Response> Epaxos::serve(Request request) {
  co_await compute(parameters_.work);
  if (!disk().complete.get()) co_return refused(Error::unavailable);
  if (execution_.under_way(my_number(), request.key) >=
      static_cast<std::size_t>(parameters_.window)) {
    co_return refused(Error::overloaded);
  }
  co_return co_await propose(request);
}

namespace {

Action action_of(const Request& request) {
  Action action;
  action.kind = request.reads() ? Action::Kind::read : Action::Kind::write;
  action.length = request.kind == OperationKind::scan ? request.keys_to_scan() : 1;
  action.command.key = request.key;
  action.command.session = request.session;
  action.operation = request.operation;
  if (action.writes()) {
    action.command.value = request.value;
    action.command.size = request.size;
  }
  return action;
}

}  // namespace

/// This replica leads the command: it begins the next instance of its row, and answers when that is
/// executed.
Task<Response> Epaxos::propose(Request request) {
  PreAccept first;
  first.id = {my_number(), ++last_number_};
  first.fast_quorum = choose_fast_quorum();
  first.action = action_of(request);
  first.attributes = interference_.attributes(first.id, first.action);
  first.key = request.key;
  pre_accept(first);
  const auto proposal = std::make_shared<Proposal>();
  proposals_[first.id] = proposal;
  spawn(lead(first));
  if (!proposal->response) {
    co_await proposal->line.until(context_.endpoint(), 1, parameters_.timeout);
  }
  proposals_.erase(first.id);
  if (proposal->response) co_return *proposal->response;
  co_return request.reads() ? refused(Error::unavailable) : undecided(Error::timeout);
}

void Epaxos::respond(InstanceId id, const Response& response) {
  const auto place = proposals_.find(id);
  if (place != proposals_.end() && !place->second->response) place->second->response = response;
}

/// Lets whoever waits for the instance go on, if there is an answer.
void Epaxos::wake(InstanceId id) {
  const auto place = proposals_.find(id);
  if (place == proposals_.end() || !place->second->response) return;
  const std::shared_ptr<Proposal> proposal = place->second;  // outlives who waited
  proposal->line.reached(1);
}

// ---- execution ---------------------------------------------------------------------------------

/// Executes what has become executable, then wakes those whose commands are answered by it.
void Epaxos::execute() {
  const std::vector<Execution::Executed> all = execution_.take_executable();
  for (const Execution::Executed& next : all) execute(next);
  for (const Execution::Executed& next : all) wake(next.id);
  checkpoint_if_due();
}

void Epaxos::execute(const Execution::Executed& next) {
  executed_.push_back(next.id);
  ++executed_since_checkpoint_;
  if (!next.action.writes()) {
    respond(next.id, store_.read(next.action));
    return;
  }
  const bool forgetful = flawed(Flaw::executes_twice);  // the flaw: every attempt is a new one
  const Command& command = next.action.command;
  if (store_.write(next.action, forgetful)) holds(command.key, command.value);
  respond(next.id, succeeded());
}

// ---- the disk ----------------------------------------------------------------------------------

const Instance& Epaxos::instance(InstanceId id) const {
  static const Instance nothing;
  static const Instance done = [] {
    Instance instance;
    instance.status = Instance::Status::committed;
    return instance;
  }();
  if (forgotten(id)) return done;
  const Instance* known = disk().instances.find(id.packed());
  return known != nullptr ? *known : nothing;
}

std::vector<InstanceId> Epaxos::committed() const {
  std::vector<InstanceId> ids;
  for (const std::uint64_t packed : disk().instances.keys()) {
    if (disk().instances.find(packed)->committed()) ids.push_back(InstanceId::of(packed));
  }
  return ids;
}

void Epaxos::put(InstanceId id, const Instance& instance) {
  disk().instances.put(id.packed(), instance);
}

/// Waits until all changes up to now are as durable as they have to be. `size`: of the latest.
Task<bool> Epaxos::make_durable(Bytes size) {
  return write_back_.until(write_back_.changed(size), parameters_.timeout);
}

}  // namespace faultline::epaxos
