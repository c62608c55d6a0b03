// How writes travel: into outboxes, to the next leaders, again if need be, and onto the disk there.
#include <algorithm>
#include <memory>
#include <utility>

#include <faultline/multi_leader/multi_leader.hpp>

namespace faultline::multi_leader {
namespace {

/// Updates that overtook their predecessors wait for them, up to this many; the rest is sent again.
constexpr std::size_t most_early = 4096;

}  // namespace

// ---- from here ----------------------------------------------------------------------------------

/// Whether a client's write can be kept for all others.
bool MultiLeader::room() const {
  return std::all_of(links_.begin(), links_.end(), [&](const Link& link) {
    return link.counted() < static_cast<std::size_t>(parameters_.outbox_limit);
  });
}

/// After a restart.
void MultiLeader::Link::add_up() {
  const DurableLog<Update>& log = outbox.log();
  for (Position at = log.first(); at <= log.last(); ++at) refills += log.at(at).refill ? 1U : 0U;
}

Position MultiLeader::Link::add(Update update) {
  if (update.refill) ++refills;
  return outbox.add(std::move(update));
}

void MultiLeader::Link::forget(Position last) {
  const DurableLog<Update>& log = outbox.log();
  for (Position at = log.first(); at <= std::min(last, log.last()); ++at) {
    if (log.at(at).refill) --refills;
  }
  outbox.forget(last);
}

/// Sets room aside for an update from `source` wherever it may be passed on; false if there is
/// none. `reserved`: for each link, what was set aside so far. Where siblings are dropped, all
/// others are told (tell_of_dropped).
bool MultiLeader::reserve_room(const Update& update, NodeNumber source,
                               std::vector<std::size_t>& reserved) const {
  if (update.refill) return true;
  const std::size_t limit = 2 * static_cast<std::size_t>(parameters_.outbox_limit);
  const bool to_all = parameters_.conflicts == Conflicts::siblings;
  std::vector<std::size_t> with_this = reserved;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (!to_all && !goes_to(links_[i], update, source)) continue;
    if (links_[i].counted() + ++with_this[i] > limit) return false;
  }
  reserved = std::move(with_this);
  return true;
}

bool MultiLeader::goes_to(const Link& link, const Update& update, NodeNumber source) const {
  const NodeNumber self = context_.number();
  if (source == self) return true;
  if (flawed(Flaw::passes_nothing_on)) return false;
  return paths_.passes_on(self, source, update.origin, link.target) ||
         (update.again && link.target != source);
}

/// For all who are to get it from here: of a write that was made here, all targets.
MultiLeader::Places MultiLeader::put_into_outboxes(const Update& update, NodeNumber source) {
  Places places(links_.size(), 0);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (!goes_to(links_[i], update, source)) continue;
    Update copy = update;
    copy.again = false;
    places[i] = links_[i].add(std::move(copy));
  }
  return places;
}

/// What is there is on the disk now. Only that is sent: a leader must not forget what others have.
void MultiLeader::on_disk(const Places& places) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Link& link = links_[i];
    link.safe = std::max(link.safe, places[i]);
    if (parameters_.ship_every > Duration::zero()) continue;
    link.due = link.safe;
    stream(link);
  }
}

Task<> MultiLeader::ship_now_and_then() {
  for (;;) {
    co_await sleep(parameters_.ship_every);
    for (Link& link : links_) {
      link.due = link.safe;
      stream(link);
    }
  }
}

/// Sends what is due and was not sent yet.
void MultiLeader::stream(Link& link) {
  link.outbox.stream(now(), [&](Position first) { return send_from(link, first); });
  if (flawed(Flaw::sends_once)) {  // the flaw: what was sent will come
    link.forget(link.outbox.sent());
    link.outbox.give_up_waiting(now());
  }
}

/// Sends one batch, and says how many updates it had.
std::size_t MultiLeader::send_from(Link& link, Position first) {
  const DurableLog<Update>& outbox = link.outbox.log();
  auto batch = std::make_shared<Replicate::Batch>();
  for (Position at = first; at <= link.due && outbox.has(at); ++at) {
    if (batch->size() == static_cast<std::size_t>(parameters_.batch)) break;
    batch->push_back(outbox.at(at));
  }
  if (batch->empty()) return 0;
  const std::size_t count = batch->size();
  const Replicate message(line_, first, outbox.first(), std::move(batch));
  tell(endpoint_of(link.target), message);
  return count;
}

/// Who is silent though it should have answered gets one batch again, and the rest when it has
/// answered that.
Task<> MultiLeader::resend() {
  for (;;) {
    co_await sleep(parameters_.resend_after);
    for (Link& link : links_) {
      link.outbox.resend(now(), parameters_.resend_after,
                         [&](Position first) { return send_from(link, first); });
    }
  }
}

