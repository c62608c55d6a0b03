#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <tuple>

#include <faultline/check/components.hpp>
#include <faultline/check/serial_order.hpp>
#include <faultline/check/transaction_moments.hpp>

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
        place_(graph.transactions(), no_node),
        readers_(observations.index.size()),
        current_(observations.index.key_count()),
        held_back_(observations.index.key_count()) {}

  /// By transaction: its place.
  std::vector<std::uint32_t> find() {
    for (const VersionRead& read : observations_.reads) ++readers_[read.version];
    for (std::size_t key = 0; key < current_.size(); ++key) {
      current_[key] = observations_.index.initial(key);
    }
    read_begins_ = offsets_of_reads();
    for (std::uint32_t vertex = 0; vertex < graph_.vertices(); ++vertex) {
      for_each_successor(vertex, [&](std::uint32_t to) { ++awaited_[to]; });
    }
    std::vector<std::uint32_t> first;
    for (std::uint32_t vertex = 0; vertex < graph_.vertices(); ++vertex) {
      if (awaited_[vertex] == 0) first.push_back(vertex);
    }
    for (const std::uint32_t vertex : first) release(vertex);
    for (;;) {
      if (!ready_.empty()) {
        const Candidate next = ready_.top();
        ready_.pop();
        consider(next);
      } else if (!blocked_.empty()) {
        const Candidate next = blocked_.top();
        blocked_.pop();
        if (place_[next.transaction] == no_node) carry_out(next.transaction);
      } else {
        break;
      }
    }
    return std::move(place_);
  }

 private:
  /// Whoever harms nobody goes first, then whoever was answered first.
  struct Candidate {
    bool is_read_by_others;
    Moment answered;
    TransactionId transaction;

    friend bool operator>(const Candidate& a, const Candidate& b) {
      return std::tie(a.is_read_by_others, a.answered, a.transaction) >
             std::tie(b.is_read_by_others, b.answered, b.transaction);
    }
  };
  using Queue = std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>>;

  template <typename Visitor>
  void for_each_successor(std::uint32_t vertex, Visitor&& visit) const {
    for (const GraphEdge edge : graph_.from(vertex)) {
      if ((kinds_ & bit(edge.kind())) != 0) visit(edge.to());
    }
  }

  /// Reads sorted by reader, as positions: where each transaction's begin.
  std::vector<std::uint32_t> offsets_of_reads() {
    std::vector<std::uint32_t> begins(graph_.transactions() + 1);
    for (const VersionRead& read : observations_.reads) ++begins[read.reader + 1];
    for (std::size_t id = 0; id < graph_.transactions(); ++id) begins[id + 1] += begins[id];
    reads_.resize(observations_.reads.size());
    std::vector<std::uint32_t> next(begins.begin(), begins.end() - 1);
    for (const VersionRead& read : observations_.reads) reads_[next[read.reader]++] = read.version;
    return begins;
  }

  std::span<const VersionId> reads_of(TransactionId id) const {
    return std::span(reads_).subspan(read_begins_[id], read_begins_[id + 1] - read_begins_[id]);
  }

  /// Calls visit(version) for the last write of the transaction to each key.
  template <typename Visitor>
  void for_each_final_write(TransactionId id, Visitor&& visit) const {
    for (const Step& step : history_.steps_of(history_.transactions[id])) {
      if (step.kind == StepKind::read) continue;
      const VersionId version = observations_.index.find(step.key, step.value);
      if (observations_.is_final(version)) visit(version);
    }
  }

  void release(std::uint32_t vertex) {
    if (!graph_.is_transaction(vertex)) {
      proceed(vertex);
    } else if (observations_.is_committed(vertex)) {
      Candidate candidate{false, answered(history_.transactions[vertex]), vertex};
      for_each_final_write(vertex, [&](VersionId version) {
        candidate.is_read_by_others = candidate.is_read_by_others || readers_[version] > 0;
      });
      ready_.push(candidate);
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

  void consider(const Candidate& candidate) {
    if (place_[candidate.transaction] != no_node) return;
    const Obstacle obstacle = obstacle_of(candidate.transaction);
    if (obstacle.key == none) {
      carry_out(candidate.transaction);
      return;
    }
    HeldBack& held = held_back_[obstacle.key];
    if (obstacle.is_reader) {
      held.readers.push_back(candidate);
    } else {
      held.others.push(candidate);
    }
    blocked_.push(candidate);
    // It was woken for another key, perhaps: then that one has room for the next.
    for_each_final_write(candidate.transaction, [&](VersionId version) {
      const std::size_t key = observations_.index.position_of(observations_.index.key(version));
      if (key != obstacle.key) wake(key);
    });
  }

  /// A key that a transaction would overwrite while others have yet to read it.
  struct Obstacle {
    std::size_t key;
    bool is_reader;  ///< the transaction itself has yet to read it, too
  };
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  Obstacle obstacle_of(TransactionId id) const {
    Obstacle obstacle{none, false};
    if ((kinds_ & bit(EdgeKind::rw)) == 0) return obstacle;
    for_each_final_write(id, [&](VersionId version) {
      const std::size_t key = observations_.index.position_of(observations_.index.key(version));
      std::uint32_t own = 0;
      for (const VersionId each : reads_of(id)) own += each == current_[key] ? 1 : 0;
      if (readers_[current_[key]] > own) obstacle = {key, own > 0};
    });
    return obstacle;
  }

  void carry_out(TransactionId id) {
    place_[id] = next_place_++;
    for (const VersionId version : reads_of(id)) {
      --readers_[version];
      wake(observations_.index.position_of(observations_.index.key(version)));
    }
    for_each_final_write(id, [&](VersionId version) {
      const std::size_t key = observations_.index.position_of(observations_.index.key(version));
      current_[key] = version;
      wake(key);
    });
    proceed(id);
  }

  /// Lets those try again that the key held back: its last reader, or one of those who do not read.
  void wake(std::size_t key) {
    HeldBack& held = held_back_[key];
    const std::uint32_t readers = readers_[current_[key]];
    if (readers <= 1) {
      for (const Candidate& candidate : held.readers) ready_.push(candidate);
      held.readers.clear();
    }
    while (readers == 0 && !held.others.empty()) {
      const Candidate candidate = held.others.top();
      held.others.pop();
      if (place_[candidate.transaction] != no_node) continue;
      ready_.push(candidate);
      break;
    }
  }

  struct HeldBack {
    std::vector<Candidate> readers;
    Queue others;
  };

  const TransactionHistory& history_;
  const DependencyGraph& graph_;
  const Observations& observations_;
  unsigned kinds_;
  std::vector<std::uint32_t> awaited_;  ///< by vertex: predecessors that are still to come
  std::vector<std::uint32_t> place_;
  std::uint32_t next_place_ = 0;
  std::vector<std::uint32_t> readers_;  ///< by version: reads that are still to come
  std::vector<VersionId> reads_;
  std::vector<std::uint32_t> read_begins_;
  std::vector<VersionId> current_;   ///< by key
  std::vector<HeldBack> held_back_;  ///< by key: until its version has been read
  Queue ready_;
  Queue blocked_;  ///< all that are held back, and some that no longer are
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
