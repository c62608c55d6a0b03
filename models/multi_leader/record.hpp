// What a site holds under a key, and what becomes of it when another site's comes: one version
// under last-writer-wins, or siblings. Plain data without a Context. Whatever the order in which
// records meet, and however often, the outcome is the same: merging is commutative, associative and
// idempotent, and so sites that have met the same records hold the same.
#pragma once

#include <memory>
#include <utility>

#include <faultline/core/random.hpp>
#include <faultline/model/version.hpp>
#include <faultline/multi_leader/mergeable.hpp>

namespace faultline::multi_leader {

/// A write under last-writer-wins.
struct Write {
  Timestamp stamp;  ///< by its site's clock, whatever kind that is
  Value value = nil;
  Bytes size = 0;
  /// Not of the protocol, which knows nothing of causes, but of whoever counts what it loses: the
  /// write's own event, and the writes of the key that it has overwritten knowingly.
  Dot dot;
  VersionVector overwrites;
};

/// Which of two writes stays. The others than the first are broken, for tests.
enum class Choice : std::uint8_t { later, later_time, last_to_arrive };

struct Rules {
  Choice choice = Choice::later;
  MergeRules merging{};
};

class Record {
 public:
  /// Nothing: the key was never written.
  Record() = default;
  explicit Record(const Write& write) : write_(std::make_shared<const Write>(write)) {}
  explicit Record(const Siblings& siblings)
      : siblings_(std::make_shared<const Siblings>(siblings)) {}
  explicit Record(Mergeable state)
      : merging_(std::make_shared<const Mergeable>(std::move(state))) {}

  bool empty() const { return !write_ && !siblings_ && !merging_; }
  /// Null unless the last writer wins.
  const Write* write() const { return write_.get(); }
  /// Null unless conflicts end in siblings.
  const Siblings* siblings() const { return siblings_.get(); }
  /// Null unless they end in merging.
  const Mergeable* merging() const { return merging_.get(); }

  /// Takes in what `other` has and this has not. Precondition: both are of one kind, or empty.
  Merged merge(const Record& other, const Rules& rules = {}) {
    if (other.empty()) return {};
    if (empty()) {
      *this = other;
      Merged outcome;
      outcome.changed = true;
      return outcome;
    }
    if (siblings_ != nullptr) return merge_into(siblings_, other.siblings_);
    if (merging_ != nullptr) return merge_states(other, rules.merging);
    return choose(other, rules.choice);
  }

  /// What the replica is said to hold: the value, or a digest of several.
  Value shown() const {
    if (write_ != nullptr) return write_->value;
    if (siblings_ != nullptr) return faultline::shown_of(*siblings_);
    return merging_ != nullptr ? shown_of(*merging_) : nil;
  }
  Bytes bytes() const {
    if (write_ != nullptr) return sizeof(Timestamp) + write_->size;
    if (siblings_ != nullptr) return siblings_->bytes();
    return merging_ != nullptr ? bytes_of(*merging_) : 0;
  }
  /// What a client gets to see.
  Response response() const {
    if (write_ != nullptr) return found(write_->value, write_->size);
    if (siblings_ != nullptr) return faultline::response_of(*siblings_);
    return merging_ != nullptr ? response_of(*merging_) : Response{};
  }

 private:
  Merged choose(const Record& other, Choice choice);
  Merged merge_states(const Record& other, const MergeRules& rules);

  // Shared between the copies that are under way; never changed.
  std::shared_ptr<const Write> write_;
  SharedSiblings siblings_;
  std::shared_ptr<const Mergeable> merging_;
};

/// The later timestamp stays; the sites' numbers break ties, everywhere the same way.
inline Merged Record::choose(const Record& other, Choice choice) {
  Merged outcome;
  const Write& held = *write_;
  const Write& come = *other.write_;
  if (held.dot == come.dot) return outcome;
  switch (choice) {
    case Choice::later:
      outcome.changed = held.stamp < come.stamp;
      break;
    case Choice::later_time:
      outcome.changed = held.stamp.time < come.stamp.time;
      break;
    case Choice::last_to_arrive:
      outcome.changed = true;
      break;
  }
  const Write& winner = outcome.changed ? come : held;
  const Write& loser = outcome.changed ? held : come;
  if (!winner.overwrites.covers(loser.dot)) {
    outcome.lost = loser.value;
    outcome.lost_writer = loser.stamp.writer;
    outcome.conflict = !loser.overwrites.covers(winner.dot);
  }
  if (outcome.changed) write_ = other.write_;
  return outcome;
}

inline Merged Record::merge_states(const Record& other, const MergeRules& rules) {
  Merged outcome;
  if (merging_ == other.merging_) return outcome;
  Mergeable state = *merging_;
  multi_leader::merge(state, *other.merging_, rules);
  outcome.changed = !(state == *merging_);
  if (outcome.changed) merging_ = std::make_shared<const Mergeable>(std::move(state));
  return outcome;
}

}  // namespace faultline::multi_leader
