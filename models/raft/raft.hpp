// Raft: a replicated log by elected leaders, "in search of an understandable consensus algorithm"
// (Ongaro and Ousterhout, USENIX ATC 2014; Ongaro, "Consensus: bridging theory and practice",
// Stanford 2014, here "dissertation"). etcd, Consul, CockroachDB and TiKV agree by it. Use it for a
// store that stays linearizable and available as long as a majority can talk to each other.
//
// Its question is how several servers can keep one and the same log although any of them may crash
// and messages may be lost, late, doubled and out of order. Its answer comes in parts:
//
// Terms. Time is divided into terms, numbered upwards; each begins with an election and has at most
//   one leader. Every message carries its sender's term. Who meets a higher one adopts it and is a
//   follower from then on; what comes from a lower one is refused (section 5.1).
// Elections (election.cpp). A follower that has heard nothing for its *election timeout* stands as
//   a candidate in the next term. Timeouts are drawn at random, so that seldom two stand at once
//   and split the vote. A server has one vote a term, remembers it on disk, and gives it only to a
//   candidate whose log is at least as up to date as its own (sections 5.2, 5.4.1).
// Replication (replication.cpp). The leader appends entries to its log and has followers do the
//   same. A follower takes entries only if it has the one before them, of the same term; so logs
//   that agree on one entry agree on all before it. Where they differ, the leader's is right.
// Commitment. An entry is committed, and safe for ever, once a majority has it: no candidate
//   without it finds a majority of votes. But this argument holds for entries of the leader's own
//   term only; older ones are committed by a newer one behind them (section 5.4.2, Figure 8). That
//   is why a leader begins its term with an empty entry.
// Reads (reads.cpp). A leader may have been deposed without knowing it. It makes sure by putting
//   the read into the log, by asking a majority whether it still leads, or by a lease, which trusts
//   clocks (dissertation, section 6.4). With clocks of known error, any server can answer, as in
//   Spanner.
// Membership (membership.cpp). Members change by an entry in the log, through a time in which old
//   and new members must both agree (section 6). A leader can also hand over on purpose.
// Snapshots (snapshot.cpp). The state machine's contents stand for the beginning of the log, on
//   disk and for followers too far behind (section 7).
//
// What must be on disk before a server answers: its term, its vote, its log. A server that loses
// its disk is not the server that it was, and Raft promises nothing if it comes back under its old
// name. Here it first catches up with a leader and does not vote until then, which helps as long as
// no election is under way; with `durability: memory` this is the lot of all that crash.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <faultline/model/bounded_clock.hpp>
#include <faultline/model/catalog.hpp>
#include <faultline/model/led_node.hpp>
#include <faultline/model/waiting.hpp>
#include <faultline/raft/messages.hpp>

namespace faultline::raft {

enum class Reads : std::uint8_t { log, read_index, lease, timestamp };

/// For tests: one line of the algorithm is wrong. No scenario can reach it.
enum class Flaw : std::uint8_t {
  none,
  votes_twice,                ///< gives a second vote in a term
  forgets_its_vote,           ///< on a restart
  votes_for_any_log,          ///< skips the check of section 5.4.1
  counts_old_terms,           ///< commits an entry of an earlier term by counting
  truncates_matching,         ///< drops entries that fit, too
  skips_the_check,            ///< takes entries whatever stands before them
  reads_unconfirmed,          ///< answers a read without making sure that it leads
  reads_early,                ///< answers before an entry of its own term is committed
  overlong_lease,             ///< trusts its lease as if all clocks were right
  breaks_its_promise,         ///< votes although it hears the leader, whose lease rests on that
  skips_commit_wait,          ///< acknowledges a write before its timestamp is past
  shows_the_future,           ///< answers a read with what is not past yet
  forgets_what_is_under_way,  ///< takes a follower for safe up to now while entries are under way
  one_majority,               ///< in joint consensus, of all together
  executes_twice              ///< takes a second attempt for a new command
};

struct Reconfiguration {
  Duration at{};
  Members members;
};
struct Transfer {
  Duration at{};
  std::uint32_t to = 0;
};

/// See parameters() for meanings, ranges and defaults in words. After settle() every optional has a
/// value.
struct Parameters {
  Duration heartbeat = std::chrono::milliseconds(100);
  Duration election_timeout_min = std::chrono::seconds(1);
  Duration election_timeout_max = std::chrono::seconds(2);
  std::int64_t first_candidate = 0;
  bool pre_vote = true;
  bool check_quorum = true;
  Reads reads = Reads::read_index;
  std::optional<Duration> lease;
  double clock_drift = 0.0002;
  Duration clock_uncertainty = std::chrono::milliseconds(4);
  Duration read_age{0};
  Duration safe_ahead{0};
  bool forward = true;
  std::optional<std::int64_t> initial_members;
  std::string reconfigure;
  std::string transfer;
  Duration timeout = std::chrono::seconds(1);
  Duration work{0};
  Durability durability = Durability::fsync;
  std::int64_t batch = 1000;
  std::int64_t snapshot_threshold = 10'000;

