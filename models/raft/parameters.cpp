// The parameters: their one list, what follows from what, and what they promise.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include <faultline/core/trimmed.hpp>
#include <faultline/model/election_times.hpp>
#include <faultline/raft/raft.hpp>

namespace faultline::raft {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& Raft::parameters() {
  static const ParameterTable<Parameters> table{
      duration("heartbeat", &Parameters::heartbeat, "how often the leader shows that it is alive")
          .above(0ms),
      duration("election_timeout_min", &Parameters::election_timeout_min,
               "shortest silence after which a follower stands for election")
          .above(0ms),
      duration("election_timeout_max", &Parameters::election_timeout_max,
               "longest silence; each follower draws between the two")
          .above(0ms),
      integer(
          "first_candidate", &Parameters::first_candidate,
          "number of the node that stands for election at once when the cluster starts; -1: the "
          "first whose timeout ends")
          .between(-1, 63),
      boolean("pre_vote", &Parameters::pre_vote,
              "whether a candidate asks for its chances before it begins a term"),
      boolean("check_quorum", &Parameters::check_quorum,
              "whether a leader steps down when no majority answers it, and nobody votes who hears "
              "a leader"),
      choice("reads", &Parameters::reads, "how a leader makes sure before it answers a read",
             {{"log", Reads::log, "the read goes through the log"},
              {"read_index", Reads::read_index, "a majority confirms that it still leads"},
              {"lease", Reads::lease, "a majority has heard from it within the lease"},
              {"timestamp", Reads::timestamp,
               "any node answers once it knows all that was written up to now, by clocks of known "
               "error; and writes wait that error out"}}),
      duration("lease", &Parameters::lease,
               "how long the leader may answer reads after a majority has heard from it, if reads: "
               "lease, or tell others up to when they may, if reads: timestamp; by default "
               "election_timeout_min"),
      number(
          "clock_drift", &Parameters::clock_drift, Unit::fraction,
          "the most that a clock is assumed to gain or lose, seconds per second; bounds the lease")
          .between(0, 0.5),
      duration("clock_uncertainty", &Parameters::clock_uncertainty,
               "by how much a clock is assumed to be off at most, if reads: timestamp"),
      duration("read_age", &Parameters::read_age,
               "how far in the past a read looks, if reads: timestamp; so old, it need not wait"),
      duration("safe_ahead", &Parameters::safe_ahead,
               "how far ahead the leader tells nodes that they know all writes, if reads: "
               "timestamp; reads then need not wait, and writes wait as long"),
      boolean("forward", &Parameters::forward,
              "whether a follower hands requests on to the leader; else it refuses them"),
      integer("initial_members", &Parameters::initial_members,
              "how many nodes, from the first, are members at the start; by default all")
          .between(1, Members::most),
      text("reconfigure", &Parameters::reconfigure,
           "changes of members: at what time on the leader's clock, which nodes, as in \"10s: 0 1 "
           "2; 30s: 2 3 4\""),
      text("transfer", &Parameters::transfer,
           "when the leader is to hand over, and to which node, as in \"10s: 2; 20s: 0\""),
      duration("timeout", &Parameters::timeout, "how long a node waits for others on a request")
          .above(0ms),
      duration("work", &Parameters::work, "CPU time of a request, on the node that answers it"),
      durability_choice(
          &Parameters::durability, "what terms, votes and entries have to survive",
          "nothing: a crash empties the node, which Raft does not promise to survive"),
      integer("batch", &Parameters::batch, "the most entries that one message carries")
          .between(1, 1'000'000),
      integer("snapshot_threshold", &Parameters::snapshot_threshold,
              "entries after which a node takes a snapshot and forgets them")
          .between(1, 10'000'000),
  };
  return table;
}

namespace {

/// The parts of `text` between separators, blanks around them dropped, empty ones left out.
std::vector<std::string_view> parts(std::string_view text, char separator) {
  std::vector<std::string_view> found;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    const std::string_view part = trimmed(text.substr(begin, end - begin));
    if (!part.empty()) found.push_back(part);
    begin = end + 1;
  }
  return found;
}

/// Throws BadValue.
std::uint32_t node_number(std::string_view text, std::size_t nodes) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number >= nodes) {
    throw BadValue("\"" + std::string(text) + "\" is no node (0 to " + std::to_string(nodes - 1) +
                   ")");
  }
  return number;
}

