// A leaderless replicated store after Amazon's Dynamo (DeCandia et al., "Dynamo: Amazon's highly
// available key-value store", SOSP 2007), the ancestor of Cassandra, Riak and Voldemort.
//
// Every key has N replicas. Any node can take a client's request; it then is its coordinator. A
// write goes to all N replicas at once and is done when W have it; a read asks all N and is done
// when R have answered, with the newest of the answers (section 4.5). Latency is that of the W-th
// or R-th fastest replica, never of the slowest, and up to N - W replicas may be dead.
//
// 1. R + W > N: every read meets every write, for any R and any W replicas share one. Otherwise a
//    read may miss a write that is done; how often follows from the delays alone (Bailis et al.,
//    "Probabilistically bounded staleness for practical partial quorums", VLDB 5(8), 2012).
//
// 2. R + W > N is not linearizability. Three things are missing:
//    - A write that has reached one replica of three is seen by one read and missed by the next:
//      new, then old. The register is *regular*, not atomic (Lamport, "On interprocess
//      communication", 1986). A read must bring what it returns to W replicas before it returns:
//      `read_repair: blocking`, the write-back of Attiya, Bar-Noy and Dolev, "Sharing memory
//      robustly in message-passing systems", JACM 42(1), 1995 (ABD).
//    - Versions ordered by the coordinators' clocks: a write through a node whose clock is slow is
//      older than what it should replace, is acknowledged and thrown away. A write must first ask R
//      replicas for their versions and take a higher one: `write_versions: quorum` (Lynch and
//      Shvartsman, "Robust emulation of shared memory using dynamic quorum-acknowledged
//      broadcasts", FTCS 1997).
//    - Quorums must be of the same N nodes: strict, see 3. And replicas must not forget:
//      `durability` has to match the faults.
//    on_partition: consistency with else: consistency sets all of this. One thing remains with the
//    client: a put that is tried again after a timeout is written twice, and the second writing may
//    come after somebody else's put.
//
// 3. What if too few replicas can be reached? A strict quorum refuses. A *sloppy quorum* takes the
//    first N nodes of the ring that are alive, and whoever stands in for a replica keeps the write
//    as a *hint* and hands it over when the replica is back (section 4.6). Writes go on on both
//    sides of a cut; but a read here need not meet a write there, whatever R and W are.
//    Who is alive each node decides for itself: who does not answer is suspected until he does
//    (section 4.8.3). A coordinator that suspects too many refuses at once: then it is certain that
//    the write did not happen. One that has asked and not heard enough does not know.
//
// 4. Replicas that missed a write get it by hints, by *read repair* (a read that sees an old answer
//    sends the new version there, section 5), and by *anti-entropy*: now and then two replicas
//    compare hash trees of what they share and exchange what differs (section 4.7).
//
// 5. Which version is newer? The last writer wins, or vector clocks tell and concurrent versions
//    stay as siblings, for the client to resolve (section 4.4); see version.hpp.
//
// Where to find it: placement.hpp the ring, version.hpp and record.hpp versions, hints.hpp,
// merkle_tree.hpp; quorum.cpp coordinators and replicas, repair.cpp handoff and anti-entropy,
// parameters.cpp what follows from what.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <faultline/model/catalog.hpp>
#include <faultline/quorum/hints.hpp>
#include <faultline/quorum/messages.hpp>
#include <faultline/quorum/placement.hpp>

namespace faultline::quorum {

enum class OnPartition : std::uint8_t { consistency, availability };
enum class Else : std::uint8_t { latency, consistency };
enum class ReadRepair : std::uint8_t { none, async, blocking };
enum class Versions : std::uint8_t { last_writer_wins, vector_clocks };
enum class WriteVersions : std::uint8_t { clock, quorum };

/// Ways to be wrong, for tests (tests/model/flaws.hpp); each is one line.
enum class Flaw : std::uint8_t {
  none,
  quorums_do_not_meet,  ///< a read waits for one replica fewer: R + W = N
  drops_hints,          ///< who stands in for a replica says that it keeps a hint, and does not
  repairs_backwards,    ///< a repair overwrites what is newer
  drops_siblings        ///< a write replaces versions that its client has not seen
};

/// See parameters() for meanings, ranges and defaults in words. After settle() every optional has a
/// value, and `placement` is there.
struct Parameters {
  OnPartition on_partition = OnPartition::consistency;
  Else otherwise = Else::consistency;
  std::optional<std::int64_t> replicas;
  std::optional<std::int64_t> read_quorum;
  std::optional<std::int64_t> write_quorum;
  std::optional<bool> sloppy;
  std::optional<ReadRepair> read_repair;
  Versions versions = Versions::last_writer_wins;
  std::optional<WriteVersions> write_versions;
  Duration anti_entropy{0};
  Duration timeout = std::chrono::milliseconds(500);
  std::optional<Duration> handoff_after;
  Duration hint_retry = std::chrono::seconds(1);
  std::int64_t most_hints = 100'000;
  Duration work{0};
  Durability durability = Durability::write;

  std::shared_ptr<const Placement> placement;  ///< not a parameter: follows from the deployment

  Flaw flaw = Flaw::none;
};

struct Durable final : DurableState {
  DurableMap<Key, Record> records{*this};
  Hints hints{*this};
};

/// The nodes that a coordinator turns to for a key.
class Targets {
 public:
  static constexpr std::size_t most = 16;  ///< the most replicas of a key
  void add(EndpointId node) { nodes_[count_++] = node; }
  std::span<const EndpointId> nodes() const { return std::span(nodes_).first(count_); }
  std::size_t size() const { return count_; }
  void remove(EndpointId node) {
    const auto end = std::remove(nodes_.begin(), nodes_.begin() + count_, node);
    count_ = static_cast<std::uint32_t>(end - nodes_.begin());
  }
  std::span<const EndpointId> stand_ins() const { return nodes().subspan(replicas); }
  /// Where `node` stands among them; size() if nowhere.
  std::size_t place_of(EndpointId node) const {
    return static_cast<std::size_t>(std::find(nodes().begin(), nodes().end(), node) -
                                    nodes().begin());
  }

