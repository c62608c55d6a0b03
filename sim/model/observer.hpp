// What the outside learns from nodes besides their messages: events worth counting, the state of
// replicas, and, when somebody watches, every message.
#pragma once

#include <cstdint>
#include <string_view>

#include <faultline/core/time.hpp>
#include <faultline/history/operation.hpp>

namespace faultline {

/// Numbers all endpoints of a run, nodes and clients alike, in order of creation.
enum class EndpointId : std::uint32_t {};
constexpr std::size_t index_of(EndpointId id) { return static_cast<std::size_t>(id); }

enum class EventKind : std::uint8_t {
  leader_elected,       ///< a node starts to lead; number = its term
  leader_stepped_down,  ///< a node that led does no longer; number = its term
  conflict,             ///< two concurrent versions of a key met; number = the key
  lost_write,           ///< an acknowledged write was discarded; number = its value
  read_repair,          ///< a stale replica was mended by a read; number = the key
  hint_stored,          ///< a write is kept for a node that cannot be reached; number = the key
  hint_delivered,       ///< and has reached it
  hint_dropped,         ///< and was given up, the store of hints being full or lost
  anti_entropy_repair,  ///< a replica was mended by comparing trees; number = the key
  caught_up,            ///< a restarted node has all that it missed; number = entries
  member_suspected,     ///< a node's own probe of another has failed; number = the other's number
  member_dead,          ///< a node holds another for dead from now on; number = the other's number
  member_returned,      ///< and takes that back; number = the other's number
  suspicion_refuted,    ///< a node contradicts those who suspect it; number = its own number
};
std::string_view name_of(EventKind kind);

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void event(Time at, EndpointId node, EventKind kind, std::uint64_t number) = 0;
  /// The replica on `node` now holds `value` (for siblings: a digest of them) under `key`.
  virtual void holds(EndpointId node, Key key, Value value) = 0;
  /// The replica on `node` holds nothing any more (its disk is lost).
  virtual void emptied(EndpointId node) = 0;
};

/// What something was done for: a message whose handler did it, or an operation of a client. It
/// goes with a task through all its waits. Known only while somebody watches the messages.
class Cause {
 public:
  Cause() = default;  ///< nothing: a timer, a node that starts
  static Cause message(std::uint64_t number) { return Cause(number); }
  static Cause operation(std::uint64_t number) { return Cause(number | of_client); }

  bool none() const { return word_ == 0; }
  bool is_operation() const { return (word_ & of_client) != 0; }
  std::uint64_t number() const { return word_ & ~of_client; }

 private:
  static constexpr std::uint64_t of_client = std::uint64_t{1} << 63U;
  explicit Cause(std::uint64_t word) : word_(word) {}
  std::uint64_t word_ = 0;
};

/// A message that leaves.
struct Departure {
  Time at{};
  EndpointId from{};
  EndpointId to{};
  std::string_view what;
  Key key = 0;
  Cause cause;
  std::uint64_t answers = 0;  ///< the number of the message that it is the answer to; 0: none
};

class MessageObserver {
 public:
  virtual ~MessageObserver() = default;
  /// Returns a number under which the message's arrivals are reported. 0: not of interest.
  virtual std::uint64_t sent(const Departure& message) = 0;
  virtual void received(Time at, std::uint64_t number) = 0;
};

}  // namespace faultline