/// Reads "TIME: NODES; TIME: NODES", ascending in time; calls `order(at, nodes)` for each. Throws
/// BadValue.
template <class Order>
void read_schedule(std::string_view text, std::size_t nodes, Order order) {
  Duration latest = -1ns;
  for (const std::string_view part : parts(text, ';')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos) {
      throw BadValue("\"" + std::string(part) + "\" has no colon (as in \"10s: 0 1 2\")");
    }
    const Duration at = parse_duration(trimmed(part.substr(0, colon)));
    if (at <= latest) throw BadValue("times have to ascend");
    latest = at;
    std::vector<std::uint32_t> numbers;
    for (const std::string_view number : parts(part.substr(colon + 1), ' ')) {
      numbers.push_back(node_number(number, nodes));
    }
    if (numbers.empty()) throw BadValue("names no node (as in \"10s: 0 1 2\")");
    order(at, numbers);
  }
}

void read_schedules(Parameters& parameters, std::size_t nodes, Settlement& out) {
  parameters.reconfigurations.clear();
  parameters.transfers.clear();
  try {
    read_schedule(parameters.reconfigure, nodes, [&](Duration at, const auto& numbers) {
      Members members;
      for (const std::uint32_t number : numbers) members.add(number);
      parameters.reconfigurations.push_back({at, members});
    });
  } catch (const BadValue& bad) {
    out.problems.push_back({"reconfigure", bad.what()});
  }
  try {
    read_schedule(parameters.transfer, nodes, [&](Duration at, const auto& numbers) {
      if (numbers.size() > 1) throw BadValue("hands over to one node at a time (as in \"10s: 2\")");
      parameters.transfers.push_back({at, numbers.front()});
    });
  } catch (const BadValue& bad) {
    out.problems.push_back({"transfer", bad.what()});
  }
}

void check_times(const Parameters& parameters, Settlement& out) {
  const auto problem = [&](const char* parameter, std::string message) {
    out.problems.push_back({parameter, std::move(message)});
  };
  const bool rest_on_lease = parameters.rest_on_lease();
  check_election_times(election_times(parameters), rest_on_lease ? parameters.lease : std::nullopt,
                       out);
  if (parameters.safe_ahead > 0ns && !parameters.by_timestamp()) {
    problem("safe_ahead", "only reads by timestamp need it (use reads: timestamp, or 0)");
  }
  if (parameters.read_age > 0ns && !parameters.by_timestamp()) {
    problem("read_age",
            "only reads by timestamp can look at the past (use reads: timestamp, or 0)");
  }
  if (rest_on_lease && !parameters.check_quorum) {
    problem("check_quorum",
            "a lease rests on followers who do not vote while they hear the leader "
            "(use true)");
  }
  if (rest_on_lease && parameters.safe_ahead > *parameters.lease) {
    problem("safe_ahead", "a leader can only speak for the time of its lease (at most " +
                              print_duration(*parameters.lease) + ")");
  }
}

}  // namespace

void Raft::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const std::size_t nodes = service.nodes.size();
  const auto count = static_cast<std::int64_t>(nodes);
  if (nodes > Members::most) {
    out.problems.push_back({"initial_members", "a cluster has at most " +
                                                   std::to_string(Members::most) + " nodes, not " +
                                                   std::to_string(nodes)});
  }
  if (!parameters.initial_members) {
    parameters.initial_members = std::min<std::int64_t>(count, Members::most);
  } else if (*parameters.initial_members > count) {
    out.problems.push_back({"initial_members", "there are " + std::to_string(nodes) +
                                                   " nodes (1 to " + std::to_string(nodes) + ")"});
  }
  settle_lease(parameters.lease, election_times(parameters), parameters.rest_on_lease(), out);
  if (parameters.first_candidate >= *parameters.initial_members) {
    out.problems.push_back({"first_candidate", "is not a member at the start (-1 to " +
                                                   std::to_string(*parameters.initial_members - 1) +
                                                   ")"});
  }
  read_schedules(parameters, nodes, out);
  check_times(parameters, out);
  if (*parameters.initial_members == 2) {
    out.notes.push_back("with 2 members no majority survives the loss of either");
  }
}

/// Raft gives up availability before consistency; but who reads the past gives up the present.
Claims Raft::claims(const Parameters& parameters, const ServiceView&) {
  Claims claims;
  if (parameters.read_age > Duration::zero()) claims.otherwise = Claims::Else::latency;
  return claims;
}

Contact Raft::contact(const Parameters&) { return Contact::nearest; }

/// Who is to hold the data in the end.
std::vector<EndpointId> Raft::replica_nodes(const Parameters& parameters,
                                            const ServiceView& service, Key) {
  Members members = Members::first(static_cast<std::size_t>(*parameters.initial_members));
  if (!parameters.reconfigurations.empty()) members = parameters.reconfigurations.back().members;
  std::vector<EndpointId> replicas;
  for (std::uint32_t number = 0; number < service.nodes.size(); ++number) {
    if (members.has(number)) replicas.push_back(service.nodes[number]);
  }
  return replicas;
}

}  // namespace faultline::raft
