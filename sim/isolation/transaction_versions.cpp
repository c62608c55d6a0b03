#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <faultline/isolation/transaction_versions.hpp>

namespace faultline::isolation {

VersionIndex::VersionIndex(const TransactionHistory& history) {
  keys_.reserve(history.steps.size());
  for (TransactionId id = 0; id < history.transactions.size(); ++id) {
    const auto steps = history.steps_of(history.transactions[id]);
    for (std::uint32_t position = 0; position < steps.size(); ++position) {
      const Step& step = steps[position];
      keys_.push_back(step.key);
      if (step.kind != StepKind::read) writes_.push_back({step.key, step.value, id, position});
    }
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  keys_.shrink_to_fit();
  std::sort(writes_.begin(), writes_.end(), [](const Write& a, const Write& b) {
    return std::tie(a.key, a.value) < std::tie(b.key, b.value);
  });
}

std::size_t VersionIndex::position_of(Key key) const {
  return static_cast<std::size_t>(std::lower_bound(keys_.begin(), keys_.end(), key) -
                                  keys_.begin());
}

VersionId VersionIndex::find(Key key, Value value) const {
  const auto found = std::lower_bound(writes_.begin(), writes_.end(), std::tie(key, value),
                                      [](const Write& write, const auto& wanted) {
                                        return std::tie(write.key, write.value) < wanted;
                                      });
  if (found == writes_.end() || found->key != key || found->value != value) return no_version;
  return static_cast<VersionId>(found - writes_.begin());
}

VersionId VersionIndex::find_any(Key key, Value value) const {
  if (value == nil) return initial(position_of(key));
  const VersionId version = find(key, value);
  if (version != no_version || outside_.empty()) return version;
  const auto found = outside_versions_.find({key, value});
  return found == outside_versions_.end() ? no_version : found->second;
}

VersionId VersionIndex::find_or_add_outside(Key key, Value value) {
  const VersionId written_version = find(key, value);
  if (written_version != no_version) return written_version;
  const auto next = static_cast<VersionId>(size());
  const auto [found, added] = outside_versions_.try_emplace({key, value}, next);
  if (added) outside_.emplace_back(key, value);
  return found->second;
}

Key VersionIndex::key(VersionId version) const {
  if (version < written()) return writes_[version].key;
  const std::size_t rest = version - writes_.size();
  return rest < keys_.size() ? keys_[rest] : outside_[rest - keys_.size()].first;
}

Value VersionIndex::value(VersionId version) const {
  if (version < written()) return writes_[version].value;
  const std::size_t rest = version - writes_.size();
  return rest < keys_.size() ? nil : outside_[rest - keys_.size()].second;
}

Observations::Observations(const TransactionHistory& history) : index(history) {
  committed.reserve(history.transactions.size());
  for (const Transaction& each : history.transactions) {
    committed.push_back(each.outcome == Outcome::ok ? 1 : 0);
  }
  flags.resize(index.written());
  StepsByKey steps_by_key;
  for (const Transaction& each : history.transactions) {
    const auto steps = history.steps_of(each);
    steps_by_key.visit(history, each, [&](Key, std::span<const std::uint32_t> positions) {
      for (std::size_t last = positions.size(); last-- > 0;) {
        const Step& step = steps[positions[last]];
        if (step.kind == StepKind::read) continue;
        flags[index.find(step.key, step.value)] |= final_flag;
        break;
      }
    });
  }
}

void Observations::see(const TransactionHistory& history, VersionId version) {
  if (version >= index.written()) return;
  flags[version] |= observed_flag;
  const TransactionId writer = index.writer(version);
  if (history.transactions[writer].outcome == Outcome::unknown) committed[writer] = 1;
}

VersionId Observations::read_version(const TransactionHistory& history, TransactionId reader,
                                     const Step& read) const {
  const auto list = history.list_of(read);
  if (list.empty()) {
    const VersionId version = index.find_any(read.key, read.value);
    return version == no_version || index.writer(version) == reader ? no_version : version;
  }
  for (std::size_t count = list.size(); count > 0; --count) {
    const VersionId version = index.find_any(read.key, list[count - 1]);
    if (version == no_version || index.writer(version) != reader) return version;
  }
  return index.initial(index.position_of(read.key));
}

namespace {

void report_dirty_updates(const TransactionHistory& history, const Observations& observations,
                          Findings& findings) {
  for (const Succession& each : observations.successions) {
    const TransactionId aborted = observations.index.writer(each.earlier);
    if (aborted == no_transaction || observations.is_committed(aborted)) continue;
    if (each.how != Shown::by_list && each.how != Shown::by_read_then_write) continue;
    const TransactionId built = observations.index.writer(each.later);
    findings.add(Anomaly::dirty_update, {aborted, built}, [&] {
      return fmt::format("{} put {} into {} on top of {}, which is of {}, which failed.",
                         name_of(history, built),
                         value_in_words(history, observations.index.value(each.later)),
                         key_in_words(history, observations.index.key(each.later)),
                         value_in_words(history, observations.index.value(each.earlier)),
                         name_of(history, aborted));
    });
  }
}

/// Precondition: reads are sorted by version and reader.
void report_lost_updates(const TransactionHistory& history, const Observations& observations,
                         Findings& findings) {
  const auto& reads = observations.reads;
  for (std::size_t begin = 0, end = 0; begin < reads.size(); begin = end) {
    std::vector<TransactionId> updaters;
    for (; end < reads.size() && reads[end].version == reads[begin].version; ++end) {
      if (!reads[end].updates) continue;
      if (updaters.empty() || updaters.back() != reads[end].reader) {
        updaters.push_back(reads[end].reader);
      }
    }
    if (updaters.size() < 2) continue;
    const VersionId version = reads[begin].version;
    findings.add(Anomaly::lost_update, updaters, [&] {
      return fmt::format("{} and {}{} read {} of {}, and each went on to write {}.",
                         name_of(history, updaters[0]), name_of(history, updaters[1]),
                         updaters.size() > 2 ? " and others" : "",
                         observations.index.is_initial(version)
                             ? "the initial state"
                             : value_in_words(history, observations.index.value(version)),
                         key_in_words(history, observations.index.key(version)),
                         key_in_words(history, observations.index.key(version)));
    });
  }
}

}  // namespace

Observations observe(const TransactionHistory& history, const IsolationOptions& options,
                     Findings& findings) {
  Observations observations(history);
  observe_lists(history, options, observations, findings);
  observe_registers(history, options, observations, findings);
  std::sort(observations.successions.begin(), observations.successions.end(),
            [](const Succession& a, const Succession& b) {
              return std::tie(a.earlier, a.later, a.how) < std::tie(b.earlier, b.later, b.how);
            });
  std::sort(observations.reads.begin(), observations.reads.end(),
            [](const VersionRead& a, const VersionRead& b) {
              return std::tie(a.version, a.reader, b.updates) <
                     std::tie(b.version, b.reader, a.updates);
            });
  report_dirty_updates(history, observations, findings);
  report_lost_updates(history, observations, findings);
  return observations;
}

}  // namespace faultline::isolation
