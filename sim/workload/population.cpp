#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <faultline/overload/backoff.hpp>
#include <faultline/workload/population.hpp>

namespace faultline {
namespace {

Contact rule_of(const WorkloadSettings& settings, const Service& target) {
  switch (settings.contact) {
    case WorkloadSettings::ContactRule::nearest:
      return Contact::nearest;
    case WorkloadSettings::ContactRule::random:
      return Contact::random;
    case WorkloadSettings::ContactRule::round_robin:
      return Contact::round_robin;
    case WorkloadSettings::ContactRule::model:
      break;
  }
  return target.contact();
}

NodeOrder order_from(HostId host, const World& world, Contact rule, const Service& target) {
  std::vector<NodeOrder::Place> places;
  for (const EndpointId node : target.view().nodes) {
    places.push_back({world.distance(host, world.endpoint(node).host()), node});
  }
  return {rule, std::move(places)};
}

/// A drawn number of things: the nearest whole number, at least `least`.
std::uint64_t whole(double drawn, std::uint64_t least) {
  constexpr double most = 1e15;
  if (!(drawn > static_cast<double>(least))) return least;
  return static_cast<std::uint64_t>(std::llround(std::min(drawn, most)));
}

bool writes(OperationKind kind) {
  return kind == OperationKind::put || kind == OperationKind::insert ||
         kind == OperationKind::read_modify_write;
}

}  // namespace

struct Population::Client {
  Client(World& world, std::string name, HostId host, std::uint32_t in_region, NodeOrder nodes)
      : endpoint(world, std::move(name), host),
        region(static_cast<std::uint16_t>(in_region)),
        order(std::move(nodes)) {}

  Endpoint endpoint;
  std::uint16_t region;
  NodeOrder order;
  std::deque<Plan> waiting;  ///< for a session
};

Population::Streams::Streams(std::uint64_t seed, const std::string& workload)
    : arrivals(seed, workload + "/arrivals"),
      keys(seed, workload + "/keys"),
      mix(seed, workload + "/mix"),
      sizes(seed, workload + "/sizes"),
      contact(seed, workload + "/contact"),
      backoff(seed, workload + "/backoff"),
      operands(seed, workload + "/operands") {}

namespace {

/// The regions that have sessions, in ascending order.
std::vector<std::uint32_t> regions_in_use(const std::vector<std::uint32_t>& of_sessions) {
  std::vector<std::uint32_t> regions = of_sessions;
  std::sort(regions.begin(), regions.end());
  regions.erase(std::unique(regions.begin(), regions.end()), regions.end());
  return regions;
}

SessionPool make_sessions(const WorkloadSettings& settings, SessionNumbers& numbers) {
  std::vector<std::uint32_t> clients =
      deal_sessions(std::max(settings.sessions, 1U), settings.from);
  const std::vector<std::uint32_t> regions = regions_in_use(clients);
  for (std::uint32_t& client : clients) {
    client = static_cast<std::uint32_t>(std::lower_bound(regions.begin(), regions.end(), client) -
                                        regions.begin());
  }
  return {clients, static_cast<std::uint32_t>(regions.size()), settings.most_sessions, numbers};
}

}  // namespace

Population::Population(World& world, const WorkloadSettings& settings, const Service& target,
                       std::span<const HostId> client_hosts, History& history,
                       SessionNumbers& numbers, std::uint16_t index, std::uint64_t seed)
    : world_(world),
      settings_(settings),
      history_(history),
      index_(index),
      open_(!std::holds_alternative<ClosedLoop>(settings.arrivals)),
      streams_(seed, settings.name),
      arrivals_(settings_.arrivals, settings.start, settings.stop),
      keys_(settings.keys),
      sessions_(make_sessions(settings_, numbers)),
      tokens_(target.token_scope()) {
  double sum = 0;
  for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
    cumulative_mix_[kind] = sum += std::max(0.0, settings_.mix[kind]);
  }
  const Contact rule = rule_of(settings_, target);
  const auto& region_names = target.view().region_names;
  for (const std::uint32_t region :
       regions_in_use(deal_sessions(std::max(settings_.sessions, 1U), settings_.from))) {
    std::string name = settings_.name + "@";
    name += region < region_names.size() ? region_names[region] : std::to_string(region);
    const HostId host = client_hosts[region];
    clients_.push_back(std::make_unique<Client>(world_, std::move(name), host, region,
                                                order_from(host, world_, rule, target)));
  }
}

Population::~Population() = default;

void Population::add_streams(StreamDigests& digests) const {
  const auto add = [&](const char* name, const RandomStream& stream) {
    digests[settings_.name + "/" + name] = stream.digest();
  };
  add("arrivals", streams_.arrivals);
  add("keys", streams_.keys);
  add("mix", streams_.mix);
  add("sizes", streams_.sizes);
  add("contact", streams_.contact);
  add("backoff", streams_.backoff);
  add("operands", streams_.operands);
}

// ---- when ---------------------------------------------------------------------------------------

