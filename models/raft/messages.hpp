// What the servers of a Raft cluster say to each other: the remote procedure calls of Figure 2, of
// Figure 13 (InstallSnapshot), and TimeoutNow of the dissertation (section 3.10).
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <faultline/model/node.hpp>
#include <faultline/raft/log.hpp>

namespace faultline::raft {

struct Vote {
  static constexpr std::string_view name = "vote";
  Term term = 0;
  bool granted = false;
  bool accepted() const { return granted; }
};

struct RequestVote {
  static constexpr std::string_view name = "request vote";
  using Reply = Vote;
  Term term = 0;
  Position last_log;         ///< of the candidate
  bool trial = false;        ///< would you vote for me? (pre-vote)
  bool by_transfer = false;  ///< the leader itself has asked the candidate to stand
};

struct Appended {
  static constexpr std::string_view name = "appended";
  Term term = 0;
  bool success = false;
  Index match = 0;     ///< success: the follower has all up to here
  Index conflict = 0;  ///< else: where to try next
};

/// Without entries: a heartbeat.
struct AppendEntries {
  static constexpr std::string_view name = "append entries";
  using Reply = Appended;
  explicit AppendEntries(Term of) : term(of) {}
  Bytes bytes() const {
    Bytes size = 48;
    if (entries) {
      for (const Entry& entry : *entries) size += entry.bytes();
    }
    return size;
  }

  Term term;
  Position previous;                                  ///< the entry before those that follow
  std::shared_ptr<const std::vector<Entry>> entries;  ///< null: none
  Index leader_commit = 0;
  Index leader_last = 0;    ///< the end of the leader's log, and
  Time sent{};              ///< its clock: for measuring a follower's lag, not for the algorithm
  Time safe = Time::min();  ///< who has applied all up to leader_commit may read as of then
  Key key = 0;              ///< of the first entry, for who watches messages
};

struct Installed {
  static constexpr std::string_view name = "installed";
  Term term = 0;
  bool success = false;
};

struct InstallSnapshot {
  static constexpr std::string_view name = "install snapshot";
  using Reply = Installed;
  InstallSnapshot(Term of, std::shared_ptr<const Snapshot> what)
      : term(of), snapshot(std::move(what)) {}
  Bytes bytes() const { return snapshot->bytes(); }
  Term term;
  std::shared_ptr<const Snapshot> snapshot;
};

/// Stand for election at once: the leader hands over.
struct TimeoutNow {
  static constexpr std::string_view name = "timeout now";
  using Reply = void;
  Term term = 0;
};

}  // namespace faultline::raft
