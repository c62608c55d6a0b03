// Multi-Paxos: a replicated ledger by a sequence of consensuses under one leader (Lamport, "The
// part-time parliament", ACM TOCS 16(2), 1998, here "parliament"; "Paxos made simple", ACM SIGACT
// News 32(4), 2001, here "simple"; van Renesse and Altinbuken, "Paxos made moderately complex", ACM
// Computing Surveys 47(3), 2015, here "complex"), with flexible quorums (Howard, Malkhi and
// Spiegelman, "Flexible Paxos: quorum intersection revisited", OPODIS 2016). Chubby and Spanner
// agree by it. Use it for a store that stays linearizable, and where those who vote on every write
// should be fewer, or nearer, than a majority.
//
// Its question is Raft's: how several servers keep one sequence of commands although any of them
// may crash and messages may be lost, late, doubled and out of order. Its answer begins with one
// slot of the sequence:
//
// Ballots. Whoever wants a value chosen does it in a ballot, which has a number that nobody else
//   uses: a round, and the node's own number for telling apart equal rounds.
// Phase 1, prepare and promise (phase_one.cpp). It asks the acceptors to promise that they will
// take
//   nothing of a lower ballot any more. Each that promises tells what it last voted for.
// Phase 2, accept and accepted (phase_two.cpp). It proposes the value of the highest ballot that it
//   was told of; only if nobody has voted may it propose what it likes. An acceptor votes unless it
//   has promised a higher ballot meanwhile. A value that a quorum has voted for in one ballot is
//   chosen.
//
// Why at most one value is chosen in a slot: every quorum of phase 1 shares an acceptor with every
// quorum of phase 2. If a value was chosen, whoever prepares a higher ballot hears of it, and of
// nothing else from a higher ballot than that, so it proposes the same value once more. That is all
// that the argument needs. Quorums of phase 2 need not meet one another; so with n nodes any two
// sizes will do whose sum is above n. Two majorities are only the most symmetrical choice: with a
// smaller quorum for phase 2 every write is faster, and a new leader needs more of the others.
//
// Many slots. Phase 1 does not depend on the value, so a leader does it once, for all slots from
// some place on to infinity, and then spends one round trip a command ("simple", section 3). Slots
// are independent: the leader may propose in many of them at once (within a window, Lamport's
// alpha), they may be chosen in any order, and only executing waits for those before. A new leader
// finds some that others have voted in, and proposes what it must; in between it finds holes, which
// it fills with commands that do nothing.
//
// Against Raft: there slots depend on those before them, so that logs have no holes and agree
// wholly up to an entry; only a server whose log is complete can lead; and a leader never changes
// what an entry belongs to. Here anybody may lead, and hears in phase 1 what it lacks. There a term
// has one vote of each, which can be split; here the higher ballot takes all, so no vote is split,
// but two may outbid each other for ever ("simple", section 2.4). To settle on one of them is the
// business of timeouts, and safety never rests on it.
//
// Learning (learning.cpp). The leader's messages say up to where all is chosen. Who voted in the
// same ballot has the value; who did not asks for it. Snapshots stand for the beginning.
// Reads (reads.cpp). By the ledger, by a quorum that confirms the leader, or by a lease.
//
// What must be on disk before a node answers: its promise and its votes. A node that loses its disk
// breaks promises that it does not know of, and Paxos promises nothing if it comes back under its
// old name. Here it first catches up with a leader and neither promises nor votes until then, which
// helps as long as nobody else is preparing; with `durability: memory` this is the lot of all that
// crash.
#pragma once

#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <faultline/model/catalog.hpp>
#include <faultline/model/led_node.hpp>
#include <faultline/model/waiting.hpp>
#include <faultline/model/write_back.hpp>
#include <faultline/multi_paxos/messages.hpp>

