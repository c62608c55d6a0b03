// The replica ledger: which replica holds what, kept up to date as replicas change, so that the
// number of diverged keys is known at every instant without visiting any key.
//
// A key is diverged while its replicas do not all hold the same value. A replica that is down holds
// what it held; one that lost its disk holds nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <faultline/core/flat_map.hpp>
#include <faultline/history/operation.hpp>
#include <faultline/model/observer.hpp>

namespace faultline {

class ReplicaLedger {
 public:
  /// `replica_nodes` names the nodes that are to hold a key: the same number of them for every key.
  explicit ReplicaLedger(std::function<std::vector<EndpointId>(Key)> replica_nodes)
      : replica_nodes_(std::move(replica_nodes)) {}

  /// Reports of nodes that are no replicas of the key (hints) are ignored.
  void holds(Time at, EndpointId node, Key key, Value value);
  void emptied(Time at, EndpointId node);

  std::size_t diverged() const { return diverged_; }

  /// For how long keys were diverged: of those that have become equal since the last call.
  struct Divergence {
    std::uint64_t spans = 0;
    Duration total{0};
    Duration longest{0};
    void add(const Divergence& other);
  };
  Divergence take_divergence() { return std::exchange(divergence_, {}); }

  /// Starts to watch how long the keys diverged at `at` need until each has been equal on all
  /// replicas once. Returns the watch's number. At most 32 watches.
  std::size_t watch(Time at);
  struct Watch {
    Time from{};
    std::size_t keys = 0;  ///< diverged when the watch began
    std::size_t remaining = 0;
    Time last{};  ///< when the last of them became equal; `from` if there were none
  };
  const std::vector<Watch>& watches() const { return watches_; }

  /// What the replicas hold, keys ascending, replicas in order of preference; `nil` where nothing.
  struct Replicas {
    Key key;
    std::vector<EndpointId> nodes;
    std::vector<Value> values;
  };
  std::vector<Replicas> replicas() const;

 private:
  struct Entry {
    Key key = 0;
    std::uint32_t watched = 0;  ///< one bit a watch
    bool diverged = false;
    Time since{};  ///< diverged from then on, if it is
  };
  /// What one replica of a key holds.
  struct Copy {
    EndpointId node{};
    Value value = nil;
  };
  std::uint32_t entry_of(Key key);
  /// The copies of an entry, in order of preference.
  std::span<Copy> copies_of(std::uint32_t entry) {
    return std::span(copies_).subspan(entry * replicas_each_, replicas_each_);
  }
  void set(Time at, std::uint32_t entry, Copy& changed_copy, Value value);

  std::function<std::vector<EndpointId>(Key)> replica_nodes_;
  FlatMap<Key, std::uint32_t> places_;
  std::vector<Entry> entries_;
  std::size_t replicas_each_ = 0;  ///< of a key
  std::vector<Copy> copies_;       ///< replicas_each_ for every entry
  std::size_t diverged_ = 0;
  Divergence divergence_;
  std::vector<Watch> watches_;
};

}  // namespace faultline
