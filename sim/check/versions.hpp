// What a history alone proves about the values of one key: which write each comes from, since when
// it certainly existed, and which is newer than which. Stale reads, broken sessions and lost
// updates are all told from this.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <faultline/history/operation.hpp>
#include <faultline/history/real_time.hpp>

namespace faultline {

/// The operation that is not there: the writer of `nil`.
inline constexpr OperationId nobody = std::numeric_limits<OperationId>::max();

/// One value of a key. Its write took effect at some instant between `called` and `established`.
struct Version {
  Value value = nil;
  OperationId write = nobody;
  Moment called = beginning;       ///< when its write began
  Moment established = beginning;  ///< the first answer that proves it: its write's, or a read's
  OperationId evidence = nobody;   ///< the operation that got this answer
};

/// Whether every order of the writes that respects real time puts `first` before `second`: the
/// first certainly existed when the write of the second had not begun. Two versions may well be in
/// neither order: their writes were concurrent.
inline bool definitely_older(const Version& first, const Version& second) {
  return first.established < second.called;
}

/// The versions of one key, nil included. A write whose outcome is unknown or failed is established
/// only by a read that saw its value. Values that were written more than once name no write, so
/// they are no versions here.
class KeyVersions {
 public:
  KeyVersions(const History& history, std::span<const OperationId> operations);

  /// Ascending by value.
  std::span<const Version> all() const { return versions_; }
  /// Null for a value that nobody wrote, or several did.
  const Version* find(Value value) const;
  /// Whether some value was written more than once.
  bool ambiguous() const { return ambiguous_; }

 private:
  /// Where `value` stands among the versions; their number if it is none.
  std::size_t place_of(Value value) const;
  void collect_writes(const History& history, std::span<const OperationId> operations);
  void establish(const History& history, std::span<const OperationId> operations);

  std::vector<Version> versions_;
  bool ambiguous_ = false;
};

/// Calls `visit(value)` for every value that a read returned.
template <typename Visitor>
void for_each_observed(const History& history, const Operation& read, Visitor&& visit) {
  visit(read.observed);
  for (const Value value : history.siblings(read)) visit(value);
}

/// Whether this is a read with a result.
inline bool answered_read(const Operation& operation) {
  return operation.reads() && operation.outcome == Outcome::ok;
}

}  // namespace faultline
