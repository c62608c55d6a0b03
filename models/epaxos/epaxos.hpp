// Egalitarian Paxos: consensus without a leader (Moraru, Andersen and Kaminsky, "There is more
// consensus in egalitarian parliaments", SOSP 2013; details in CMU-PDL-13-111). Use it for a
// linearizable store whose clients are spread over the world and seldom touch the same key at the
// same time: each waits for replicas near it, not for a leader far away, and nobody is missed for
// long who dies.
//
// Its question is how replicas can agree on an order if each begins commands of its own. Its answer
// is not to order what does not matter: only commands that interfere, which touch one key and one
// of which writes it, have to be executed in the same order everywhere.
//
// Instances (instance.hpp). Each replica has a row of instances, one for each command that it
// leads.
//   Replicas agree, by Paxos for every instance apart, on the command and on its *attributes*: on
//   which instances it depends, and a sequence number, higher than theirs.
// Committing (commit.cpp). The leader of a command asks others whether they know of more that
//   interferes (PreAccept). If a fast quorum answers and says the same, that is it: one round trip.
//   Else the leader joins what they said, a majority accepts that, and two round trips have passed
//   (section 4.3). Why is that an order? Each of two commands was shown to a majority. Some replica
//   saw both, and told the second of the first.
// Execution (execution.hpp). Dependencies may go in circles. Every replica cuts the same graph into
//   its strongly connected components, and orders each of them by sequence numbers.
// Recovery (recovery.cpp). When a leader is silent, another replica asks a majority what it knows
//   and brings the instance to its end, if need be as a no-op: others wait for it (section 4.5).
// Catching up (catch_up.cpp). Replicas compare how far they are, and fetch what they missed.
//
// Two things that the paper says in passing, or not at all, matter. An instance has two ballots:
// one that was promised and one in which was voted (Sutra, "On the correctness of Egalitarian
// Paxos", Information Processing Letters 2020). And how to recover with the optimised fast quorum;
// here as in Ryabinin, Gotsman and Sutra, "Making democracy work: fixing and simplifying
// Egalitarian Paxos", OPODIS 2025, except that a leader says whom it takes for its fast quorum, as
// in SOSP 2013.
//
// A write is acknowledged when it has been executed, or as in the paper when it is committed
// (`acknowledge`); reads wait for execution in any case. What that wait can cost under contention
// is the subject of Tollman, Park and Ousterhout, "EPaxos revisited", NSDI 2021.
//
// All that a replica has answered for must be on its disk. A replica that loses its disk has
// forgotten its promises, and EPaxos promises nothing if it comes back under its old name. It first
// catches up with others and does not vote until then; with `durability: memory` this is the lot of
// all that crash.
//
// Forgetting (truncation.cpp). Neither paper says when an instance may be forgotten. Here a replica
// writes down now and then what it has executed (checkpoint.hpp), and then forgets the instances
// that all who are within reach have executed, too. Who misses one of those gets the checkpoint.
// Instances that were forgotten are not voted on: whoever asks about one is behind and will learn
// that when it compares.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <faultline/epaxos/checkpoint.hpp>
#include <faultline/epaxos/execution.hpp>
#include <faultline/epaxos/interference.hpp>
#include <faultline/epaxos/messages.hpp>
#include <faultline/epaxos/recovery_rule.hpp>
#include <faultline/model/catalog.hpp>
#include <faultline/model/waiting.hpp>
#include <faultline/model/write_back.hpp>

