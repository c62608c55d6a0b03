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

/// For all who are to get it from here: of a write that was made here, all targets.
MultiLeader::Places MultiLeader::put_into_outboxes(const Update& update, NodeNumber source) {
  const NodeNumber self = context_.number();
  Places places(links_.size(), 0);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const NodeNumber target = links_[i].target;
    const bool passed_on =
        paths_.passes_on(self, source, update.origin, target) || (update.again && target != source);
    if (source != self && (!passed_on || flawed(Flaw::passes_nothing_on))) continue;
    Update copy = update;
    copy.again = false;
    links_[i].outbox->append(std::move(copy));
    places[i] = links_[i].outbox->last();
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
  link.window.about_to_send(now());
  while (const std::size_t count = send_from(link, link.window.next())) {
    link.window.sent(count);
    if (flawed(Flaw::sends_once)) {
      link.outbox->forget(link.window.next() - 1);
      link.window.acknowledged(link.window.next() - 1, now());
    }
  }
}

/// Sends one batch, and says how many updates it had.
std::size_t MultiLeader::send_from(Link& link, Position first) {
  const DurableLog<Update>& outbox = *link.outbox;
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
      if (!link.window.silent(now(), parameters_.resend_after)) continue;
      send_from(link, link.window.probe(now()));
    }
  }
}

void MultiLeader::on(EndpointId from, const Received& answer) {
  Link* link = link_to(context_.number_of(from));
  if (link == nullptr || answer.line != line_) return;
  link->outbox->forget(answer.position);
  if (link->window.acknowledged(answer.position, now())) stream(*link);
}

MultiLeader::Link* MultiLeader::link_to(NodeNumber target) {
  const auto place = std::find_if(links_.begin(), links_.end(),
                                  [target](const Link& link) { return link.target == target; });
  return place == links_.end() ? nullptr : &*place;
}

std::size_t MultiLeader::kept_for_others() const {
  std::size_t kept = 0;
  for (const Link& link : links_) kept += link.outbox->last() + 1 - link.outbox->first();
  return kept;
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
    const Places now_at = dropped ? tell_of_dropped(update.key) : put_into_outboxes(update, source);
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
MultiLeader::Places MultiLeader::tell_of_dropped(Key key) {
  Update update;
  update.key = key;
  update.record = *durable_.table.find(key);
  update.origin = context_.number();
  return put_into_outboxes(update, context_.number());
}

/// What follows in its place in the line, with what had come too early; what came before is here
/// already.
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
  while (!early.empty() && early.begin()->first <= taken.position + 1) {
    const auto next = early.extract(early.begin());
    if (next.key() <= taken.position) continue;
    taken.position = next.key();
    all.push_back(next.mapped());
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
    size += update.bytes();
    link->outbox->append(std::move(update));
  }
  const Position last = link->outbox->last();
  co_await persist(size);
  Places places(links_.size(), 0);
  places[static_cast<std::size_t>(link - links_.data())] = last;
  on_disk(places);
  co_return WillSend{};
}

}  // namespace faultline::multi_leader
