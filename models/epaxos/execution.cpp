#include <algorithm>
#include <tuple>
#include <utility>

#include <faultline/epaxos/execution.hpp>

namespace faultline::epaxos {

void Execution::learn(InstanceId id, const Action& action) {
  if (!action.touches() || known_.has(id)) return;
  known_.add(id);
  waiting_nodes_[id.packed()].action = action;
  for (Key key = action.command.key; key < action.end(); ++key) {
    std::vector<Number>& numbers = by_key_[key][id.replica];
    numbers.insert(std::upper_bound(numbers.begin(), numbers.end(), id.number), id.number);
  }
  retry_those_waiting_for(id.packed());
}

void Execution::commit(InstanceId id, const Action& action, const Attributes& attributes) {
  if (executed_.has(id)) return;
  learn(id, action);
  const auto place = waiting_nodes_.find(id.packed());
  if (action.touches()) {
    place->second.committed = true;
    place->second.attributes = attributes;
    candidates_.push_back(id.packed());
  } else if (place != waiting_nodes_.end()) {
    leave(id.packed());  // it was to be a command and has become a no-op
  } else {
    known_.add(id);
    executed_.add(id);
  }
  retry_those_waiting_for(id.packed());
}

std::size_t Execution::under_way(Replica replica, Key key) const {
  const auto place = by_key_.find(key);
  return place == by_key_.end() ? 0 : place->second[replica].size();
}

void Execution::take_over(const InstanceSet& executed) {
  known_.add(executed);
  executed_.add(executed);
  std::vector<std::uint64_t> done;
  for (const auto& [id, node] : waiting_nodes_) {
    if (executed.has(InstanceId::of(id))) done.push_back(id);
  }
  for (const std::uint64_t id : done) leave(id);
  std::vector<std::uint64_t> blockers;
  for (const auto& [blocker, waiting] : waiting_for_) {
    if (known_.has(InstanceId::of(blocker))) blockers.push_back(blocker);
  }
  std::sort(blockers.begin(), blockers.end());
  for (const std::uint64_t blocker : blockers) retry_those_waiting_for(blocker);
}

void Execution::retry_those_waiting_for(std::uint64_t blocker) {
  const auto waiting = waiting_for_.extract(blocker);
  if (waiting.empty()) return;
  candidates_.insert(candidates_.end(), waiting.mapped().begin(), waiting.mapped().end());
}

/// It is executed, or need not be: nobody has to wait for it any more.
void Execution::leave(std::uint64_t packed) {
  const auto place = waiting_nodes_.find(packed);
  const InstanceId id = InstanceId::of(packed);
  executed_.add(id);
  for (Key key = place->second.action.command.key; key < place->second.action.end(); ++key) {
    const auto rows = by_key_.find(key);
    std::vector<Number>& numbers = rows->second[id.replica];
    numbers.erase(std::lower_bound(numbers.begin(), numbers.end(), id.number));
    const auto empty = [](const std::vector<Number>& row) { return row.empty(); };
    if (std::all_of(rows->second.begin(), rows->second.end(), empty)) by_key_.erase(rows);
  }
  waiting_nodes_.erase(place);
}

std::vector<Execution::Executed> Execution::take_executable() {
  std::vector<Executed> out;
  while (!candidates_.empty()) {
    const std::uint64_t candidate = candidates_.front();
    candidates_.pop_front();
    const auto place = waiting_nodes_.find(candidate);
    if (place == waiting_nodes_.end() || !place->second.committed) continue;
    std::uint64_t blocker = 0;
    if (!search(candidate, out, blocker)) waiting_for_[blocker].push_back(candidate);
  }
  return out;
}

/// The instances that `node` depends on and that are not executed. False if one of them is not
/// committed, or not even known, so that nobody can say whether it interferes: that is the blocker.
bool Execution::dependencies_of(const Node& node, std::vector<std::uint64_t>& found,
                                std::uint64_t& blocker) const {
  const Dependencies& dependencies = node.attributes.dependencies;
  for (Replica row = 0; row < most_replicas && patient_; ++row) {
    if (dependencies.until[row] > known_.until(row)) {
      blocker = InstanceId{row, known_.until(row) + 1}.packed();
      return false;
    }
  }
  for (Key key = node.action.command.key; key < node.action.end(); ++key) {
    const auto rows = by_key_.find(key);
    if (rows == by_key_.end()) continue;
    for (Replica row = 0; row < most_replicas; ++row) {
      // What comes before a write in its row, that write depends on.
      const std::vector<Number>& numbers = rows->second[row];
      auto next = std::upper_bound(numbers.begin(), numbers.end(), dependencies.until[row]);
      for (bool covered = false; !covered && next != numbers.begin();) {
        const std::uint64_t id = InstanceId{row, *--next}.packed();
        const Node& other = waiting_nodes_.at(id);
        if (!interfere(node.action, other.action)) continue;
        if (other.committed) {
          found.push_back(id);
          covered = other.action.writes();
        } else if (patient_) {
          blocker = id;
          return false;
        }
      }
    }
  }
  return true;
}

/// Tarjan's algorithm from `root`, on a stack of its own. A component that is complete when the
/// search meets a blocker has no part in it and is executed all the same.
bool Execution::search(std::uint64_t root, std::vector<Executed>& out, std::uint64_t& blocker) {
  ++searches_;
  visited_ = 0;
  open_.clear();
  path_.clear();
  if (!enter(root, blocker)) return false;
  while (!path_.empty()) {
    Frame& frame = path_.back();
    if (!frame.next.empty()) {
      const std::uint64_t to = frame.next.back();
      frame.next.pop_back();
      const auto place = waiting_nodes_.find(to);
      if (place == waiting_nodes_.end()) continue;  // executed by now
      if (place->second.visit != searches_) {
        if (!enter(to, blocker)) return false;
      } else if (place->second.open) {
        Node& from = waiting_nodes_.at(frame.id);
        from.lowest = std::min(from.lowest, place->second.order);
      }
      continue;
    }
    const std::uint64_t done = frame.id;
    path_.pop_back();
    const Node& node = waiting_nodes_.at(done);
    if (!path_.empty()) {
      Node& parent = waiting_nodes_.at(path_.back().id);
      parent.lowest = std::min(parent.lowest, node.lowest);
    }
    if (node.lowest == node.order) complete_component(done, out);
  }
  return true;
}

bool Execution::enter(std::uint64_t id, std::uint64_t& blocker) {
  Node& node = waiting_nodes_.at(id);
  node.visit = searches_;
  node.order = node.lowest = visited_++;
  node.open = true;
  open_.push_back(id);
  path_.push_back({id, {}});
  return dependencies_of(node, path_.back().next, blocker);
}

void Execution::complete_component(std::uint64_t root, std::vector<Executed>& out) {
  std::vector<std::pair<Sequence, std::uint64_t>> members;
  do {
    members.emplace_back(waiting_nodes_.at(open_.back()).attributes.sequence, open_.back());
    open_.pop_back();
  } while (members.back().second != root);
  std::sort(members.begin(), members.end());
  for (const auto& [sequence, id] : members) {
    out.push_back({InstanceId::of(id), waiting_nodes_.at(id).action});
    leave(id);
  }
}

}  // namespace faultline::epaxos
