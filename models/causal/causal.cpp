// What clients see: reads, writes, and what their sessions know.
#include <algorithm>

#include <faultline/causal/causal.hpp>

namespace faultline::causal {

Causal::Causal(Context& context, const Parameters& parameters, Durable& durable)
    : ModelNode(context),
      parameters_(parameters),
      durable_(durable),
      region_(parameters.layout->region_of(context.number())) {
  for (const NodeNumber number : layout().counterparts(context.number())) {
    DurableLog<Update>& outbox = durable_.outbox.try_emplace(number, durable_).first->second;
    if (flawed(Flaw::outbox_in_memory)) outbox.forget(outbox.last());  // the flaw: gone
    links_.push_back({number, Outbox<Update>(outbox)});
    sources_[number].received = last_from(number).position;
  }
  if (const auto time = durable_.clock.time(); time > 0) ready_ = {time, context.number()};
}

void Causal::start() {
  for (const Key key : durable_.table.keys()) shown_[key] = *durable_.table.find(key);
  for (const std::uint64_t version : durable_.pending.keys()) {
    const Pending pending = *durable_.pending.find(version);
    sources_[pending.origin].hidden.emplace(pending.update.version, pending.position);
    if (vector()) {
      unstable_.emplace(pending.update.version, pending);
    } else {
      spawn(show_after_causes(pending));
    }
  }
  for (Link& link : links_) stream(link);
  if (!links_.empty()) spawn(resend());
  if (vector() && !links_.empty()) spawn(stabilize());
}

Task<Response> Causal::serve(Request request) {
  const NodeNumber owner = layout().owner(region_, request.key);
  if (owner != context_.number()) return pass_on(owner, request);
  return carry_out(request);
}

/// To the node of this region that has the key.
Task<Response> Causal::pass_on(NodeNumber owner, Request request) {
  const auto answer = co_await call(endpoint_of(owner), Forwarded(request, random().next()),
                                    2 * parameters_.timeout);
  co_return answer ? *answer : undecided(Error::timeout);
}

Task<Response> Causal::on(EndpointId, Forwarded forwarded) {
  if (!forwarded_.first(forwarded.number)) co_return undecided(Error::indeterminate);
  co_return co_await carry_out(forwarded.request);
}

Task<Response> Causal::carry_out(Request request) {
  co_await compute(parameters_.work);
  if (request.reads()) co_return co_await read(request);
  co_return co_await write(request);
}

/// A scan is as large as all that it meets on the node that has its first key.
Task<Response> Causal::read(Request request) {
  SessionContext session(request.token);
  if (!co_await welcome(session)) co_return refused(Error::unavailable);
  Response response;
  if (const Update* row = shown(request.key)) {
    response = found(row->value, row->size);
    if (!flawed(Flaw::forgets_reads)) {
      const bool added = co_await add_to(session, *row);
      if (!added) co_return refused(Error::overloaded);
    }
  }
  if (request.kind == OperationKind::scan) {
    for (Key key = request.key + 1; key < request.key + request.keys_to_scan(); ++key) {
      if (const Update* row = shown(key)) response.size += row->size;
    }
  }
  session.region = region_;
  response.token = session.token();
  co_return response;
}

Task<Response> Causal::write(Request request) {
  SessionContext session(request.token);
  if (!co_await welcome(session)) co_return refused(Error::unavailable);
  RecentWrites recent;
  if (const auto* known = durable_.sessions.find(request.session)) recent = *known;
  if (recent.has(request.value)) {  // a second attempt
    co_await persist(0);
    const Update* row = shown(request.key);
    const bool added = row == nullptr || co_await add_to(session, *row);
    if (!added) co_return undecided(Error::indeterminate);
  } else if (!room_for(request.key)) {
    co_return refused(Error::overloaded);
  } else {
    Update update;
    update.key = request.key;
    update.value = request.value;
    update.size = request.size;
    update.session = request.session;
    update.version = next_version();
    update.depends = session.depends;
    co_await accept(update);
    if (!vector()) session.depends.clear();
    if (!flawed(Flaw::forgets_writes)) {
      if (vector()) {
        session.depends.raise(region_, update.version);
      } else {
        session.depends.add({update.key, update.version});
      }
    }
  }
  session.region = region_;
  Response response = succeeded();
  response.token = session.token();
  co_return response;
}

// ---- what a session knows -----------------------------------------------------------------------

/// Whether this region shows all that the session knows; waits for it if need be. It does if the
/// session was here last: nothing that was shown disappears.
Task<bool> Causal::welcome(const SessionContext& session) {
  for (const Dependency& dependency : session.depends.all()) hear_of(dependency.version);
  const bool moved = !session.fresh && session.region != region_;
  if (!moved && vector()) {
    // Another node of the region knew all this to be stable, so it is.
    bool news = false;
    for (const Dependency& dependency : session.depends.all()) {
      news |= dependency.on != region_ && raise_stable(dependency.on, dependency.version);
    }
    if (news) show_stable();
  }
  if (!moved || flawed(Flaw::trusts_strangers)) co_return true;
  const Duration patience =
      parameters_.moved_sessions == MovedSessions::wait ? parameters_.timeout : Duration::zero();
  if (vector()) co_return co_await stable_up_to(session.depends, patience);
  co_return co_await region_shows(session.depends, patience);
}

/// The session has seen `row`. False if that would need a marker, and there is no room for one.
Task<bool> Causal::add_to(SessionContext& session, Update row) {
  if (vector()) {
    session.depends.raise(row.depends);
    session.depends.raise(layout().region_of(row.version.node()), row.version);
    co_return true;
  }
  if (everywhere(row.version)) co_return true;
  const Dependency seen{row.key, row.version};
  if (session.depends.full() && !session.depends.has(seen)) {
    if (!room_for(row.key)) co_return false;
    co_await mark(session, row.key);
  }
  session.depends.add(seen);
  co_return true;
}

/// Makes room in a full context: a marker that depends on all in it takes its place.
Task<> Causal::mark(SessionContext& session, Key key) {
  ++markers_;
  Update marker;
  marker.key = key | marker_bit;
  marker.version = next_version();
  if (!flawed(Flaw::marks_nothing)) marker.depends = session.depends;
  co_await accept(marker);
  session.depends.clear();
  session.depends.add({marker.key, marker.version});
}

Version Causal::next_version() {
  if (parameters_.timestamps == Timestamps::hybrid) durable_.clock.keep_up_with(now());
  return {durable_.clock.tick(), context_.number()};
}

void Causal::hear_of(Version version) {
  if (!flawed(Flaw::deaf_clock)) durable_.clock.hear_of(version.time());
}

}  // namespace faultline::causal
