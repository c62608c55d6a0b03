// Asynchronous multi-leader replication (Kleppmann, "Designing data-intensive applications", 2017,
// chapter 5; Terry et al., "Managing update conflicts in Bayou, a weakly connected replicated
// storage system", SOSP 1995). Use it where every site has to take writes at once and by itself:
// several data centres, or devices that are offline now and then.
//
// Every node is a leader and has all the data. It answers reads from what it has and takes writes
// at once; it sends them to the others afterwards, and takes in theirs. So a write costs no round
// trip and survives any partition; and two leaders may write the same key without knowing of each
// other. What becomes of such a *conflict* is the model's main parameter.
//
// last_writer_wins  The write with the later timestamp stays, everywhere the same one (Thomas, "A
//   majority consensus approach to concurrency control", TODS 4(2), 1979); leaders' numbers break
//   ties. The others are lost, though their clients were told that all is well. How many, and
//   which, is up to the clock:
//     wall     the leader's clock. One that is behind by s loses what it writes within s after
//              others, even what replaces something that its client has just read.
//     lamport  a count that is above all that the leader has heard of (Lamport 1978): who has seen
//              a write replaces it. Between writes that know nothing of each other whim decides.
//     hybrid   the same, in numbers that stay close to the time of day (Kulkarni et al. 2014).
//   What a session knows of time travels in its token: clients are processes, too.
// siblings          Both stay, and a read returns both. A client that has read them and writes
//   replaces just them: its token says what it has read (DeCandia et al., "Dynamo", SOSP 2007,
//   section 4.4; Preguica et al., dotted version vectors, PODC 2012; sim/model/version.hpp).
// merge             There is no conflict: what is kept are data types for which concurrent updates
//   have one outcome (Shapiro et al., "Conflict-free replicated data types", SSS 2011): counters
//   that grow, or also fall (counters.hpp), a set in which an add outlives a remove that did not
//   know of it (or_set.hpp), a map in which the later change of a field stays (lww_map.hpp).
//   Clients add and remove instead of writing; leaders send what they hold, and merge
//   (mergeable.hpp).
//
// Writes travel along paths (paths.hpp), each link of which is a line: a durable outbox, from which
// they are sent in order, and again until the other has answered that it has them on its disk. Who
// is sent something twice notices by its place. What is written while `ship_every` passes travels
// together. So a partition or a crash delays and loses nothing; afterwards all hold the same.
//
// A leader whose outbox is full refuses its clients' writes. It still takes in what it has to pass
// on, up to twice as much; then who sends it that has to wait, and is full itself in the end. That
// clients have to stop first is what keeps a ring from standing still with all its outboxes full:
// one of them has room, and what moves into it leaves room behind ("bubble flow control": Carrion,
// Beivide, Gregorio and Vallejo, HiPC 1997).
//
// A leader that has lost its disk asks those who send to it for all they have, and passes it on.
// That does not count against limits, there or wherever it is passed on, and is always taken in:
// it may be far more than they permit, and what waits behind it would stand still for good.
// What it had taken and not yet sent is lost.
//
// What it does not promise. Reads may be stale, of course. From leader to leader sessions have no
// guarantees: the write may not be there yet (the causal store waits for it). With all_to_all an
// effect may be seen before its cause. A client that repeats a write at another leader may write
// twice.
//
// Where to find it: record.hpp what is kept and how conflicts end, paths.hpp; multi_leader.cpp what
// clients see, replication.cpp how writes travel.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <faultline/model/catalog.hpp>
#include <faultline/model/hybrid_clock.hpp>
#include <faultline/model/lamport_clock.hpp>
#include <faultline/model/recent_writes.hpp>
#include <faultline/multi_leader/messages.hpp>

namespace faultline::multi_leader {

enum class Conflicts : std::uint8_t { last_writer_wins, siblings, merge };
enum class Clock : std::uint8_t { wall, lamport, hybrid };

/// Broken on purpose, for tests: see flaws_test.cpp. Not a parameter.
enum class Flaw : std::uint8_t {
  none,
  drops_siblings,       ///< a write replaces versions that its client has not read
  deaf_clock,           ///< a Lamport or hybrid clock does not hear of others
  ties_not_broken,      ///< of two writes of one time a leader keeps the one it has
  last_to_arrive_wins,  ///< timestamps are not compared
  sends_once,           ///< the outbox forgets what it has sent
  outbox_in_memory,     ///< is empty after a restart
  passes_nothing_on,    ///< the hub of a star keeps what it gets to itself
  counters_add_up,      ///< two states of a counter are added up
  one_counter,          ///< of what was added and what was taken away, instead of two
  removes_unseen,       ///< a set without an element takes it from all others
};

/// See parameters() for meanings, ranges and defaults in words.
struct Parameters {
  Conflicts conflicts = Conflicts::last_writer_wins;
  std::optional<DataType> type;
  Clock clock = Clock::hybrid;
  Shape topology = Shape::all_to_all;
  Duration ship_every{0};
  Duration resend_after = std::chrono::milliseconds(500);
  std::int64_t batch = 1000;
  std::int64_t outbox_limit = default_outbox_limit;
  Duration work{0};
  Durability durability = Durability::memory;

