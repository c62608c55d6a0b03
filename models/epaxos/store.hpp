// What commands are executed on: a value for each key, how many writes made it, and how far each
// session has got on it. Plain data structure without a Context.
//
// Two replicas execute commands on different keys in different orders, so what they hold as a whole
// need never be equal. But the writes of one key have one order everywhere. What a replica holds
// under a key is what so many of them made, and of two replicas the one that has executed more of
// them is further, as far as this key goes. So states can be merged, key by key, whoever is ahead
// in what.
//
// A client that is not answered may send a write again, and both attempts become commands, executed
// long after each other if one was begun by a replica that was then cut off. A session asks for one
// thing at a time and numbers what it asks for; a write that comes after a later one of its session
// on the key is an attempt that was repeated, or one whose outcome nobody waits for. It does
// nothing, which looks as if it had taken effect just before that later one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include <faultline/core/flat_map.hpp>
#include <faultline/epaxos/instance.hpp>
#include <faultline/model/request.hpp>

namespace faultline::epaxos {

/// What is held under one key.
struct Entry {
  Value value = nil;
  Bytes size = 0;
  std::uint64_t writes = 0;  ///< of the key that were executed, those that did nothing included
  /// The latest operation of each session that has written the key.
  std::map<std::uint32_t, std::uint64_t> sessions;

  Bytes bytes() const { return 32 + size + 12 * sessions.size(); }
};

class Store {
 public:
  /// Null if the key was never written.
  const Entry* find(Key key) const {
    const auto place = entries_.find(key);
    return place == entries_.end() ? nullptr : &place->second;
  }
  /// Executes a write; whether it did anything. For tests of tests: `forgetful` of attempts.
  bool write(const Action& action, bool forgetful = false) {
    const Command& command = action.command;
    Entry& entry = entries_[command.key];
    ++entry.writes;
    const auto [latest, first] = entry.sessions.try_emplace(command.session, action.operation);
    if (!first && action.operation <= latest->second && !forgetful) return false;
    latest->second = std::max(latest->second, action.operation);
    entry.value = command.value;
    entry.size = command.size;
    return true;
  }
  /// A scan is as large as all that it meets.
  Response read(const Action& action) const {
    const Entry* entry = find(action.command.key);
    Response response = entry != nullptr ? found(entry->value, entry->size) : Response{};
    for (Key key = action.command.key + 1; key < action.end(); ++key) {
      if (const Entry* more = find(key)) response.size += more->size;
    }
    return response;
  }

  /// Takes over every key that the other has further; returns them, ascending. For tests of tests:
  /// `trusting` takes over all.
  std::vector<Key> merge(const Store& other, bool trusting = false) {
    std::vector<Key> changed;
    for (const auto& [key, theirs] : other.entries_) {
      Entry& ours = entries_[key];
      if (theirs.writes <= ours.writes && !trusting) continue;
      ours = theirs;
      changed.push_back(key);
    }
    std::sort(changed.begin(), changed.end());
    return changed;
  }
  /// Ascending.
  std::vector<Key> keys() const {
    std::vector<Key> keys;
    for (const auto& [key, entry] : entries_) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  Bytes bytes() const {
    Bytes sum = 0;
    for (const auto& [key, entry] : entries_) sum += entry.bytes();
    return sum;
  }

 private:
  FlatMap<Key, Entry> entries_;
};

}  // namespace faultline::epaxos
