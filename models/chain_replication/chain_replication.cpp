// Reads: at the tail, at any node, and what lets a node be sure of its answer.
#include <vector>

#include <faultline/chain_replication/chain_replication.hpp>

namespace faultline::chain_replication {

using view_service::Member;
using view_service::Query;

namespace {

view_service::Style style_of(const Parameters& parameters) {
  view_service::Style style;
  style.most_members = static_cast<std::size_t>(*parameters.length);
  style.acknowledges = view_service::End::last;
  style.answers = view_service::End::last;
  style.answers_at_once = parameters.flaw == Flaw::head_acknowledges;
  style.forgets_pending = parameters.flaw == Flaw::forgets_pending;
  style.trusts_lease_forever = parameters.flaw == Flaw::tail_without_lease;
  style.joins_empty = parameters.flaw == Flaw::joins_empty;
  return style;
}

}  // namespace

ChainReplication::ChainReplication(Context& context, const Parameters& parameters, Durable& durable)
    : Replica(context, parameters, style_of(parameters), durable), parameters_(parameters) {}

/// At the node that the client asked.
Task<Response> ChainReplication::read(Request request) {
  if (view().empty()) co_return refuse(request, Error::unavailable);
  if (parameters_.reads != Reads::tail) {
    if (holds_data()) co_return co_await read_here(request);
    co_return co_await pass_on(nearest_member(), request);
  }
  if (tail()) co_return co_await read_as_tail(request);
  // Who has just joined behind the tail does not know the data yet: the tail does.
  const EndpointId last = endpoint_of(view().last());
  const auto covering = is_last() ? predecessor() : std::nullopt;
  if (last == self() && !covering) co_return refuse(request, Error::unavailable);
  co_return co_await pass_on(covering.value_or(last), request);
}

Task<Response> ChainReplication::pass_on(EndpointId node, Request request) {
  const auto answer = co_await call(node, Query(request), terms().timeout);
  co_return answer ? *answer : undecided(Error::timeout);
}

Task<Response> ChainReplication::on(EndpointId from, Query query) {
  if (parameters_.reads != Reads::tail) co_return co_await read_here(query.request);
  if (joins_behind(from)) co_return co_await pass_on(*predecessor(), query.request);
  co_return co_await read_as_tail(query.request);
}

// ---- at the tail --------------------------------------------------------------------------------

Task<Response> ChainReplication::read_as_tail(Request request) {
  co_await compute(terms().work);
  const bool sure = co_await sure_to_be_tail();
  co_return sure ? look_up(request, store().clean(request.key))
                 : refuse(request, Error::unavailable);
}

/// A tail that was taken out does not know it: it needs its lease, or the view service's word.
Task<bool> ChainReplication::sure_to_be_tail() {
  if (!tail()) co_return false;
  if (lease_holds()) co_return true;
  const bool confirmed = co_await confirm_view();
  co_return confirmed&& tail();
}

// ---- at any node (CRAQ) -------------------------------------------------------------------------

Task<Response> ChainReplication::read_here(Request request) {
  if (tail() && parameters_.reads == Reads::any) co_return co_await read_as_tail(request);
  co_await compute(terms().work);
  if (!holds_data()) co_return refuse(request, Error::unavailable);
  const Key key = request.key;
  const bool asks_nobody =
      parameters_.reads == Reads::any_eventual ||
      parameters_.flaw == Flaw::reads_dirty;  // the flaw: shows what is not committed
  if (asks_nobody) co_return look_up(request, store().newest(key));

  // Had anything newer than a clean version been committed, it would have passed here first.
  const bool clean = in_place() && !store().dirty(key);
  if (clean && lease_holds()) co_return look_up(request, store().clean(key));

  const ViewNumber asked_in = view().number;
  const EndpointId tail = endpoint_of(view().last());
  if (tail == self()) co_return refuse(request, Error::unavailable);
  const auto answer = co_await call(tail, VersionQuery{asked_in, key}, terms().timeout);
  if (!answer) co_return undecided(Error::timeout);
  if (!answer->known || asked_in != view().number) co_return refuse(request, Error::unavailable);
  const auto version = store().version(key, answer->index);
  if (!version) co_return refuse(request, Error::unavailable);
  co_return look_up(request, *version);
}

Task<Versioned> ChainReplication::on(EndpointId from, VersionQuery query) {
  if (joins_behind(from)) {
    const auto answer = co_await call(*predecessor(), query, terms().timeout);
    co_return answer.value_or(Versioned{});
  }
  const bool sure = co_await sure_to_be_tail();
  co_return Versioned{sure && query.view == view().number, store().clean(query.key).index};
}

/// Among equally near ones any.
EndpointId ChainReplication::nearest_member() {
  std::vector<EndpointId> nearest;
  for (const Member& member : view().members()) {
    const EndpointId node = endpoint_of(member);
    const Duration distance = context_.distance(node);
    if (!nearest.empty() && distance > context_.distance(nearest.front())) continue;
    if (!nearest.empty() && distance < context_.distance(nearest.front())) nearest.clear();
    nearest.push_back(node);
  }
  return nearest[random().below(nearest.size())];
}

}  // namespace faultline::chain_replication