  Flaw flaw = Flaw::none;
};

/// How far a leader is in the line of another.
struct Taken {
  Line line = 0;
  Position position = 0;
};

struct Durable final : DurableState {
  DurableCell<Line> disk{*this};             ///< the boot that first used it; 0 on a new disk
  LamportClock clock{*this};                 ///< the highest time given or heard of, of any clock
  DurableCell<std::uint64_t> events{*this};  ///< the counter of the last own Dot
  DurableMap<Key, Record> table{*this};
  DurableMap<std::uint32_t, RecentWrites> sessions{*this};
  std::map<NodeNumber, DurableLog<Update>> outbox;  ///< for each target
  DurableMap<NodeNumber, Taken> taken{*this};       ///< from each source
};

class MultiLeader : public ModelNode<MultiLeader> {
 public:
  using Parameters = multi_leader::Parameters;
  using Durable = multi_leader::Durable;
  static constexpr std::string_view name = "multi_leader";
  static constexpr std::string_view summary =
      "Every node takes writes by itself and sends them to the others afterwards; of conflicting "
      "ones the last by a clock stays (wall, Lamport, hybrid), or all do as siblings, or data "
      "types "
      "merge.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static TokenScope token_scope(const Parameters& parameters) {
    return parameters.conflicts == Conflicts::siblings ? TokenScope::key : TokenScope::session;
  }
  static DataKind data_kind(const Parameters& parameters) {
    return parameters.type ? kind_of(*parameters.type) : DataKind::registers;
  }
  static bool serves(const Parameters& parameters, OperationKind kind);
  static std::vector<EndpointId> replica_nodes(const Parameters&, const ServiceView& service, Key) {
    return service.nodes;
  }

  /// `parameters` must be settled.
  MultiLeader(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;

  using ModelNode::on;
  Task<> on(EndpointId from, Replicate message);
  void on(EndpointId from, const Received& answer);
  Task<WillSend> on(EndpointId from, SendAll wish);

  // For tests and tools.
  /// The most updates that it keeps for another leader.
  std::size_t longest_outbox() const;
  HybridTime hybrid_time() const { return HybridTime::from_word(durable_.clock.time()); }

 private:
  /// The way to another leader.
  struct Link {
    NodeNumber target = 0;
    Outbox<Update> outbox;
    Position safe = 0;        ///< all up to here is on the disk
    Position due = 0;         ///< and up to here is to be sent
    Line refilled = 0;        ///< the last boot of the other for which all was put into the outbox
    std::size_t refills = 0;  ///< updates in the outbox that do not count against its limit

    void add_up();
    Position add(Update update);
    void forget(Position last);
    std::size_t counted() const { return outbox.size() - refills; }
  };
  /// Where updates were put into outboxes: a position for each link, 0 where there is none.
  using Places = std::vector<Position>;

  // Clients (multi_leader.cpp).
  Response read(const Request& request) const;
  Task<Response> write(Request request);
  Record timestamped(const Request& request);
  Record beside_siblings(const Request& request);
  Record merged(const Request& request);
  Record updated(const Request& request);
  Merged enter(Key key, const Record& record);
  void show(Key key, const Record& record);
  Timestamp next_stamp();
  Dot next_dot();
  void hear_of(std::uint64_t time);
  void hear_of(const Record& record);
  Token token_after(const Request& request) const;
  Token token_of(std::uint64_t time) const;
  Task<> persist(Bytes size);

  // How writes travel (replication.cpp).
  bool room() const;
  bool reserve_room(const Update& update, NodeNumber source,
                    std::vector<std::size_t>& reserved) const;
  bool goes_to(const Link& link, const Update& update, NodeNumber source) const;
  Places put_into_outboxes(const Update& update, NodeNumber source);
  Places tell_of_dropped(const Update& by);
  void on_disk(const Places& places);
  void stream(Link& link);
  std::size_t send_from(Link& link, Position first);
  Task<> ship_now_and_then();
  Task<> resend();
  std::vector<Update> take(NodeNumber source, const Replicate& message);
  Task<> ask_for_all(NodeNumber source);
  Link* link_to(NodeNumber target);

  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  Rules rules() const;
  bool wall() const { return parameters_.clock == Clock::wall; }
  EndpointId endpoint_of(NodeNumber node) const { return nodes()[node]; }

  const Parameters& parameters_;
  Durable& durable_;
  const Paths paths_;
  const Line line_;                        ///< of this boot
  std::unordered_map<Key, Record> shown_;  ///< what clients may see of the table: what is on disk
  std::vector<Link> links_;                ///< ascending
  /// Of each source, what overtook its predecessors in the line.
  std::map<NodeNumber, std::map<Position, Update>> early_;
};

}  // namespace faultline::multi_leader