namespace faultline::multi_paxos {

enum class Reads : std::uint8_t { log, quorum, lease };

/// For tests: one line of the algorithm is wrong. No scenario can reach it.
enum class Flaw : std::uint8_t {
  none,
  accepts_any_ballot,     ///< votes although it has promised a higher ballot
  forgets_promise,        ///< on a restart
  proposes_its_own,       ///< a new leader begins behind what it knows itself, whatever others say
  proposes_lowest,        ///< of what others voted for, takes the value of the lowest ballot
  fills_all_with_no_ops,  ///< what others voted for as well as holes
  quorums_apart,          ///< lets quorums through that need not meet
  chooses_early,          ///< with one vote less than a quorum
  learns_any_ballot,      ///< takes its own vote of whatever ballot for what was chosen
  executes_as_chosen,     ///< without waiting for the slots before
  reads_unconfirmed,      ///< answers a read without making sure that it leads
  reads_early,            ///< answers before it has executed what it inherited
  overlong_lease,         ///< trusts its lease as if all clocks were right
  breaks_its_word,        ///< promises although it hears the leader, whose lease rests on that
  executes_twice          ///< takes a second attempt for a new command
};

/// See parameters() for meanings, ranges and defaults in words. After settle() every optional has a
/// value.
struct Parameters {
  std::optional<std::int64_t> election_quorum;
  std::optional<std::int64_t> replication_quorum;
  std::int64_t window = 1000;
  Duration retransmission = std::chrono::milliseconds(500);
  Duration heartbeat = std::chrono::milliseconds(100);
  Duration election_timeout_min = std::chrono::seconds(1);
  Duration election_timeout_max = std::chrono::seconds(2);
  std::int64_t first_candidate = 0;
  bool outbid = false;
  Reads reads = Reads::quorum;
  std::optional<Duration> lease;
  double clock_drift = 0.0002;
  bool forward = true;
  Duration timeout = std::chrono::seconds(1);
  Duration work{0};
  Durability durability = Durability::fsync;
  std::int64_t batch = 1000;
  std::int64_t snapshot_threshold = 10'000;

