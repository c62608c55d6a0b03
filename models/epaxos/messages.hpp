// What replicas say to each other: the messages of SOSP 2013, Figures 2 and 3, that of the
// optimised recovery (CMU-PDL-13-111), and those by which replicas catch up.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <faultline/epaxos/checkpoint.hpp>
#include <faultline/epaxos/instance.hpp>
#include <faultline/model/node.hpp>

namespace faultline::epaxos {

struct PreAccepted {
  static constexpr std::string_view name = "pre-accepted";
  bool ok = false;
  Ballot joined = 0;
  Attributes attributes;  ///< with what the replica knows besides
  bool accepted() const { return ok; }
};

/// Phase 1: what else interferes with this command?
struct PreAccept {
  static constexpr std::string_view name = "pre-accept";
  using Reply = PreAccepted;
  InstanceId id;
  Ballot ballot = 0;
  Replicas fast_quorum;
  Action action;
  Attributes attributes;
  Key key = 0;
  Bytes bytes() const { return bytes_of_instance + action.command.size; }
};

struct Accepted {
  static constexpr std::string_view name = "accepted";
  bool ok = false;
  Ballot joined = 0;
  bool accepted() const { return ok; }
};

/// The Paxos-Accept phase: hold on to these attributes.
struct Accept {
  static constexpr std::string_view name = "accept";
  using Reply = Accepted;
  InstanceId id;
  Ballot ballot = 0;
  Action action;
  Attributes attributes;
  Key key = 0;
  Bytes bytes() const { return bytes_of_instance + action.command.size; }
};

struct Commit {
  static constexpr std::string_view name = "commit";
  using Reply = void;
  InstanceId id;
  Action action;
  Attributes attributes;
  Key key = 0;
  Bytes bytes() const { return bytes_of_instance + action.command.size; }
};

struct Prepared {
  static constexpr std::string_view name = "prepared";
  bool ok = false;
  Instance instance;
  Bytes bytes() const { return bytes_of_instance + instance.action.command.size; }
  bool accepted() const { return ok; }
};

/// Explicit Prepare: what do you know of this instance? Answer no lower ballot any more.
struct Prepare {
  static constexpr std::string_view name = "prepare";
  using Reply = Prepared;
  InstanceId id;
  Ballot ballot = 0;
};

/// An instance that interferes with the one that is tried, and of which it is not known whether it
/// depends on it.
struct Conflict {
  InstanceId id;
  /// Its leader had not heard of the one that is tried when it began.
  bool leader_unaware = false;
};

struct TriedPreAccept {
  static constexpr std::string_view name = "tried pre-accept";
  TriedPreAccept(bool joined, bool has_refuted) : ok(joined), refuted(has_refuted) {}
  Bytes bytes() const { return 16 + 16 * conflicts.size(); }
  bool ok;
  /// Something that interferes is committed, and neither depends on the other.
  bool refuted;
  std::vector<Conflict> conflicts;
  bool accepted() const { return ok; }
};

/// Would these attributes be right? Records the command, but is not a vote.
struct TryPreAccept {
  static constexpr std::string_view name = "try pre-accept";
  using Reply = TriedPreAccept;
  InstanceId id;
  Ballot ballot = 0;
  Action action;
  Attributes attributes;
  Key key = 0;
  Bytes bytes() const { return bytes_of_instance + action.command.size; }
};

/// How far a replica's knowledge of each row goes.
struct Progress {
  static constexpr std::string_view name = "progress";
  RowEnds committed_until{};  ///< all up to here
  RowEnds highest{};          ///< that it has heard of
  RowEnds executed_until{};   ///< all up to here
};

/// Sent now and then: shows who is alive, and what one has missed.
struct Compare {
  static constexpr std::string_view name = "compare";
  using Reply = Progress;
};

struct Fetched {
  static constexpr std::string_view name = "fetched";
  explicit Fetched(std::shared_ptr<const std::vector<Commit>> what) : commits(std::move(what)) {}
  explicit Fetched(std::shared_ptr<const Checkpoint> instead) : checkpoint(std::move(instead)) {}
  Bytes bytes() const {
    Bytes size = 16;
    if (checkpoint != nullptr) return size + checkpoint->bytes();
    for (const Commit& commit : *commits) size += commit.bytes();
    return size;
  }
  std::shared_ptr<const std::vector<Commit>> commits;
  std::shared_ptr<const Checkpoint> checkpoint;  ///< if the instances are forgotten: instead
};

/// Wants the committed instances of a row from a number on, so many at most.
struct Fetch {
  static constexpr std::string_view name = "fetch";
  using Reply = Fetched;
  InstanceId from;
  Number most = 0;
};

}  // namespace faultline::epaxos