  // Read from the text above by settle().
  std::vector<Reconfiguration> reconfigurations;  ///< ascending in time
  std::vector<Transfer> transfers;                ///< ascending in time

  Flaw flaw = Flaw::none;

  // Of reads: whether they look at clocks, and whether they are right only while a lease holds.
  bool by_timestamp() const { return reads == Reads::timestamp; }
  bool rest_on_lease() const { return reads == Reads::lease || by_timestamp(); }
};

/// Figure 2, "persistent state on all servers".
struct Durable final : DurableState {
  /// What the disk holds; replaced as a whole when it is to be empty.
  struct Disk {
    explicit Disk(DurableState& owner)
        : current_term(owner), voted_for(owner), log(owner), complete(owner) {}
    DurableCell<Term> current_term;
    DurableCell<std::uint32_t> voted_for;  ///< node number + 1 in this term; 0 nobody
    Log log;
    DurableCell<bool> complete;  ///< false on an empty disk until it has caught up
  };
  std::unique_ptr<Disk> disk = std::make_unique<Disk>(*this);
};

class Raft : public LedNode<Raft> {
 public:
  using Parameters = raft::Parameters;
  using Durable = raft::Durable;
  static constexpr std::string_view name = "raft";
  static constexpr std::string_view summary =
      "Consensus on a log by elected leaders: linearizable as long as a majority can talk to each "
      "other; reads by log, read index, lease or timestamp; membership change by joint consensus.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters& parameters);
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key key);

