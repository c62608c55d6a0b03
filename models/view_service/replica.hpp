// A replica in a view: what chain replication, and primary and backup, have in common.
//
// The members of a view form a line. The first one takes writes and gives them their order; each
// passes every update on to the next, in that order, when it has it safely itself. So each member
// has at least what the members behind it have (the Update Propagation Invariant of van Renesse and
// Schneider, OSDI 2004, section 2.2), and what the last one has, all have: that is *committed*, and
// the news of it travels back up the line.
//
// How a line heals. Each member links to its successor again and again: who am I, what did I have
// when this view began. The successor answers with the last update it has, and gets what follows:
// so lost messages are made good, and so a predecessor's death is, in whose place the one before it
// sends what the dead had not passed on. A successor that has just joined gets all the data first.
// One that has what its predecessor began the view with *is in place*: whatever was answered in
// earlier views, it has.
//
// One node of the service is the view service (view_service.hpp). All others report to it.
//
// Chain replication and primary and backup derive from this and add their reads.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <faultline/model/entrusted.hpp>
#include <faultline/model/majority.hpp>
#include <faultline/model/node.hpp>
#include <faultline/view_service/expected.hpp>
#include <faultline/view_service/messages.hpp>
#include <faultline/view_service/terms.hpp>

namespace faultline::view_service {

template <class Self>
class Replica : public ModelNode<Self> {
 public:
  using ModelNode<Self>::on;