  Flaw flaw = Flaw::none;
};

struct Durable final : DurableState {
  /// What the disk holds; replaced as a whole when it is to be empty.
  struct Disk {
    explicit Disk(DurableState& owner) : promised(owner), ledger(owner), complete(owner) {}
    DurableCell<Ballot> promised;
    Ledger ledger;
    DurableCell<bool> complete;  ///< false on an empty disk until it has caught up
  };
  std::unique_ptr<Disk> disk = std::make_unique<Disk>(*this);
};

class MultiPaxos : public LedNode<MultiPaxos> {
 public:
  using Parameters = multi_paxos::Parameters;
  using Durable = multi_paxos::Durable;
  static constexpr std::string_view name = "multi_paxos";
  static constexpr std::string_view summary =
      "Consensus on every slot of a ledger under one leader, with flexible quorums: small ones for "
      "writes if those for elections are large; reads by ledger, quorum or lease.";
  static constexpr std::size_t most_nodes = 64;

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters& parameters);
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  MultiPaxos(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;
  /// Lag is the age of the leader's clock reading up to which this replica is known to be complete,
  /// clock errors aside.
  Gauges gauges() const override;

  using LedNode::on;
  Task<Promise> on(EndpointId from, Prepare prepare);
  Task<> on(EndpointId from, Accept accept);
  void on(EndpointId from, const Accepted& vote);
  void on(EndpointId from, const Preempted& refusal);
  Following on(EndpointId from, const Heartbeat& heartbeat);
  void on(EndpointId from, const Learn& request);
  void on(EndpointId from, const Learned& answer);

  // For tests and tools.
  bool leading() const override { return role_ == Role::leader; }
  Ballot promised() const { return disk().promised.get(); }
  const Ledger& ledger() const { return disk().ledger; }
  Slot executed() const { return executed_; }
  /// Whether this node knows, as a learner or as the leader, that what it voted for is chosen.
  bool knows_chosen(Slot slot) const;

 private:
  enum class Role : std::uint8_t { follower, candidate, leader };

  /// What the leader knows of a slot that it has put to the vote.
  struct Poll {
    std::bitset<most_nodes> votes;
    Time asked{};
    bool chosen = false;
  };
  /// And of another node.
  struct Peer {
    std::uint64_t round = 0;     ///< the latest round of heartbeats that it has answered
    Time contact = Time::min();  ///< when we sent the latest that it has answered
  };
  /// The votes that count in phase 1: of each slot the one of the highest ballot.
  using Reported = std::map<Slot, Vote>;

  // Clients and life (multi_paxos.cpp).
  Task<Response> lead(Request request) override;
  Task<Response> propose(Request request);

  // Phase 1, and who leads (phase_one.cpp).
  void start_election_timer();
  Task<> wait_for_leader(std::uint64_t timer, Duration patience);
  Task<> prepare();
  void report(Reported& reported, const Extract& ledger) const;
  void promise(Ballot ballot);
  void become_leader(const Reported& reported);
  Task<> reign(Ballot ballot);
  void step_down();
  void follow(EndpointId leader, Ballot ballot);
  bool leads(Ballot ballot) const { return leading() && promised() == ballot; }
  bool hears_leader() const { return now() < last_heard_ + parameters_.election_timeout_min; }
  bool bound_by_lease() const;
  bool lost_quorum() const;

  // Phase 2 (phase_two.cpp).
  void put_to_vote(Slot slot, const Proposal& proposal);
  void ask_for_votes(Slot slot, const Poll& poll);
  Task<> vote_for_own(Slot slot, Ballot ballot, std::uint64_t change);
  std::uint64_t vote(Slot slot, const Vote& vote);
  void count(std::uint32_t voter, Slot slot);
  Task<> ask_again(Ballot ballot);

  // Learning (learning.cpp).
  void settle_chosen();
  void execute();
  void apply(Slot slot);
  void learn_until(Ballot ballot, Slot chosen_until);
  void learn(const Extract& extract);
  void ask_to_learn(EndpointId source);
  void note_caught_up();
  void take_snapshot();
  Task<> save_snapshot(std::shared_ptr<const Snapshot> snapshot);
  void restore_from_snapshot();

  // Reads (reads.cpp).
  Task<Response> read(Request request);
  Task<bool> confirm_leadership();
  void heartbeat();
  Task<> heartbeat(std::uint32_t number);
  std::uint64_t quorum_round() const;
  Time quorum_contact() const;
  bool lease_holds() const;

  std::size_t election_quorum() const {
    return static_cast<std::size_t>(*parameters_.election_quorum);
  }
  std::size_t replication_quorum() const {
    return static_cast<std::size_t>(*parameters_.replication_quorum);
  }
  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  std::uint32_t my_number() const { return context_.number(); }
  Durable::Disk& disk() { return *durable_.disk; }
  const Durable::Disk& disk() const { return *durable_.disk; }

  const Parameters& parameters_;
  Durable& durable_;
  const std::vector<EndpointId> peers_;
  WriteBack write_back_;

  Role role_ = Role::follower;
  std::optional<EndpointId> leader_;
  StateMachine machine_;
  Slot executed_ = 0;
  bool saving_snapshot_ = false;
  std::uint64_t timer_ = 0;  ///< of the elections; an older one that runs out does nothing
  Time last_heard_ = Time::min();

  // As leader, in the ballot that it has promised itself.
  Slot next_slot_ = 1;
  std::map<Slot, Poll> polls_;  ///< slots beyond those that are chosen without a gap
  Slot inherited_until_ = 0;    ///< perhaps chosen under earlier leaders, up to here
  std::vector<Peer> standing_;  ///< by node number, this one included
  Time reign_began_{};
  std::uint64_t round_ = 0;  ///< of heartbeats
  WaitingLine<Slot> executions_;
  WaitingLine<std::uint64_t> confirmations_;

  // As learner.
  Time current_as_of_ = Time::min();
  Slot known_chosen_ = 0;            ///< the leader says that all up to here is
  Time ask_again_at_ = Time::min();  ///< not before then for what is missing
  Duration patience_{};              ///< and then again after so long
  bool catching_up_ = false;         ///< since a restart
  std::optional<Slot> catch_up_to_;  ///< the end of the leader's ledger when they met again
  std::uint64_t caught_up_ = 0;      ///< slots learned since
};

}  // namespace faultline::multi_paxos
