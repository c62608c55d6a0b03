#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <faultline/check/lost_updates.hpp>
#include <faultline/check/versions.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

/// A read_modify_write of which both parts went well, once for each value that it read.
struct Update {
  Value basis;
  Moment answered;
  OperationId write;
};

/// The updates of one key, by basis and then by answer.
std::vector<Update> collect_updates(const History& history,
                                    std::span<const OperationId> operations) {
  std::vector<OperationId> parts;
  for (const OperationId id : operations) {
    if (history.operations[id].part) parts.push_back(id);
  }
  std::sort(parts.begin(), parts.end(), [&](OperationId a, OperationId b) {
    const Operation& first = history.operations[a];
    const Operation& second = history.operations[b];
    return std::tie(first.session, first.invoked, a) < std::tie(second.session, second.invoked, b);
  });
  std::vector<Update> updates;
  for (std::size_t next = 1; next < parts.size(); ++next) {
    const Operation& read = history.operations[parts[next - 1]];
    const Operation& write = history.operations[parts[next]];
    if (!answered_read(read) || !write.writes() || answered(write) == endless ||
        read.session != write.session) {
      continue;
    }
    for_each_observed(history, read, [&](Value value) {
      updates.push_back({value, answered(write), parts[next]});
    });
  }
  std::sort(updates.begin(), updates.end(), [](const Update& a, const Update& b) {
    return std::tie(a.basis, a.answered, a.write) < std::tie(b.basis, b.answered, b.write);
  });
  return updates;
}

/// Pairs of values that some read returned together, smaller first.
class Siblings {
 public:
  Siblings(const History& history, std::span<const OperationId> operations) {
    for (const OperationId id : operations) {
      const Operation& read = history.operations[id];
      if (!answered_read(read) || read.more_count == 0) continue;
      std::vector<Value> values;
      for_each_observed(history, read, [&](Value value) { values.push_back(value); });
      std::sort(values.begin(), values.end());
      for (std::size_t a = 0; a < values.size(); ++a) {
        for (std::size_t b = a + 1; b < values.size(); ++b) {
          pairs_.emplace_back(values[a], values[b]);
        }
      }
    }
    std::sort(pairs_.begin(), pairs_.end());
  }

  bool together(Value a, Value b) const {
    return std::binary_search(pairs_.begin(), pairs_.end(),
                              std::pair(std::min(a, b), std::max(a, b)));
  }

 private:
  std::vector<std::pair<Value, Value>> pairs_;
};

void find_overwritten(const History& history, std::span<const OperationId> operations,
                      std::vector<LostUpdate>& lost) {
  const std::vector<Update> updates = collect_updates(history, operations);
  if (updates.size() < 2) return;
  const Siblings siblings(history, operations);
  const auto value_of = [&](const Update& update) {
    return history.operations[update.write].written;
  };
  for (std::size_t begin = 0; begin < updates.size();) {
    std::size_t end = begin;
    while (end < updates.size() && updates[end].basis == updates[begin].basis) ++end;
    const Update& survivor = updates[end - 1];
    for (std::size_t each = begin; each + 1 < end; ++each) {
      const bool kept =
          std::any_of(updates.begin() + static_cast<std::ptrdiff_t>(begin),
                      updates.begin() + static_cast<std::ptrdiff_t>(end), [&](const Update& other) {
                        return siblings.together(value_of(updates[each]), value_of(other));
                      });
      if (!kept) lost.push_back({updates[each].write, survivor.write});
    }
    begin = end;
  }
}

/// The newest of what replicas hold; nothing if that cannot be told.
std::optional<Version> newest_held(const KeyVersions& versions, const KeyState& state) {
  std::optional<Version> newest;
  for (const Value value : state.held) {
    const Version* version = versions.find(value);
    if (version == nullptr) return std::nullopt;
    if (!newest || newest->established < version->established) newest = *version;
  }
  return newest;
}

void sort_and_deduplicate(std::vector<LostUpdate>& lost) {
  std::stable_sort(lost.begin(), lost.end(),
                   [](const LostUpdate& a, const LostUpdate& b) { return a.write < b.write; });
  const auto same = [](const LostUpdate& a, const LostUpdate& b) { return a.write == b.write; };
  lost.erase(std::unique(lost.begin(), lost.end(), same), lost.end());
}

}  // namespace

std::vector<LostUpdate> find_overwritten_updates(const History& history,
                                                 std::span<const std::uint16_t> workloads) {
  const KeyIndex index(history, workloads);
  std::vector<LostUpdate> lost;
  for (std::size_t position = 0; position < index.size(); ++position) {
    find_overwritten(history, index.operations(position), lost);
  }
  sort_and_deduplicate(lost);
  return lost;
}

std::vector<LostUpdate> find_rolled_back_writes(const History& history, const ReplicaStates& states,
                                                std::span<const std::uint16_t> workloads) {
  const KeyIndex index(history, workloads);
  std::vector<LostUpdate> lost;
  for (const KeyState& state : states) {
    const auto position = index.find(state.key);
    if (!position) continue;
    const auto operations = index.operations(*position);
    const KeyVersions versions(history, operations);
    const auto newest = newest_held(versions, state);
    if (!newest) continue;
    for (const OperationId id : operations) {
      const Operation& write = history.operations[id];
      if (!write.writes() || answered(write) == endless) continue;
      if (newest->established < called(write)) lost.push_back({id, newest->write});
    }
  }
  sort_and_deduplicate(lost);
  return lost;
}

}  // namespace faultline
