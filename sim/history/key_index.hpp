// The operations of a history key by key: what every check starts from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <faultline/history/operation.hpp>

namespace faultline {

/// The operations of a history on single keys, grouped by key: keys ascend, and within a key
/// operations stand in order of invocation. Scans, and the records that span the parts of a
/// read_modify_write, are left out; the parts themselves are in. Refers to nothing: the history may
/// change or go away.
class KeyIndex {
 public:
  /// `workloads`: whose operations to include (indices into History::workloads); empty =
  /// everybody's. Workloads that use different services must be judged apart, since their keys are
  /// not the same data.
  explicit KeyIndex(const History& history, std::span<const std::uint16_t> workloads = {});

  /// The number of distinct keys.
  std::size_t size() const { return keys_.size(); }
  Key key(std::size_t position) const { return keys_[position]; }
  std::span<const OperationId> operations(std::size_t position) const {
    return std::span(operations_)
        .subspan(begins_[position], begins_[position + 1] - begins_[position]);
  }
  /// Where `key` stands; nothing if no operation touches it.
  std::optional<std::size_t> find(Key key) const;
  /// The number of operations under all keys.
  std::size_t total() const { return operations_.size(); }

 private:
  std::vector<Key> keys_;
  std::vector<std::size_t> begins_;  ///< one more than keys
  std::vector<OperationId> operations_;
};

}  // namespace faultline
