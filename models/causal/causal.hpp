// A causal+ store between data centres, as COPS (Lloyd, Freedman, Kaminsky and Andersen, "Don't
// settle for eventual: scalable causal consistency for wide-area storage with COPS", SOSP 2011).
// Use it where clients must always be answered by their own region, at its speed and through any
// partition, and must never see an effect before its cause.
//
// Every region has all data, its keys spread over its nodes. A node answers reads from what it has
// and takes writes at once; other regions get them later. That much any asynchronous store does.
// Two things make it causal+:
//
// Causes first. Alice uploads a photo, then adds it to her album: two keys, on two nodes, that
// reach
//   another region in any order. So a write carries what it *depends* on: what its session had read
//   and written before it (Ahamad, Neiger, Burns, Kohli and Hutto, "Causal memory", Distributed
//   Computing 9, 1995). The node that receives it keeps it to itself until its region shows all
//   that, and asks its neighbours who have those keys whether they do: `dep_check` (section 4.3).
//   Then it shows it. The region that took the write shows it at once; it has the causes already.
// One winner. Concurrent writes of a key would leave regions with different values. All versions
// are
//   numbered by Lamport clocks, and everywhere the highest number stays (version.hpp).
//
// What a session knows travels with its client, as a token with every answer and request; nodes
// remember no clients (section 4.2: the client library's context). It holds the nearest
// dependencies only: a read adds one, and a write replaces them all by itself, for whoever waits
// for the write has waited for them. What every region shows already need not be waited for, and is
// not added (section 4.3's never-depend). A token is small; when it is full, the node writes a
// *marker* beside the key that was read, a write that nobody sees and that depends on all in the
// token, and the token holds just that.
//
// With `dependencies: vector` nobody asks (Akkoorath et al., "Cure", ICDCS 2016; Du, Iorgulescu,
// Roy and Zwaenepoel, "GentleRain: cheap and scalable causal consistency with physical clocks",
// SoCC 2014). A context has one time a region, the nodes of a region tell one another up to which
// time they have heard from each other region, and the smallest is *stable*: what lies below may be
// shown. No dep_check, but everything waits for the slowest node of its region, and the pulses
// never end.
//
// A session that moves to another region brings a token from the old one. Its causes may not be
// there yet: it waits for them, or is refused (`moved_sessions`). So it keeps its guarantees
// wherever it goes (Bailis, Ghodsi, Hellerstein and Stoica, "Bolt-on causal consistency", SIGMOD
// 2013, section 3, on what a client must ask for without that).
//
// Failures. Who takes a write keeps it in an outbox, on disk, until the other region says that it
// has it, and sends it again when no answer comes; who has it already knows by its place in the
// line. So a partition delays and loses nothing. A lost disk takes with it what was on it alone,
// and what it had from others: COPS builds each node of several machines by chain replication, and
// that is what a node here stands for. An outbox that is full is the end of availability: its node
// refuses writes, and reads that need a marker, until the other region is back. A client that
// repeats a write in another region may write it twice.
//
// Where to find it: version.hpp clocks, dependencies.hpp contexts, layout.hpp who has which key;
// causal.cpp what clients see, replication.cpp how updates travel, visibility.cpp when they are
// shown, by dep_check or by vectors.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <faultline/causal/messages.hpp>
#include <faultline/model/catalog.hpp>
#include <faultline/model/entrusted.hpp>
#include <faultline/model/outbox.hpp>
#include <faultline/model/recent_writes.hpp>
#include <faultline/model/waiting.hpp>

namespace faultline::causal {

enum class DependencyKind : std::uint8_t { nearest, vector };
enum class Timestamps : std::uint8_t { lamport, hybrid };
enum class MovedSessions : std::uint8_t { wait, refuse };

/// Broken on purpose, for tests: see flaws_test.cpp. Not a parameter.
enum class Flaw : std::uint8_t {
  none,
  checks_nothing,       ///< shows an update as soon as it has come
  content_with_later,   ///< takes any higher version of a key for the one that was asked for
  forgets_reads,        ///< a read adds nothing to the context
  forgets_writes,       ///< a write empties the context, and is not in it itself
  deaf_clock,           ///< the Lamport clock does not hear of others
  last_to_arrive_wins,  ///< versions are not compared
  outbox_in_memory,     ///< is empty after a restart
  trusts_strangers,     ///< a session that moved is not asked for its causes
  marks_nothing,        ///< a marker depends on nothing
  unstable_is_stable,   ///< vector: a node goes by what it has heard itself
};

/// See parameters() for meanings, ranges and defaults in words. After settle() there is a layout.
struct Parameters {
  DependencyKind dependencies = DependencyKind::nearest;
  Timestamps timestamps = Timestamps::lamport;
  MovedSessions moved_sessions = MovedSessions::wait;
  Duration resend_after = std::chrono::milliseconds(500);
  Duration stabilization = std::chrono::milliseconds(10);
  std::int64_t batch = 1000;
  std::int64_t outbox_limit = default_outbox_limit;
  Duration timeout = std::chrono::seconds(1);
  Duration work{0};
  Durability durability = Durability::memory;

