// The order of a register's versions as far as its clients suggest it: what a process, or one
// transaction after another, met later is assumed not to be older.
#include <algorithm>
#include <tuple>

#include <faultline/history/real_time.hpp>
#include <faultline/isolation/transaction_moments.hpp>
#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {
namespace {

/// The versions of one key that one transaction met, in program order.
struct Visit {
  std::size_t key;
  TransactionId visitor;
  std::vector<VersionId> versions;
};

std::vector<Visit> find_visits(const TransactionHistory& history, Observations& observations) {
  std::vector<Visit> visits;
  StepsByKey steps_by_key;
  for (TransactionId id = 0; id < history.transactions.size(); ++id) {
    const Transaction& each = history.transactions[id];
    if (each.outcome != Outcome::ok) continue;
    const auto steps = history.steps_of(each);
    steps_by_key.visit(history, each, [&](Key key, std::span<const std::uint32_t> positions) {
      Visit visit{observations.index.position_of(key), id, {}};
      for (const std::uint32_t position : positions) {
        const Step& step = steps[position];
        if (step.kind == StepKind::append || step.list_count > 0 || !step.known) continue;
        const VersionId version = step.value == nil ? observations.index.initial(visit.key)
                                                    : observations.index.find(key, step.value);
        const bool counts =
            step.value == nil ||
            (version != no_version && observations.committed_writer(version) != no_transaction);
        if (!counts || (!visit.versions.empty() && visit.versions.back() == version)) continue;
        visit.versions.push_back(version);
      }
      if (!visit.versions.empty()) visits.push_back(std::move(visit));
    });
  }
  return visits;
}

/// Nothing comes before the initial version; to meet it late is for others to judge.
void precede(Observations& observations, VersionId earlier, VersionId later, TransactionId by,
             Shown how) {
  if (earlier == later || observations.index.is_initial(later)) return;
  observations.successions.push_back({earlier, later, by, how});
}

void order_by_process(const TransactionHistory& history, Observations& observations,
                      std::vector<Visit>& visits) {
  const auto place = [&](const Visit& visit) {
    const Transaction& visitor = history.transactions[visit.visitor];
    return std::tuple(visit.key, visitor.process, visitor.invoked, visit.visitor);
  };
  std::sort(visits.begin(), visits.end(),
            [&](const Visit& a, const Visit& b) { return place(a) < place(b); });
  const Visit* before = nullptr;
  for (const Visit& visit : visits) {
    VersionId last = no_version;
    if (before != nullptr && before->key == visit.key &&
        history.transactions[before->visitor].process ==
            history.transactions[visit.visitor].process) {
      last = before->versions.back();
    }
    for (const VersionId version : visit.versions) {
      if (last != no_version) {
        precede(observations, last, version, visit.visitor, Shown::by_process_order);
      }
      last = version;
    }
    before = &visit;
  }
}

/// One key's visits, each linked to those that ended last before it began: a visit leaves the
/// frontier when one that began after it has ended.
class Frontier {
 public:
  Frontier(const TransactionHistory& history, Observations& observations)
      : history_(history), observations_(observations) {}

  void order(std::span<const Visit> visits) {
    struct Event {
      Moment at;
      std::size_t visit;
      bool ends;
    };
    std::vector<Event> events;
    for (std::size_t each = 0; each < visits.size(); ++each) {
      const Transaction& visitor = history_.transactions[visits[each].visitor];
      events.push_back({called(visitor), each, false});
      events.push_back({answered(visitor), each, true});
    }
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      return std::tie(a.at, a.visit, a.ends) < std::tie(b.at, b.visit, b.ends);
    });
    std::vector<std::size_t> frontier;
    std::vector<std::vector<std::size_t>> before(visits.size());
    for (const Event& event : events) {
      auto& preceding = before[event.visit];
      if (!event.ends) {
        preceding = frontier;
        for (const std::size_t each : preceding) {
          precede(observations_, visits[each].versions.back(), visits[event.visit].versions.front(),
                  visits[event.visit].visitor, Shown::by_real_time);
        }
        continue;
      }
      std::erase_if(frontier, [&](std::size_t each) {
        return std::binary_search(preceding.begin(), preceding.end(), each);
      });
      preceding = {};
      frontier.insert(std::lower_bound(frontier.begin(), frontier.end(), event.visit), event.visit);
    }
  }

 private:
  const TransactionHistory& history_;
  Observations& observations_;
};

void order_by_real_time(const TransactionHistory& history, Observations& observations,
                        std::vector<Visit>& visits) {
  std::stable_sort(visits.begin(), visits.end(),
                   [](const Visit& a, const Visit& b) { return a.key < b.key; });
  Frontier frontier(history, observations);
  for (std::size_t begin = 0, end = 0; begin < visits.size(); begin = end) {
    while (end < visits.size() && visits[end].key == visits[begin].key) ++end;
    frontier.order(std::span(visits).subspan(begin, end - begin));
  }
}

}  // namespace

void order_by_clients(const TransactionHistory& history, const IsolationOptions& options,
                      Observations& observations) {
  std::vector<Visit> visits = find_visits(history, observations);
  if (options.keys_are_sequential) order_by_process(history, observations, visits);
  if (options.keys_are_linearizable) order_by_real_time(history, observations, visits);
}

}  // namespace faultline::isolation
