// How updates travel along the line of a view's members, and clients' writes into it and out of it.
// The second half of replica.hpp, which includes it.
#pragma once

#include <faultline/view_service/replica.hpp>

namespace faultline::view_service {

namespace detail {
/// Updates that overtook their predecessors wait for them, up to this many; the rest is sent again.
constexpr std::size_t most_early = 4096;
/// A first member whose updates do not get through refuses writes beyond this many that wait.
constexpr Index most_pending = 100'000;
/// Updates that all members have, but one who has just got the data, are kept up to this many.
constexpr Index most_kept = 100'000;
/// What a bulk message may take beyond the ordinary timeout.
inline Duration time_to_send(Bytes size) { return from_seconds(static_cast<double>(size) / 10e6); }
}  // namespace detail

// ---- writes -------------------------------------------------------------------------------------

/// At the node that the client asked: hands the write to the first member and waits for whoever
/// says that it is done.
template <class Self>
Task<Response> Replica<Self>::write(Request request) {
  if (view_.empty()) co_return refuse(request, Error::unavailable);
  const Submit submit(request, this->random().next());
  entrusted_.take(request.value);
  auto answer = answers_.expect(submit.number);
  const EndpointId first = endpoint_of(view_.first());
  if (first == this->self()) {
    this->spawn(on(first, submit));
  } else {
    this->tell(first, submit);
  }
  if (!co_await answer.within(this->context_.endpoint(), terms_.timeout)) {
    entrusted_.leave_open(request.value);
    co_return undecided(Error::timeout);
  }
  const Answered& answered = answer.value();
  if (answered.outcome == Outcome::ok) co_return succeeded();
  if (!entrusted_.refused(request.value)) co_return undecided(Error::indeterminate);
  co_return refused(answered.error);
}

/// At the first member.
template <class Self>
Task<> Replica<Self>::on(EndpointId from, Submit submit) {
  if (!submitted_.first(submit.number)) co_return;
  co_await this->compute(terms_.work);
  const bool takes_writes = is_first() && holds_data();
  if (!takes_writes || store().last() - store().committed() >= detail::most_pending) {
    const Error error = takes_writes ? Error::overloaded : Error::not_leader;
    answer(from, Answered{submit.number, Outcome::failed, error});
    co_return;
  }
  const Request& request = submit.request;
  Update update;
  update.key = request.key;
  update.value = request.value;
  update.size = request.size;
  update.session = request.session;
  update.repeats = store().wrote(request.session, request.value);
  update.origin = from;
  update.number = submit.number;
  disk().store.append(update);
  if (style_.answers_at_once) answer(update);
  persist();
}

template <class Self>
void Replica<Self>::answer(const Update& update) {
  answer(update.origin, Answered{update.number, Outcome::ok, Error::none});
}
template <class Self>
void Replica<Self>::answer(EndpointId origin, const Answered& answered) {
  if (origin == this->self()) {
    answers_.arrived(answered.number, answered);
  } else {
    this->tell(origin, answered);
  }
}
template <class Self>
void Replica<Self>::on(EndpointId, const Answered& answered) {
  answers_.arrived(answered.number, answered);
}

// ---- down the line ------------------------------------------------------------------------------

template <class Self>
Task<> Replica<Self>::link_again_and_again() {
  for (;;) {
    link();
    co_await this->sleep(terms_.heartbeat);
  }
}

template <class Self>
void Replica<Self>::link() {
  if (successor() && holds_data())
    this->tell(*successor(), Link{view_.number, !covers_, began_with_});
}

template <class Self>
void Replica<Self>::on(EndpointId from, const Link& link) {
  if (!from_predecessor(from, link.view)) return;
  if (holds_data() && link.hands_over && safe_ >= link.began_with) in_place_ = true;
  Linked answer;
  answer.view = view_.number;
  answer.last = store().last();
  answer.committed = store().committed();
  answer.in_place = in_place_;
  answer.needs_state = !holds_data();
  this->tell(from, answer);
}

/// The successor's answer says where to go on.
template <class Self>
void Replica<Self>::on(EndpointId from, const Linked& linked) {
  if (!from_successor(from, linked.view)) return;
  if (linked.needs_state || linked.last < store().forgotten()) {
    if (transferring_in_ != view_.number) this->spawn(transfer_state());
    return;
  }
  if (covers_) hand_over();
  if (kept_after_) kept_after_ = std::max(*kept_after_, linked.last);
  if (kept_after_ >= store().committed()) kept_after_.reset();
  successor_in_place_ = successor_in_place_ || linked.in_place;
  commit_until(linked.committed);
  // What was missing at the last link already, and is still, was lost.
  if (!linked_ || behind_at_ == linked.last) sent_ = linked.last;
  if (!linked_ && style_.forgets_pending) sent_ = safe_;
  linked_ = true;
  behind_at_ = linked.last < sent_ ? std::optional(linked.last) : std::nullopt;
  push();
}

/// Sends what is safe here and the successor has not got.
template <class Self>
void Replica<Self>::push() {
  if (!linked_ || !successor()) return;
  sent_ = std::max(sent_, store().forgotten());
  while (sent_ < safe_) {
    const Index first = sent_ + 1;
    sent_ = std::min(safe_, sent_ + static_cast<Index>(terms_.catch_up_batch));
    if (sent_ == first) {
      this->tell(*successor(), Forward(view_.number, first, store().at(first)));
      continue;
    }
    auto batch = std::make_shared<Forward::Batch>();
    for (Index index = first; index <= sent_; ++index) batch->push_back(store().at(index));
    this->tell(*successor(), Forward(view_.number, first, std::move(batch)));
  }
}

template <class Self>
Task<> Replica<Self>::on(EndpointId from, Forward forward) {
  co_await this->compute(terms_.update_work * static_cast<std::int64_t>(forward.count()));
  if (!from_predecessor(from, forward.view) || !holds_data()) co_return;
  for (std::size_t place = 0; place < forward.count(); ++place) {
    take(forward.index + place, forward.update(place));
  }
  while (!early_.empty() && early_.begin()->first <= store().last() + 1) {
    const auto next = early_.extract(early_.begin());
    take(next.key(), next.mapped());
  }
  persist();
}

template <class Self>
void Replica<Self>::take(Index index, const Update& update) {
  Store& store = disk().store;
  if (style_.forgets_pending && index > store.last() + 1) store.skip_until(index - 1);
  if (index == store.last() + 1) {
    store.append(update);
  } else if (index > store.last() && early_.size() < detail::most_early) {
    early_.emplace(index, update);
  }
}

// ---- a new successor gets the data --------------------------------------------------------------

template <class Self>
Task<> Replica<Self>::transfer_state() {
  const ViewNumber view = transferring_in_ = view_.number;
  kept_after_ = store().committed();
  auto image = std::make_shared<const Image>(store().image());
  const Duration patience = terms_.timeout + detail::time_to_send(image->size);
  const StateTransfer transfer(view, std::move(image));
  co_await this->call(*successor(), transfer, patience);
  if (transferring_in_ == view) transferring_in_ = 0;
  link();
}

/// The successor has the data: from now on it is the last member, and this one is not any more.
template <class Self>
void Replica<Self>::hand_over() {
  covers_ = false;
  in_place_ = true;
  began_with_ = store().committed();
  link();
}

template <class Self>
Task<Installed> Replica<Self>::on(EndpointId from, StateTransfer transfer) {
  Image image = *transfer.image;
  if (style_.joins_empty) image.table.clear();
  if (!from_predecessor(from, transfer.view)) co_return Installed{};
  if (holds_data() && image.committed <= store().last()) co_return Installed{true};
  for (const Key key : disk().store.replace(image)) this->holds(key, nil);
  for (const auto& [key, version] : image.table) this->holds(key, version.value);
  early_.clear();
  safe_ = store().last();
  const std::uint64_t replacement = ++replacements_;
  co_await persist_bytes(image.size);
  if (transfer.view != view_.number || replacement != replacements_) co_return Installed{};
  disk().holds.set(self_in_view()->since);
  co_await persist_bytes(sizeof(ViewNumber));
  this->emit(EventKind::caught_up, image.table.size());
  co_return Installed{true};
}

// ---- up the line --------------------------------------------------------------------------------

/// What this node has is as durable as it has to be, up to here: the next may have it, and if there
/// is none, all have it.
template <class Self>
void Replica<Self>::safe_until(Index index) {
  safe_ = index;
  if (!holds_data()) return;
  push();
  if (acts_as_last()) commit_until(safe_);
}

template <class Self>
void Replica<Self>::commit_until(Index index) {
  index = std::min(index, safe_);
  if (index <= store().committed()) return;
  while (store().committed() < index) {
    const Update update = disk().store.commit_next();
    if (!update.repeats) this->holds(update.key, update.value);
    const bool answers = style_.answers == End::first ? is_first() : acts_as_last();
    if (answers && !style_.answers_at_once) answer(update);
  }
  forget_what_all_have();
  if (predecessor()) this->tell(*predecessor(), Committed{view_.number, index});
}

/// Updates that are in the table stay for a while if a successor with an older copy will need them.
template <class Self>
void Replica<Self>::forget_what_all_have() {
  const Index committed = store().committed();
  const Index oldest = committed - std::min(committed, detail::most_kept);
  disk().store.forget(std::max(oldest, std::min(committed, kept_after_.value_or(committed))));
}

template <class Self>
void Replica<Self>::on(EndpointId from, const Committed& committed) {
  if (from_successor(from, committed.view)) commit_until(committed.index);
}

// ---- the disk -----------------------------------------------------------------------------------

template <class Self>
void Replica<Self>::persist() {
  if (terms_.durability == Durability::memory) {
    safe_until(store().last());
  } else if (!writing_back_ && safe_ < store().last()) {
    this->spawn(write_back());
  }
}

/// Group commit: one write and one fsync for all updates that came during the one before.
template <class Self>
Task<> Replica<Self>::write_back() {
  writing_back_ = true;
  while (safe_ < store().last()) {
    const Index target = store().last();
    const std::uint64_t replacements = replacements_;
    Bytes size = 0;
    for (Index index = std::max(safe_, store().forgotten()) + 1; index <= target; ++index) {
      size += store().at(index).bytes();
    }
    co_await persist_bytes(size);
    if (replacements == replacements_) safe_until(target);
  }
  writing_back_ = false;
}

template <class Self>
Task<> Replica<Self>::persist_bytes(Bytes size) {
  return this->write_through(durable_, terms_.durability, size);
}

}  // namespace faultline::view_service