void MultiLeader::on(EndpointId from, const Received& answer) {
  Link* link = link_to(context_.number_of(from));
  if (link == nullptr || answer.line != line_) return;
  link->forget(answer.position);
  if (link->outbox.acknowledged(answer.position, now())) stream(*link);
}

MultiLeader::Link* MultiLeader::link_to(NodeNumber target) {
  const auto place = std::find_if(links_.begin(), links_.end(),
                                  [target](const Link& link) { return link.target == target; });
  return place == links_.end() ? nullptr : &*place;
}

std::size_t MultiLeader::longest_outbox() const {
  std::size_t longest = 0;
  for (const Link& link : links_) longest = std::max(longest, link.outbox.size());
  return longest;
}

// ---- to here ------------------------------------------------------------------------------------

Task<> MultiLeader::on(EndpointId from, Replicate message) {
  const NodeNumber source = context_.number_of(from);
  const std::vector<Update> taken = take(source, message);
  Bytes size = 0;
  Places places(links_.size(), 0);
  for (const Update& update : taken) {
    size += update.bytes();
    hear_of(update.record);
    const Merged outcome = enter(update.key, update.record);
    if (update.again && !outcome.changed) continue;
    const bool dropped = outcome.lost != nil && update.record.siblings() != nullptr;
    const Places now_at = dropped ? tell_of_dropped(update) : put_into_outboxes(update, source);
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = std::max(places[i], now_at[i]);
  }
  Received answer;
  if (const Taken* now_at = durable_.taken.find(source)) {
    answer = {now_at->line, now_at->position};
  }
  co_await persist(size);
  for (const Update& update : taken) show(update.key, update.record);
  on_disk(places);
  tell(from, answer);
}

/// A sibling was dropped here for want of room. Others may have had room; it has to go there, too,
/// as if somebody had replaced it.
MultiLeader::Places MultiLeader::tell_of_dropped(const Update& by) {
  Update update;
  update.key = by.key;
  update.record = *durable_.table.find(by.key);
  update.refill = by.refill;
  update.origin = context_.number();
  return put_into_outboxes(update, context_.number());
}

/// What follows in its place in the line, with what had come too early; what came before is here
/// already. What there is no room to pass on has to come again.
std::vector<Update> MultiLeader::take(NodeNumber source, const Replicate& message) {
  std::vector<Update> all;
  std::map<Position, Update>& early = early_[source];
  Taken taken;
  if (const Taken* known = durable_.taken.find(source)) taken = *known;
  if (message.line < taken.line) return all;
  if (message.line > taken.line) {
    taken = {message.line, 0};
    early.clear();
  }
  // What the sender no longer has was here, on a disk that is lost, or in an earlier line.
  taken.position = std::max(taken.position, message.kept - 1);
  Position position = message.position;
  for (const Update& update : *message.updates) {
    const Position due = taken.position + 1;
    if (position == due || (position > due && early.size() < most_early)) {
      early.emplace(position, update);
    }
    ++position;
  }
  std::vector<std::size_t> reserved(links_.size(), 0);
  while (!early.empty() && early.begin()->first <= taken.position + 1) {
    const auto next = early.begin();
    if (next->first > taken.position) {
      if (!reserve_room(next->second, source, reserved)) break;
      taken.position = next->first;
      all.push_back(std::move(next->second));
    }
    early.erase(next);
  }
  durable_.taken.put(source, taken);
  return all;
}

// ---- after a loss -------------------------------------------------------------------------------

Task<> MultiLeader::ask_for_all(NodeNumber source) {
  SendAll wish;
  wish.boot = line_;
  for (;;) {
    const auto answer = co_await call(endpoint_of(source), wish, parameters_.resend_after);
    if (answer) co_return;
  }
}

Task<WillSend> MultiLeader::on(EndpointId from, SendAll wish) {
  Link* link = link_to(context_.number_of(from));
  if (link == nullptr || wish.boot <= link->refilled) co_return WillSend{};
  link->refilled = wish.boot;
  Bytes size = 0;
  for (const Key key : durable_.table.keys()) {
    Update update;
    update.key = key;
    update.record = *durable_.table.find(key);
    update.origin = context_.number();
    update.again = true;
    update.refill = true;
    size += update.bytes();
    link->add(std::move(update));
  }
  const Position last = link->outbox.log().last();
  co_await persist(size);
  Places places(links_.size(), 0);
  places[static_cast<std::size_t>(link - links_.data())] = last;
  on_disk(places);
  co_return WillSend{};
}

}  // namespace faultline::multi_leader