  std::shared_ptr<const Layout> layout;
  Flaw flaw = Flaw::none;
};

/// An update of another region that is not shown yet.
struct Pending {
  NodeNumber origin = 0;
  Position position = 0;
  Update update;
};

/// Of the updates from one node, which come in the order of their versions.
struct LastReceived {
  Position position = 0;
  Version version;
};

struct Durable final : DurableState {
  LamportClock clock{*this};
  DurableMap<Key, Update> table{*this};  ///< the highest version of each key
  DurableMap<std::uint32_t, RecentWrites> sessions{*this};
  std::map<NodeNumber, DurableLog<Update>> outbox;       ///< for each counterpart
  DurableMap<NodeNumber, LastReceived> received{*this};  ///< from each counterpart
  DurableMap<std::uint64_t, Pending> pending{*this};     ///< by version
};

class Causal : public ModelNode<Causal> {
 public:
  using Parameters = causal::Parameters;
  using Durable = causal::Durable;
  static constexpr std::string_view name = "causal";
  static constexpr std::string_view summary =
      "Every region answers by itself and shows no effect before its cause: causal+ as COPS, with "
      "dependencies checked across shards, or as Cure, with vectors.";

  static const ParameterTable<Parameters>& parameters();
  static void settle(Parameters& parameters, const ServiceView& service, Settlement& out);
  static Claims claims(const Parameters& parameters, const ServiceView& service);
  static Contact contact(const Parameters&) { return Contact::nearest; }
  static TokenScope token_scope(const Parameters&) { return TokenScope::session; }
  static std::vector<EndpointId> replica_nodes(const Parameters& parameters,
                                               const ServiceView& service, Key key);

  /// `parameters` must be settled.
  Causal(Context& context, const Parameters& parameters, Durable& durable);

  void start() override;
  Task<Response> serve(Request request) override;

  using ModelNode::on;
  Task<Response> on(EndpointId from, Forwarded forwarded);
  Task<> on(EndpointId from, Replicate message);
  void on(EndpointId from, const Received& answer);
  void on(EndpointId from, const Pulse& pulse);
  void on(EndpointId from, const Known& known);
  Task<Shown> on(EndpointId from, DependencyCheck check);

  // For tests and tools.
  std::size_t hidden() const { return durable_.pending.size(); }
  std::size_t markers() const { return markers_; }
  /// The most updates that it keeps for another node.
  std::size_t longest_outbox() const;

 private:
  /// The way to a node of another region.
  struct Link {
    NodeNumber number = 0;
    Outbox<Update> outbox;  ///< from the first that it may not show yet
    Version told_everywhere{};
  };
  /// The way from one.
  struct Source {
    std::map<Position, Update> early;    ///< overtook their predecessors
    Position received = 0;               ///< all up to here are on disk
    std::map<Version, Position> hidden;  ///< which of them are not shown yet, ascending in both
    Version everywhere;                  ///< its writes up to here are shown in all regions
    std::uint64_t known = 0;             ///< all its writes up to this time have come
  };

  // Clients (causal.cpp).
  Task<Response> carry_out(Request request);
  Task<Response> read(Request request);
  Task<Response> write(Request request);
  Task<Response> pass_on(NodeNumber owner, Request request);
  Task<bool> welcome(const SessionContext& session);
  Task<bool> add_to(SessionContext& session, Update row);
  Task<> mark(SessionContext& session, Key key);
  Version next_version();
  void hear_of(Version version);

  // How updates travel (replication.cpp).
  bool room_for(Key key) const;
  Task<> accept(Update update);
  void stream(Link& link);
  std::size_t send_from(const Link& link, Position first);
  Task<> resend();
  Version everywhere() const;
  bool everywhere(Version version) const;
  std::vector<Pending> take(NodeNumber origin, const Replicate& message);
  Pulse pulse_for(Link& link) const;
  Position shown_from(NodeNumber origin) const;
  void acknowledge(NodeNumber origin);
  LastReceived last_from(NodeNumber origin) const;
  Task<> persist(Bytes size);

  // When they are shown (visibility.cpp).
  void enter(const Update& update);
  void show(const Update& update);
  Task<> show_after_causes(Pending pending);
  void now_shown(const Pending& pending);
  Task<bool> region_shows(Dependencies depends, Duration patience);
  Task<bool> shows(Dependency dependency, Duration patience);
  bool has_shown(Dependency dependency) const;
  const Update* shown(Key key) const {
    const auto row = shown_.find(key);
    return row == shown_.end() ? nullptr : &row->second;
  }
  bool later(Version version, Version than) const {
    return than < version || flawed(Flaw::last_to_arrive_wins);
  }
  Task<> stabilize();
  Version known_from(RegionNumber region) const;
  void advance_stable();
  void show_stable();
  bool raise_stable(std::uint64_t region, Version version);
  bool stable(const Update& update) const;
  Task<bool> stable_up_to(Dependencies depends, Duration patience);

  bool flawed(Flaw flaw) const { return parameters_.flaw == flaw; }
  bool vector() const { return parameters_.dependencies == DependencyKind::vector; }
  const Layout& layout() const { return *parameters_.layout; }
  EndpointId endpoint_of(NodeNumber node) const { return nodes()[node]; }

  const Parameters& parameters_;
  Durable& durable_;
  const RegionNumber region_;
  std::unordered_map<Key, Update> shown_;  ///< what clients may see of the table: what is on disk
  std::vector<Link> links_;                ///< ascending
  std::map<NodeNumber, Source> sources_;
  Version ready_;  ///< own writes up to here are on disk
  std::unordered_map<std::uint64_t, WaitingLine<Version>> lines_;  ///< who waits for a version
  std::deque<Version> just_shown_;
  bool waking_ = false;
  std::size_t markers_ = 0;
  Seen forwarded_;

  // With vectors.
  std::map<NodeNumber, Dependencies> neighbours_;  ///< what each knows from each region
  Dependencies stable_;                            ///< all in this region have up to here
  std::map<Version, Pending> unstable_;
  std::map<RegionNumber, WaitingLine<Version>> stable_lines_;
};

}  // namespace faultline::causal
