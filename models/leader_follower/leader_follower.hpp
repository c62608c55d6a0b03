// Single-leader replication. One node, the leader, decides the order of all writes and keeps it in
// a log; the others, its followers, play the log back (Kleppmann, "Designing data-intensive
// applications", 2017, chapter 5). This is how PostgreSQL, MySQL, Redis, MongoDB and Kafka
// replicate. What differs between them is four decisions, and the parameters below are these four.
//
// 1. When is a write done?           `replication`
//    synchronous       when all followers have it: it takes the slowest of n-1 round trips, and one
//                      dead follower stops all writes.
//    semi_synchronous  when the fastest `acks` followers have it: the k-th smallest round trip.
//    asynchronous      when the leader has it: no round trip. If the leader dies, what it had not
//                      yet sent dies with it although its clients were told that all was well.
// 2. Who may answer a read?          `read_from`
//    The leader knows the latest write. A follower is near but behind, by its replication lag.
//    A client that reads here and there may then miss what it wrote, and see time go backwards.
//    What it needs for its own order is little: that a node has at least what the session has read
//    or written. So the client carries that position of the log as a *token* (Terry et al.,
//    "Session guarantees for weakly consistent replicated data", PDIS 1994; MongoDB's causally
//    consistent sessions: Tyulenev et al., SIGMOD 2019), and a node that is behind it waits, or
//    asks the leader: `sessions`. A value that may yet be taken back is not shown to a session. If
//    acknowledged writes survive, its reads and writes have one order that all sessions share.
// 3. What if the leader dies?        `failover`
//    none      nothing: no writes until it returns.
//    election  the followers elect a new one, as in Viewstamped Replication (Oki and Liskov, PODC
//              1988) and Raft (Ongaro and Ousterhout, USENIX ATC 2014, section 5). Time is divided
//              into *terms*. A follower that has heard nothing for its election timeout, which is
//              drawn at random so that seldom two move at once, begins a new term and asks for
//              votes. A node has one vote a term and gives it only to a candidate whose log is as
//              up to date as its own; so a term has at most one leader, and if a write needs a
//              majority, so does a vote, and the two share a node that makes the new leader one
//              that has the write.
// 4. And if the network is cut in two?  `on_partition`
//    consistency   the side with the majority elects; the other refuses. A leader cannot know that
//                  it was deposed, so two things fence it in. Its followers take nothing from a
//                  lower term: the term is a *fencing token* (Kleppmann, "How to do distributed
//                  locking", 2016). And it answers reads on its own authority only while it holds a
//                  *lease*: followers that heard from it promise not to elect another for a while
//                  (Gray and Cheriton, SOSP 1989; Ongaro 2014, section 6.4.1). This is right as
//                  long as no clock is wronger than the bound; without a lease a read waits for a
//                  majority to confirm the leader. A leader that no majority hears steps down by
//                  itself.
//    availability  each side elects a leader among those it reaches and goes on. When the sides
//                  meet, the leader with fewer followers steps down and hands over what its side
//                  wrote; where both sides wrote a key, the later writer wins and the other's
//                  acknowledged write is lost (Gray, Helland, O'Neil and Shasha, "The dangers of
//                  replication and a solution", SIGMOD 1996, section 4, on lazy group replication).
//
// A follower that was away catches up from the leader's log or, when that no longer reaches back
// far enough, from a snapshot of everything. A node that comes back without its disk may have
// promised votes and acknowledged writes that it does not remember; it asks a majority what term it
// is before it takes part, and votes only when it has caught up (Liskov and Cowling, "Viewstamped
// replication revisited", 2012, section 4.3).
//
// Followers show entries as they receive them, as replicas of databases do; the leader shows them
// when they are acknowledged. An entry that a new leader does not have is taken back.
//
// Where to find it: rules.hpp the arithmetic, log.hpp and table.hpp the data, election.cpp who
// leads, replication.cpp how entries travel, healing.cpp catching up, recovery and merging,
// leader_follower.cpp what clients see.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <faultline/leader_follower/messages.hpp>
#include <faultline/model/catalog.hpp>
#include <faultline/model/led_node.hpp>
#include <faultline/model/majority.hpp>
#include <faultline/model/waiting.hpp>

