#include <algorithm>
#include <utility>

#include <faultline/view_service/view_service.hpp>

namespace faultline::view_service {

ViewService::ViewService(const Rules& rules, std::vector<NodeNumber> replicas, Time now)
    : rules_(rules) {
  memory_.view.number = 1;
  for (const NodeNumber node : replicas) {
    replicas_.push_back({.node = node, .heard = now});
    if (memory_.view.members().size() < rules_.most_members) memory_.view.add({node, 1});
  }
  memory_.acknowledged = memory_.view;
}

void ViewService::resume(const Memory& memory) { memory_ = memory; }

void ViewService::recall() { missing_ = replicas_.size(); }

/// One replica less to wait for.
void ViewService::take_recall(const Report& report) {
  if (report.known.number > memory_.view.number) memory_.view = report.known;
  if (--missing_ > 0) return;
  // Whether the view was acknowledged is forgotten: who joined last is trusted only if it was.
  const View& view = memory_.view;
  const bool in_order = find(judge().node)->acknowledges == view.number;
  const ViewNumber newest =
      std::max_element(view.members().begin(), view.members().end(),
                       [](const Member& a, const Member& b) { return a.since < b.since; })
          ->since;
  memory_.acknowledged = View();
  for (const Member& member : view.members()) {
    Replica& replica = *find(member.node);
    replica.lost_data = replica.holds != member.since;
    const bool may_be_new = member.since == newest && newest > 1 && member != view.first();
    if (!replica.lost_data && (in_order || !may_be_new)) memory_.acknowledged.add(member);
  }
}

/// Whose word acknowledges the view.
const Member& ViewService::judge() const {
  return rules_.acknowledged_by == End::first ? memory_.view.first() : memory_.view.last();
}

void ViewService::heard(NodeNumber node, const Report& report, Time now) {
  Replica* replica = find(node);
  if (replica == nullptr) return;
  replica->heard = now;
  replica->holds = report.holds;
  replica->acknowledges = report.acknowledges;
  const bool first_report = !std::exchange(replica->reported, true);
  if (!knows() && first_report) take_recall(report);
  if (!knows()) return;
  const auto place = memory_.view.place_of(node);
  if (!place) {
    replica->lost_data = false;
    return;
  }
  const Member& member = memory_.view.members()[*place];
  if (trusted(member) && report.holds != member.since) {
    replica->lost_data = true;
    distrust(member);
  }
  if (node == judge().node && report.acknowledges == memory_.view.number) {
    memory_.acknowledged = memory_.view;
  }
}

bool ViewService::form_next(Time now) {
  if (!knows()) return false;
  View next(memory_.view.number + 1);
  for (const Member& member : memory_.view.members()) {
    if (alive(member.node, now)) next.add(member);
  }
  const bool somebody_left = next.members().size() < memory_.view.members().size();
  if (somebody_left && (next.empty() || !(trusted(next.first()) || rules_.impatient))) return false;
  if (!somebody_left) {
    const auto joins = spare(now);
    if (!joins || !(acknowledged() || rules_.impatient)) return false;
    next.add({*joins, next.number});
  }
  memory_.view = next;
  return true;
}

ViewService::Replica* ViewService::find(NodeNumber node) {
  const auto place = std::find_if(replicas_.begin(), replicas_.end(),
                                  [node](const Replica& replica) { return replica.node == node; });
  return place == replicas_.end() ? nullptr : &*place;
}

/// Who has lost its data is as good as dead.
bool ViewService::alive(NodeNumber node, Time now) {
  const Replica& replica = *find(node);
  return !replica.lost_data && now < replica.heard + rules_.dead_after;
}

bool ViewService::trusted(const Member& member) const { return memory_.acknowledged.has(member); }

void ViewService::distrust(const Member& member) {
  View rest(memory_.acknowledged.number);
  for (const Member& other : memory_.acknowledged.members()) {
    if (other != member) rest.add(other);
  }
  memory_.acknowledged = rest;
}

/// A replica that reports and does not belong, if there is room for it.
std::optional<NodeNumber> ViewService::spare(Time now) const {
  if (memory_.view.members().size() >= rules_.most_members) return std::nullopt;
  for (const Replica& replica : replicas_) {
    const bool waits = replica.reported && now < replica.heard + rules_.dead_after;
    if (waits && !memory_.view.place_of(replica.node)) return replica.node;
  }
  return std::nullopt;
}

}  // namespace faultline::view_service
