// SWIM: who is alive.
#include <algorithm>

#include <faultline/gossip/gossip.hpp>

namespace faultline::gossip {

// ---- probes: section 3.1 ------------------------------------------------------------------------

Task<> Gossip::probe_every_period() {
  co_await sleep(next_wait(parameters_.period, true));
  for (;;) {
    const Time end = now() + parameters_.period;
    if (const auto member = next_to_probe()) co_await probe(*member);
    co_await sleep_until(end);
  }
}

/// A ping; if that is not answered in time, pings by others; the rest of the period to wait.
Task<> Gossip::probe(Number member) {
  const std::uint64_t number = ++probes_;
  const Standing before = members_.standing(member);
  const Time end = now() + parameters_.period;
  tell(node(member), Ping{number, self_number(), news_for(member)});
  co_await sleep(parameters_.ping_timeout);
  if (answered_ == number) co_return;
  for (const Number helper : draw_helpers(member)) {
    tell(node(helper), PingRequest{number, member, news_for(helper)});
  }
  co_await sleep_until(end);
  if (answered_ == number || members_.standing(member) != before) co_return;
  if (before.status() != Status::alive) co_return;  // is suspected already
  emit(EventKind::member_suspected, member);
  hear({member, Standing(before.incarnation(), Status::suspect)});
}

Task<> Gossip::sleep_until(Time instant) {
  co_await sleep(std::max(instant - now(), Duration::zero()));
}

/// As many different ones as parameters and the living allow.
std::vector<Number> Gossip::draw_helpers(Number member) {
  const std::size_t others = members_.living() - (members_.is_dead(member) ? 1 : 2);
  const auto wanted = std::min(static_cast<std::size_t>(parameters_.helpers), others);
  std::vector<Number> helpers;
  while (helpers.size() < wanted) {
    const Number helper = *members_.any(random(), false, member);
    if (std::find(helpers.begin(), helpers.end(), helper) == helpers.end()) {
      helpers.push_back(helper);
    }
  }
  return helpers;
}

std::optional<Number> Gossip::next_to_probe() {
  return parameters_.probe_order == Order::round_robin
             ? order_.next(members_, random())
             : members_.any(random(), false, std::nullopt);
}

void Gossip::on(EndpointId from, const Ping& ping) {
  hear_all(ping.news);
  tell(from, Ack{ping.probe, ping.prober, news_for(context_.number_of(from))});
}

void Gossip::on(EndpointId from, const PingRequest& request) {
  hear_all(request.news);
  const Number prober = context_.number_of(from);
  tell(node(request.member), Ping{request.probe, prober, news_for(request.member)});
}

void Gossip::on(EndpointId, const Ack& ack) {
  hear_all(ack.news);
  if (ack.prober == self_number()) {
    answered_ = std::max(answered_, ack.probe);
  } else {
    tell(node(ack.prober), Ack{ack.probe, ack.prober, news_for(ack.prober)});
  }
}

// ---- news: sections 4.1 and 4.2 -----------------------------------------------------------------

/// What to tell on a message to `receiver`. Who is held for worse than alive hears that first.
NewsBatch Gossip::news_for(Number receiver) {
  NewsBatch batch;
  const Standing held = members_.standing(receiver);
  if (held.status() != Status::alive) batch.add({receiver, held});
  news_.take(batch, static_cast<std::size_t>(parameters_.most_news), members_);
  return batch;
}

void Gossip::hear_all(const NewsBatch& batch) {
  for (const News& news : batch.all()) hear(news);
}

void Gossip::hear(News news) {
  const Standing known = members_.standing(news.member);
  if (news.member == self_number()) return hear_of_myself(news.standing);
  if (!news.standing.overrides(known)) return;
  const bool was_dead = known.status() == Status::dead;
  if (was_dead && flawed(Flaw::never_forgives)) return;  // the flaw: the dead stay dead
  const bool suspicion = news.standing.status() == Status::suspect;
  const bool at_once = parameters_.suspicion == Duration::zero() ||
                       flawed(Flaw::condemns_at_once);  // the flaw: whatever `suspicion` says
  if (suspicion && at_once) {
    news.standing = Standing(news.standing.incarnation(), Status::dead);
  }
  members_.set(news);
  news_.add(news);
  switch (news.standing.status()) {
    case Status::alive:
      break;
    case Status::suspect:
      spawn(wait_for_refutation(news));
      break;
    case Status::dead:
      if (!was_dead) emit(EventKind::member_dead, news.member);
      break;
  }
  if (was_dead && !members_.is_dead(news.member)) emit(EventKind::member_returned, news.member);
}

/// Others hold this node for worse than it is, or remember an incarnation that it has forgotten; or
/// they have missed that it contradicted.
void Gossip::hear_of_myself(Standing said) {
  const Standing own = members_.standing(self_number());
  if (!said.overrides(own)) {
    if (said.status() != Status::alive) news_.repeat({self_number(), own});
    return;
  }
  Incarnation higher = said.incarnation() + 1;
  if (flawed(Flaw::keeps_incarnation)) --higher;  // the flaw: no higher than what was said
  const News news{self_number(), Standing(higher, Status::alive)};
  members_.set(news);
  news_.add(news);
  emit(EventKind::suspicion_refuted, self_number());
}

Task<> Gossip::wait_for_refutation(News suspicion) {
  co_await sleep(*parameters_.suspicion);
  if (members_.standing(suspicion.member) != suspicion.standing) co_return;
  hear({suspicion.member, Standing(suspicion.standing.incarnation(), Status::dead)});
}

// ---- joining ------------------------------------------------------------------------------------

/// After a restart: takes over the list of the first who answers.
Task<> Gossip::join() {
  for (;;) {
    const auto member = members_.any(random(), false, std::nullopt);
    if (!member) co_return;
    const Join join(members_.standings());
    const auto list = co_await call(node(*member), join, parameters_.timeout);
    if (!list) continue;
    for (Number other = 0; other < members_.size(); ++other) {
      const News news{other, (*list->standings)[other]};
      const bool is_dead = news.standing.status() == Status::dead && other != self_number();
      is_dead ? members_.set(news) : hear(news);
    }
    co_return;
  }
}

/// The dead are perhaps cut off, and hold us for dead. All nodes together try about once for each
/// of them in an interval.
Task<> Gossip::ask_the_dead_now_and_then() {
  for (;;) {
    co_await sleep(next_wait(parameters_.rejoin, false));
    const double share =
        static_cast<double>(members_.dead()) / static_cast<double>(members_.living());
    if (!random().chance(share)) continue;
    const auto member = members_.any(random(), true, std::nullopt);
    if (!member) continue;
    const Join join(members_.standings());
    const auto list = co_await call(node(*member), join, parameters_.timeout);
    if (list) hear_list(*list);
  }
}

MemberList Gossip::on(EndpointId, const Join& join) {
  MemberList list(members_.standings());
  hear_list(join.members);
  return list;
}

/// Whom others hold for dead is perhaps only on our side of a cut: suspected, it can contradict.
void Gossip::hear_list(const MemberList& list) {
  for (Number member = 0; member < members_.size(); ++member) {
    Standing standing = (*list.standings)[member];
    if (standing.status() == Status::dead) {
      standing = Standing(standing.incarnation(), Status::suspect);
    }
    hear({member, standing});
  }
}

}  // namespace faultline::gossip
