// What clients and operators see: requests, reads, writes, and the life of a node.
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/leader_follower/leader_follower.hpp>

namespace faultline::leader_follower {

namespace {
/// A leader that cannot replicate refuses writes beyond this many that wait.
constexpr Index most_pending = 100'000;

/// What a session knows: the position of the latest entry that it has read or written.
Position position_in(const Token& token) {
  return token.empty() ? Position{} : Position{token.words[0], token.words[1]};
}
Token token_of(const Position& position) {
  Token token;
  token.add(position.term);
  token.add(position.index);
  return token;
}
}  // namespace

LeaderFollower::LeaderFollower(Context& context, const Parameters& parameters, Durable& durable)
    : LedNode(context), parameters_(parameters), durable_(durable), peers_(context.peers()) {
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (parameters_.durability == Durability::memory) durable_.set_journaled(false);
}

void LeaderFollower::start() {
  // An operator brings a new cluster up on empty disks at the start of the run; from then on an
  // empty disk is a lost one.
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  if (parameters_.durability == Durability::memory && !first_boot) {
    for (const Key key : disk().table.keys()) holds(key, nil);
    durable_.disk = std::make_unique<Durable::Disk>(durable_);
  }
  for (const Key key : disk().table.keys()) {
    const Stored& stored = *disk().table.find(key);
    latest_stamp_ = std::max(latest_stamp_, stored.stamp.time);
    holds(key, stored.value);
  }
  persisted_ = log().last();

  if (durable_.journaled() && parameters_.durability == Durability::write) {
    spawn(flush_now_and_then(durable_));
  }

  const EndpointId first = nodes()[static_cast<std::size_t>(parameters_.first_leader)];
  if (!elects()) leader_ = first;
  if (first_boot) disk().member.set(true);
  catching_up_ = !first_boot;
  if (!disk().member.get()) {
    if (elects()) spawn(keep_promises());
    spawn(recover());
  } else if (!elects()) {
    if (first == self()) {
      disk().term.set(term() + 1);
      begin_reign();
    }
  } else if (first_boot && first == self()) {
    spawn(campaign());
  } else {
    if (!first_boot) spawn(keep_promises());
    arm_election_timer();
  }
}

// ---- requests -----------------------------------------------------------------------------------

Task<Response> LeaderFollower::serve(Request request) {
  if (request.reads() && *parameters_.read_from != ReadFrom::leader) return read_here(request);
  return leading() ? lead(request) : ask_leader(request);
}

Task<Response> LeaderFollower::read_here(Request request) {
  co_await compute(parameters_.work);
  if (learning_) co_return refused(Error::unavailable);
  if (keeps_sessions()) co_return co_await read_in_session(request);
  co_return look_up(request);
}

/// As of what is here, if the session knows no more; and not before it is certain to stay. Terms
/// only grow along a log, and a later leader has all that was committed before; so of two ends of
/// what is committed, the later in (term, index) has all that the other has.
Task<Response> LeaderFollower::read_in_session(Request request) {
  const Position known = position_in(request.token);
  if (committed_end() < known) {
    if (parameters_.sessions == Sessions::forward && !leading()) {
      co_return co_await ask_leader(request);
    }
    const bool caught_up = co_await commits(known);
    if (!caught_up) co_return refused(Error::unavailable);
  }
  Response response = look_up(request);
  const Position seen = written_at(request.key);
  if (seen.index > commit_ && !flawed(Flaw::shows_uncommitted)) {  // the flaw: at once
    const bool stays = co_await commits(seen);
    if (!stays || log().term_at(seen.index) != seen.term) co_return refused(Error::unavailable);
  }
  give_token(request, seen, response);
  co_return response;
}

/// Waits until it is committed and this node knows that; false if that takes too long.
Task<bool> LeaderFollower::commits(Position position) {
  co_return co_await session_reads_.until(context_.endpoint(), position, parameters_.timeout);
}

/// The session has seen this, and what it knew before.
void LeaderFollower::give_token(const Request& request, Position seen, Response& response) const {
  if (keeps_sessions()) {
    response.token = token_of(std::max(position_in(request.token), seen));
  }
}

/// Where in the log the value of `key` comes from.
Position LeaderFollower::written_at(Key key) const {
  const Stored* stored = disk().table.find(key);
  return stored != nullptr ? Position{log().term_at(stored->index), stored->index} : Position{};
}

/// Answers as the leader.
Task<Response> LeaderFollower::lead(Request request) {
  co_await compute(parameters_.work);
  if (!leading()) co_return refuse(request, Error::not_leader);

  // A leader that was deposed does not know it. Before it says anything on its own authority, it
  // has to make sure; a write that waits for a majority makes sure by that.
  const bool alone = request.reads() || *parameters_.replication == Replication::asynchronous;
  if (alone && fenced() && !may_answer_at_once() && !co_await sure_to_lead()) {
    co_return refuse(request, Error::unavailable);
  }
  if (request.reads()) {
    Response response = look_up(request);
    give_token(request, written_at(request.key), response);
    co_return response;
  }

  if (!leading()) co_return refuse(request, Error::not_leader);
  if (log().last() - commit_ >= most_pending) co_return refuse(request, Error::overloaded);
  Entry entry;
  entry.key = request.key;
  entry.value = request.value;
  entry.size = request.size;
  entry.stamp = next_stamp();
  entry.session = request.session;
  entrusted_.take(request.value);
  const Index index = append(entry);
  const Position written{term(), index};
  if (commit_ < index &&
      !co_await commits_.until(context_.endpoint(), index, parameters_.timeout)) {
    // It stands in logs, from which a later leader may yet bring it to life.
    entrusted_.leave_open(request.value);
    co_return undecided(leading() ? Error::timeout : Error::indeterminate);
  }
  Response response = succeeded();
  give_token(request, written, response);
  co_return response;
}

Task<Response> LeaderFollower::ask_leader(Request request) {
  // Without elections the leader is known even when it cannot be reached; silence tells.
  const bool silent = !elects() && !hears_leader();
  if (!leader_ || silent) {
    co_return refuse(request, leader_ ? Error::unavailable : Error::not_leader);
  }
  co_return co_await pass_on(request, *leader_, parameters_.timeout);
}

Response LeaderFollower::look_up(const Request& request) const {
  const Stored* stored = disk().table.find(request.key);
  Response response = stored != nullptr ? found(stored->value, stored->size) : Response{};
  if (request.kind == OperationKind::scan) {
    for (Key key = request.key + 1; key < request.key + request.keys_to_scan(); ++key) {
      if (const Stored* more = disk().table.find(key)) response.size += more->size;
    }
  }
  return response;
}

// ---- reads that see the latest write ------------------------------------------------------------

/// All that was acknowledged in earlier terms is here, and nobody else can lead yet.
bool LeaderFollower::may_answer_at_once() const { return commit_ >= reign_start_ && lease_holds(); }

/// The same, with waiting: for the first entry of the term, and for a majority to say that it still
/// follows (Ongaro 2014, section 6.4).
Task<bool> LeaderFollower::sure_to_lead() {
  if (flawed(Flaw::reads_unconfirmed)) co_return true;  // the flaw: who leads, knows it
  const Time asked = now();
  if (commit_ < reign_start_ &&
      !co_await commits_.until(context_.endpoint(), reign_start_, parameters_.timeout)) {
    co_return false;
  }
  if (!leading()) co_return false;
  if (lease_holds() || majority_contact() >= asked) co_return true;
  broadcast_heartbeat();
  co_return co_await confirmations_.until(context_.endpoint(), asked, parameters_.timeout);
}

/// The leader's clock, but later than every stamp it has seen: a write that knew of another wins.
Stamp LeaderFollower::next_stamp() {
  latest_stamp_ = std::max(latest_stamp_ + 1, now().time_since_epoch().count());
  return {latest_stamp_, context_.number()};
}

Gauges LeaderFollower::gauges() const {
  Gauges gauges;
  gauges.leads = leading();
  if (!leading() && current_as_of_ > Time::min()) {
    gauges.replication_lag = std::max(Duration::zero(), now() - current_as_of_);
  }
  return gauges;
}

}  // namespace faultline::leader_follower
