#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <faultline/isolation/cycle_automaton.hpp>
#include <faultline/isolation/cycle_search.hpp>
#include <faultline/isolation/cycles.hpp>

namespace faultline::isolation {
namespace {

Components components_of(const DependencyGraph& graph, const CycleAutomaton& automaton) {
  const std::uint32_t states = automaton.states();
  return find_components(graph.vertices() * states, [&](std::uint32_t node, std::uint32_t& cursor) {
    const auto edges = graph.from(node / states);
    const auto state = static_cast<CycleAutomaton::State>(node % states);
    while (cursor < edges.size()) {
      const GraphEdge edge = edges[cursor++];
      const CycleAutomaton::State to = automaton.next(state, edge.kind());
      if (to != CycleAutomaton::rejected) return edge.to() * states + to;
    }
    return no_node;
  });
}

/// The part of a graph in which cycles can be.
struct Core {
  DependencyGraph graph;
  std::vector<std::uint32_t> origin;  ///< by vertex: its number in the whole graph
};

std::optional<Core> core_of(const DependencyGraph& graph) {
  // Both ties at once: one component here may be several, or none, later.
  const Components cyclic =
      find_components(graph.vertices(), [&](std::uint32_t vertex, std::uint32_t& cursor) {
        const auto edges = graph.from(vertex);
        return cursor < edges.size() ? edges[cursor++].to() : no_node;
      });
  if (cyclic.count == 0) return std::nullopt;
  std::vector<std::uint32_t> origin;
  std::vector<std::uint32_t> number(graph.vertices(), no_node);
  std::size_t transactions = 0;
  for (std::uint32_t vertex = 0; vertex < graph.vertices(); ++vertex) {
    if (!cyclic.in_cycle(vertex)) continue;
    number[vertex] = static_cast<std::uint32_t>(origin.size());
    origin.push_back(vertex);
    if (graph.is_transaction(vertex)) ++transactions;
  }
  DependencyGraph part(transactions, [&](auto&& add) {
    for (const std::uint32_t vertex : origin) {
      for (const GraphEdge edge : graph.from(vertex)) {
        if (!cyclic.together(vertex, edge.to())) continue;
        add(number[vertex], GraphEdge(number[edge.to()], edge.kind()));
      }
    }
  });
  return Core{std::move(part), std::move(origin)};
}

constexpr std::array process_variants{
    Anomaly::dirty_write_process, Anomaly::circular_information_flow_process,
    Anomaly::read_skew_process, Anomaly::nonadjacent_skew_process, Anomaly::write_skew_process};
constexpr std::array realtime_variants{
    Anomaly::dirty_write_realtime, Anomaly::circular_information_flow_realtime,
    Anomaly::read_skew_realtime, Anomaly::nonadjacent_skew_realtime, Anomaly::write_skew_realtime};
constexpr std::array plain_variants{Anomaly::dirty_write, Anomaly::circular_information_flow,
                                    Anomaly::read_skew, Anomaly::nonadjacent_skew,
                                    Anomaly::write_skew};

/// Numbers of kinds: positions in the lists of variants.
constexpr std::size_t overwrites = 0, information_flow = 1, read_skew = 2, nonadjacent = 3,
                      write_skew = 4;

constexpr Anomaly variant(std::size_t kind, Tie tie) {
  if (tie == Tie::process) return process_variants[kind];
  return tie == Tie::realtime ? realtime_variants[kind] : plain_variants[kind];
}

/// One way of looking for cycles: from every edge of a kind that lies in a component.
struct Quest {
  const CycleAutomaton& existence;  ///< whose components hold the cycles
  const CycleAutomaton& closing;    ///< what the walk back to the beginning must be like
  EdgeKind first;                   ///< the kind of edge to start with
  CycleAutomaton::State state;      ///< of `closing`, after the first edge
  unsigned accepted;                ///< its states in which the walk may end
  Anomaly target;                   ///< what the quest is for; other finds are welcome
};

class CycleFinder {
 public:
  CycleFinder(const Core& core, const std::vector<bool>& doubtful, const CycleSettings& settings,
              CycleReport& report)
      : graph_(core.graph),
        origin_(core.origin),
        doubtful_(doubtful),
        settings_(settings),
        report_(report),
        search_(core.graph) {}

  void find(Tie tie) {
    const auto anything = CycleAutomaton::of_anything(tie);
    region_ = components_of(graph_, anything);
    if (tie == Tie::none) note_components();
    if (region_.count == 0) return;
    find_dependency_cycles(tie);
    find_snapshot_cycles(tie);
    find_other_cycles(tie);
    report();
  }