namespace faultline::epaxos {

enum class FastQuorum : std::uint8_t { simple, optimised };
enum class Acknowledge : std::uint8_t { execution, commit };

/// For tests: one line of the algorithm is wrong. No scenario can reach it.
enum class Flaw : std::uint8_t {
  none,
  ignores_answers,         ///< commits the attributes that it began with
  hasty,                   ///< takes the fast path when a majority agrees
  forgets_fast_path,       ///< does not write down that it takes it
  ignores_ballots,         ///< takes the fast path although it promised another to take it no more
  executes_early,          ///< does not wait for dependencies that are not committed
  drops_pre_accepted,      ///< recovers as a no-op what was only pre-accepted
  skips_the_trial,         ///< recovers what may have taken the fast path without trying it
  forgets_promises,        ///< of ballots, on a restart
  one_ballot,              ///< takes a ballot that was joined for one that was voted in
  reads_do_not_interfere,  ///< with writes
  executes_twice,          ///< takes a second attempt for a new command
  forgets_committed,       ///< instances that are committed, executed or not
  forgets_gaps,            ///< what was executed ahead of its row, when it restarts
  trusts_checkpoints       ///< takes over another's state even where its own is further
};

/// See parameters() for meanings, ranges and defaults in words. After settle() every optional has a
/// value.
struct Parameters {
  FastQuorum fast_quorum = FastQuorum::optimised;
  Acknowledge acknowledge = Acknowledge::execution;
  Duration fast_timeout = std::chrono::milliseconds(500);
  Duration heartbeat = std::chrono::milliseconds(100);
  Duration suspect_after = std::chrono::seconds(1);
  Duration recover_after = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(1);
  std::int64_t window = 100;
  std::int64_t batch = 1000;
  std::int64_t checkpoint_threshold = 10'000;
  Duration work{0};
  Durability durability = Durability::fsync;

  Flaw flaw = Flaw::none;
};

struct Durable final : DurableState {
  /// What the disk holds; replaced as a whole when it is to be empty.
  struct Disk {
    explicit Disk(DurableState& owner) : instances(owner), checkpoint(owner), complete(owner) {}
    DurableMap<std::uint64_t, Instance> instances;              ///< by InstanceId::packed()
    DurableCell<std::shared_ptr<const Checkpoint>> checkpoint;  ///< null before the first
    DurableCell<bool> complete;  ///< false on an empty disk until it has caught up
  };
  std::unique_ptr<Disk> disk = std::make_unique<Disk>(*this);
};

class Epaxos : public ModelNode<Epaxos> {
 public:
  using Parameters = epaxos::Parameters;
  using Durable = epaxos::Durable;
  static constexpr std::string_view name = "epaxos";
  static constexpr std::string_view summary =
      "Consensus without a leader: every replica commits its own commands with those next to it, "
      "in "
      "one round trip unless they interfere with others; linearizable as long as a majority can "
      "talk to each other.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters& parameters);
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key key);
  /// The leader included.
  static std::size_t fast_quorum_size(const Parameters& parameters, std::size_t replicas);

