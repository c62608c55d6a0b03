// How the table spreads: anti-entropy and rumors.
#include <algorithm>
#include <utility>

#include <faultline/gossip/gossip.hpp>

namespace faultline::gossip {

// ---- anti-entropy -------------------------------------------------------------------------------

Task<> Gossip::exchange_now_and_then() {
  co_await sleep(next_wait(parameters_.interval, true));
  for (;;) {
    for (std::int64_t partners = 0; partners < parameters_.fanout; ++partners) {
      if (const auto partner = any_partner()) spawn(exchange_with(*partner));
    }
    co_await sleep(next_wait(parameters_.interval, false));
  }
}

Task<> Gossip::exchange_with(EndpointId partner) {
  if (parameters_.compare == Compare::checksums) {
    const Checksum checksum{table_.checksum()};
    const auto compared = co_await call(partner, checksum, parameters_.timeout);
    if (!compared || compared->equal) co_return;
  }
  std::optional<Difference> difference;
  if (parameters_.compare == Compare::tables) {
    const WholeTable table(parameters_.exchange, table_.snapshot());
    difference = co_await call(partner, table, parameters_.timeout);
  } else {
    const Digest digest(parameters_.exchange, table_.snapshot(), table_.checksum());
    difference = co_await call(partner, digest, parameters_.timeout);
  }
  if (!difference) co_return;
  apply_all(*difference->newer, EventKind::anti_entropy_repair);
  if (difference->wanted->empty()) co_return;
  Records records;
  for (const Key key : *difference->wanted) records.push_back(*table_.find(key));
  tell(partner, Updates(limited(std::move(records))));
}

Difference Gossip::on(EndpointId, const Digest& digest) {
  if (digest.checksum == table_.checksum()) return Difference({}, {});
  const bool by_version = !flawed(Flaw::compares_keys_alone);  // the flaw: keys are enough
  Comparison comparison = compare(table_.records(), *digest.lines, by_version);
  if (!pulls(digest.exchange)) comparison.newer_here.clear();
  if (!pushes(digest.exchange)) comparison.newer_there.clear();
  return Difference(limited(std::move(comparison.newer_here)), std::move(comparison.newer_there));
}

Difference Gossip::on(EndpointId, const WholeTable& table) {
  const auto before = table_.snapshot();
  if (pushes(table.exchange)) apply_all(*table.records, EventKind::anti_entropy_repair);
  return pulls(table.exchange) ? Difference(before) : Difference({}, {});
}

ChecksumCompared Gossip::on(EndpointId, Checksum checksum) {
  return {checksum.sum == table_.checksum()};
}

void Gossip::on(EndpointId, const Updates& updates) {
  apply_all(*updates.batch, EventKind::anti_entropy_repair);
}

/// As many as one message takes.
Records Gossip::limited(Records records) const {
  const auto most = static_cast<std::ptrdiff_t>(parameters_.most_records);
  if (static_cast<std::ptrdiff_t>(records.size()) <= most) return records;
  std::nth_element(records.begin(), records.begin() + most, records.end(),
                   [this](const Record& a, const Record& b) {
                     return parameters_.first == SentFirst::oldest ? a.version < b.version
                                                                   : b.version < a.version;
                   });
  records.resize(static_cast<std::size_t>(most));
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.key < b.key; });
  return records;
}

// ---- rumors -------------------------------------------------------------------------------------

Task<> Gossip::tell_rumors_now_and_then() {
  co_await sleep(next_wait(parameters_.rumor_interval, true));
  for (;;) {
    for (std::int64_t partners = 0; partners < parameters_.fanout && !hot_.empty(); ++partners) {
      if (const auto partner = any_partner()) spawn(tell_rumors_to(*partner));
    }
    co_await sleep(next_wait(parameters_.rumor_interval, false));
  }
}

Task<> Gossip::tell_rumors_to(EndpointId partner) {
  Records records;
  for (const auto& [key, in_vain] : hot_) records.push_back(*table_.find(key));
  const Rumors rumors(limited(std::move(records)));
  const auto heard = co_await call(partner, rumors, parameters_.timeout);
  if (heard) lose_interest(*heard->known);
}

/// Somebody knew these rumors already.
void Gossip::lose_interest(const std::vector<Key>& known) {
  for (const Key key : known) {
    const auto rumor = hot_.find(key);
    if (rumor == hot_.end()) continue;
    const bool lost = parameters_.rumors == Interest::counter
                          ? ++rumor->second >= parameters_.rumor_limit
                          : random().chance(1.0 / static_cast<double>(parameters_.rumor_limit));
    if (lost) hot_.erase(rumor);
  }
}

Heard Gossip::on(EndpointId, const Rumors& rumors) {
  std::vector<Key> known;
  Records fresh;
  for (const Record& record : *rumors.batch) {
    const Record* here = table_.find(record.key);
    const bool is_news = here == nullptr || here->version < record.version;
    is_news ? fresh.push_back(record) : known.push_back(record.key);
  }
  apply_all(fresh, EventKind::anti_entropy_repair);
  return Heard(std::move(known));
}

// ---- both ---------------------------------------------------------------------------------------

/// Until the next round: the interval, give or take; with jitter the nodes' rounds are not
/// synchronous, without it they are.
Duration Gossip::next_wait(Duration interval, bool first) {
  const double spread = parameters_.jitter * random().uniform(-0.5, 0.5);
  return first ? from_seconds(seconds(interval) * (1 - parameters_.jitter * random().uniform()))
               : from_seconds(seconds(interval) * (1 + spread));
}

std::optional<EndpointId> Gossip::any_partner() {
  const auto member = members_.any(random(), false, std::nullopt);
  return member ? std::optional(node(*member)) : std::nullopt;
}

}  // namespace faultline::gossip