 private:
  void find_other_cycles(Tie tie) {
    const auto anything = CycleAutomaton::of_anything(tie);
    const EdgeKind first = first_kind(tie, EdgeKind::rw);
    const Anomaly target = variant(write_skew, tie);
    // Once for certain: whatever the component holds. Then for what the level is broken by.
    pursue({anything, anything, first, 0, 1U, target}, region_, true);
    const auto adjacent = CycleAutomaton::of_adjacent(tie);
    const bool tied = tie != Tie::none;
    const CycleAutomaton::State state = tied ? 0 : 1;
    pursue({anything, adjacent, first, state, tied ? 4U : 6U, target}, region_);
  }

  /// Cycles with a tie are looked for from the tie.
  static EdgeKind first_kind(Tie tie, EdgeKind otherwise) {
    if (tie == Tie::process) return EdgeKind::process;
    return tie == Tie::realtime ? EdgeKind::realtime : otherwise;
  }

  void find_dependency_cycles(Tie tie) {
    const auto writes = CycleAutomaton::of_overwrites(tie);
    pursue({writes, writes, first_kind(tie, EdgeKind::ww), 0, 1U, variant(overwrites, tie)},
           tie == Tie::none ? certain_overwrites() : components_of(graph_, writes));
    const auto flows = CycleAutomaton::of_dependencies(tie);
    const Components components = components_of(graph_, flows);
    const Anomaly target = variant(information_flow, tie);
    pursue({flows, flows, first_kind(tie, EdgeKind::wr), 0, 1U, target}, components);
    if (tie == Tie::none) pursue({flows, flows, EdgeKind::ww, 0, 1U, target}, components, true);
  }

  bool is_doubtful(std::uint32_t vertex) const {
    return graph_.is_transaction(vertex) && doubtful_[origin_[vertex]];
  }

  Components certain_overwrites() const {
    return find_components(graph_.vertices(), [&](std::uint32_t vertex, std::uint32_t& cursor) {
      const auto edges = graph_.from(vertex);
      while (!is_doubtful(vertex) && cursor < edges.size()) {
        const GraphEdge edge = edges[cursor++];
        const bool writes = edge.kind() == EdgeKind::ww || edge.kind() == EdgeKind::pass;
        if (writes && !is_doubtful(edge.to())) return edge.to();
      }
      return no_node;
    });
  }

  void find_snapshot_cycles(Tie tie) {
    const auto snapshot = CycleAutomaton::of_nonadjacent(tie);
    const Components components = components_of(graph_, snapshot);
    if (components.count == 0) return;
    const bool tied = tie != Tie::none;
    const EdgeKind first = first_kind(tie, EdgeKind::rw);
    const auto flows = CycleAutomaton::of_dependencies(tie);
    const auto single = CycleAutomaton::of_one_antidependency(tie);
    const bool complete =
        tied ? pursue({snapshot, single, first, 0, 2U, variant(read_skew, tie)}, components)
             : pursue({snapshot, flows, first, 0, 1U, variant(read_skew, tie)}, components);
    if (!tied) report_.bound_reached = !complete;
    const CycleAutomaton::State state = tied ? 0 : 1;
    pursue({snapshot, snapshot, first, state, tied ? 3U : 1U, variant(nonadjacent, tie)},
           components);
  }

  void note_components() {
    if (region_.count == 0) return;
    report_.components.assign(origin_.size(), Components::alone);
    for (std::uint32_t vertex = 0; vertex < graph_.transactions(); ++vertex) {
      report_.components[vertex] = region_.of[vertex];
    }
  }

  /// Whether an edge lies in a component, in some state; all of `automaton`'s states are tried.
  static bool inside(const CycleAutomaton& automaton, const Components& components,
                     std::uint32_t from, GraphEdge edge) {
    const std::uint32_t states = automaton.states();
    for (CycleAutomaton::State state = 0; state < states; ++state) {
      const CycleAutomaton::State to = automaton.next(state, edge.kind());
      if (to == CycleAutomaton::rejected) continue;
      if (components.together(from * states + state, edge.to() * states + to)) return true;
    }
    return false;
  }

  /// Returns false if the bound kept the quest from trying every edge. With `once`, looks for no
  /// more than one cycle in each component. The first edge of each component is always tried.
  bool pursue(const Quest& quest, const Components& components, bool once = false) {
    if (components.count == 0) return true;
    const std::uint64_t stop_at = search_.work() + settings_.bound;
    const bool vertexwise = quest.existence.states() == 1;  // components are sets of vertices
    shortest_.assign(region_.count, {});
    tried_.assign(region_.count, false);
    bool complete = true;
    for (std::uint32_t from = 0; from < graph_.transactions(); ++from) {
      for (const GraphEdge edge : graph_.from(from)) {
        if (edge.kind() != quest.first) continue;
        if (!inside(quest.existence, components, from, edge)) continue;
        const std::uint32_t group = region_.of[from];
        if (tried_[group] && once) continue;
        if (tried_[group] && search_.work() > stop_at) {
          complete = complete && !shortest_[group].empty();
          continue;
        }
        tried_[group] = true;
        try_edge(quest, from, edge, vertexwise ? components : region_, shortest_[group]);
      }
    }
    for (std::uint32_t group = 0; group < region_.count; ++group) {
      if (!shortest_[group].empty()) keep(quest.target, group, std::move(shortest_[group]));
    }
    return complete;
  }

