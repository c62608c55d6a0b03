#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include <faultline/isolation/cycle_search.hpp>

namespace faultline::isolation {
namespace {

struct Part {
  std::size_t begin;
  std::size_t end;
};

/// Where a walk comes back to a transaction for the first time; nothing if it never does.
std::optional<Part> first_return(const Cycle& walk) {
  std::unordered_map<TransactionId, std::size_t> places;
  for (std::size_t place = 0; place < walk.size(); ++place) {
    const auto [found, added] = places.try_emplace(walk[place].from, place);
    if (!added) return Part{found->second, place};
  }
  return std::nullopt;
}

/// Cuts a closed walk down to a cycle. Where a walk without adjacent anti-dependencies meets itself
/// it falls into two closed walks, of which at least one is without them too; that one is kept.
void make_simple(Cycle& walk) {
  while (const auto part = first_return(walk)) {
    const auto from = walk.begin() + static_cast<std::ptrdiff_t>(part->begin);
    const auto to = walk.begin() + static_cast<std::ptrdiff_t>(part->end);
    Cycle inner(from, to);
    if (is_nonadjacent(inner) == is_nonadjacent(walk)) {
      walk = std::move(inner);
    } else {
      walk.erase(from, to);
    }
  }
}

}  // namespace

bool is_nonadjacent(const Cycle& cycle) {
  for (std::size_t place = 0; place < cycle.size(); ++place) {
    const Hop& following = cycle[(place + 1) % cycle.size()];
    if (cycle[place].kind == EdgeKind::rw && following.kind == EdgeKind::rw) return false;
  }
  return true;
}

CycleSearch::CycleSearch(const DependencyGraph& graph)
    : graph_(graph), arrivals_(graph.vertices() * 3) {}

void CycleSearch::reach(std::uint32_t node, const Arrival& arrival) {
  if (arrivals_[node].hops <= arrival.hops) return;
  if (arrivals_[node].hops == unreached) reached_.push_back(node);
  arrivals_[node] = arrival;
  (arrival.by == EdgeKind::pass ? current_ : next_).push_back(node);
}

Cycle CycleSearch::find(const CycleRequest& request, const CycleAutomaton& automaton,
                        const Components& region) {
  const std::uint32_t states = automaton.states();
  for (const std::uint32_t node : reached_) arrivals_[node] = {};
  reached_.clear();
  current_.clear();
  next_.clear();
  const std::uint32_t beginning = request.first.to() * states + request.state;
  reach(beginning, {1, beginning, request.first.kind()});
  for (std::uint32_t hops = 1; !next_.empty() && hops <= request.most_hops; ++hops) {
    std::swap(current_, next_);
    next_.clear();
    for (std::size_t place = 0; place < current_.size(); ++place) {  // grows on the way
      const std::uint32_t node = current_[place];
      if (arrivals_[node].hops != hops) continue;  // was reached by a shorter way
      const std::uint32_t vertex = node / states;
      const auto state = static_cast<CycleAutomaton::State>(node % states);
      if (vertex == request.start && (request.accepted >> state & 1U) != 0) {
        return trace(node, request, states);
      }
      for (const GraphEdge edge : graph_.from(vertex)) {
        ++work_;
        if (!region.together(vertex, edge.to())) continue;
        const CycleAutomaton::State to = automaton.next(state, edge.kind());
        if (to == CycleAutomaton::rejected) continue;
        const std::uint32_t further = edge.kind() == EdgeKind::pass ? 0 : 1;
        reach(edge.to() * states + to, {hops + further, node, edge.kind()});
      }
    }
  }
  return {};
}

Cycle CycleSearch::trace(std::uint32_t last, const CycleRequest& request,
                         std::uint32_t states) const {
  std::vector<std::uint32_t> nodes;  // backwards
  for (std::uint32_t node = last;; node = arrivals_[node].before) {
    nodes.push_back(node);
    if (arrivals_[node].before == node) break;
  }
  Cycle cycle;
  TransactionId from = request.start;
  EdgeKind kind = request.first.kind();
  while (!nodes.empty()) {
    const std::uint32_t vertex = nodes.back() / states;
    const EdgeKind by = arrivals_[nodes.back()].by;
    nodes.pop_back();
    if (by != EdgeKind::pass) kind = by;
    if (!graph_.is_transaction(vertex)) continue;
    cycle.push_back({from, vertex, kind});
    from = vertex;
  }
  make_simple(cycle);
  return cycle;
}

}  // namespace faultline::isolation