  Replica(Context& context, const Terms& terms, const Style& style, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override {
    return request.reads() ? read(request) : write(request);
  }
  Gauges gauges() const override;

  Task<Pong> on(EndpointId from, Ping ping);
  void on(EndpointId from, const Link& link);
  void on(EndpointId from, const Linked& linked);
  Task<> on(EndpointId from, Forward forward);
  void on(EndpointId from, const Committed& committed);
  Task<Installed> on(EndpointId from, StateTransfer transfer);
  Task<> on(EndpointId from, Submit submit);
  void on(EndpointId from, const Answered& answered);

  // For tests and tools.
  /// Has taken its place: whatever was answered in earlier views, it has.
  bool in_place() const { return in_place_ || covers_; }
  /// The view in which this node acts; that of the view service, if it is that.
  const View& view() const { return view_; }
  const Store& store() const { return disk().store; }
  bool is_view_service() const { return service_.has_value(); }
  /// As the view service: whether the view is acknowledged.
  bool acknowledged() const { return service_ && service_->acknowledged(); }
  /// Has the data of a member; see Member::since.
  bool holds_data() const { return self_in_view() && disk().holds.get() == self_in_view()->since; }

 protected:
  virtual Task<Response> read(Request request) = 0;

  // Who this node is in its view.
  bool is_first() const { return place_ == std::size_t{0}; }
  bool is_last() const { return place_ && *place_ + 1 == view_.members().size(); }
  EndpointId endpoint_of(const Member& member) const { return this->nodes()[member.node]; }
  std::optional<EndpointId> predecessor() const;
  std::optional<EndpointId> successor() const {
    const auto member = successor_member();
    return member ? std::optional(endpoint_of(*member)) : std::nullopt;
  }
  std::optional<Member> successor_member() const;

  /// Whether the view service has promised that nobody takes this member's place yet.
  bool lease_holds() const;
  /// Asks the view service; whether this node's view is the present one.
  Task<bool> confirm_view();
  /// Whether no other member has to have an update for it to be committed: because there is none
  /// behind, or only one who has just joined and has not got the data yet.
  bool acts_as_last() const { return is_last() || covers_; }

  Response look_up(const Request& request, const Version& version) const;
  /// A definite no, unless an earlier copy of the same write was passed on from here.
  Response refuse(const Request& request, Error error) const;

  const Terms& terms() const { return terms_; }

 private:
  // Views (replica.hpp) and the view service.
  const Member* self_in_view() const { return place_ ? &view_.members()[*place_] : nullptr; }
  EndpointId service_node() const {
    return this->nodes()[static_cast<std::size_t>(terms_.view_service)];
  }
  void start_service(bool first_boot);
  Task<> look_for_silence();
  Task<> publish();
  Task<> report_again_and_again();
  Task<> report_once() { co_await confirm_view(); }
  Report report();
  bool takes_part() const;
  Task<> adopt(View view);
  void begin_view(const View& view);
  void drop_data();
  bool has_to_cover(const std::optional<Member>& covered) const;

  // The line (line.hpp).
  bool from_predecessor(EndpointId from, ViewNumber view) const {
    return view == view_.number && predecessor() == from;
  }
  bool from_successor(EndpointId from, ViewNumber view) const {
    return view == view_.number && successor() == from;
  }
  Task<> link_again_and_again();
  void link();
  void push();
  Task<> transfer_state();
  void hand_over();
  void forget_what_all_have();
  void take(Index index, const Update& update);
  void commit_until(Index index);
  void safe_until(Index index);
  void persist();
  Task<> write_back();
  Task<> persist_bytes(Bytes size);

  // Writes (line.hpp).
  Task<Response> write(Request request);
  void answer(const Update& update);
  void answer(EndpointId origin, const Answered& answered);

  Durable::Disk& disk() { return *durable_.disk; }
  const Durable::Disk& disk() const { return *durable_.disk; }

  const Terms& terms_;
  const Style style_;
  Durable& durable_;

  // As a member. A covering member's successor has only just joined: it is trusted with nothing.
  View view_;
  std::optional<std::size_t> place_;  ///< in view_
  bool in_place_ = false;             ///< has all that was answered in earlier views
  bool covers_ = false;               ///< acts as the last member, until its successor has the data
  Time confirmed_ = Time::min();      ///< when the latest report was sent that was answered
  ViewNumber known_before_boot_ = 0;
  Index began_with_ = 0;            ///< all that was answered in earlier views is up to here
  Index safe_ = 0;                  ///< as durable as the terms ask up to here
  std::uint64_t replacements_ = 0;  ///< of all the data
  bool writing_back_ = false;
  std::map<Index, Update> early_;  ///< updates that overtook their predecessors

  // What is known of the successor in this view.
  bool linked_ = false;
  bool successor_in_place_ = false;
  Index sent_ = 0;
  std::optional<Index> behind_at_;   ///< it lacked what follows when it answered the last link
  ViewNumber transferring_in_ = 0;   ///< a state transfer is under way in this view
  std::optional<Index> kept_after_;  ///< later updates must not be forgotten: it will ask for them

  // As the node that a client asked.
  Expected<Answered> answers_;
  Entrusted entrusted_;
  Seen submitted_;

  // As the view service.
  std::optional<ViewService> service_;
  bool publishing_ = false;
};

// ---- life ---------------------------------------------------------------------------------------

template <class Self>
Replica<Self>::Replica(Context& context, const Terms& terms, const Style& style, Durable& durable)
    : ModelNode<Self>(context), terms_(terms), style_(style), durable_(durable) {
  // Nothing to take back after a power loss where nothing outlives even a crash.
  if (terms_.durability == Durability::memory) durable_.set_journaled(false);
}

template <class Self>
void Replica<Self>::start() {
  // An operator brings a new service up on empty disks at the start of the run; from then on an
  // empty disk is a lost one.
  const bool first_boot = this->context_.endpoint().queue().now() == Time{};
  if (terms_.durability == Durability::memory && !first_boot) {
    for (const Key key : store().keys()) this->holds(key, nil);
    durable_.disk = std::make_unique<Durable::Disk>(durable_);
  }
  disk().store.index_pending();
  for (const Key key : store().keys()) this->holds(key, store().clean(key).value);
  safe_ = store().last();
  known_before_boot_ = disk().known.get().number;
  if (durable_.journaled() && terms_.durability == Durability::write) {
    this->spawn(this->flush_now_and_then(durable_));
  }
  if (service_node() == this->self()) {
    start_service(first_boot);
    return;
  }
  // Empty data is all the data of the first view.
  if (first_boot) disk().holds.set(1);
  this->spawn(report_again_and_again());
  this->spawn(link_again_and_again());
}

template <class Self>
Gauges Replica<Self>::gauges() const {
  Gauges gauges;
  gauges.leads = is_first() && holds_data();
  return gauges;
}

// ---- the view service ---------------------------------------------------------------------------

template <class Self>
void Replica<Self>::start_service(bool first_boot) {
  ViewService::Rules rules;
  rules.most_members = style_.most_members;
  rules.dead_after = terms_.dead_after;
  rules.acknowledged_by = style_.acknowledges;
  rules.impatient = style_.impatient;
  std::vector<NodeNumber> replicas;
  for (const EndpointId node : this->context_.peers()) {
    replicas.push_back(this->context_.number_of(node));
  }
  service_.emplace(rules, std::move(replicas), this->now());
  const ViewService::Memory& memory = disk().memory.get();
  if (memory.view.number > 0) {
    service_->resume(memory);
    view_ = memory.view;
  } else if (!first_boot) {
    service_->recall();
  }
  this->spawn(look_for_silence());
}

template <class Self>
Task<> Replica<Self>::look_for_silence() {
  for (;;) {
    service_->form_next(this->now());
    if (service_->knows() && !publishing_) co_await publish();
    co_await this->sleep(terms_.heartbeat);
  }
}

/// A view may be told of when it cannot be forgotten any more.
template <class Self>
Task<> Replica<Self>::publish() {
  publishing_ = true;
  while (view_.number < service_->view().number) {
    const ViewService::Memory memory = service_->memory();
    disk().memory.set(memory);
    co_await persist_bytes(memory.view.bytes());
    view_ = memory.view;
  }
  publishing_ = false;
}

template <class Self>
Task<Pong> Replica<Self>::on(EndpointId from, Ping ping) {
  if (!service_) co_return Pong{};
  service_->heard(this->context_.number_of(from), ping.report, this->now());
  if (service_->knows()) {
    service_->form_next(this->now());
    if (!publishing_) co_await publish();
  }
  // While the next view is being written down, nobody may rely on the old one.
  co_return Pong{view_, service_->knows() && view_.number == service_->view().number};
}

// ---- reports ------------------------------------------------------------------------------------

template <class Self>
Task<> Replica<Self>::report_again_and_again() {
  for (;;) {
    this->spawn(report_once());
    co_await this->sleep(terms_.heartbeat);
  }
}

template <class Self>
Report Replica<Self>::report() {
  return {disk().known.get(), takes_part() ? view_.number : 0, disk().holds.get()};
}

/// Whether this member has taken its place; the first one vouches for its successor.
template <class Self>
bool Replica<Self>::takes_part() const {
  const bool vouches = style_.acknowledges == End::first && is_first() && !is_last();
  return in_place() && (!vouches || successor_in_place_);
}

template <class Self>
Task<bool> Replica<Self>::confirm_view() {
  const Time asked = this->now();
  const auto pong = co_await this->call(service_node(), Ping{report()}, terms_.dead_after);
  if (!pong || !pong->knows) co_return false;
  if (pong->view.number > view_.number) co_await adopt(pong->view);
  if (pong->view.number != view_.number) co_return false;
  confirmed_ = std::max(confirmed_, asked);
  co_return true;
}

template <class Self>
bool Replica<Self>::lease_holds() const {
  if (!holds_data() || confirmed_ == Time::min()) return false;
  return style_.trusts_lease_forever ||
         this->now() < confirmed_ + usable_lease(*terms_.lease, terms_.clock_drift);
}

template <class Self>
Task<> Replica<Self>::adopt(View view) {
  if (view.number > disk().known.get().number) disk().known.set(view);
  co_await persist_bytes(view.bytes());
  if (view.number > view_.number) begin_view(view);
}

template <class Self>
void Replica<Self>::begin_view(const View& view) {
  const bool led = is_first();
  const bool was_in_place = in_place();
  const std::optional<Member> covered = covers_ ? successor_member() : std::nullopt;
  view_ = view;
  place_ = view.place_of(this->context_.number());
  if (!place_) drop_data();
  if (led && !is_first()) this->emit(EventKind::leader_stepped_down, view.number);
  if (!led && is_first()) this->emit(EventKind::leader_elected, view.number);
  if (style_.impatient && is_first()) disk().holds.set(self_in_view()->since);
  in_place_ = holds_data() && (was_in_place || is_first());
  began_with_ = store().last();
  covers_ = holds_data() && has_to_cover(covered);
  if (!covers_) kept_after_.reset();
  early_.clear();
  linked_ = successor_in_place_ = false;
  behind_at_.reset();
  if (!holds_data()) return;
  link();
  if (acts_as_last()) safe_until(safe_);
}

/// The last member goes on as such when somebody joins behind it, until that one has the data (van
/// Renesse and Schneider, section 3.3). In any other case it cannot know whether it has done its
/// duty already: it may have, before a restart.
template <class Self>
bool Replica<Self>::has_to_cover(const std::optional<Member>& covered) const {
  const auto behind = successor_member();
  if (!behind) return false;
  const bool just_joined =
      behind->since == view_.number && view_.number > std::max(known_before_boot_, ViewNumber{1});
  return just_joined || covered == behind;
}

/// Who was left out gets all the data anew if it joins again: what it has is out of date from now
/// on.
template <class Self>
void Replica<Self>::drop_data() {
  for (const Key key : disk().store.replace(Image{})) this->holds(key, nil);
  disk().holds.set(0);
  safe_ = 0;
  ++replacements_;
}

template <class Self>
std::optional<EndpointId> Replica<Self>::predecessor() const {
  if (!place_ || is_first()) return std::nullopt;
  return endpoint_of(view_.members()[*place_ - 1]);
}

template <class Self>
std::optional<Member> Replica<Self>::successor_member() const {
  if (!place_ || is_last()) return std::nullopt;
  return view_.members()[*place_ + 1];
}

// ---- for clients --------------------------------------------------------------------------------

template <class Self>
Response Replica<Self>::look_up(const Request& request, const Version& version) const {
  Response response = found(version.value, version.size);
  if (request.kind == OperationKind::scan) {
    for (Key key = request.key + 1; key < request.key + request.keys_to_scan(); ++key) {
      response.size += store().clean(key).size;
    }
  }
  return response;
}

template <class Self>
Response Replica<Self>::refuse(const Request& request, Error error) const {
  if (!request.reads() && entrusted_.has(request.value)) return undecided(Error::indeterminate);
  return refused(error);
}

}  // namespace faultline::view_service

#include <faultline/view_service/line.hpp>
