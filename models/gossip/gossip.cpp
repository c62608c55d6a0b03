#include <algorithm>
#include <utility>

#include <faultline/gossip/gossip.hpp>

namespace faultline::gossip {

Gossip::Gossip(Context& context, const Parameters& parameters, Durable& durable)
    : ModelNode(context),
      parameters_(parameters),
      durable_(durable),
      table_(durable.table),
      members_(context.nodes().size(), context.number()),
      news_(flawed(Flaw::tells_once) ? 1 : parameters.news_times),  // the flaw: once, not often
      order_(context.nodes().size(), context.number()) {
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (parameters_.durability == Durability::memory) durable_.set_journaled(false);
}

void Gossip::start() {
  const bool first_boot = context_.endpoint().queue().now() == Time{};
  if (parameters_.durability == Durability::memory) {
    for (const Record& record : table_.records()) holds(record.key, nil);
    table_.clear();
  }
  for (const Record& record : table_.records()) holds(record.key, record.value);
  if (durable_.journaled() && parameters_.durability == Durability::write) {
    spawn(flush_now_and_then(durable_));
  }
  if (nodes().size() == 1) return;
  if (parameters_.exchange != Exchange::none) spawn(exchange_now_and_then());
  if (parameters_.rumors != Interest::none) spawn(tell_rumors_now_and_then());
  if (!detects()) return;
  spawn(probe_every_period());
  if (!first_boot) spawn(join());
  if (parameters_.rejoin > Duration::zero()) spawn(ask_the_dead_now_and_then());
}

Task<Response> Gossip::serve(Request request) {
  co_await compute(parameters_.work);
  switch (request.kind) {
    case OperationKind::get: {
      const Record* record = table_.find(request.key);
      co_return record == nullptr ? found(nil, 0) : found(record->value, record->size);
    }
    case OperationKind::scan:
      co_return scan(request);
    default:
      co_return co_await put(request);
  }
}

/// The client has its answer when this node has the write; the others will hear of it.
Task<Response> Gossip::put(Request request) {
  const Record* known = table_.find(request.key);
  Record record;
  record.key = request.key;
  record.version = next_version(request.key);
  if (known != nullptr) record.replaced = known->version;
  record.value = request.value;
  record.size = request.size;
  apply(record);
  if (!flawed(Flaw::answers_early)) co_await persist(record.bytes());  // the flaw: does not wait
  co_return succeeded();
}

Response Gossip::scan(const Request& request) const {
  Response response = succeeded();
  const std::uint32_t length = request.keys_to_scan();
  for (std::uint32_t i = 0; i < length; ++i) {
    const Record* record = table_.find(request.key + i);
    if (record != nullptr) response.size += record->size;
  }
  return response;
}

/// By this node's clock, but later than what it replaces: else a slow clock would have it lost.
Version Gossip::next_version(Key key) const {
  Version version{now().time_since_epoch().count(), self_number() + 1};
  const Record* known = table_.find(key);
  if (known != nullptr && !flawed(Flaw::trusts_its_clock)) {  // the flaw: whatever is here
    version.time = std::max(version.time, known->version.time + 1);
  }
  return version;
}

/// Takes a record in if it is newer than what is here. Returns whether it was.
bool Gossip::apply(const Record& record) {
  const Record* known = table_.find(record.key);
  if (known != nullptr) {
    bool newer = known->version < record.version;
    if (flawed(Flaw::takes_anything)) newer = known->version != record.version;  // the flaw: other
    if (!newer) return false;
    const bool unaware = record.replaced < known->version;
    if (unaware && known->version.writer == self_number() + 1) {
      emit(EventKind::lost_write, known->value);
    }
  }
  table_.put(record);
  holds(record.key, record.value);
  if (parameters_.rumors != Interest::none) hot_[record.key] = 0;
  return true;
}

std::size_t Gossip::apply_all(const Records& records, EventKind kind) {
  std::size_t news = 0;
  Bytes size = 0;
  for (const Record& record : records) {
    if (!apply(record)) continue;
    ++news;
    size += record.bytes();
    emit(kind, record.key);
  }
  if (news > 0) spawn(persist(size));
  return news;
}

Task<> Gossip::persist(Bytes size) { return write_through(durable_, parameters_.durability, size); }

}  // namespace faultline::gossip