  Raft(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;
  /// Lag is the age of the leader's clock reading up to which this replica is known to be complete,
  /// clock errors aside.
  Gauges gauges() const override;

  using LedNode::on;
  Task<Vote> on(EndpointId from, RequestVote request);
  Task<Appended> on(EndpointId from, AppendEntries request);
  Task<Installed> on(EndpointId from, InstallSnapshot request);
  void on(EndpointId from, const TimeoutNow& request);

  // For tests and tools.
  Term current_term() const { return disk().current_term.get(); }
  bool leading() const override { return role_ == Role::leader; }
  const Log& log() const { return disk().log; }
  Index committed() const { return commit_index_; }
  const Configuration& configuration() const { return configurations_.back().second; }

 private:
  enum class Role : std::uint8_t { follower, candidate, leader };

  /// What the leader knows of another server (Figure 2, "volatile state on leaders").
  struct Peer {
    Index next_index = 1;     ///< the entry to send next
    Index match_index = 0;    ///< it has all up to here
    bool pipelining = false;  ///< its log agrees: need not wait for an answer before the next
    bool probing = false;     ///< else one message with entries at a time, and one is under way,
    Time probed_at = Time::min();  ///< sent then
    bool installing = false;       ///< a snapshot is on its way
    std::uint64_t round = 0;       ///< the latest round of heartbeats that it has answered
    Time contact = Time::min();    ///< when we sent the latest message that it has answered
  };

  // Clients and life (raft.cpp).
  Task<Response> lead(Request request) override;
  Task<Response> propose(Request request);

  // Elections (election.cpp).
  void start_election_timer();
  Task<> wait_for_leader(std::uint64_t timer, Duration patience);
  Task<> stand_for_election(bool by_transfer);
  Task<bool> win_votes(RequestVote request);
  bool up_to_date(const Position& candidates_end) const;
  bool hears_leader() const { return now() < last_heard_ + parameters_.election_timeout_min; }
  bool content() const;
  void become_follower(Term term);
  void become_leader();
  void step_down();
  Task<> reign(Term term);
  bool leads(Term term) const { return leading() && current_term() == term; }
  bool lost_quorum() const;
  Task<> persist_promises();

  // Replication (replication.cpp).
  Index append(Entry entry);
  void replicate_to(std::uint32_t number);
  void heartbeat(std::uint32_t number);
  Task<> append_entries(std::uint32_t number, std::size_t most);
  void advance_commit_index();
  void follow(EndpointId leader, Term term);
  bool matches(const Position& previous) const;
  Index take(const AppendEntries& request);
  void commit_until(Index index);
  void truncate(Index kept);
  Task<bool> make_durable(Index index);
  Task<> write_back();
  void note_caught_up();

  // Reads (reads.cpp).
  Task<Response> read(Request request);
  Task<Response> read_at_timestamp(Request request);
  Task<Response> show(Request request, Time past);
  Time promise_safe();
  void note_safe(Time moment);
  Task<bool> confirm_leadership();
  Time majority_contact() const;
  std::uint64_t majority_round() const;
  Time lease_end() const;
  bool lease_holds() const { return !lease_given_up_ && now() < lease_end(); }

  // Membership and transfer (membership.cpp).
  void follow_schedule();
  Task<> change_members(Members target);
  void go_on_with_change();
  Members audience() const;
  void note_configuration(Index index, const Configuration& configuration);
  void rebuild_configurations();
  Configuration configuration_at(Index index) const;
  Configuration counting() const;
  void hand_over_to(std::uint32_t number);
  Task<> give_up_hand_over(Term term);
  void send_timeout_now_when_ready();

  // Snapshots (snapshot.cpp).
  void take_snapshot();
  Task<> save_snapshot(std::shared_ptr<const Snapshot> snapshot);
  Task<> install_snapshot(std::uint32_t number);
  void restore_from_snapshot();

  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  std::uint32_t my_number() const { return context_.number(); }
  Durable::Disk& disk() { return *durable_.disk; }
  const Durable::Disk& disk() const { return *durable_.disk; }

  const Parameters& parameters_;
  Durable& durable_;
  BoundedClock clock_;

  // Figure 2, "volatile state on all servers".
  Role role_ = Role::follower;
  std::optional<EndpointId> leader_;
  Index commit_index_ = 0;
  Index last_applied_ = 0;
  StateMachine machine_;
  /// The members, and from which entry on: a server goes by the latest in its log.
  std::vector<std::pair<Index, Configuration>> configurations_;

  std::uint64_t timer_ = 0;  ///< of the elections; an older one that runs out does nothing
  Time last_heard_ = Time::min();
  Index durable_until_ = 0;  ///< the log is as durable as the parameters ask up to here
  std::uint64_t truncations_ = 0;
  bool writing_back_ = false;
  bool saving_snapshot_ = false;
  WaitingLine<Index> durable_line_;
  WaitingLine<Index> arrivals_;  ///< entries that overtook their predecessors

  Time safe_ = Time::min();  ///< this node knows all entries with timestamps up to here
  WaitingLine<Time> safe_line_;
  Time promised_ = Time::min();  ///< to others, as leader, that they are safe up to here

  // As leader.
  std::vector<Peer> peers_;  ///< by node number, this one included
  Index term_start_ = 0;     ///< the first entry of this term
  Time reign_began_{};
  std::uint64_t round_ = 0;  ///< of heartbeats
  WaitingLine<Index> commits_;
  WaitingLine<std::uint64_t> confirmations_;
  Members joining_;                    ///< catching up before they become members
  std::optional<Term> changing_in_;    ///< the term in which a change of members was begun
  std::optional<std::uint32_t> heir_;  ///< leadership is being handed over to
  bool lease_given_up_ = false;        ///< for this term
  std::size_t transfers_begun_ = 0;

  // As follower.
  Time current_as_of_ = Time::min();
  bool catching_up_ = false;          ///< since a restart
  std::optional<Index> catch_up_to_;  ///< the end of the leader's log when they met again
  std::uint64_t caught_up_ = 0;       ///< entries taken since
};

}  // namespace faultline::raft
