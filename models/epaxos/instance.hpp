// Instances: what replicas agree on, one command each. Plain data without a Context.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>

#include <faultline/model/state_machine.hpp>

namespace faultline::epaxos {

/// The most replicas of a cluster.
inline constexpr std::size_t most_replicas = 9;

/// A replica by its number in the service, and a place in its row of instances, from 1.
using Replica = std::uint32_t;
using Number = std::uint32_t;
/// Orders commands that depend on each other in a circle.
using Sequence = std::uint64_t;

/// Instances form a table with a row for each replica, who alone begins those of its row.
struct InstanceId {
  Replica replica = 0;
  Number number = 0;
  friend auto operator<=>(const InstanceId&, const InstanceId&) = default;

  /// For tables: ascends as ids do.
  std::uint64_t packed() const { return (std::uint64_t{replica} << 32U) | number; }
  static InstanceId of(std::uint64_t packed) {
    return {static_cast<Replica>(packed >> 32U), static_cast<Number>(packed)};
  }
};

/// Numbers the attempts at one instance. 0 is the command leader's own first attempt; later ones
/// carry their maker's number, so that no two replicas make the same.
using Ballot = std::uint64_t;
inline Ballot next_ballot(Ballot above, Replica maker) { return (above / 16 + 1) * 16 + maker; }

/// What a client wants done; a scan reads several keys.
struct Action {
  enum class Kind : std::uint8_t {
    unknown,  ///< this replica has not heard what the instance is about
    no_op,
    read,
    write
  };
  Kind kind = Kind::unknown;
  std::uint32_t length = 1;     ///< keys, from the command's on
  std::uint64_t operation = 0;  ///< the client's number for it, the same for all attempts
  Command command;

  bool known() const { return kind != Kind::unknown; }
  bool writes() const { return kind == Kind::write; }
  bool touches() const { return kind == Kind::read || kind == Kind::write; }
  Key end() const { return command.key + length; }
};

/// Two commands interfere if it matters which comes first: they share a key and one writes it.
inline bool interfere(const Action& a, const Action& b) {
  if (!a.touches() || !b.touches() || !(a.writes() || b.writes())) return false;
  return a.command.key < b.end() && b.command.key < a.end();
}

/// For each replica, up to which number: of that part of its row, all instances that interfere.
struct Dependencies {
  std::array<Number, most_replicas> until{};
  friend bool operator==(const Dependencies&, const Dependencies&) = default;

  bool has(InstanceId id) const { return id.number <= until[id.replica]; }
  void join(const Dependencies& other) {
    for (std::size_t row = 0; row < until.size(); ++row) {
      until[row] = std::max(until[row], other.until[row]);
    }
  }
};

/// What replicas agree on besides the command, and what its place in the order follows from.
struct Attributes {
  Dependencies dependencies;
  Sequence sequence = 0;
  friend bool operator==(const Attributes&, const Attributes&) = default;

  void join(const Attributes& other) {
    dependencies.join(other.dependencies);
    sequence = std::max(sequence, other.sequence);
  }
};

/// A set of replicas.
class Replicas {
 public:
  void add(Replica replica) { bits_ = static_cast<std::uint16_t>(bits_ | (1U << replica)); }
  bool has(Replica replica) const { return (bits_ >> replica & 1U) != 0; }
  bool empty() const { return bits_ == 0; }
  std::size_t size() const {
    std::size_t count = 0;
    for (Replica replica = 0; replica < most_replicas; ++replica) count += has(replica) ? 1 : 0;
    return count;
  }
  friend bool operator==(const Replicas&, const Replicas&) = default;

 private:
  std::uint16_t bits_ = 0;
};

/// What one replica knows of an instance; durable.
struct Instance {
  enum class Status : std::uint8_t { none, pre_accepted, accepted, committed };

  Status status = Status::none;
  bool begun = false;    ///< the leader's own pre-accept has come: the next two are known
  Replicas fast_quorum;  ///< whose agreement commits at once; empty: nobody's
  Dependencies initial;  ///< as the leader knew them
  /// Of two ballots the first is a promise (nothing below it is answered), the second says in which
  /// the attributes were voted for. One for both is not enough (Sutra 2020).
  Ballot joined = 0;
  Ballot voted = 0;
  Action action;
  Attributes attributes;

  bool committed() const { return status == Status::committed; }
};

/// What an instance costs on a wire or a disk, without its value.
inline constexpr Bytes bytes_of_instance = 96;

}  // namespace faultline::epaxos
