// The state machine that a protocol of consensus replicates (Schneider, "Implementing
// fault-tolerant services using the state machine approach", ACM Computing Surveys 22(4), 1990): a
// table of values, one a key, and a memory of what every session wrote last, so that a command
// which stands in the log twice (a client tried again) is executed once (Ongaro, "Consensus:
// bridging theory and practice", 2014, section 6.3). Volatile: after a restart it is built anew
// from the snapshot and the log. Plain data structure without a Context.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include <faultline/engine/topology.hpp>
#include <faultline/model/recent_writes.hpp>
#include <faultline/model/request.hpp>

namespace faultline {

struct Command {
  Key key = 0;
  Value value = nil;
  Bytes size = 0;
  std::uint32_t session = 0;
  Time stamp{};  ///< when it takes effect, where that is told by clocks; ascending in the log
};

class StateMachine {
 public:
  struct Stored {
    Value value = nil;
    Bytes size = 0;
    Time stamp{};
  };
  /// All that it holds, keys and sessions ascending.
  struct Image {
    std::vector<std::pair<Key, Stored>> table;
    std::vector<std::pair<std::uint32_t, RecentWrites>> sessions;
    Bytes size = 0;
  };

  /// Null if the key was never written.
  const Stored* find(Key key) const {
    const auto place = table_.find(key);
    return place == table_.end() ? nullptr : &place->second;
  }
  /// Whether anything changed: not if it is an earlier command once more, unless `forgetful`.
  bool apply(const Command& command, bool forgetful = false) {
    RecentWrites& recent = sessions_[command.session];
    if (recent.has(command.value) && !forgetful) return false;
    recent.remember(command.value);
    table_[command.key] = {command.value, command.size, command.stamp};
    return true;
  }

  /// What a read of the present state finds; a scan is as large as all that it meets.
  Response answer(const Request& read) const {
    const Stored* stored = find(read.key);
    Response response = stored != nullptr ? found(stored->value, stored->size) : Response{};
    if (read.kind == OperationKind::scan) {
      for (Key key = read.key + 1; key < read.key + read.keys_to_scan(); ++key) {
        if (const Stored* more = find(key)) response.size += more->size;
      }
    }
    return response;
  }

  Image image() const {
    Image image;
    image.table.assign(table_.begin(), table_.end());
    image.sessions.assign(sessions_.begin(), sessions_.end());
    const auto by_first = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::sort(image.table.begin(), image.table.end(), by_first);
    std::sort(image.sessions.begin(), image.sessions.end(), by_first);
    for (const auto& [key, stored] : image.table) image.size += 24 + stored.size;
    image.size += image.sessions.size() * sizeof(RecentWrites);
    return image;
  }
  void restore(const Image& image) {
    table_ = {image.table.begin(), image.table.end()};
    sessions_ = {image.sessions.begin(), image.sessions.end()};
  }

 private:
  std::unordered_map<Key, Stored> table_;
  std::unordered_map<std::uint32_t, RecentWrites> sessions_;
};

}  // namespace faultline