void Population::start() {
  const double weights = cumulative_mix_.back();
  const double modified =
      weights > 0
          ? settings_.mix[static_cast<std::size_t>(OperationKind::read_modify_write)] / weights
          : 0;
  const double records =
      std::min(arrivals_.expected() * 1.01 + 100, static_cast<double>(settings_.most_operations)) *
      (1 + 2 * modified);
  constexpr double most_reserved = 20e6;
  history_.operations.reserve(history_.operations.capacity() +
                              static_cast<std::size_t>(std::min(records, most_reserved)));
  if (open_) {
    schedule_next_arrival();
  } else if (settings_.start < settings_.stop) {
    world_.queue.at(settings_.start, on_start, this);
  }
}

void Population::on_start(void* population, std::uint64_t) {
  auto& self = *static_cast<Population*>(population);
  for (std::size_t session = 0; session < self.sessions_.size(); ++session) {
    self.client_of(session).endpoint.tasks().spawn(self.loop(session));
  }
}

void Population::on_arrival(void* population, std::uint64_t) {
  static_cast<Population*>(population)->arrive();
}

void Population::schedule_next_arrival() {
  const Time next = arrivals_.next(streams_.arrivals);
  if (next != never) world_.queue.at(next, on_arrival, this);
}

bool Population::may_issue() {
  if (issued_ < settings_.most_operations) return true;
  exhausted_ = true;
  return false;
}

void Population::arrive() {
  if (!may_issue()) return;
  const Plan plan = draw(world_.queue.now(), arrivals_.entry());
  schedule_next_arrival();
  const std::size_t home = sessions_.next_turn();
  if (const auto session = sessions_.occupy(home)) {
    issue(*session, plan);
  } else {
    client_of(home).waiting.push_back(plan);
  }
}

void Population::issue(std::size_t session, const Plan& plan) {
  client_of(session).endpoint.tasks().spawn(perform(session, plan));
}

/// The session is free: for an arrival that waits, or for later ones.
void Population::release(std::size_t session) {
  Client& client = client_of(session);
  if (client.waiting.empty()) {
    sessions_.release(session);
    return;
  }
  const Plan plan = client.waiting.front();
  client.waiting.pop_front();
  issue(session, plan);
}

Task<> Population::loop(std::size_t session) {
  const ClosedLoop& loop = std::get<ClosedLoop>(settings_.arrivals);
  for (;;) {
    const Duration thinking = loop.think.sample_duration(streams_.arrivals);
    if (thinking > Duration::zero()) co_await Sleep(client_of(session).endpoint, thinking);
    if (world_.queue.now() >= settings_.stop || !may_issue()) co_return;
    co_await perform(session, draw(world_.queue.now(), nullptr));
  }
}

// ---- what ---------------------------------------------------------------------------------------

Population::Plan Population::draw(Time intended, const TraceArrivals::Entry* entry) {
  ++issued_;
  Plan plan{intended, 0, 0, streams_.contact.next(), 1, OperationKind::get, nil};
  plan.kind = entry != nullptr && entry->has_kind ? entry->kind : draw_kind();
  if (entry != nullptr && entry->has_key) {
    plan.key = entry->key;
  } else if (plan.kind == OperationKind::insert) {
    plan.key = keys_.insert();
  } else {
    plan.key = keys_.choose(streams_.keys);
  }
  if (plan.kind == OperationKind::add || plan.kind == OperationKind::remove) {
    plan.operand = 1 + streams_.operands.below(settings_.operands);
  } else if (writes(plan.kind)) {
    plan.size = whole(settings_.value_size.sample(streams_.sizes), 0);
  } else if (plan.kind == OperationKind::scan) {
    plan.length = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(whole(settings_.scan_length.sample(streams_.sizes), 1),
                                std::numeric_limits<std::uint32_t>::max()));
  }
  return plan;
}

OperationKind Population::draw_kind() {
  const double point = streams_.mix.uniform() * cumulative_mix_.back();
  for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
    if (point < cumulative_mix_[kind]) return static_cast<OperationKind>(kind);
  }
  return OperationKind::get;
}

Request Population::request_for(std::size_t session, const Plan& plan) {
  Request request;
  request.kind = plan.kind;
  request.key = plan.key;
  request.value = plan.operand;
  request.size = plan.size;
  request.length = plan.length;
  request.session = sessions_[session].number;
  request.token = tokens_.find(request.session, plan.key);
  return request;
}

Route Population::route_of(std::size_t session, std::uint64_t draw) {
  SessionPool::Session& asking = sessions_[session];
  return {clients_[asking.client]->order, std::uint64_t{asking.number} + asking.asked++, draw};
}

// ---- how ----------------------------------------------------------------------------------------

Task<> Population::perform(std::size_t session, Plan plan) {
  Request request = request_for(session, plan);
  if (plan.kind == OperationKind::read_modify_write) {
    co_await modify(session, plan, request);
  } else {
    const OperationId operation = record(session, request, plan.intended, false);
    request.operation = operation;
    request.value = history_.operations[operation].written;
    co_await carry_out(session, operation, request, route_of(session, plan.draw));
  }
  if (open_) release(session);
}

