// What nodes of a causal store say to each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <faultline/causal/dependencies.hpp>
#include <faultline/causal/layout.hpp>
#include <faultline/core/time.hpp>
#include <faultline/model/outbox.hpp>
#include <faultline/model/request.hpp>

namespace faultline::causal {

/// A write, as it travels and as it is kept: COPS's put_after.
struct Update {
  Key key = 0;
  Value value = nil;
  Bytes size = 0;
  std::uint32_t session = 0;
  Version version;
  /// The newest version of the key that the writer's region knew: one between the two was written
  /// without knowledge of this one, and this one without knowledge of it.
  Version replaces;
  Dependencies depends;

  Bytes bytes() const { return 40 + size + depends.bytes(); }
};

/// A place in the line of updates from one node to another, from 1.
using Position = SendWindow::Position;

/// Updates that follow one another from `position` on; shared between the copies of the message.
struct Replicate {
  static constexpr std::string_view name = "replicate";
  using Reply = void;
  using Batch = std::vector<Update>;
  Replicate(Position first, std::shared_ptr<const Batch> batch)
      : position(first), updates(std::move(batch)), key(updates->front().key) {}
  Bytes bytes() const {
    Bytes sum = 24;
    for (const Update& update : *updates) sum += update.bytes();
    return sum;
  }

  Position position;
  Position kept = 0;   ///< the first that the sender still has
  Version everywhere;  ///< see Pulse
  std::shared_ptr<const Batch> updates;
  Key key;  ///< of the first
};

/// The answer, though not to one message: what its sender has by now of the updates sent to it.
struct Received {
  static constexpr std::string_view name = "received";
  using Reply = void;
  Position received = 0;  ///< all up to here, on disk
  Position shown = 0;     ///< and all up to here can be read
};

/// What a node says now and then to a node of another region, though it has no update for it.
struct Pulse {
  static constexpr std::string_view name = "pulse";
  using Reply = void;
  Position last = 0;       ///< the latest update sent to it;
  std::uint64_t time = 0;  ///< what comes after that will have a later time
  Version everywhere;      ///< all its writes up to this one are shown in all regions
  Position shown = 0;      ///< what it has heard to be shown there; who knows more answers
};

/// To the nodes of the own region: from each region, all up to this time has come.
struct Known {
  static constexpr std::string_view name = "known";
  using Reply = void;
  std::uint64_t time = 0;  ///< the sender's clock
  Dependencies from;
};

struct Shown {
  static constexpr std::string_view name = "shown";
  bool all = false;
};
/// COPS's dep_check: answered when the node shows all these keys in these versions or later ones;
/// with a no when that takes longer than `patience`.
struct DependencyCheck {
  static constexpr std::string_view name = "dep_check";
  using Reply = Shown;
  Bytes bytes() const { return 16 + depends.bytes(); }
  Duration patience{0};
  Dependencies depends;
};

}  // namespace faultline::causal