namespace faultline::leader_follower {

enum class Replication : std::uint8_t { asynchronous, semi_synchronous, synchronous };
enum class ReadFrom : std::uint8_t { leader, nearest, any };
enum class Sessions : std::uint8_t { ignore, wait, forward };
enum class Failover : std::uint8_t { none, election };
enum class OnPartition : std::uint8_t { consistency, availability };
enum class Else : std::uint8_t { latency, consistency };

/// Ways to be wrong, for tests (tests/model/flaws.hpp); each is one line.
enum class Flaw : std::uint8_t {
  none,
  acknowledges_early,  ///< when one follower fewer has a write than was promised
  votes_for_any_log,   ///< for a candidate that lacks what is committed, too
  overlong_lease,      ///< trusts its lease as if all clocks were right
  unfenced,            ///< takes entries from a leader of the past
  skips_the_check,     ///< takes entries whatever stands before them
  reads_unconfirmed,   ///< answers a read without making sure that it leads
  shows_uncommitted    ///< to a session, what may yet be taken back
};

/// See parameters() for meanings, ranges and defaults in words. After settle() every optional has a
/// value.
struct Parameters {
  OnPartition on_partition = OnPartition::consistency;
  Else otherwise = Else::consistency;
  std::optional<Replication> replication;
  std::optional<std::int64_t> acks;  ///< of followers, that a write waits for
  std::optional<ReadFrom> read_from;
  Sessions sessions = Sessions::ignore;
  Failover failover = Failover::election;
  std::int64_t first_leader = 0;
  Duration heartbeat = std::chrono::milliseconds(100);
  Duration election_timeout_min = std::chrono::seconds(1);
  Duration election_timeout_max = std::chrono::seconds(2);
  bool pre_vote = true;
  std::optional<Duration> lease;
  double clock_drift = 0.0002;
  Duration timeout = std::chrono::seconds(1);
  Duration work{0};
  Durability durability = Durability::memory;
  std::int64_t catch_up_batch = 1000;
  std::int64_t snapshot_threshold = 100'000;

