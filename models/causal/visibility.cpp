// When an update of another region is shown: when its causes are. Asked for key by key, or known
// from vectors.
#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <faultline/causal/causal.hpp>

namespace faultline::causal {
namespace {

/// Everything up to a time, whoever wrote it.
Version up_to(std::uint64_t time) {
  return {time, static_cast<std::uint32_t>(Version::most_nodes - 1)};
}

}  // namespace

/// Into the table, if it is the highest version there. Of two writes that did not know of each
/// other one is lost; the node that took it says so.
void Causal::enter(const Update& update) {
  if (update.value != nil) {
    RecentWrites recent;
    if (const auto* known = durable_.sessions.find(update.session)) recent = *known;
    recent.remember(update.value);
    durable_.sessions.put(update.session, recent);
  }
  const Update* known = durable_.table.find(update.key);
  if (known != nullptr) {
    const bool newer = known->version < update.version;
    const Update& winner = newer ? update : *known;
    const Update& loser = newer ? *known : update;
    const bool concurrent = winner.replaces < loser.version && winner.version != loser.version;
    if (concurrent && loser.version.node() == context_.number() && loser.value != nil) {
      emit(EventKind::conflict, loser.key);
      emit(EventKind::lost_write, loser.value);
    }
  }
  if (known == nullptr || later(update.version, known->version)) {
    durable_.table.put(update.key, update);
  }
}

/// To the eyes of clients, and of those who wait for it. One who is woken may show more: they are
/// all woken from here, one after the other.
void Causal::show(const Update& update) {
  const Update* known = shown(update.key);
  if (known == nullptr || later(update.version, known->version)) {
    shown_[update.key] = update;
    if ((update.key & marker_bit) == 0) holds(update.key, update.value);
  }
  just_shown_.push_back(update.version);
  if (waking_) return;
  waking_ = true;
  while (!just_shown_.empty()) {
    const Version version = just_shown_.front();
    just_shown_.pop_front();
    const auto line = lines_.find(version.word());
    if (line == lines_.end()) continue;
    line->second.reached(version);
    if (line->second.empty()) lines_.erase(line);
  }
  waking_ = false;
}

/// An update of another region is not hidden any more.
void Causal::now_shown(const Pending& pending) {
  Source& source = sources_[pending.origin];
  const bool first = source.hidden.begin()->second == pending.position;
  source.hidden.erase(pending.update.version);
  show(pending.update);
  if (first) acknowledge(pending.origin);
}

// ---- dep_check ----------------------------------------------------------------------------------

Task<> Causal::show_after_causes(Pending pending) {
  const Update& update = pending.update;
  if (!flawed(Flaw::checks_nothing)) {
    while (!co_await region_shows(update.depends, parameters_.timeout)) {
    }
  }
  enter(update);
  durable_.pending.erase(update.version.word());
  co_await persist(update.bytes());
  now_shown(pending);
}

/// Whether the nodes of this region show all that, within `patience`: each is asked for its keys.
Task<bool> Causal::region_shows(Dependencies depends, Duration patience) {
  std::map<NodeNumber, Dependencies> by_owner;
  for (const Dependency& dependency : depends.all()) {
    by_owner[layout().owner(region_, dependency.on)].add(dependency);
  }
  const Time deadline = now() + patience;
  std::vector<Replies<Shown>> answers;
  for (const auto& [owner, theirs] : by_owner) {
    if (owner == context_.number()) continue;
    const EndpointId node = endpoint_of(owner);
    answers.push_back(ask(std::span(&node, 1), DependencyCheck{patience, theirs}));
  }
  for (const Dependency& dependency : by_owner[context_.number()].all()) {
    if (!co_await shows(dependency, deadline - now())) co_return false;
  }
  for (Replies<Shown>& answer : answers) {
    const bool answered = co_await answer.until(1, std::max(deadline - now(), Duration::zero()));
    if (!answered || !answer.begin()->reply.all) co_return false;
  }
  co_return true;
}

Task<Shown> Causal::on(EndpointId, DependencyCheck check) {
  const Time deadline = now() + check.patience;
  for (const Dependency& dependency : check.depends.all()) {
    if (!co_await shows(dependency, deadline - now())) co_return Shown{false};
  }
  co_return Shown{true};
}

Task<bool> Causal::shows(Dependency dependency, Duration patience) {
  if (has_shown(dependency)) co_return true;
  if (patience <= Duration::zero()) co_return false;
  const std::uint64_t word = dependency.version.word();
  WaitingLine<Version>& line = lines_[word];
  const bool reached = co_await line.until(context_.endpoint(), dependency.version, patience);
  if (!reached && line.empty()) lines_.erase(word);
  co_return reached;
}

/// Whether the write was shown here, or would have been had not a higher version been there. A
/// higher version alone proves nothing: it may be of a concurrent write, and the causes of this one
/// may still be missing.
bool Causal::has_shown(Dependency dependency) const {
  const Update* row = shown(dependency.on);
  const Version highest = row == nullptr ? Version{} : row->version;
  const Version version = dependency.version;
  if (highest == version || flawed(Flaw::content_with_later)) return version <= highest;
  const auto source = sources_.find(version.node());
  if (source == sources_.end()) return version <= highest;  // a write of this node's own
  return version <= last_from(version.node()).version && !source->second.hidden.contains(version);
}

// ---- vectors ------------------------------------------------------------------------------------

/// Tells the own region what has come from the others, and the others how late it is here.
Task<> Causal::stabilize() {
  for (;;) {
    co_await sleep(parameters_.stabilization);
    if (parameters_.timestamps == Timestamps::hybrid) durable_.clock.keep_up_with(now());
    Known known;
    known.time = durable_.clock.time();
    for (RegionNumber region = 0; region < layout().regions(); ++region) {
      if (region != region_) known.from.raise(region, known_from(region));
    }
    std::vector<Pulse> pulses;
    for (Link& link : links_) pulses.push_back(pulse_for(link));
    co_await persist(sizeof known.time);  // no write may get an earlier time after a crash
    for (std::size_t i = 0; i < links_.size(); ++i) tell(endpoint_of(links_[i].number), pulses[i]);
    for (const NodeNumber neighbour : layout().members(region_)) {
      if (neighbour != context_.number()) tell(endpoint_of(neighbour), known);
    }
  }
}

/// All that counterparts in a region have written up to here has come.
Version Causal::known_from(RegionNumber region) const {
  std::uint64_t least = UINT64_MAX >> Version::node_bits;
  for (const auto& [number, source] : sources_) {
    if (layout().region_of(number) == region) least = std::min(least, source.known);
  }
  return up_to(least);
}

void Causal::on(EndpointId from, const Pulse& pulse) {
  const NodeNumber origin = context_.number_of(from);
  Source& source = sources_.at(origin);
  source.everywhere = std::max(source.everywhere, pulse.everywhere);
  hear_of(up_to(pulse.time));
  if (pulse.shown < shown_from(origin)) acknowledge(origin);
  if (pulse.last > source.received) return;  // what it sent before is still on its way
  source.known = std::max(source.known, pulse.time);
  if (vector()) advance_stable();
}

void Causal::on(EndpointId from, const Known& known) {
  hear_of(up_to(known.time));
  neighbours_[context_.number_of(from)].raise(known.from);
  advance_stable();
}

/// What all nodes of the region know.
void Causal::advance_stable() {
  bool news = false;
  for (RegionNumber region = 0; region < layout().regions(); ++region) {
    if (region == region_) continue;
    Version least = known_from(region);
    for (const NodeNumber neighbour : layout().members(region_)) {
      if (neighbour == context_.number() || flawed(Flaw::unstable_is_stable)) continue;
      least = std::min(least, neighbours_[neighbour].from(region));
    }
    news |= raise_stable(region, least);
  }
  if (!news) return;
  show_stable();
  for (auto& [region, line] : stable_lines_) line.reached(stable_.from(region));
}

bool Causal::raise_stable(std::uint64_t region, Version version) {
  if (version <= stable_.from(region)) return false;
  stable_.raise(region, version);
  return true;
}

bool Causal::stable(const Update& update) const {
  const auto covered = [this](std::uint64_t region, Version version) {
    return region == region_ || version <= stable_.from(region);
  };
  for (const Dependency& dependency : update.depends.all()) {
    if (!covered(dependency.on, dependency.version)) return false;
  }
  return covered(layout().region_of(update.version.node()), update.version);
}

void Causal::show_stable() {
  for (auto place = unstable_.begin(); place != unstable_.end();) {
    if (!stable(place->second.update)) {
      ++place;
      continue;
    }
    const Pending pending = place->second;
    place = unstable_.erase(place);
    enter(pending.update);
    durable_.pending.erase(pending.update.version.word());
    now_shown(pending);
  }
}

Task<bool> Causal::stable_up_to(Dependencies depends, Duration patience) {
  const Time deadline = now() + patience;
  for (const Dependency& dependency : depends.all()) {
    const auto region = static_cast<RegionNumber>(dependency.on);
    if (region == region_ || dependency.version <= stable_.from(region)) continue;
    if (deadline <= now()) co_return false;
    const bool reached = co_await stable_lines_[region].until(context_.endpoint(),
                                                              dependency.version, deadline - now());
    if (!reached) co_return false;
  }
  co_return true;
}

}  // namespace faultline::causal
