// What the nodes of a Multi-Paxos cluster say to each other. The first four are the phases of
// "Paxos made simple", section 2.2; there they are called 1a, 1b, 2a and 2b.
#pragma once

#include <utility>

#include <faultline/model/node.hpp>
#include <faultline/multi_paxos/ledger.hpp>

namespace faultline::multi_paxos {

/// 1b. The acceptor will take nothing of a lower ballot any more; and this is what it has voted
/// for. Or it refuses, and says what it has promised.
struct Promise {
  static constexpr std::string_view name = "promise";
  Promise(bool given, Ballot bound_by) : granted(given), promised(bound_by) {}
  bool accepted() const { return granted; }
  Bytes bytes() const { return 32 + ledger.bytes(); }

  bool granted;
  Ballot promised;
  Extract ledger;
};

/// 1a. For all slots behind `after`, at once.
struct Prepare {
  static constexpr std::string_view name = "prepare";
  using Reply = Promise;
  Ballot ballot;
  Slot after = 0;
};

/// 2a. Tells the acceptor by the way how far all is chosen.
struct Accept {
  static constexpr std::string_view name = "accept";
  using Reply = void;
  Bytes bytes() const { return 40 + proposal.bytes(); }
  Ballot ballot;
  Slot slot = 0;
  Proposal proposal;
  Slot chosen_until = 0;
  Key key = 0;  ///< for who watches messages
};

/// 2b.
struct Accepted {
  static constexpr std::string_view name = "accepted";
  using Reply = void;
  Ballot ballot;
  Slot slot = 0;
};

/// 2b, to the contrary: the acceptor has promised a higher ballot.
struct Preempted {
  static constexpr std::string_view name = "preempted";
  using Reply = void;
  Ballot promised;
};

struct Following {
  static constexpr std::string_view name = "following";
  Ballot promised;
  bool follows = false;
};

/// The leader shows that it is alive, and asks whether it still leads.
struct Heartbeat {
  static constexpr std::string_view name = "heartbeat";
  using Reply = Following;
  Ballot ballot;
  Slot chosen_until = 0;
  Slot proposed_until = 0;
  Time sent{};  ///< the leader's clock: for measuring a follower's lag, not for the algorithm
};

/// A node that lacks what is chosen asks one that has it.
struct Learn {
  static constexpr std::string_view name = "learn";
  using Reply = void;
  Slot after = 0;
};

/// Comes when it comes: there may be a snapshot in it.
struct Learned {
  static constexpr std::string_view name = "learned";
  using Reply = void;
  explicit Learned(Extract what) : ledger(std::move(what)) {}
  Bytes bytes() const { return 32 + ledger.bytes(); }
  Extract ledger;
};

}  // namespace faultline::multi_paxos