  Epaxos(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;

  using ModelNode::on;
  Task<PreAccepted> on(EndpointId from, PreAccept request);
  Task<Accepted> on(EndpointId from, Accept request);
  void on(EndpointId from, const Commit& commit);
  Task<Prepared> on(EndpointId from, Prepare request);
  Task<TriedPreAccept> on(EndpointId from, TryPreAccept request);
  Progress on(EndpointId from, const Compare& request);
  Fetched on(EndpointId from, const Fetch& request);

  // For tests and tools.
  const Instance& instance(InstanceId id) const;
  /// All that this replica has committed and not forgotten, by instance.
  std::vector<InstanceId> committed() const;
  /// Whether it votes: false on an empty disk until it has caught up.
  bool complete() const { return disk().complete.get(); }
  /// How many instances it keeps.
  std::size_t kept() const { return disk().instances.size(); }
  /// In the order in which it has executed them since it started; without those that it has
  /// forgotten.
  const std::vector<InstanceId>& executed() const { return executed_; }

 private:
  /// A client's command under way here: where its answer is waited for.
  struct Proposal {
    WaitingLine<int> line;
    std::optional<Response> response;
  };

  // Clients and life (epaxos.cpp).
  Task<Response> propose(Request request);
  void execute();
  void execute(const Execution::Executed& next);
  void respond(InstanceId id, const Response& response);
  void wake(InstanceId id);
  void rebuild();

  // Committing (commit.cpp).
  Task<> lead(PreAccept request);
  enum class Path : std::uint8_t { open, fast, slow };
  Path path(const PreAccept& request, const Replies<PreAccepted>& replies,
            Attributes& agreed) const;
  Task<> commit_at_once(Accept request);
  Task<> accept(Accept request);
  void commit(InstanceId id, const Action& action, const Attributes& attributes);
  void learn_commit(InstanceId id, const Action& action, const Attributes& attributes);
  PreAccepted pre_accept(const PreAccept& request);
  Accepted vote_for(const Accept& request);
  const std::vector<EndpointId>& peers_by_distance();
  Replicas choose_fast_quorum();
  bool stands(InstanceId id, Ballot ballot) const;

  // Recovery (recovery.cpp).
  void recover_those_overdue();
  Task<> recover(InstanceId id);
  Task<> prepare(Prepare request);
  Task<> conclude(Prepare prepared, Recovery found, Replicas asked);
  Task<> begin_anew(PreAccept request);
  Task<> try_pre_accept(TryPreAccept request, Replicas fast_quorum, Replicas asked);
  Prepared join(const Prepare& request);
  TriedPreAccept try_here(const TryPreAccept& request);
  void collect_conflicts(const TryPreAccept& request, Replica row, TriedPreAccept& found) const;
  void heard_of(InstanceId id);
  void heard_of_all(const Dependencies& dependencies);
  void saw_ballot(InstanceId id, Ballot ballot);

  // Catching up (catch_up.cpp).
  Task<> keep_comparing();
  Task<> compare_with(EndpointId peer, RowEnds a_while_ago);
  Task<> catch_up(EndpointId peer, Replica row, Number until);
  Task<> return_to_cluster();
  void note_committed(InstanceId id);

  // Forgetting (truncation.cpp).
  bool forgotten(InstanceId id) const;
  RowEnds executed_by_all() const;
  void checkpoint_if_due();
  Task<> save(std::shared_ptr<const Checkpoint> checkpoint);
  Task<> install(std::shared_ptr<const Checkpoint> theirs);
  void forget(std::shared_ptr<const Checkpoint> checkpoint);
  void restore(const Checkpoint& checkpoint);

  // The disk (epaxos.cpp).
  void put(InstanceId id, const Instance& instance);
  Task<bool> make_durable(Bytes size);

  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  Replica my_number() const { return context_.number(); }
  std::size_t replicas() const { return nodes().size(); }
  std::size_t others_for_majority() const { return majority(replicas()) - 1; }
  Durable::Disk& disk() { return *durable_.disk; }
  const Durable::Disk& disk() const { return *durable_.disk; }

  const Parameters& parameters_;
  Durable& durable_;
  WriteBack write_back_;
  std::vector<EndpointId> peers_by_distance_;  ///< measured when first wanted

  Number last_number_ = 0;  ///< of this replica's own row
  Interference interference_;
  Execution execution_;
  Store store_;
  std::map<InstanceId, std::shared_ptr<Proposal>> proposals_;
  std::vector<InstanceId> executed_;

  // What is not committed.
  std::map<InstanceId, Time> pending_;  ///< and from when on somebody other than its leader may act
  std::set<InstanceId> recovering_;
  RowEnds highest_{};           ///< that was heard of, by row
  RowEnds committed_until_{};   ///< all up to here
  std::vector<Time> answered_;  ///< when each replica last answered
  std::set<Replica> catching_up_rows_;
  std::vector<RowEnds> executed_by_;  ///< by replica, as it last said
  std::int64_t executed_since_checkpoint_ = 0;
  bool saving_ = false;
  std::uint64_t caught_up_ = 0;
  bool restarted_ = false;
};

}  // namespace faultline::epaxos
