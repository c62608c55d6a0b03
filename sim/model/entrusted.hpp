// Which writes a node has taken on: put into its log, or handed to the leader. A network may
// deliver a request twice, and the second copy may be refused; but "no" is a promise that the write
// does not happen, and the first copy may be alive in somebody's log. Then the honest answer is
// "unknown".
//
// Remembers the latest 32,768 writes at least, 65,536 at most. A copy that comes after its original
// was refused cannot be told from a client's second attempt, and is not; nor does a node that
// crashes remember anything, which is harmless as long as a restart takes longer than a message.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <faultline/model/request.hpp>

namespace faultline {

class Entrusted {
 public:
  static constexpr std::size_t generation = 32'768;

  /// A copy of the write of `value` was taken on.
  void take(Value value) {
    if (recent_.size() == generation) {
      older_ = std::exchange(recent_, {});
    }
    ++recent_[value].copies;
  }
  /// One was refused in the end; whether no other is left.
  bool refused(Value value) {
    Write* write = find(value);
    return write == nullptr || --write->copies == 0;
  }
  /// The client of one was not told how it ended.
  void leave_open(Value value) {
    if (Write* write = find(value)) write->open = true;
  }

  /// Whether some copy may be alive.
  bool has(Value value) const {
    const Write* write = find(value);
    return write != nullptr && write->copies > 0;
  }
  bool left_open(Value value) const {
    const Write* write = find(value);
    return write != nullptr && write->open;
  }

 private:
  struct Write {
    std::uint32_t copies = 0;
    bool open = false;
  };
  const Write* find(Value value) const {
    if (const auto place = recent_.find(value); place != recent_.end()) return &place->second;
    if (const auto place = older_.find(value); place != older_.end()) return &place->second;
    return nullptr;
  }
  Write* find(Value value) { return const_cast<Write*>(std::as_const(*this).find(value)); }

  std::unordered_map<Value, Write> recent_;
  std::unordered_map<Value, Write> older_;
};

/// A client's request, from a node that does not lead to the one that it believes does.
struct Forwarded {
  static constexpr std::string_view name = "forward";
  using Reply = Response;
  Forwarded(const Request& of, std::uint64_t serial) : request(of), number(serial), key(of.key) {}
  Bytes bytes() const { return request.bytes() + 8; }
  Request request;
  std::uint64_t number;  ///< no other message has it: a second copy is not executed
  Key key;
};

/// Recognises the second copy of a message by its number; remembers as many.
class Seen {
 public:
  /// Whether `number` comes for the first time.
  bool first(std::uint64_t number) {
    if (recent_.contains(number) || older_.contains(number)) return false;
    if (recent_.size() == Entrusted::generation) older_ = std::exchange(recent_, {});
    recent_.insert(number);
    return true;
  }

 private:
  std::unordered_set<std::uint64_t> recent_;
  std::unordered_set<std::uint64_t> older_;
};

}  // namespace faultline
