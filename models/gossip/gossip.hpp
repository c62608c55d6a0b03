// Epidemics: a small table on every one of many nodes, and the list of who they are, both kept up
// by talking to a few others at random.
//
// Any node takes a write, answers, and tells the others later. Nobody coordinates, nobody is asked
// for permission, every node does the same little work however many there are. In return a read is
// stale until the news has come round, and of two concurrent writes the later one wins
// (`table.hpp`).
//
// 1. Anti-entropy (Demers et al., "Epidemic algorithms for replicated database maintenance", PODC
//    1987, section 1.3). Now and then each node takes a partner and the two make their tables
//    equal. `push`: the partner gets what is newer here. `pull`: this node gets what is newer
//    there. `push_pull`: both. Of the nodes a share p does not know of a write. If they pull, a
//    node stays ignorant of it when it meets an ignorant one: p becomes p^2. If they are pushed to,
//    it stays ignorant when none of the n(1 - p) that know choose it: p becomes p e^-(1-p), near
//    the end p/e. So a push fills the last gaps slowly and a pull begins slowly, from a single
//    source; together they take the best of both. All n nodes know after O(log n) rounds; by push,
//    log2 n + ln n (Pittel, "On spreading a rumor", SIAM J. Appl. Math. 47(1), 1987).
//
// 2. What is compared? Whole tables; or digests, the versions alone, and then only what differs
//    crosses the network; or first a checksum, as most exchanges find nothing. If more differs than
//    one message takes, the oldest goes first, or the newest (van Renesse, Dumitriu, Gough and
//    Thomas, "Efficient reconciliation and flow control for anti-entropy protocols", LADIS 2008,
//    section 3).
//
// 3. Rumors (Demers et al., section 1.4). A node passes on what it has heard lately, until too many
//    of those that it tells have heard it already, and then loses interest. That costs next to
//    nothing when nothing happens, unlike anti-entropy. But a rumor may die out before everybody
//    has heard it: a residue s = e^-(k+1)(1-s) remains, 20 % if a node loses interest with
//    probability 1/k, k = 1, whenever it tells somebody who knows; 6 % for k = 2. Anti-entropy now
//    and then picks up what rumors have missed.
//
// 4. Who is there to talk to? SWIM (Das, Gupta and Motivala, "SWIM: scalable weakly-consistent
//    infection-style process group membership protocol", DSN 2002). Once in a protocol period each
//    node pings another; without an answer in time it asks k more to ping it, in case only the path
//    is bad (section 3.1); without an answer still, the other is suspected. The news of that rides
//    on the pings and acks that are sent anyway (section 4.1). A suspect that hears of it refutes
//    it, by raising its incarnation number; one that does not is dead after a while (section 4.2).
//    Load per node is constant, and so is the time until somebody notices, e/(e-1) periods in the
//    mean, however many there are; the news takes O(log n) periods.
//
// 5. What the paper leaves to the application: who is dead is sometimes asked to join again, for
//    the dead are perhaps those on the other side of a cut. Both show each other their lists, and
//    what one of them holds for dead the other holds for suspect until it is refuted. And whoever
//    is suspected gets to hear that first, from anyone who talks to him (the buddy system of
//    Dadgar, Phillips and Currey, "Lifeguard: local health awareness for more accurate failure
//    detection", 2017, section III-C).
//
// Where to find it: table.hpp the table, members.hpp the member list; gossip.cpp clients,
// exchange.cpp anti-entropy and rumors, swim.cpp failure detection, parameters.cpp what follows
// from what.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <faultline/gossip/messages.hpp>
#include <faultline/model/catalog.hpp>

namespace faultline::gossip {

enum class Compare : std::uint8_t { tables, digests, checksums };
enum class SentFirst : std::uint8_t { oldest, newest };
enum class Interest : std::uint8_t { none, coin, counter };
enum class Detector : std::uint8_t { none, swim };
enum class Order : std::uint8_t { round_robin, random };

/// Ways to be wrong, for tests (tests/model/flaws.hpp); each is one line.
enum class Flaw : std::uint8_t {
  none,
  takes_anything,       ///< an older version overwrites a newer one
  compares_keys_alone,  ///< a digest says nothing of versions
  trusts_its_clock,     ///< a write may be older than what it replaces
  answers_early,        ///< before the disk has a write
  keeps_incarnation,    ///< a suspect contradicts without raising its incarnation
  condemns_at_once,     ///< suspects are dead
  tells_once,           ///< news goes out on one message
  never_forgives        ///< who was dead stays dead
};

/// See parameters() for meanings, ranges and defaults in words. After settle() every optional has a
/// value.
struct Parameters {
  Exchange exchange = Exchange::push_pull;
  Duration interval = std::chrono::seconds(1);
  double jitter = 1;
  std::int64_t fanout = 1;
  Compare compare = Compare::digests;
  std::int64_t most_records = 1000;
  SentFirst first = SentFirst::oldest;
  Interest rumors = Interest::none;
  std::int64_t rumor_limit = 2;
  Duration rumor_interval = std::chrono::milliseconds(200);
  Duration timeout = std::chrono::seconds(1);

