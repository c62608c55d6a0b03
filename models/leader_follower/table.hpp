// A replica's table: the log played back, one value a key. Plain data structure without a Context.
//
// Entries are applied in log order. Three things make it more than a map. An entry that was applied
// can be taken back, because a new leader's log may not have it. An entry that repeats an earlier
// one (a client's second attempt of a write that did succeed) is recognised and changes nothing.
// And values carry stamps, so that after a partition in which both sides went on, the later writer
// wins in whatever order the two logs are merged (Thomas, "A majority consensus approach to
// concurrency control", TODS 4(2), 1979: the write rule).
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <faultline/leader_follower/log.hpp>
#include <faultline/model/recent_writes.hpp>

namespace faultline::leader_follower {

/// What a replica holds under a key.
struct Stored {
  Value value = nil;
  Bytes size = 0;
  Stamp stamp;
  Index index = 0;  ///< of the entry that wrote it
};

/// A change of what a read of `key` returns.
struct Change {
  Key key = 0;
  Value value = nil;
};

/// All that a replica holds, to be sent to another.
struct Image {
  std::vector<std::pair<Key, Stored>> table;
  std::vector<std::pair<std::uint32_t, RecentWrites>> sessions;
  std::vector<Position> epochs;
  Position end;
  Bytes size = 0;
};

class Table {
 public:
  explicit Table(DurableState& disk) : stored_(disk), sessions_(disk), undo_(disk) {}

  /// The last entry that is in the table.
  Index applied() const { return undo_.last(); }
  /// Null if the key was never written.
  const Stored* find(Key key) const { return stored_.find(key); }
  std::vector<Key> keys() const { return stored_.keys(); }

  /// Plays the entry at index applied() + 1. What it changed, if anything.
  std::optional<Change> apply(const Entry& entry);
  /// Takes back the entry applied last, which was `entry`.
  std::optional<Change> take_back(const Entry& entry);
  /// Only forgets that the entries beyond `kept` were applied: their values stay, for the later
  /// writer to win when they come again.
  void rewind(Index kept) { undo_.truncate(kept); }
  /// Entries up to `index` will not be taken back any more.
  void forget(Index index) { undo_.forget(index); }

  /// A copy of all; the position in the log is the caller's to add.
  Image image() const;
  /// Becomes what `image` holds; returns what that changed, keys ascending.
  std::vector<Change> replace(const Image& image);
  /// Adds what wins against the values here (see Stamp); returns what that changed.
  std::vector<Change> merge(const Image& image);

 private:
  struct Undo {
    bool wrote = false;
    bool remembered = false;
    Stored before;
  };
  bool remember(std::uint32_t session, Value value);
  void unremember(std::uint32_t session, Value value);

  DurableMap<Key, Stored> stored_;
  DurableMap<std::uint32_t, RecentWrites> sessions_;
  DurableLog<Undo> undo_;
};

}  // namespace faultline::leader_follower