  Flaw flaw = Flaw::none;
};

struct Durable final : DurableState {
  /// What the disk holds; replaced as a whole when it is to be empty.
  struct Disk {
    explicit Disk(DurableState& owner)
        : term(owner),
          voted_for(owner),
          acknowledged(owner),
          member(owner),
          log(owner),
          table(owner),
          orphans(owner),
          fork(owner) {}
    DurableCell<Term> term;
    DurableCell<std::uint32_t> voted_for;  ///< node number + 1 in this term; 0 nobody
    DurableCell<Index> acknowledged;       ///< what this node, leading, told clients is done
    DurableCell<bool> member;              ///< false on an empty disk
    Log log;
    Table table;
    DurableMap<Key, Orphan> orphans;  ///< values yet to be handed to the leader that stays
    DurableCell<Index> fork;          ///< where their log parted from its
  };
  std::unique_ptr<Disk> disk = std::make_unique<Disk>(*this);
};

class LeaderFollower : public LedNode<LeaderFollower> {
 public:
  using Parameters = leader_follower::Parameters;
  using Durable = leader_follower::Durable;
  static constexpr std::string_view name = "leader_follower";
  static constexpr std::string_view summary =
      "A leader orders all writes in a log and its followers replay it; synchronous to "
      "asynchronous, "
      "with elections, leases and fencing.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters& parameters);
  static TokenScope token_scope(const Parameters&) { return TokenScope::session; }
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  LeaderFollower(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;
  /// Lag is the age of the leader's clock reading up to which this replica is known to be complete:
  /// an upper bound on how stale a read here can be (as pt-heartbeat measures it), clock errors
  /// aside.
  Gauges gauges() const override;

  using LedNode::on;
  void on(EndpointId from, const Heartbeat& heartbeat);
  void on(EndpointId from, const Append& append);
  void on(EndpointId from, const Followed& answer);
  Task<Vote> on(EndpointId from, VoteRequest request);
  Task<Installed> on(EndpointId from, Snapshot snapshot);
  Recalled on(EndpointId from, const Recall& recall);
  HandedOver on(EndpointId from, const HandOver& hand_over);

  // For tests and tools.
  Term term() const { return disk().term.get(); }
  bool leading() const override { return role_ == Role::leader; }
  const Log& log() const { return disk().log; }
  Index committed() const { return commit_; }
  bool taking_part() const { return !learning_; }

 private:
  enum class Role : std::uint8_t { follower, candidate, leader };

  /// What the leader knows of a follower.
  struct Follower {
    EndpointId node{};
    Index match = 0;           ///< it has all up to here
    Index next = 1;            ///< the entry to send next
    bool probing = true;       ///< where the logs agree is not known yet
    bool in_snapshot = false;  ///< a snapshot is on its way
    Time entries_sent = Time::min();
    Time contact = Time::min();  ///< when we sent the latest message that it has answered
  };

  // Clients (leader_follower.cpp).
  Task<Response> read_here(Request request);
  Task<Response> read_in_session(Request request);
  Task<bool> commits(Position position);
  void give_token(const Request& request, Position seen, Response& response) const;
  Task<Response> lead(Request request) override;
  Task<Response> ask_leader(Request request);
  Task<bool> sure_to_lead();
  Response look_up(const Request& request) const;
  Position written_at(Key key) const;
  bool may_answer_at_once() const;
  Stamp next_stamp();

  // Elections (election.cpp).
  bool may_elect() const;
  bool hears_leader() const { return now() < last_heard_ + parameters_.election_timeout_min; }
  void arm_election_timer();
  Task<> watch(std::uint64_t watch, Duration patience);
  Task<> campaign();
  Task<bool> win_majority(Term term, bool trial);
  Task<bool> win_side(Term term);
  bool content() const;
  bool would_vote(const VoteRequest& request) const;
  void adopt(Term term);
  void begin_reign();
  Task<> reign(Term term);
  void end_reign();
  bool lost_majority() const;
  bool lease_holds() const;
  Time majority_contact() const;
  Standing standing() const;
  bool outranked_by(const Reign& rival) const;
  void outbid(Term term);
  Task<> keep_promises();

  // Replication (replication.cpp).
  Index append(Entry entry);
  void advance_commit();
  std::size_t required_acks() const;
  Reign reign_for(const Follower& follower) const;
  void broadcast_heartbeat();
  void stream(Follower& follower);
  void step_back(Follower& follower, const Followed& refusal);
  Follower& follower(EndpointId node);
  bool follow(EndpointId from, const Reign& reign);
  bool fits(const Position& previous) const;
  bool place(const Append& append);
  void take_early();
  void refuse_to_follow(EndpointId from);
  void refuse_entries(EndpointId from, const Reign& reign, Followed::Kind kind);
  void advance(const Reign& reign, Index verified);
  void acknowledge(EndpointId leader);
  void persist();
  Task<> write_back();
  Task<> persist_promises();
  void apply_until(Index index);
  void announce(const std::optional<Change>& change);
  void truncate(Index kept);
  void trim_log();

  // Healing (healing.cpp).
  Task<> send_snapshot(EndpointId to);
  void discard_beyond(Index common);
  void adopt_orphans(Index common);
  Task<> hand_over_orphans();
  void merge(Index common, const std::vector<Orphan>& orphans);
  Task<> recover();
  void note_caught_up();

  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  bool elects() const { return parameters_.failover == Failover::election; }
  bool available() const { return parameters_.on_partition == OnPartition::availability; }
  bool keeps_sessions() const { return parameters_.sessions != Sessions::ignore; }
  Position committed_end() const { return {log().term_at(commit_), commit_}; }
  /// Whether another node may lead without this one knowing it, and must then not be contradicted.
  bool fenced() const { return elects() && !available(); }
  Durable::Disk& disk() { return *durable_.disk; }
  const Durable::Disk& disk() const { return *durable_.disk; }

  const Parameters& parameters_;
  Durable& durable_;
  const std::vector<EndpointId> peers_;
  Role role_ = Role::follower;
  std::optional<EndpointId> leader_;
  Index commit_ = 0;
  Index persisted_ = 0;  ///< the log is as durable as the parameters ask up to here
  std::uint64_t truncations_ = 0;
  bool writing_back_ = false;

  WaitingLine<Position> session_reads_;  ///< for what is committed, here

  // As leader.
  std::vector<Follower> followers_;
  Index reign_start_ = 0;  ///< the first entry of this term
  Time reign_began_{};
  WaitingLine<Index> commits_;
  WaitingLine<Time> confirmations_;
  std::unordered_set<Value> settled_;   ///< conflicts that were counted
  mutable std::vector<Index> indexes_;  ///< scratch
  mutable std::vector<Time> contacts_;  ///< scratch

  // As follower.
  Index verified_ = 0;  ///< equal to the leader's log up to here
  Index leader_last_ = 0;
  Time leader_sent_{};  ///< the clock of the leader's latest message
  Standing leader_standing_;
  std::int64_t latest_stamp_ = 0;
  Time last_heard_ = Time::min();
  Time current_as_of_ = Time::min();
  std::map<Index, Append> early_;   ///< entries that overtook their predecessors
  std::optional<Index> gap_after_;  ///< entries were missing there at the latest heartbeat
  bool parted_ = false;  ///< the leader's log differs where this one is already forgotten
  std::uint64_t watch_ = 0;
  bool promises_kept_ = true;  ///< false for a while after a restart: see keep_promises()
  bool recovering_ = false;    ///< the disk was lost: does not know its term yet
  bool learning_ = false;      ///< and has not caught up yet
  bool handing_over_ = false;

  // Since a restart.
  bool catching_up_ = false;
  std::optional<Index> catch_up_to_;  ///< the end of the leader's log when they met again
  std::uint64_t caught_up_ = 0;       ///< entries taken since
};

}  // namespace faultline::leader_follower
