// How updates travel: into the outbox, to other regions, again if need be, and onto the disk there.
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/causal/causal.hpp>

namespace faultline::causal {
namespace {

/// Updates that overtook their predecessors wait for them, up to this many; the rest is sent again.
constexpr std::size_t most_early = 4096;

}  // namespace

// ---- from here ----------------------------------------------------------------------------------

/// Whether all other regions can be told of one more write of the key.
bool Causal::room_for(Key key) const {
  for (RegionNumber region = 0; region < layout().regions(); ++region) {
    if (region == region_) continue;
    const NodeNumber owner = layout().owner(region, key);
    const auto link = std::find_if(links_.begin(), links_.end(),
                                   [owner](const Link& each) { return each.number == owner; });
    if (link->outbox.size() >= static_cast<std::size_t>(parameters_.outbox_limit)) return false;
  }
  return true;
}

/// Takes on a write of this region, whose causes are here already: it is shown as soon as it is on
/// disk, and on its way to the others. `update` has its version and no other write has come since.
Task<> Causal::accept(Update update) {
  if (const Update* known = durable_.table.find(update.key)) update.replaces = known->version;
  enter(update);
  for (RegionNumber region = 0; region < layout().regions(); ++region) {
    if (region == region_) continue;
    durable_.outbox.at(layout().owner(region, update.key)).append(update);
  }
  co_await persist(update.bytes());
  show(update);
  ready_ = std::max(ready_, update.version);
  for (Link& link : links_) stream(link);
}

/// Sends what is on disk and was not sent yet.
void Causal::stream(Link& link) {
  link.outbox.stream(now(), [&](Position first) { return send_from(link, first); });
}

/// Sends one batch, and says how many updates it had.
std::size_t Causal::send_from(const Link& link, Position first) {
  const DurableLog<Update>& outbox = link.outbox.log();
  auto batch = std::make_shared<Replicate::Batch>();
  for (Position at = first; outbox.has(at) && outbox.at(at).version <= ready_; ++at) {
    if (batch->size() == static_cast<std::size_t>(parameters_.batch)) break;
    batch->push_back(outbox.at(at));
  }
  if (batch->empty()) return 0;
  const std::size_t count = batch->size();
  Replicate message(first, std::move(batch));
  message.kept = outbox.first();
  message.everywhere = everywhere();
  tell(endpoint_of(link.number), message);
  return count;
}

/// Who is silent though it should have answered gets one batch again, and the rest when it has
/// answered that. Who has all but does not show it is asked how far it is.
Task<> Causal::resend() {
  for (;;) {
    co_await sleep(parameters_.resend_after);
    for (Link& link : links_) {
      const auto send = [&](Position first) { return send_from(link, first); };
      if (link.outbox.resend(now(), parameters_.resend_after, send)) continue;
      if (!link.outbox.empty() || link.told_everywhere < everywhere()) {
        tell(endpoint_of(link.number), pulse_for(link));
      }
    }
  }
}

Pulse Causal::pulse_for(Link& link) const {
  link.told_everywhere = everywhere();
  Pulse pulse;
  pulse.last = link.outbox.log().last();
  pulse.time = durable_.clock.time();
  pulse.everywhere = link.told_everywhere;
  pulse.shown = link.outbox.log().first() - 1;
  return pulse;
}

void Causal::on(EndpointId from, const Received& answer) {
  const NodeNumber number = context_.number_of(from);
  const auto place = std::find_if(links_.begin(), links_.end(),
                                  [number](const Link& link) { return link.number == number; });
  if (place == links_.end()) return;
  Link& link = *place;
  link.outbox.forget(answer.shown);
  if (link.outbox.acknowledged(answer.received, now())) stream(link);
}

/// The own writes up to this one are shown in all regions.
Version Causal::everywhere() const {
  Version all = ready_;
  for (const Link& link : links_) {
    const DurableLog<Update>& outbox = link.outbox.log();
    if (link.outbox.empty()) continue;
    all = std::min(all, Version::from_word(outbox.at(outbox.first()).version.word() - 1));
  }
  return all;
}

/// Whether this node has heard that all regions show a version.
bool Causal::everywhere(Version version) const {
  if (version.node() == context_.number()) return version <= everywhere();
  const auto source = sources_.find(version.node());
  return source != sources_.end() && version <= source->second.everywhere;
}

std::size_t Causal::longest_outbox() const {
  std::size_t longest = 0;
  for (const Link& link : links_) longest = std::max(longest, link.outbox.size());
  return longest;
}

// ---- to here ------------------------------------------------------------------------------------

Task<> Causal::on(EndpointId from, Replicate message) {
  const NodeNumber origin = context_.number_of(from);
  Source& source = sources_.at(origin);
  source.everywhere = std::max(source.everywhere, message.everywhere);
  const std::vector<Pending> taken = take(origin, message);
  Bytes size = 0;
  for (const Pending& pending : taken) size += pending.update.bytes();
  const Position received = last_from(origin).position;
  co_await persist(size);
  source.received = std::max(source.received, received);
  for (const Pending& pending : taken) {
    source.known = std::max(source.known, pending.update.version.time());
    if (vector()) {
      unstable_.emplace(pending.update.version, pending);
    } else {
      spawn(show_after_causes(pending));
    }
  }
  if (vector()) advance_stable();
  if (taken.empty() || !source.hidden.empty()) acknowledge(origin);
}

/// Puts what follows in its place onto the disk, with what had come too early; what came before is
/// here already.
std::vector<Pending> Causal::take(NodeNumber origin, const Replicate& message) {
  std::vector<Pending> taken;
  Source& source = sources_.at(origin);
  if (last_from(origin).position + 1 < message.kept) {
    // It was told that all before is shown here; so that was on a disk that is lost.
    durable_.received.put(origin, {message.kept - 1, Version{}});
  }
  Position position = message.position;
  for (const Update& update : *message.updates) {
    const Position due = last_from(origin).position + 1;
    if (position == due || (position > due && source.early.size() < most_early)) {
      source.early.emplace(position, update);
    }
    ++position;
  }
  while (!source.early.empty() && source.early.begin()->first <= last_from(origin).position + 1) {
    const auto next = source.early.extract(source.early.begin());
    if (next.key() <= last_from(origin).position) continue;
    const Pending pending{origin, next.key(), next.mapped()};
    const Version version = pending.update.version;
    hear_of(version);
    durable_.received.put(origin, {pending.position, std::max(last_from(origin).version, version)});
    durable_.pending.put(version.word(), pending);
    source.hidden.emplace(version, pending.position);
    taken.push_back(pending);
  }
  return taken;
}

LastReceived Causal::last_from(NodeNumber origin) const {
  const LastReceived* last = durable_.received.find(origin);
  return last == nullptr ? LastReceived{} : *last;
}

Position Causal::shown_from(NodeNumber origin) const {
  const Source& source = sources_.at(origin);
  if (source.hidden.empty()) return source.received;
  return std::min(source.received, source.hidden.begin()->second - 1);
}

void Causal::acknowledge(NodeNumber origin) {
  tell(endpoint_of(origin), Received{sources_.at(origin).received, shown_from(origin)});
}

Task<> Causal::persist(Bytes size) { return write_through(durable_, parameters_.durability, size); }

}  // namespace faultline::causal
