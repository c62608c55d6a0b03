// What clients see: reads and writes, timestamps and siblings.
#include <algorithm>

#include <faultline/multi_leader/multi_leader.hpp>

namespace faultline::multi_leader {
namespace {

/// The number of a boot: later ones have higher numbers.
Line boot_of(Context& context) {
  return static_cast<Line>(context.endpoint().queue().now().time_since_epoch().count()) + 1;
}

/// The latest time in a record; 0 if it has none.
std::uint64_t time_of(const Record& record) {
  if (record.write() != nullptr) return static_cast<std::uint64_t>(record.write()->stamp.time);
  if (record.merging() == nullptr) return 0;
  const auto* map = std::get_if<LwwMap>(record.merging());
  return map == nullptr ? 0 : static_cast<std::uint64_t>(map->latest().time);
}

}  // namespace

MultiLeader::MultiLeader(Context& context, const Parameters& parameters, Durable& durable)
    : ModelNode(context),
      parameters_(parameters),
      durable_(durable),
      paths_(parameters.topology, context.nodes().size()),
      line_(boot_of(context)) {
  for (const NodeNumber target : paths_.targets(context.number())) {
    DurableLog<Update>& outbox = durable_.outbox.try_emplace(target, durable_).first->second;
    if (flawed(Flaw::outbox_in_memory)) outbox.forget(outbox.last());  // the flaw: gone
    Link link{target, Outbox<Update>(outbox)};
    link.safe = link.due = outbox.last();
    link.add_up();
    links_.push_back(link);
  }
}

void MultiLeader::start() {
  for (const Key key : durable_.table.keys()) {
    shown_[key] = *durable_.table.find(key);
    holds(key, shown_[key].shown());
  }
  // A new disk, or an old one that a power loss may have taken back: others were told that it had
  // more.
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  const bool synced = parameters_.durability == Durability::fsync;
  if (!first_boot && (durable_.disk.get() == 0 || (durable_.journaled() && !synced))) {
    for (const NodeNumber source : paths_.sources(context_.number())) spawn(ask_for_all(source));
  }
  if (durable_.disk.get() == 0) {
    durable_.disk.set(line_);
    spawn(persist(sizeof line_));
  }
  if (durable_.journaled() && !synced) spawn(flush_now_and_then(durable_));
  for (Link& link : links_) stream(link);
  if (parameters_.ship_every > Duration::zero()) spawn(ship_now_and_then());
  if (!links_.empty()) spawn(resend());
}

Task<Response> MultiLeader::serve(Request request) {
  co_await compute(parameters_.work);
  if (parameters_.conflicts != Conflicts::siblings && !request.token.empty()) {
    hear_of(request.token.words[0]);
  }
  if (request.reads()) co_return read(request);
  co_return co_await write(request);
}

/// A scan is as large as all that it meets.
Response MultiLeader::read(const Request& request) const {
  Response response;
  const auto row = shown_.find(request.key);
  if (row != shown_.end()) {
    response = row->second.response();
    const std::uint64_t time = time_of(row->second);
    if (time > 0) response.token = token_of(time);
  }
  if (request.kind == OperationKind::scan) {
    for (Key key = request.key + 1; key < request.key + request.keys_to_scan(); ++key) {
      const auto more = shown_.find(key);
      if (more != shown_.end()) response.size += more->second.response().size;
    }
  }
  return response;
}

Task<Response> MultiLeader::write(Request request) {
  RecentWrites recent;
  if (const auto* known = durable_.sessions.find(request.session)) recent = *known;
  // All attempts of an operation have its number. Values would not do: many add the same.
  const Value attempt = parameters_.type ? request.operation + 1 : request.value;
  const bool again = recent.has(attempt);
  if (!again && !room()) co_return refused(Error::overloaded);
  Update update;
  Places places;
  if (!again) {
    recent.remember(attempt);
    durable_.sessions.put(request.session, recent);
    update.key = request.key;
    update.origin = context_.number();
    update.record = updated(request);
    enter(update.key, update.record);
    places = put_into_outboxes(update, context_.number());
  }
  Response response = succeeded();
  response.token = token_after(request);
  co_await persist(update.bytes());
  if (again) co_return response;
  show(update.key, update.record);
  on_disk(places);
  co_return response;
}

/// What the session knows when it has written: of time, or of siblings.
Token MultiLeader::token_after(const Request& request) const {
  if (parameters_.conflicts != Conflicts::siblings) return token_of(durable_.clock.time());
  const VersionVector read = VersionVector::from(request.token);
  return durable_.table.find(request.key)->siblings()->seen_by_writer(read, request.value).token();
}

// ---- conflicts ----------------------------------------------------------------------------------

/// What the leader holds from now on, and sends.
Record MultiLeader::updated(const Request& request) {
  switch (parameters_.conflicts) {
    case Conflicts::siblings:
      return beside_siblings(request);
    case Conflicts::merge:
      return merged(request);
    default:
      return timestamped(request);
  }
}

/// Under last-writer-wins: what the leader has of the key is overwritten, or so the client
/// believes.
Record MultiLeader::timestamped(const Request& request) {
  Write write;
  write.stamp = next_stamp();
  write.value = request.value;
  write.size = request.size;
  write.dot = next_dot();
  const Record* held = durable_.table.find(request.key);
  if (held != nullptr && !held->empty()) {
    write.overwrites = held->write()->overwrites;
    write.overwrites.add(held->write()->dot);
  }
  return Record(write);
}

/// What the client has read is replaced, all else stays beside.
Record MultiLeader::beside_siblings(const Request& request) {
  Siblings siblings;
  if (const Record* held = durable_.table.find(request.key)) siblings = *held->siblings();
  const VersionVector read =
      flawed(Flaw::drops_siblings) ? siblings.seen() : VersionVector::from(request.token);
  const Value dropped = siblings.write(read, next_dot(), request.value, request.size);
  if (dropped != nil) emit(EventKind::lost_write, dropped);
  if (siblings.versions().size() > 1) emit(EventKind::conflict, request.key);
  return Record(siblings);
}

/// The data type, with one update more.
Record MultiLeader::merged(const Request& request) {
  Mergeable state = empty_of(*parameters_.type);
  if (const Record* held = durable_.table.find(request.key)) state = *held->merging();
  UpdateName update;
  update.replica = {context_.number(), durable_.disk.get()};
  update.dot = next_dot();
  update.stamp = next_stamp();
  if (request.kind == OperationKind::add) {
    add(state, request.value, update);
  } else if (flawed(Flaw::one_counter)) {
    add(state, Value{0} - request.value, update);
  } else {
    remove(state, request.value, update);
  }
  return Record(std::move(state));
}

Rules MultiLeader::rules() const {
  Rules rules;
  if (flawed(Flaw::ties_not_broken)) {
    rules.choice = Choice::later_time;
    rules.merging.ties = Ties::by_whim;
  }
  if (flawed(Flaw::last_to_arrive_wins)) rules.choice = Choice::last_to_arrive;
  if (flawed(Flaw::counters_add_up)) rules.merging.counters = CounterMerge::sum;
  if (flawed(Flaw::removes_unseen)) rules.merging.sets = SetMerge::by_element;
  return rules;
}

/// Into the table. Of a write that is lost, the leader that took it says so; of siblings beyond the
/// bound, whoever drops one.
Merged MultiLeader::enter(Key key, const Record& record) {
  Record merged;
  if (const Record* held = durable_.table.find(key)) merged = *held;
  const Merged outcome = merged.merge(record, rules());
  const bool siblings = merged.siblings() != nullptr;
  const bool mine = siblings || outcome.lost_writer == context_.number();
  if (outcome.conflict && mine) emit(EventKind::conflict, key);
  if (outcome.lost != nil && mine) emit(EventKind::lost_write, outcome.lost);
  if (outcome.changed) durable_.table.put(key, std::move(merged));
  return outcome;
}

/// To the eyes of clients.
void MultiLeader::show(Key key, const Record& record) {
  Record& shown = shown_[key];
  if (shown.merge(record, rules()).changed) holds(key, shown.shown());
}

// ---- clocks -------------------------------------------------------------------------------------

Timestamp MultiLeader::next_stamp() {
  LamportClock& clock = durable_.clock;
  switch (parameters_.clock) {
    case Clock::wall:
      clock.hear_of(
          static_cast<std::uint64_t>(std::max<std::int64_t>(now().time_since_epoch().count(), 0)));
      clock.tick();
      break;
    case Clock::lamport:
      clock.tick();
      break;
    case Clock::hybrid: {
      HybridClock hybrid(hybrid_time());
      clock.hear_of(hybrid.send(now()).word());
      break;
    }
  }
  return {static_cast<std::int64_t>(clock.time()), context_.number()};
}

/// The rule of receipt: whoever hears of a time is later from now on. A wall clock has none.
void MultiLeader::hear_of(std::uint64_t time) {
  if (wall() || flawed(Flaw::deaf_clock)) return;
  if (parameters_.clock == Clock::hybrid) {
    HybridClock hybrid(hybrid_time());
    time = hybrid.receive(HybridTime::from_word(time), now()).word();
  }
  durable_.clock.hear_of(time);
}

void MultiLeader::hear_of(const Record& record) {
  const std::uint64_t time = time_of(record);
  if (time > 0) hear_of(time);
}

/// What a session has to tell the next leader of time.
Token MultiLeader::token_of(std::uint64_t time) const {
  Token token;
  if (!wall()) token.add(time);
  return token;
}

Dot MultiLeader::next_dot() {
  durable_.events.set(Dot::counter_after(durable_.events.get(), now()));
  return {context_.number(), durable_.events.get()};
}

Task<> MultiLeader::persist(Bytes size) {
  return write_through(durable_, parameters_.durability, size);
}

}  // namespace faultline::multi_leader