  std::uint32_t healthy = 0;   ///< of them, not suspected
  std::uint32_t replicas = 0;  ///< of them, from the front; the others stand in
  Places missing = 0;          ///< replicas left out because they are suspected

 private:
  std::array<EndpointId, most> nodes_{};
  std::uint32_t count_ = 0;
};

class Quorum : public ModelNode<Quorum> {
 public:
  using Parameters = quorum::Parameters;
  using Durable = quorum::Durable;
  static constexpr std::string_view name = "quorum";
  static constexpr std::string_view summary =
      "A leaderless store after Dynamo: any R and W of N replicas answer; strict or sloppy "
      "quorums, hints, read repair, anti-entropy, timestamps or vector clocks.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key key);

  /// `parameters` must be settled.
  Quorum(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;

  using ModelNode::on;
  Task<Stored> on(EndpointId from, Store store);
  Task<Fetched> on(EndpointId from, Fetch fetch);
  Pong on(EndpointId from, Ping ping);
  Task<Delivered> on(EndpointId from, Deliver deliver);
  TreeCompared on(EndpointId from, const CompareTree& compare);
  LeafCompared on(EndpointId from, const CompareLeaf& compare);

  // For tests and tools.
  const Record* record(Key key) const { return durable_.records.find(key); }
  const Hints& hints() const { return durable_.hints; }
  bool suspects(NodeNumber node) const;

 private:
  /// What R nodes have answered, and the newest of it.
  struct Read {
    Read(const Targets& asked, Replies<Fetched> answers, Record merged)
        : targets(asked), replies(std::move(answers)), newest(std::move(merged)) {}
    Targets targets;
    Replies<Fetched> replies;
    Record newest;
    bool everybody_told = false;  ///< of the newest version
  };

  // The coordinator: quorum.cpp.
  Task<Response> get(Request request);
  Task<Response> put(Request request);
  Task<Response> scan(Request request);
  Task<Response> put_beside(Request request);
  Task<std::optional<Read>> read_quorum(Key key, bool with_value);
  Task<Response> write(Key key, Record record);
  Task<bool> write_back(Key key, Read& read);
  Task<> repair_when_all_answered(Key key, Read read);
  Task<> see_through(Key key, Record record, Targets targets, Replies<Stored> acks);
  Targets targets_of(Key key) const;
  std::optional<EndpointId> nearest_healthy_replica(const Targets& targets) const;
  Timestamp next_stamp(Timestamp newest_known);
  Dot next_dot();
  void notice_superseded(Key key, const Record& record, const Replies<Stored>& acks);

  // The replica: quorum.cpp.
  Record here(Key key) const;
  bool apply(Key key, const Record& record, Why why);
  bool keep_hint(Key key, const Record& record, Places missing);
  bool has_disk() const { return parameters_.durability != Durability::memory; }
  Task<> persist(Key key, Bytes size);

  // Suspicion, handoff and anti-entropy: repair.cpp.
  template <class Reply>
  Places suspect_silent(Key key, std::span<const EndpointId> asked, const Replies<Reply>& replies);
  void suspect(NodeNumber node);
  void trust(EndpointId node);
  Task<> look_after_missing();
  Task<> deliver_hints(EndpointId target);
  Task<> compare_now_and_then();
  Task<> catch_up();
  Task<std::size_t> reconcile(EndpointId peer);
  Task<std::size_t> reconcile_partition(EndpointId peer, std::uint32_t partition);
  Task<std::size_t> reconcile_leaf(EndpointId peer, std::uint32_t partition, std::uint32_t leaf);
  std::vector<EndpointId> fellow_replicas() const;
  MerkleTree* tree_of(std::uint32_t partition);

  const Placement& placement() const { return *parameters_.placement; }
  std::uint32_t place_of(Key key) const {
    return placement().place_of(context_.number(), placement().partition_of(key));
  }
  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  bool is_replica(Key key) const { return place_of(key) < replicas_; }

  const Parameters& parameters_;
  Durable& durable_;
  const std::uint32_t replicas_;    ///< N
  std::size_t read_quorum_;         ///< R
  const std::size_t write_quorum_;  ///< W
  const bool sloppy_;
  std::array<Duration, 2> patience_{};  ///< of a coordinator's first and second try
  std::size_t tries_ = 1;

  const std::uint64_t actor_;  ///< this node between this boot and the next
  std::int64_t last_stamp_ = 0;
  std::uint64_t last_counter_ = 0;
  std::vector<NodeNumber> suspects_;  ///< ascending
  bool looking_after_ = false;
  std::vector<Key> being_synced_;
  std::vector<MerkleTree>
      trees_;  ///< by this node's place in the partition; none without anti-entropy
};

/// Those that have not answered are suspected. Returns the replicas among them.
template <class Reply>
Places Quorum::suspect_silent(Key key, std::span<const EndpointId> asked,
                              const Replies<Reply>& replies) {
  Places silent = 0;
  for (const EndpointId node : asked) {
    const bool answered = std::any_of(replies.begin(), replies.end(),
                                      [node](const auto& answer) { return answer.from == node; });
    if (answered) continue;
    const NodeNumber number = context_.number_of(node);
    const std::uint32_t place = placement().place_of(number, placement().partition_of(key));
    if (place < replicas_) silent = static_cast<Places>(silent | (1U << place));
    suspect(number);
  }
  return silent;
}

}  // namespace faultline::quorum