  void try_edge(const Quest& quest, std::uint32_t from, GraphEdge edge, const Components& within,
                Cycle& shortest) {
    const std::size_t most = shortest.empty() ? graph_.transactions() : shortest.size() - 1;
    if (most < 2) return;
    const CycleRequest request{from, edge, quest.state, quest.accepted, most};
    Cycle cycle = search_.find(request, quest.closing, within);
    if (cycle.empty()) return;
    const Anomaly anomaly = classify(cycle);
    if (anomaly == quest.target) {
      shortest = std::move(cycle);
    } else {
      keep(anomaly, region_.of[from], std::move(cycle));
    }
  }

  /// What kind of anomaly a cycle is.
  Anomaly classify(const Cycle& cycle) const {
    std::size_t antidependencies = 0;
    bool flows = false;
    Tie tie = Tie::none;
    for (const Hop& hop : cycle) {
      if (hop.kind == EdgeKind::rw) ++antidependencies;
      if (hop.kind == EdgeKind::wr || is_doubtful(hop.from)) flows = true;
      if (hop.kind == EdgeKind::process && tie == Tie::none) tie = Tie::process;
      if (hop.kind == EdgeKind::realtime) tie = Tie::realtime;
    }
    if (antidependencies == 1) return variant(read_skew, tie);
    if (antidependencies > 1) return variant(is_nonadjacent(cycle) ? nonadjacent : write_skew, tie);
    return variant(flows ? information_flow : overwrites, tie);
  }

  void keep(Anomaly anomaly, std::uint32_t group, Cycle cycle) {
    const auto least = std::min_element(cycle.begin(), cycle.end());
    std::rotate(cycle.begin(), least, cycle.end());
    Cycle& best = best_[{anomaly, group}];
    if (best.empty() || shorter(cycle, best)) best = std::move(cycle);
  }

  static bool shorter(const Cycle& a, const Cycle& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }

  /// Kinds that were found with a weaker tie are not looked for again.
  void report() {
    AnomalySet known;
    for (std::size_t each = 0; each < anomaly_count; ++each) {
      if (report_.found[each].count > 0) known.insert(static_cast<Anomaly>(each));
    }
    for (auto& [which, cycle] : best_) {
      if (known.contains(which.first)) continue;
      FoundCycles& found = report_.found[static_cast<std::size_t>(which.first)];
      ++found.count;
      for (Hop& hop : cycle) hop = {origin_[hop.from], origin_[hop.to], hop.kind};
      found.shortest.push_back(std::move(cycle));
    }
    best_.clear();
    for (FoundCycles& found : report_.found) {
      std::sort(found.shortest.begin(), found.shortest.end(), shorter);
      if (found.shortest.size() > settings_.witnesses) found.shortest.resize(settings_.witnesses);
    }
  }

  const DependencyGraph& graph_;
  const std::vector<std::uint32_t>& origin_;
  const std::vector<bool>& doubtful_;  ///< by number in the whole graph
  const CycleSettings& settings_;
  CycleReport& report_;
  CycleSearch search_;
  Components region_;            ///< of all that may depend on each other, given the tie
  std::vector<Cycle> shortest_;  ///< by component of the region, in the present quest
  std::map<std::pair<Anomaly, std::uint32_t>, Cycle> best_;  ///< ... of all quests with one tie
  std::vector<bool> tried_;
};

}  // namespace

CycleReport find_cycles(const DependencyGraph& graph, const std::vector<bool>& doubtful,
                        const CycleSettings& settings) {
  CycleReport report;
  const std::optional<Core> core = core_of(graph);
  if (!core) return report;
  CycleFinder finder(*core, doubtful, settings, report);
  for (const Tie tie : {Tie::none, Tie::process, Tie::realtime}) finder.find(tie);
  if (!report.components.empty()) {
    std::vector<std::uint32_t> by_transaction(graph.transactions(), Components::alone);
    for (std::size_t vertex = 0; vertex < core->origin.size(); ++vertex) {
      const std::uint32_t original = core->origin[vertex];
      if (graph.is_transaction(original)) by_transaction[original] = report.components[vertex];
    }
    report.components = std::move(by_transaction);
  }
  return report;
}

}  // namespace faultline::isolation
