#include <algorithm>
#include <tuple>

#include <faultline/isolation/dependency_graph.hpp>
#include <faultline/isolation/transaction_moments.hpp>

namespace faultline::isolation {

namespace {

/// Lists all edges of the graph, to `Add`.
template <typename Add>
class EdgeLister {
 public:
  EdgeLister(const TransactionHistory& history, const Observations& observations, Add& add)
      : history_(history),
        observations_(observations),
        add_(add),
        vertices_(history.transactions.size()) {}

  void list() {
    add_read_dependencies();
    add_successions();
    add_process_order();
    add_real_time_order();
  }

 private:
  struct Source {
    TransactionId transaction;
    EdgeKind kind;
  };

  std::uint32_t new_vertex() { return static_cast<std::uint32_t>(vertices_++); }
  void add(std::uint32_t from, std::uint32_t to, EdgeKind kind) { add_(from, GraphEdge(to, kind)); }

  void add_read_dependencies() {
    for (const VersionRead& each : observations_.reads) {
      const TransactionId writer = observations_.committed_writer(each.version);
      if (writer != no_transaction && writer != each.reader) add(writer, each.reader, EdgeKind::wr);
    }
  }

  /// Version by version: who wrote or read it stands before who wrote the next.
  void add_successions() {
    const auto& successions = observations_.successions;
    auto read = observations_.reads.begin();
    std::vector<Source> readers;
    std::vector<TransactionId> targets;
    std::vector<TransactionId> overwriters;  // the targets that did not read the version
    for (std::size_t begin = 0, end = 0; begin < successions.size(); begin = end) {
      const VersionId version = successions[begin].earlier;
      targets.clear();
      overwriters.clear();
      for (; end < successions.size() && successions[end].earlier == version; ++end) {
        targets.push_back(observations_.index.writer(successions[end].later));
        // Who read the version depends on its writer already.
        const bool depends = successions[end].how == Shown::by_read_then_write;
        if (!depends) overwriters.push_back(targets.back());
      }
      make_set(targets);
      make_set(overwriters);
      const TransactionId writer = observations_.committed_writer(version);
      if (writer != no_transaction) connect({{writer, EdgeKind::ww}}, overwriters);
      readers.clear();
      while (read != observations_.reads.end() && read->version < version) ++read;
      for (; read != observations_.reads.end() && read->version == version; ++read) {
        const bool again = !readers.empty() && readers.back().transaction == read->reader;
        if (!again) readers.push_back({read->reader, EdgeKind::rw});
      }
      connect(readers, targets);
    }
  }

  static void make_set(std::vector<TransactionId>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }

  /// Each source to each target but itself.
  void connect(const std::vector<Source>& sources, const std::vector<TransactionId>& targets) {
    if (targets.size() > 2 && sources.size() > 1) {
      connect_by_chains(sources, targets);
      return;
    }
    for (const Source& source : sources) {
      for (const TransactionId target : targets) {
        if (source.transaction != target) add(source.transaction, target, source.kind);
      }
    }
  }

  /// Two chains of helpers: from upward[i] all targets from i on are reached, from downward[i] all
  /// up to i. A source that is itself target i enters at its neighbours.
  void connect_by_chains(const std::vector<Source>& sources,
                         const std::vector<TransactionId>& targets) {
    const std::size_t count = targets.size();
    std::vector<std::uint32_t> upward;
    std::vector<std::uint32_t> downward;
    for (std::size_t place = 0; place < count; ++place) upward.push_back(new_vertex());
    for (std::size_t place = 0; place < count; ++place) {
      add(upward[place], targets[place], EdgeKind::pass);
      if (place + 1 < count) add(upward[place], upward[place + 1], EdgeKind::pass);
    }
    const auto extend_downward = [&](std::size_t last) {
      while (downward.size() <= last) {
        const std::size_t place = downward.size();
        downward.push_back(new_vertex());
        add(downward[place], targets[place], EdgeKind::pass);
        if (place > 0) add(downward[place], downward[place - 1], EdgeKind::pass);
      }
    };
    for (const Source& source : sources) {
      const auto found = std::lower_bound(targets.begin(), targets.end(), source.transaction);
      if (found == targets.end() || *found != source.transaction) {
        add(source.transaction, upward[0], source.kind);
        continue;
      }
      const auto place = static_cast<std::size_t>(found - targets.begin());
      if (place + 1 < count) add(source.transaction, upward[place + 1], source.kind);
      if (place == 0) continue;
      extend_downward(place - 1);
      add(source.transaction, downward[place - 1], source.kind);
    }
  }

  std::vector<TransactionId> committed() const {
    std::vector<TransactionId> result;
    for (TransactionId id = 0; id < history_.transactions.size(); ++id) {
      if (observations_.is_committed(id)) result.push_back(id);
    }
    return result;
  }

  void add_process_order() {
    std::vector<TransactionId> order = committed();
    const auto place = [&](TransactionId id) {
      const Transaction& each = history_.transactions[id];
      return std::tuple(each.process, each.invoked, each.completed, id);
    };
    std::sort(order.begin(), order.end(),
              [&](TransactionId a, TransactionId b) { return place(a) < place(b); });
    TransactionId before = no_transaction;  // the last one that had certainly ended
    for (const TransactionId id : order) {
      const Transaction& each = history_.transactions[id];
      if (before != no_transaction && history_.transactions[before].process == each.process) {
        add(before, id, EdgeKind::process);
      }
      if (each.outcome == Outcome::ok) before = id;
    }
  }

  /// A chain of helpers along time: whoever ends leads to the next of them, the last one leads to
  /// whoever begins.
  void add_real_time_order() {
    struct Event {
      Moment at;
      TransactionId transaction;
      bool ends;
    };
    std::vector<Event> events;
    for (const TransactionId id : committed()) {
      const Transaction& each = history_.transactions[id];
      events.push_back({called(each), id, false});
      if (answered(each) != endless) events.push_back({answered(each), id, true});
    }
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::tie(a.at, a.transaction, a.ends) < std::tie(b.at, b.transaction, b.ends);
    });
    std::uint32_t helper = no_transaction;
    bool has_followers = true;
    for (const Event& event : events) {
      if (!event.ends) {
        if (helper != no_transaction) add(helper, event.transaction, EdgeKind::pass);
        has_followers = true;
        continue;
      }
      if (has_followers) {
        const std::uint32_t next = new_vertex();
        if (helper != no_transaction) add(helper, next, EdgeKind::pass);
        helper = next;
        has_followers = false;
      }
      add(event.transaction, helper, EdgeKind::realtime);
    }
  }

  const TransactionHistory& history_;
  const Observations& observations_;
  Add& add_;
  std::size_t vertices_;
};

}  // namespace

DependencyGraph build_dependency_graph(const TransactionHistory& history,
                                       const Observations& observations) {
  return DependencyGraph(history.transactions.size(),
                         [&](auto&& add) { EdgeLister(history, observations, add).list(); });
}

}  // namespace faultline::isolation
