// A replica's data: updates in the order that the first member gave them, and the table they make.
//
// Plain data structure without a Context. Updates that are not known to be done everywhere are
// *pending*; in chain replication this is the list of what was sent and not yet acknowledged (van
// Renesse and Schneider, OSDI 2004, section 3.2, "Sent"). When the last member has an update it is
// *committed*, and moves into the table. A key with pending updates has several versions, a clean
// one in the table and dirty ones on top of it (Terrace and Freedman, "Object storage on CRAQ",
// USENIX ATC 2009, section 2.3).
//
// An update that repeats an earlier one, a client's second attempt of a write that did succeed,
// changes nothing: without that, it could bring an overwritten value back to life.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <faultline/engine/topology.hpp>
#include <faultline/history/operation.hpp>
#include <faultline/model/durable.hpp>
#include <faultline/model/observer.hpp>
#include <faultline/model/recent_writes.hpp>

namespace faultline::view_service {

/// The place of an update in the order, from 1.
using Index = std::uint64_t;

struct Update {
  Key key = 0;
  Value value = nil;
  Bytes size = 0;
  std::uint32_t session = 0;
  bool repeats = false;      ///< changes nothing: an earlier update wrote the same for its client
  EndpointId origin{};       ///< the node that waits for the answer
  std::uint64_t number = 0;  ///< under which it waits

  Bytes bytes() const { return 40 + size; }
};

struct Version {
  Value value = nil;
  Bytes size = 0;
  Index index = 0;  ///< of the update that wrote it; 0: the key was never written
};

/// All committed data, to be sent to who has none.
struct Image {
  std::vector<std::pair<Key, Version>> table;
  std::vector<std::pair<std::uint32_t, RecentWrites>> sessions;
  Index committed = 0;
  Bytes size = 0;
};

class Store {
 public:
  explicit Store(DurableState& disk)
      : updates_(disk), committed_(disk), table_(disk), sessions_(disk) {}

  Index last() const { return updates_.last(); }
  Index committed() const { return committed_.get(); }
  /// Updates up to there are not here any more; they are in the table.
  Index forgotten() const { return updates_.first() - 1; }
  /// Precondition: forgotten() < index <= last().
  const Update& at(Index index) const { return updates_.at(index); }

  /// Whether the session wrote this value before.
  bool wrote(std::uint32_t session, Value value) const;
  /// Puts an update at index last() + 1.
  void append(const Update& update);
  /// Puts the oldest pending update into the table and returns it. Precondition: there is one.
  Update commit_next();
  /// Precondition: index <= committed().
  void forget(Index index) { updates_.forget(index); }

  std::vector<Key> keys() const { return table_.keys(); }
  /// The committed version.
  Version clean(Key key) const;
  bool dirty(Key key) const { return dirty_.contains(key); }
  /// The newest version, committed or not.
  Version newest(Key key) const;
  /// The version that the update at `index` wrote, or a newer one that is committed; nothing if
  /// there is neither.
  std::optional<Version> version(Key key, Index index) const;

  Image image() const;
  /// Becomes what `image` holds; returns the keys it had and `image` has not.
  std::vector<Key> replace(const Image& image);
  /// Broken on purpose: the updates up to `index` are lost, and nobody minds.
  void skip_until(Index index);

  /// Finds the dirty versions again. What a power loss takes back, it takes from the disk alone.
  void index_pending();

 private:
  static Version version_of(const Update& update, Index index) {
    return {update.value, update.size, index};
  }
  void remember(std::uint32_t session, Value value);

  DurableLog<Update> updates_;
  DurableCell<Index> committed_;
  DurableMap<Key, Version> table_;
  DurableMap<std::uint32_t, RecentWrites> sessions_;
  std::unordered_map<Key, std::deque<Index>> dirty_;  ///< pending updates by key
};

}  // namespace faultline::view_service
