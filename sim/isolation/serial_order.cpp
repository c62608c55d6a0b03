#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>

#include <faultline/isolation/components.hpp>
#include <faultline/isolation/serial_order.hpp>
#include <faultline/isolation/transaction_moments.hpp>

namespace faultline::isolation {
namespace {

/// Kinds of edges, as bits.
constexpr unsigned bit(EdgeKind kind) { return 1U << static_cast<unsigned>(kind); }
constexpr unsigned overwrites = bit(EdgeKind::ww) | bit(EdgeKind::pass);
constexpr unsigned flow = overwrites | bit(EdgeKind::wr);
constexpr unsigned data = flow | bit(EdgeKind::rw);

bool is_acyclic(const DependencyGraph& graph, unsigned kinds) {
  return find_components(graph.vertices(), [&](std::uint32_t vertex, std::uint32_t& cursor) {
           const auto edges = graph.from(vertex);
           while (cursor < edges.size()) {
             const GraphEdge edge = edges[cursor++];
             if ((kinds & bit(edge.kind())) != 0) return edge.to();
           }
           return no_node;
         }).count == 0;
}

/// The strongest order that does not contradict itself.
unsigned consistent_kinds(const DependencyGraph& graph) {
  constexpr unsigned process = bit(EdgeKind::process);
  constexpr unsigned realtime = bit(EdgeKind::realtime);
  for (const unsigned kinds : {data | process | realtime, data | process, data,
                               flow | process | realtime, flow | process, flow, overwrites}) {
    if (is_acyclic(graph, kinds)) return kinds;
  }
  return 0;
}

class SerialOrder {
 public:
  SerialOrder(const TransactionHistory& history, const DependencyGraph& graph,
              const Observations& observations)
      : history_(history),
        graph_(graph),
        observations_(observations),
        kinds_(consistent_kinds(graph)),
        awaited_(graph.vertices()),
        turns_(graph.transactions(), beginning),
        places_(graph.transactions(), no_node) {}

  /// By transaction: its place.
  std::vector<std::uint32_t> find() {
    find_turns();
    for (std::uint32_t vertex = 0; vertex < graph_.vertices(); ++vertex) {
      for_each_successor(vertex, [&](std::uint32_t to) { ++awaited_[to]; });
    }
    std::vector<std::uint32_t> first;
    for (std::uint32_t vertex = 0; vertex < graph_.vertices(); ++vertex) {
      if (awaited_[vertex] == 0) first.push_back(vertex);
    }
    for (const std::uint32_t vertex : first) release(vertex);
    for (std::uint32_t place = 0; !ready_.empty(); ++place) {
      const TransactionId next = ready_.top().second;
      ready_.pop();
      places_[next] = place;
      proceed(next);
    }
    return std::move(places_);
  }

 private:
  using Candidate = std::pair<Moment, TransactionId>;

  template <typename Visitor>
  void for_each_successor(std::uint32_t vertex, Visitor&& visit) const {
    for (const GraphEdge edge : graph_.from(vertex)) {
      if ((kinds_ & bit(edge.kind())) != 0) visit(edge.to());
    }
  }

  /// A writer's turn is where the zone of what it wrote begins, the stretch of time between the
  /// first answer and the last call that have to do with the version: in this order the versions
  /// of a single register are linearizable if they are in any (see zones.hpp). Who only reads goes
  /// as soon as it can.
  void find_turns() {
    struct Zone {
      Moment first_answer = endless;
      Moment last_call = beginning;
    };
    std::vector<Zone> zones(observations_.index.size());
    const auto extend = [&](VersionId version, TransactionId id) {
      const Transaction& each = history_.transactions[id];
      zones[version].first_answer = std::min(zones[version].first_answer, answered(each));
      zones[version].last_call = std::max(zones[version].last_call, called(each));
    };
    for (const VersionRead& read : observations_.reads) extend(read.version, read.reader);
    for (VersionId version = 0; version < observations_.index.written(); ++version) {
      const TransactionId writer = observations_.committed_writer(version);
      if (writer == no_transaction || !observations_.is_final(version)) continue;
      extend(version, writer);
      const Moment begin = std::min(zones[version].first_answer, zones[version].last_call);
      Moment& turn = turns_[writer];
      turn = turn == beginning ? begin : std::min(turn, begin);
    }
  }

  void release(std::uint32_t vertex) {
    if (!graph_.is_transaction(vertex)) {
      proceed(vertex);
    } else if (observations_.is_committed(vertex)) {
      ready_.emplace(turns_[vertex], vertex);
    }
  }

  /// Helpers form long chains, so they are followed without recursion.
  void proceed(std::uint32_t vertex) {
    std::vector<std::uint32_t> helpers = {vertex};
    while (!helpers.empty()) {
      const std::uint32_t helper = helpers.back();
      helpers.pop_back();
      for_each_successor(helper, [&](std::uint32_t to) {
        if (--awaited_[to] > 0) return;
        if (graph_.is_transaction(to)) {
          release(to);
        } else {
          helpers.push_back(to);
        }
      });
    }
  }

  const TransactionHistory& history_;
  const DependencyGraph& graph_;
  const Observations& observations_;
  unsigned kinds_;
  std::vector<std::uint32_t> awaited_;  ///< by vertex: predecessors that are still to come
  std::vector<Moment> turns_;           ///< by transaction; the earlier the better
  std::vector<std::uint32_t> places_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> ready_;
};

}  // namespace

bool has_open_order(const Observations& observations) {
  const auto& all = observations.successions;
  for (std::size_t next = 1; next < all.size(); ++next) {
    if (all[next - 1].earlier != all[next].earlier) continue;
    if (all[next - 1].later != all[next].later) return true;
  }
  return false;
}

void suppose_order(const TransactionHistory& history, const DependencyGraph& graph,
                   Observations& observations) {
  const std::vector<std::uint32_t> places = SerialOrder(history, graph, observations).find();
  const VersionIndex& index = observations.index;
  std::vector<VersionId> versions;
  VersionId next = 0;
  for (std::size_t key = 0; key < index.key_count(); ++key) {
    versions.clear();
    for (; next < index.written() && index.key(next) == index.key_at(key); ++next) {
      if (observations.committed_writer(next) != no_transaction) versions.push_back(next);
    }
    const auto place = [&](VersionId version) {
      return std::tuple(places[index.writer(version)], index.step(version));
    };
    std::sort(versions.begin(), versions.end(),
              [&](VersionId a, VersionId b) { return place(a) < place(b); });
    VersionId before = index.initial(key);
    for (const VersionId version : versions) {
      observations.successions.push_back({before, version, no_transaction, Shown::by_supposition});
      before = version;
    }
  }
  std::sort(observations.successions.begin(), observations.successions.end(),
            [](const Succession& a, const Succession& b) {
              return std::tie(a.earlier, a.later, a.how) < std::tie(b.earlier, b.later, b.how);
            });
}

}  // namespace faultline::isolation
