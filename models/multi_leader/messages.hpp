// What leaders say to each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <faultline/model/outbox.hpp>
#include <faultline/multi_leader/paths.hpp>
#include <faultline/multi_leader/record.hpp>

namespace faultline::multi_leader {

/// A write, as it travels and as it waits for that: all that its leader held under the key then.
struct Update {
  Key key = 0;
  Record record;
  NodeNumber origin = 0;  ///< who sent it first
  bool again = false;     ///< for one that lost what it had; see SendAll
  bool refill = false;    ///< the same, and wherever it is passed on from there

  Bytes bytes() const { return 24 + record.bytes(); }
};

using Position = SendWindow::Position;
/// A line of updates from one leader to another: a new one with every boot of its sender. Later
/// lines have higher numbers.
using Line = std::uint64_t;

/// Updates that follow one another in a line, from `position` on; shared between the copies of the
/// message.
struct Replicate {
  static constexpr std::string_view name = "replicate";
  using Reply = void;
  using Batch = std::vector<Update>;
  Replicate(Line of, Position first, Position oldest, std::shared_ptr<const Batch> batch)
      : line(of),
        position(first),
        kept(oldest),
        updates(std::move(batch)),
        key(updates->front().key) {}
  Bytes bytes() const {
    Bytes sum = 24;
    for (const Update& update : *updates) sum += update.bytes();
    return sum;
  }

  Line line;
  Position position;
  Position kept;  ///< the first that the sender still has
  std::shared_ptr<const Batch> updates;
  Key key;  ///< of the first
};

/// The answer: what its sender has of a line by now.
struct Received {
  static constexpr std::string_view name = "received";
  using Reply = void;
  Line line = 0;
  Position position = 0;  ///< all up to here, on disk
};

struct WillSend {
  static constexpr std::string_view name = "will_send";
};
/// From a leader that may have lost what others were told it had, since it has started anew.
struct SendAll {
  static constexpr std::string_view name = "send_all";
  using Reply = WillSend;
  Line boot = 0;
};

}  // namespace faultline::multi_leader
