// The parameters: their one list, what follows from what, and what they promise.
#include <string>

#include <faultline/model/election_times.hpp>
#include <faultline/model/majority.hpp>
#include <faultline/multi_paxos/multi_paxos.hpp>

namespace faultline::multi_paxos {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& MultiPaxos::parameters() {
  static const ParameterTable<Parameters> table{
      integer("election_quorum", &Parameters::election_quorum,
              "how many nodes a new leader needs the promises of, itself included (phase 1); by "
              "default just enough to meet every replication quorum, a majority if that is not "
              "given either")
          .between(1, most_nodes),
      integer("replication_quorum", &Parameters::replication_quorum,
              "how many nodes have to vote for a command, the leader included (phase 2); by "
              "default just enough to meet every election quorum")
          .between(1, most_nodes),
      integer("window", &Parameters::window,
              "how many slots may be open beyond the last one executed (Lamport's alpha); further "
              "requests wait")
          .between(1, 1'000'000),
      duration(
          "retransmission", &Parameters::retransmission,
          "after how long the leader asks again for votes that did not come, within the same span")
          .above(0ms),
      duration("heartbeat", &Parameters::heartbeat, "how often the leader shows that it is alive")
          .above(0ms),
      duration("election_timeout_min", &Parameters::election_timeout_min,
               "shortest silence after which a node tries to lead")
          .above(0ms),
      duration("election_timeout_max", &Parameters::election_timeout_max,
               "longest silence; each node draws between the two")
          .above(0ms),
      integer("first_candidate", &Parameters::first_candidate,
              "number of the node that tries to lead at once when the cluster starts; -1: the "
              "first whose timeout ends")
          .between(-1, most_nodes - 1),
      boolean("outbid", &Parameters::outbid,
              "whether a node that meets a higher ballot while it leads, or tries to, prepares a "
              "yet higher one at once; else it waits for its next timeout"),
      choice("reads", &Parameters::reads, "how a leader makes sure before it answers a read",
             {{"log", Reads::log, "the read goes through the ledger"},
              {"quorum", Reads::quorum, "a replication quorum confirms that it still leads"},
              {"lease", Reads::lease, "such a quorum has heard from it within the lease"}}),
      duration("lease", &Parameters::lease,
               "how long the leader may answer reads after a quorum has heard from it, if reads: "
               "lease; by default election_timeout_min"),
      number(
          "clock_drift", &Parameters::clock_drift, Unit::fraction,
          "the most that a clock is assumed to gain or lose, seconds per second; bounds the lease")
          .between(0, 0.5),
      boolean("forward", &Parameters::forward,
              "whether a node that does not lead hands requests on to the leader; else it refuses "
              "them"),
      duration("timeout", &Parameters::timeout, "how long a node waits for others on a request")
          .above(0ms),
      duration("work", &Parameters::work, "CPU time of a request, on the node that answers it"),
      durability_choice(
          &Parameters::durability, "what promises and votes have to survive",
          "nothing: a crash empties the node, which Paxos does not promise to survive"),
      integer("batch", &Parameters::batch,
              "the most slots that a node that lags behind is told of at a time")
          .between(1, 1'000'000),
      integer("snapshot_threshold", &Parameters::snapshot_threshold,
              "slots after which a node takes a snapshot and forgets them")
          .between(1, 10'000'000),
  };
  return table;
}

namespace {

/// Fills in the quorum that is not given, and sees that every two of different phases meet.
void settle_quorums(Parameters& parameters, std::size_t nodes, Settlement& out) {
  auto& election = parameters.election_quorum;
  auto& replication = parameters.replication_quorum;
  const auto count = static_cast<std::int64_t>(nodes);
  const std::string most = std::to_string(count);
  const auto too_large = [&](const std::string& name, const std::optional<std::int64_t>& quorum) {
    if (!quorum || *quorum <= count) return false;
    out.problems.push_back({name, "there are " + most + " nodes (1 to " + most + ")"});
    return true;
  };
  if (too_large("election_quorum", election) || too_large("replication_quorum", replication)) {
    return;
  }
  if (!election && !replication) {
    election = replication = static_cast<std::int64_t>(majority(nodes));
    return;
  }
  const auto follow = [&](const std::string& name, const std::string& from, std::int64_t given) {
    const std::int64_t enough = count + 1 - given;
    out.notes.push_back(name + ": " + std::to_string(enough) + " follows from " + from);
    return enough;
  };
  if (!replication) replication = follow("replication_quorum", "election_quorum", *election);
  if (!election) election = follow("election_quorum", "replication_quorum", *replication);
  const bool meet = *election + *replication > count;
  if (meet || parameters.flaw == Flaw::quorums_apart) return;  // the flaw: need not meet
  out.problems.push_back(
      {"election_quorum", "a quorum of " + std::to_string(*election) + " need not meet one of " +
                              std::to_string(*replication) + " among " + most +
                              " nodes, and a new leader could miss what is chosen (at least " +
                              std::to_string(count + 1 - *replication) +
                              " with this replication_quorum)"});
}

}  // namespace

void MultiPaxos::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const std::size_t nodes = service.nodes.size();
  if (nodes > most_nodes) {
    out.problems.push_back({"election_quorum", "a cluster has at most " +
                                                   std::to_string(most_nodes) + " nodes, not " +
                                                   std::to_string(nodes)});
  }
  settle_quorums(parameters, nodes, out);
  const ElectionTimes times = election_times(parameters);
  const bool rest_on_lease = parameters.reads == Reads::lease;
  settle_lease(parameters.lease, times, rest_on_lease, out);
  if (parameters.first_candidate >= static_cast<std::int64_t>(nodes)) {
    out.problems.push_back(
        {"first_candidate", "is no node (-1 to " + std::to_string(nodes - 1) + ")"});
  }
  check_election_times(times, rest_on_lease ? parameters.lease : std::nullopt, out);
}

/// Whatever the parameters, Paxos gives up availability before consistency.
Claims MultiPaxos::claims(const Parameters&, const ServiceView&) { return {}; }

Contact MultiPaxos::contact(const Parameters&) { return Contact::nearest; }

}  // namespace faultline::multi_paxos
