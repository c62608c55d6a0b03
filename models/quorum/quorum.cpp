#include <algorithm>
#include <utility>

#include <faultline/quorum/quorum.hpp>

namespace faultline::quorum {

namespace {

/// After how long the operating system syncs what no one else does (Linux, by default).
constexpr Duration write_back_interval = std::chrono::seconds(5);

/// The writer that timestamps and dots carry: the node in the upper bits, chance in the lower, so
/// that a node is another writer after each boot.
constexpr unsigned boot_bits = 16;
std::uint64_t draw_actor(NodeNumber node, RandomStream& random) {
  return (std::uint64_t{node} << boot_bits) | (random.next() >> (64U - boot_bits));
}

}  // namespace

Quorum::Quorum(Context& context, const Parameters& parameters, Durable& durable)
    : ModelNode(context),
      parameters_(parameters),
      durable_(durable),
      replicas_(static_cast<std::uint32_t>(*parameters.replicas)),
      read_quorum_(static_cast<std::size_t>(*parameters.read_quorum)),
      write_quorum_(static_cast<std::size_t>(*parameters.write_quorum)),
      sloppy_(*parameters.sloppy),
      actor_(draw_actor(context.number(), context.random())) {
  if (flawed(Flaw::quorums_do_not_meet)) --read_quorum_;  // the flaw: R + W = N
  if (sloppy_) {
    patience_ = {*parameters_.handoff_after, parameters_.timeout - *parameters_.handoff_after};
    tries_ = 2;
  } else {
    patience_ = {parameters_.timeout, Duration::zero()};
  }
  if (parameters_.anti_entropy > Duration::zero()) trees_.resize(replicas_);
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (parameters_.durability == Durability::memory) durable_.set_journaled(false);
}

void Quorum::start() {
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  if (parameters_.durability == Durability::memory) {
    for (const Key key : durable_.records.keys()) {
      durable_.records.erase(key);
      holds(key, nil);
    }
    durable_.hints.clear();
  }
  for (const Key key : durable_.records.keys()) {
    const Record& record = *durable_.records.find(key);
    holds(key, record.shown());
    if (!trees_.empty() && is_replica(key)) {
      trees_[place_of(key)].update(key, 0, record.digest());
    }
  }
  if (durable_.journaled() && parameters_.durability == Durability::write) {
    spawn(flush_now_and_then(durable_, write_back_interval));
  }
  if (!durable_.hints.empty()) spawn(look_after_missing());
  if (!trees_.empty()) {
    if (!first_boot) spawn(catch_up());
    spawn(compare_now_and_then());
  }
}

Task<Response> Quorum::serve(Request request) {
  switch (request.kind) {
    case OperationKind::get:
      return get(request);
    case OperationKind::scan:
      return scan(request);
    default:
      return put(request);
  }
}

// ---- the coordinator ----------------------------------------------------------------------------

Task<Response> Quorum::get(Request request) {
  co_await compute(parameters_.work);
  std::optional<Read> read = co_await read_quorum(request.key, true);
  if (!read) co_return refused(Error::unavailable);
  if (*parameters_.read_repair == ReadRepair::blocking) {
    if (!co_await write_back(request.key, *read)) co_return refused(Error::unavailable);
  }
  const Response response = read->newest.response();
  if (*parameters_.read_repair != ReadRepair::none && !read->everybody_told) {
    spawn(repair_when_all_answered(request.key, std::move(*read)));
  }
  co_return response;
}

/// Asks all replicas and waits for R. A strict quorum tries once; a sloppy one once more, with
/// others in place of those that were silent. Nothing if too few answer.
Task<std::optional<Quorum::Read>> Quorum::read_quorum(Key key, bool with_value) {
  const Fetch fetch{key, with_value};
  for (std::size_t attempt = 0; attempt < tries_; ++attempt) {
    const Targets targets = targets_of(key);
    if (targets.healthy < read_quorum_) break;
    Replies<Fetched> replies = ask(targets.nodes(), fetch);
    if (co_await replies.until(read_quorum_, patience_[attempt])) {
      Record newest;
      for (const auto& [from, fetched] : replies) newest.merge(fetched.record);
      co_return Read(targets, std::move(replies), std::move(newest));
    }
    suspect_silent(key, targets.nodes(), replies);
  }
  co_return std::nullopt;
}

/// ABD's second round: what is about to be returned must be at W replicas first, so that every
/// later read meets it. If W of those that answered have it already, there is nothing to do.
Task<bool> Quorum::write_back(Key key, Read& read) {
  if (read.newest.empty()) co_return true;
  Targets behind = read.targets;
  std::size_t holders = 0;
  for (const auto& [from, fetched] : read.replies) {
    if (fetched.firm && fetched.record.same(read.newest)) {
      behind.remove(from);
      ++holders;
    }
  }
  if (holders >= write_quorum_) co_return true;
  read.everybody_told = true;
  const Store store(key, read.newest, Why::read_repair, read.targets.missing);
  Replies<Stored> acks = ask(behind.nodes(), store);
  co_return co_await acks.until(write_quorum_ - holders, parameters_.timeout);
}

/// The client has its answer; whoever turns out to be behind it gets the newest version.
Task<> Quorum::repair_when_all_answered(Key key, Read read) {
  if (!co_await read.replies.all(patience_[0]))
    suspect_silent(key, read.targets.nodes(), read.replies);
  for (const auto& [from, fetched] : read.replies) read.newest.merge(fetched.record);
  Targets behind;
  for (const auto& [from, fetched] : read.replies) {
    const bool stands_in = read.targets.place_of(from) >= read.targets.replicas;
    if (!stands_in && !fetched.record.same(read.newest)) behind.add(from);
  }
  if (behind.size() == 0) co_return;
  const Store store(key, read.newest, Why::read_repair);
  const Replies<Stored> unheeded = ask(behind.nodes(), store);
}

Task<Response> Quorum::put(Request request) {
  co_await compute(parameters_.work);
  const Key key = request.key;
  if (parameters_.versions == Versions::vector_clocks) co_return co_await put_beside(request);
  Timestamp newest_known;
  std::int64_t basis = Record::unknown_basis;
  if (*parameters_.write_versions == WriteVersions::quorum) {
    const std::optional<Read> read = co_await read_quorum(key, false);
    if (!read) co_return refused(Error::unavailable);  // nothing was stored anywhere
    newest_known = read->newest.stamp();
  } else if (is_replica(key)) {
    basis = here(key).stamp().time;
  }
  const Record record(next_stamp(newest_known), basis, request.value, request.size);
  co_return co_await write(key, record);
}

/// The same with vector clocks. A replica coordinates: it knows all that it ever wrote under the
/// key, so that its counter in a clock stands for all of it.
Task<Response> Quorum::put_beside(Request request) {
  const Targets targets = targets_of(request.key);
  if (targets.healthy < write_quorum_) co_return refused(Error::unavailable);
  if (!is_replica(request.key)) {
    const std::optional<EndpointId> replica = nearest_healthy_replica(targets);
    if (replica) {
      const auto response = co_await forward(*replica, request, 2 * parameters_.timeout);
      if (response) co_return *response;
      suspect(context_.number_of(*replica));
      co_return undecided(Error::timeout);
    }
  }
  const VersionVector read = VersionVector::from(request.token);
  Siblings siblings;
  const Record known = here(request.key);
  if (known.siblings() != nullptr) siblings = *known.siblings();
  const VersionVector replaced =
      flawed(Flaw::drops_siblings) ? siblings.seen() : read;  // the flaw: as if all had been read
  const Value dropped = siblings.write(replaced, next_dot(), request.value, request.size);
  if (dropped != nil) emit(EventKind::lost_write, dropped);
  if (siblings.versions().size() > 1) emit(EventKind::conflict, request.key);
  const Record record(siblings);
  apply(request.key, record, Why::put);
  Response response = co_await write(request.key, record);
  response.token = siblings.seen_by_writer(read, request.value).token();
  co_return response;
}

/// Sends a version to all replicas and waits for W of them.
Task<Response> Quorum::write(Key key, Record record) {
  bool may_have_happened = false;
  for (std::size_t attempt = 0; attempt < tries_; ++attempt) {
    const Targets targets = targets_of(key);
    if (targets.healthy < write_quorum_) break;
    const Store store(key, record, Why::put, targets.missing);
    Replies<Stored> acks = ask(targets.nodes(), store);
    if (co_await acks.until(write_quorum_, patience_[attempt])) {
      notice_superseded(key, record, acks);
      if (sloppy_) spawn(see_through(key, std::move(record), targets, std::move(acks)));
      co_return succeeded();
    }
    // Whoever is silent may have it, or get it yet.
    may_have_happened |= acks.accepted() > 0 || acks.size() < targets.size();
    suspect_silent(key, targets.nodes(), acks);
  }
  co_return may_have_happened ? undecided(Error::timeout) : refused(Error::unavailable);
}

/// The client has its answer; who has missed the write will get it by a hint.
Task<> Quorum::see_through(Key key, Record record, Targets targets, Replies<Stored> acks) {
  co_await acks.all(patience_[0]);
  Places missed = suspect_silent(key, targets.nodes(), acks);
  const auto stands_in = [&](const auto& answer) {
    return targets.place_of(answer.from) >= targets.replicas;
  };
  if (std::none_of(acks.begin(), acks.end(), stands_in)) {
    missed = static_cast<Places>(missed | targets.missing);
  }
  while (missed != 0) {
    const Targets now = targets_of(key);
    if (now.stand_ins().empty()) {
      keep_hint(key, record, missed);  // nobody else is left to keep it
      co_return;
    }
    const Store store(key, record, Why::put, missed);
    Replies<Stored> kept = ask(now.stand_ins(), store);
    if (co_await kept.until(1, patience_[0])) co_return;
    suspect_silent(key, now.stand_ins(), kept);
    if (kept.size() == now.stand_ins().size()) co_return;  // all refused: their stores are full
  }
}

/// Hash placement scatters neighbouring keys: a scan is as many reads, all at once.
Task<Response> Quorum::scan(Request request) {
  co_await compute(parameters_.work);
  const std::uint32_t length = request.keys_to_scan();
  std::vector<Replies<Fetched>> reads;
  reads.reserve(length);
  for (std::uint32_t i = 0; i < length; ++i) {
    const Targets targets = targets_of(request.key + i);
    if (targets.healthy < read_quorum_) co_return refused(Error::unavailable);
    const Fetch fetch{request.key + i, true};
    reads.push_back(ask(targets.nodes(), fetch));
  }
  const Time deadline = now() + parameters_.timeout;
  Response response = succeeded();
  for (Replies<Fetched>& replies : reads) {
    const Duration left = std::max(deadline - now(), Duration::zero());
    if (!co_await replies.until(read_quorum_, left)) co_return refused(Error::unavailable);
    Record newest;
    for (const auto& [from, fetched] : replies) newest.merge(fetched.record);
    response.size += newest.response().size;
  }
  co_return response;
}

/// The preference list: N replicas. Under a sloppy quorum the first N nodes of the ring that are
/// not suspected.
Targets Quorum::targets_of(Key key) const {
  const std::uint32_t partition = placement().partition_of(key);
  Targets targets;
  for (std::uint32_t place = 0; place < replicas_; ++place) {
    const NodeNumber node = placement().node_at(partition, place);
    const bool suspected = suspects(node);
    if (!suspected) ++targets.healthy;
    if (suspected && sloppy_) {
      targets.missing = static_cast<Places>(targets.missing | (1U << place));
    } else {
      targets.add(nodes()[node]);
      ++targets.replicas;
    }
  }
  for (std::uint32_t place = replicas_; targets.size() < replicas_ && place < placement().size();
       ++place) {
    const NodeNumber node = placement().node_at(partition, place);
    if (suspects(node)) continue;
    targets.add(nodes()[node]);
    ++targets.healthy;
  }
  return targets;
}

std::optional<EndpointId> Quorum::nearest_healthy_replica(const Targets& targets) const {
  std::optional<EndpointId> nearest;
  for (const EndpointId node : targets.nodes().first(targets.replicas)) {
    if (suspects(context_.number_of(node))) continue;
    if (!nearest || context_.distance(node) < context_.distance(*nearest)) nearest = node;
  }
  return nearest;
}

Timestamp Quorum::next_stamp(Timestamp newest_known) {
  last_stamp_ =
      std::max({now().time_since_epoch().count(), newest_known.time + 1, last_stamp_ + 1});
  return {last_stamp_, actor_};
}

Dot Quorum::next_dot() {
  last_counter_ = Dot::counter_after(last_counter_, now());
  return {actor_, last_counter_};
}

/// A coordinator that is a replica learns from its own table that its write has lost (apply()); one
/// that is none learns it from the others.
void Quorum::notice_superseded(Key key, const Record& record, const Replies<Stored>& acks) {
  if (*parameters_.write_versions == WriteVersions::quorum || is_replica(key)) return;
  for (const auto& [from, stored] : acks) {
    if (stored.superseded) {
      emit(EventKind::lost_write, record.value());
      return;
    }
  }
}

// ---- the replica --------------------------------------------------------------------------------

Task<Fetched> Quorum::on(EndpointId from, Fetch fetch) {
  trust(from);
  co_await compute(parameters_.work);
  const bool firm =
      std::find(being_synced_.begin(), being_synced_.end(), fetch.key) == being_synced_.end();
  co_return Fetched(here(fetch.key), firm, fetch.with_value);
}

Task<Stored> Quorum::on(EndpointId from, Store store) {
  trust(from);
  co_await compute(parameters_.work);
  Stored stored;
  if (is_replica(store.key)) {
    apply(store.key, store.record, store.why);
    stored.superseded = durable_.records.find(store.key)->stamp() > store.record.stamp();
  } else {
    stored.taken = keep_hint(store.key, store.record, store.missing);
  }
  if (stored.taken && has_disk()) {
    co_await persist(store.key, store.record.bytes());
  }
  co_return stored;
}

/// What this node can say of a key: as a replica, or as one that stands in.
Record Quorum::here(Key key) const {
  const Record* held = durable_.records.find(key);
  Record record = held != nullptr ? *held : Record();
  if (durable_.hints.empty()) return record;
  const Record* hint = durable_.hints.find(key);
  if (hint != nullptr) record.merge(*hint);
  return record;
}

/// Takes a record into the table. Returns whether that changed anything.
bool Quorum::apply(Key key, const Record& record, Why why) {
  const Record* held = durable_.records.find(key);
  const bool heedless = flawed(Flaw::repairs_backwards) && why == Why::read_repair;
  if (heedless) held = nullptr;  // the flaw: whatever stands here
  Record merged = held != nullptr ? *held : Record();
  const std::uint64_t digest_before = trees_.empty() ? 0 : merged.digest();
  const Merged outcome = merged.merge(record);
  const bool my_write_lost =
      outcome.lost_writer >> boot_bits == context_.number() || merged.siblings() != nullptr;
  if (outcome.lost != nil && my_write_lost && (outcome.changed || why == Why::put)) {
    emit(EventKind::lost_write, outcome.lost);
  }
  if (!outcome.changed) return false;
  if (!trees_.empty() && is_replica(key)) {
    trees_[place_of(key)].update(key, digest_before, merged.digest());
  }
  holds(key, merged.shown());
  durable_.records.put(key, std::move(merged));
  if (outcome.conflict) emit(EventKind::conflict, key);
  if (why == Why::read_repair) emit(EventKind::read_repair, key);
  if (why == Why::anti_entropy) emit(EventKind::anti_entropy_repair, key);
  return true;
}

Task<> Quorum::persist(Key key, Bytes size) {
  if (parameters_.durability == Durability::fsync) {
    being_synced_.push_back(key);
    co_await disk_write(size);
    co_await sync(durable_);
    being_synced_.erase(std::find(being_synced_.begin(), being_synced_.end(), key));
  } else {
    co_await disk_write(size);
  }
}

}  // namespace faultline::quorum
