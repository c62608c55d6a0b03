// What a replica holds under a key: one version under last-writer-wins, or siblings.
#pragma once

#include <memory>

#include <faultline/core/random.hpp>
#include <faultline/model/version.hpp>

namespace faultline::quorum {

class Record {
 public:
  /// Says of a version that it is not known what it replaces.
  static constexpr std::int64_t unknown_basis = INT64_MAX;

  /// Nothing: the key was never written.
  Record() = default;
  /// One version. `basis` is the time of the newest version that its coordinator knew of: a version
  /// between the two was written without knowledge of this one, and this one without knowledge of
  /// it.
  Record(Timestamp stamp, std::int64_t basis, Value value, Bytes size)
      : stamp_(stamp), basis_(basis), value_(value), size_(size) {}
  explicit Record(const Siblings& siblings)
      : siblings_(std::make_shared<const Siblings>(siblings)) {}

  bool empty() const { return siblings_ == nullptr && stamp_ == Timestamp{}; }
  const Timestamp& stamp() const { return stamp_; }
  /// Null under last-writer-wins.
  const Siblings* siblings() const { return siblings_.get(); }
  Value value() const { return value_; }

  /// Takes in what `other` has and this has not.
  Merged merge(const Record& other);
  bool same(const Record& other) const {
    if (siblings_ == nullptr || other.siblings_ == nullptr) {
      return siblings_ == other.siblings_ && stamp_ == other.stamp_;
    }
    return siblings_ == other.siblings_ || siblings_->same_versions(*other.siblings_);
  }

  /// Equal for equal versions; 0 for nothing.
  std::uint64_t digest() const {
    if (siblings_ != nullptr) return siblings_->digest();
    return empty() ? 0 : scatter(static_cast<std::uint64_t>(stamp_.time) ^ scatter(stamp_.writer));
  }
  /// What the replica is said to hold: the value, or a digest of several.
  Value shown() const { return siblings_ == nullptr ? value_ : shown_of(*siblings_); }
  Bytes version_bytes() const {
    return siblings_ != nullptr ? 8 * siblings_->seen().entries().size() : sizeof(Timestamp);
  }
  Bytes bytes() const {
    return siblings_ != nullptr ? siblings_->bytes() : sizeof(Timestamp) + size_;
  }

  /// What a client gets to see.
  Response response() const;

 private:
  Timestamp stamp_;
  std::int64_t basis_ = unknown_basis;
  Value value_ = nil;
  Bytes size_ = 0;
  SharedSiblings siblings_;
};

inline Merged Record::merge(const Record& other) {
  if (other.siblings_ != nullptr) return merge_into(siblings_, other.siblings_);
  Merged outcome;
  if (other.stamp_ == stamp_) return outcome;
  const bool newer = stamp_ < other.stamp_;
  const Record& winner = newer ? other : *this;
  const Record& loser = newer ? *this : other;
  outcome.changed = newer;
  outcome.conflict = !loser.empty() && winner.basis_ < loser.stamp_.time;
  if (outcome.conflict) {
    outcome.lost = loser.value_;
    outcome.lost_writer = loser.stamp_.writer;
  }
  if (newer) *this = other;
  return outcome;
}

inline Response Record::response() const {
  return siblings_ == nullptr ? found(value_, size_) : response_of(*siblings_);
}

}  // namespace faultline::quorum
