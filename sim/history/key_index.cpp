#include <algorithm>
#include <utility>

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
  std::vector<std::pair<Key, OperationId>> pairs;
  pairs.reserve(history.operations.size());
  for (std::size_t id = 0; id < history.operations.size(); ++id) {
    const Operation& operation = history.operations[id];
    if (operation.kind == OperationKind::scan ||
        operation.kind == OperationKind::read_modify_write) {
      continue;
    }
    const bool known = operation.workload < member.size();
    if (known ? !member[operation.workload] : !workloads.empty()) continue;
    pairs.emplace_back(operation.key, static_cast<OperationId>(id));
  }
  std::sort(pairs.begin(), pairs.end());

  operations_.reserve(pairs.size());
  for (const auto& [key, id] : pairs) {
    if (keys_.empty() || keys_.back() != key) {
      keys_.push_back(key);
      begins_.push_back(operations_.size());
    }
    operations_.push_back(id);
  }
  begins_.push_back(operations_.size());
}

std::optional<std::size_t> KeyIndex::find(Key key) const {
  const auto place = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (place == keys_.end() || *place != key) return std::nullopt;
  return static_cast<std::size_t>(place - keys_.begin());
}

}  // namespace faultline
