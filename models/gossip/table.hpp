// The replicated table: keys, each with the latest version that this node has heard of.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <faultline/core/random.hpp>
#include <faultline/model/durable.hpp>
#include <faultline/model/request.hpp>

namespace faultline::gossip {

/// When a value was written, and by whom: the last writer wins (Demers et al. 1987, section 1.1).
struct Version {
  std::int64_t time = 0;     ///< nanoseconds on the writer's clock
  std::uint32_t writer = 0;  ///< its number, plus 1; breaks ties
  friend auto operator<=>(const Version&, const Version&) = default;
};

struct Record {
  Key key = 0;
  Version version;
  /// Of the version that this one replaced on the node that took the write: whatever is newer than
  /// that was written without knowledge of this, and this without knowledge of it.
  Version replaced;
  Value value = nil;
  Bytes size = 0;

  Bytes bytes() const { return 24 + size; }
};

using Records = std::vector<Record>;

/// Records in ascending order of keys, in memory, and copied to the disk as they change.
class Table {
 public:
  explicit Table(DurableMap<Key, Record>& disk) : disk_(disk) {
    for (const Key key : disk_.keys()) insert(*disk_.find(key));
  }

  const Records& records() const { return records_; }
  /// Null if the key was never written. Valid until the next change.
  const Record* find(Key key) const {
    const auto place = place_of(key);
    return place != records_.end() && place->key == key ? &*place : nullptr;
  }

  void put(const Record& record) {
    disk_.put(record.key, record);
    insert(record);
  }

  void clear() {
    for (const Record& record : records_) disk_.erase(record.key);
    records_.clear();
    checksum_ = 0;
    snapshot_.reset();
  }

  /// The table as it stands, which later changes leave alone: what messages carry.
  std::shared_ptr<const Records> snapshot() const {
    if (!snapshot_) snapshot_ = std::make_shared<const Records>(records_);
    return snapshot_;
  }
  /// The same for the same versions of the same keys, in whatever order they came.
  std::uint64_t checksum() const { return checksum_; }

 private:
  Records::const_iterator place_of(Key key) const {
    return std::lower_bound(records_.begin(), records_.end(), key,
                            [](const Record& record, Key wanted) { return record.key < wanted; });
  }
  static std::uint64_t digest(const Record& record) {
    return scatter(record.key ^ scatter(static_cast<std::uint64_t>(record.version.time) ^
                                        scatter(record.version.writer)));
  }
  void insert(const Record& record) {
    const auto place = records_.begin() + (place_of(record.key) - records_.cbegin());
    if (place != records_.end() && place->key == record.key) {
      checksum_ -= digest(*place);
      *place = record;
    } else {
      records_.insert(place, record);
    }
    checksum_ += digest(record);
    snapshot_.reset();
  }

  DurableMap<Key, Record>& disk_;
  Records records_;
  std::uint64_t checksum_ = 0;
  mutable std::shared_ptr<const Records> snapshot_;  ///< of records_; null after a change
};

/// What two tables have that the other has not.
struct Comparison {
  Records newer_here;            ///< or not there at all
  std::vector<Key> newer_there;  ///< or not here at all
};
/// Both in ascending order of keys. Without `versions`, of keys alone.
Comparison compare(const Records& here, const Records& there, bool versions = true);

}  // namespace faultline::gossip
