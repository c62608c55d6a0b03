#include <algorithm>

#include <faultline/check/versions.hpp>

namespace faultline {

KeyVersions::KeyVersions(const History& history, std::span<const OperationId> operations) {
  collect_writes(history, operations);
  establish(history, operations);
}

void KeyVersions::collect_writes(const History& history, std::span<const OperationId> operations) {
  versions_.emplace_back();  // nil
  for (const OperationId id : operations) {
    const Operation& operation = history.operations[id];
    if (!operation.writes()) continue;
    versions_.push_back(
        {operation.written, id, faultline::called(operation), answered(operation), id});
  }
  std::stable_sort(versions_.begin(), versions_.end(),
                   [](const Version& a, const Version& b) { return a.value < b.value; });
  std::size_t kept = 0;
  for (std::size_t first = 0; first < versions_.size();) {
    std::size_t last = first + 1;
    while (last < versions_.size() && versions_[last].value == versions_[first].value) ++last;
    if (last == first + 1) {
      versions_[kept++] = versions_[first];
    } else {
      ambiguous_ = true;
    }
    first = last;
  }
  versions_.resize(kept);
}

void KeyVersions::establish(const History& history, std::span<const OperationId> operations) {
  for (const OperationId id : operations) {
    const Operation& operation = history.operations[id];
    if (!answered_read(operation)) continue;
    const Moment seen = answered(operation);
    for_each_observed(history, operation, [&](Value value) {
      const std::size_t place = place_of(value);
      if (place == versions_.size()) return;
      Version& version = versions_[place];
      // A value seen before its write began proves a broken store, not an early write.
      if (seen < version.called || version.established <= seen) return;
      version.established = seen;
      version.evidence = id;
    });
  }
}

std::size_t KeyVersions::place_of(Value value) const {
  const auto place =
      std::lower_bound(versions_.begin(), versions_.end(), value,
                       [](const Version& version, Value wanted) { return version.value < wanted; });
  const bool found = place != versions_.end() && place->value == value;
  return found ? static_cast<std::size_t>(place - versions_.begin()) : versions_.size();
}

const Version* KeyVersions::find(Value value) const {
  const std::size_t place = place_of(value);
  return place < versions_.size() ? &versions_[place] : nullptr;
}

}  // namespace faultline