  Detector detector = Detector::swim;
  Duration period = std::chrono::seconds(1);
  Duration ping_timeout = std::chrono::milliseconds(300);
  std::int64_t helpers = 3;
  Order probe_order = Order::round_robin;
  std::optional<Duration> suspicion;
  double news_factor = 3;
  std::int64_t most_news = 8;
  Duration rejoin = std::chrono::seconds(10);

  Duration work{0};
  Durability durability = Durability::write;

  std::size_t news_times = 0;  ///< how often a piece of news goes out; follows from news_factor

  Flaw flaw = Flaw::none;
};

struct Durable final : DurableState {
  DurableMap<Key, Record> table{*this};
};

class Gossip : public ModelNode<Gossip> {
 public:
  using Parameters = gossip::Parameters;
  using Durable = gossip::Durable;
  static constexpr std::string_view name = "gossip";
  static constexpr std::string_view summary =
      "Epidemic replication of a table to every node, by anti-entropy (push, pull or both) or "
      "rumors, and SWIM's failure detector and member list.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key key);

  /// `parameters` must be settled.
  Gossip(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;

  using ModelNode::on;
  Difference on(EndpointId from, const Digest& digest);
  Difference on(EndpointId from, const WholeTable& table);
  ChecksumCompared on(EndpointId from, Checksum checksum);
  void on(EndpointId from, const Updates& updates);
  Heard on(EndpointId from, const Rumors& rumors);
  void on(EndpointId from, const Ping& ping);
  void on(EndpointId from, const Ack& ack);
  void on(EndpointId from, const PingRequest& request);
  MemberList on(EndpointId from, const Join& join);

  // For tests and tools.
  const Table& table() const { return table_; }
  const Members& members() const { return members_; }
  bool spreads_rumors() const { return !hot_.empty(); }

 private:
  // Clients: gossip.cpp.
  Task<Response> put(Request request);
  Response scan(const Request& request) const;
  Version next_version(Key key) const;
  bool apply(const Record& record);
  std::size_t apply_all(const Records& records, EventKind kind);
  Task<> persist(Bytes size);

  // Anti-entropy and rumors: exchange.cpp.
  Task<> exchange_now_and_then();
  Task<> exchange_with(EndpointId partner);
  Task<> tell_rumors_now_and_then();
  Task<> tell_rumors_to(EndpointId partner);
  void lose_interest(const std::vector<Key>& known);
  Records limited(Records records) const;
  Duration next_wait(Duration interval, bool first);
  std::optional<EndpointId> any_partner();

  // Failure detection: swim.cpp.
  bool detects() const { return parameters_.detector == Detector::swim; }
  Task<> probe_every_period();
  Task<> probe(Number member);
  std::optional<Number> next_to_probe();
  std::vector<Number> draw_helpers(Number member);
  Task<> sleep_until(Time instant);
  NewsBatch news_for(Number receiver);
  void hear_all(const NewsBatch& batch);
  void hear(News news);
  void hear_list(const MemberList& list);
  void hear_of_myself(Standing said);
  Task<> wait_for_refutation(News suspicion);
  Task<> join();
  Task<> ask_the_dead_now_and_then();

  EndpointId node(Number member) const { return nodes()[member]; }
  Number self_number() const { return context_.number(); }

  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }

  const Parameters& parameters_;
  Durable& durable_;
  Table table_;
  std::map<Key, std::int64_t> hot_;  ///< rumors, and how often each was told in vain

  Members members_;
  Dissemination news_;
  ProbeOrder order_;
  std::uint64_t probes_ = 0;    ///< begun so far
  std::uint64_t answered_ = 0;  ///< the latest of them that was acknowledged
};

}  // namespace faultline::gossip
