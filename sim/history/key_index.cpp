#include <algorithm>
#include <utility>

#include <faultline/core/flat_map.hpp>
#include <faultline/history/key_index.hpp>

namespace faultline {
namespace {

std::vector<bool> membership(std::size_t workloads, std::span<const std::uint16_t> chosen) {
  std::vector<bool> member(std::max<std::size_t>(workloads, 1), chosen.empty());
  for (const std::uint16_t workload : chosen) {
    if (workload < member.size()) member[workload] = true;
  }
  return member;
}

}  // namespace

KeyIndex::KeyIndex(const History& history, std::span<const std::uint16_t> workloads) {
  const std::vector<bool> member = membership(history.workloads.size(), workloads);
  const auto belongs = [&](const Operation& operation) {
    if (operation.kind == OperationKind::scan ||
        operation.kind == OperationKind::read_modify_write) {
      return false;
    }
    const bool known = operation.workload < member.size();
    return known ? member[operation.workload] : workloads.empty();
  };
  // Counted, not sorted: there are far fewer keys than operations.
  FlatMap<Key, std::size_t> counts;
  for (const Operation& operation : history.operations) {
    if (belongs(operation)) ++counts[operation.key];
  }
  keys_.reserve(counts.size());
  for (const auto& [key, count] : counts) keys_.push_back(key);
  std::sort(keys_.begin(), keys_.end());

  FlatMap<Key, std::size_t>& next = counts;  // where the next operation of a key goes
  begins_.reserve(keys_.size() + 1);
  std::size_t total = 0;
  for (const Key key : keys_) {
    begins_.push_back(total);
    total += std::exchange(next[key], total);
  }
  begins_.push_back(total);
  operations_.resize(total);
  for (std::size_t id = 0; id < history.operations.size(); ++id) {
    const Operation& operation = history.operations[id];
    if (belongs(operation)) operations_[next[operation.key]++] = static_cast<OperationId>(id);
  }
}

std::optional<std::size_t> KeyIndex::find(Key key) const {
  const auto place = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (place == keys_.end() || *place != key) return std::nullopt;
  return static_cast<std::size_t>(place - keys_.begin());
}

}  // namespace faultline