/// A read_modify_write: reads, then writes with what the reading brought; without that it does not
/// write.
Task<bool> Population::modify(std::size_t session, const Plan& plan, Request request) {
  const OperationId whole = record(session, request, plan.intended, false);
  request.kind = OperationKind::get;
  request.size = 0;
  const OperationId reading = record(session, request, plan.intended, true);
  request.operation = reading;
  bool good = co_await carry_out(session, reading, request, route_of(session, plan.draw));
  OperationId last = reading;
  if (good) {
    request.kind = OperationKind::put;
    request.size = plan.size;
    request.token = tokens_.find(request.session, plan.key);
    last = record(session, request, world_.queue.now(), true);
    request.operation = last;
    request.value = history_.operations[last].written;
    good = co_await carry_out(session, last, request, route_of(session, scatter(plan.draw)));
  }
  const Operation& decisive = history_.operations[last];
  Operation& all = history_.operations[whole];
  all.observed = history_.operations[reading].observed;
  all.written = decisive.written;
  const int attempts =
      history_.operations[reading].attempts + (last != reading ? decisive.attempts : 0);
  all.attempts = static_cast<std::uint8_t>(std::min(attempts, 255));
  close(whole, decisive.outcome, decisive.error);
  co_return good;
}

bool Population::hedges(const Client& client, const Request& request) const {
  return settings_.hedge_after > Duration::zero() && settings_.hedge_after < settings_.timeout &&
         request.reads() && client.order.size() > 1;
}

/// One request until it is answered well or given up; whether it was answered well. `request` lives
/// in the frame of the task that waits for this one.
Task<bool> Population::carry_out(std::size_t session, OperationId operation, const Request& request,
                                 Route route) {
  Client& client = client_of(session);
  BackoffSequence backoff(settings_.retry);
  Error definite = Error::none;
  Error indefinite = Error::none;
  for (int attempt = 1;; ++attempt) {
    {
      const EndpointId first = route.next();
      world_.cause = Cause::operation(operation);
      Replies<Response> replies =
          faultline::ask<Node>(client.endpoint, std::span(&first, 1), request);
      count_attempt(operation);
      std::size_t asked = 1;
      bool good;
      if (hedges(client, request)) {
        good = co_await replies.until(1, settings_.hedge_after);
        if (!good && replies.size() == 0) {
          replies.also_ask<Node>(route.next(), request);
          count_attempt(operation);
          asked = 2;
          good = co_await replies.until(1, settings_.timeout - settings_.hedge_after);
        }
      } else {
        good = co_await replies.until(1, settings_.timeout);
      }
      for (const auto& [from, response] : replies) {
        if (response.accepted()) {
          close_well(operation, response, request.session);
          co_return true;
        }
        (response.outcome == Outcome::failed ? definite : indefinite) = response.error;
      }
      if (replies.size() < asked) indefinite = Error::timeout;
    }
    if (attempt >= settings_.retry.attempts) break;
    const Duration wait = backoff.next(streams_.backoff);
    if (wait > Duration::zero()) co_await Sleep(client.endpoint, wait);
  }
  if (indefinite == Error::none) {
    close(operation, Outcome::failed, definite);
  } else {
    close(operation, Outcome::unknown, indefinite);
  }
  co_return false;
}

// ---- what was seen ------------------------------------------------------------------------------

OperationId Population::record(std::size_t session, const Request& request, Time intended,
                               bool part) {
  const auto number = static_cast<OperationId>(history_.operations.size());
  Operation& operation = history_.operations.emplace_back();
  operation.intended = intended;
  operation.invoked = world_.queue.now();
  operation.key = request.key;
  operation.session = request.session;
  operation.workload = index_;
  operation.region = client_of(session).region;
  operation.kind = request.kind;
  operation.part = part;
  // A value that is written but once in the run: the operation's number, from 1 because 0 is nil.
  if (operation.writes()) operation.written = Value{number} + 1;
  if (operation.updates()) operation.written = request.value;
  return number;
}

void Population::count_attempt(OperationId operation) {
  std::uint8_t& attempts = history_.operations[operation].attempts;
  if (attempts < std::numeric_limits<std::uint8_t>::max()) ++attempts;
}

void Population::close(OperationId number, Outcome outcome, Error error) {
  Operation& operation = history_.operations[number];
  operation.completed = world_.queue.now();
  operation.outcome = outcome;
  operation.error = error;
}

void Population::close_well(OperationId number, const Response& response, std::uint32_t session) {
  close(number, Outcome::ok, Error::none);
  Operation& operation = history_.operations[number];
  if (operation.reads() && response.count > 0) {
    const auto observed = response.observed();
    operation.observed = observed.front();
    operation.more_begin = static_cast<std::uint32_t>(history_.more.size());
    operation.more_count = static_cast<std::uint16_t>(observed.size() - 1);
    history_.more.insert(history_.more.end(), observed.begin() + 1, observed.end());
  }
  tokens_.remember(session, operation.key, response.token);
}

}  // namespace faultline
