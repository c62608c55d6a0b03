// The parameters: their one list, what follows from what, and what they promise.
#include <string>

#include <faultline/leader_follower/leader_follower.hpp>
#include <faultline/model/election_times.hpp>

namespace faultline::leader_follower {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& LeaderFollower::parameters() {
  static const ParameterTable<Parameters> table{
      choice(
          "on_partition", &Parameters::on_partition, "what happens on the minority's side",
          {{"consistency", OnPartition::consistency, "it refuses"},
           {"availability", OnPartition::availability,
            "it elects its own leader; conflicts are resolved on healing, the later writer wins"}}),
      choice("else", &Parameters::otherwise,
             "what to favour without a partition; sets replication and read_from where not given",
             {{"latency", Else::latency, "asynchronous replication, reads from the nearest node"},
              {"consistency", Else::consistency,
               "writes wait for a majority, reads go to the leader"}}),
      choice("replication", &Parameters::replication, "when a write is acknowledged",
             {{"asynchronous", Replication::asynchronous, "when the leader has it"},
              {"semi_synchronous", Replication::semi_synchronous, "when `acks` followers have it"},
              {"synchronous", Replication::synchronous, "when all followers have it"}}),
      integer("acks", &Parameters::acks,
              "followers that a write waits for, if semi_synchronous; else follows from it")
          .between(0, 1000),
      choice("read_from", &Parameters::read_from, "who answers reads",
             {{"leader", ReadFrom::leader, "only the leader: the latest value"},
              {"nearest", ReadFrom::nearest, "the node nearest to the client, as of what it has"},
              {"any", ReadFrom::any, "any node, as of what it has"}}),
      choice("sessions", &Parameters::sessions,
             "what a node does about a session that has read or written more than is here",
             {{"ignore", Sessions::ignore, "nothing: it answers as of what it has"},
              {"wait", Sessions::wait, "it waits for that, at most `timeout`"},
              {"forward", Sessions::forward, "it hands the read on to the leader"}}),
      choice("failover", &Parameters::failover, "what happens when the leader is gone",
             {{"none", Failover::none, "nothing until it is back"},
              {"election", Failover::election, "the followers elect another"}}),
      integer("first_leader", &Parameters::first_leader,
              "number of the node that leads at first, or always without failover")
          .between(0, 100'000),
      duration("heartbeat", &Parameters::heartbeat, "how often the leader shows that it is alive")
          .above(0ms),
      duration("election_timeout_min", &Parameters::election_timeout_min,
               "shortest silence after which a follower stands for election")
          .above(0ms),
      duration("election_timeout_max", &Parameters::election_timeout_max,
               "longest silence; each follower draws between the two")
          .above(0ms),
      boolean("pre_vote", &Parameters::pre_vote,
              "whether a candidate asks for its chances before it begins a term"),
      duration("lease", &Parameters::lease,
               "how long the leader may answer reads after a majority has heard from it, without "
               "asking again; by default election_timeout_min; 0s: every read asks"),
      number(
          "clock_drift", &Parameters::clock_drift, Unit::fraction,
          "the most that a clock is assumed to gain or lose, seconds per second; bounds the lease")
          .between(0, 0.5),
      duration("timeout", &Parameters::timeout, "how long a node waits for others on a request")
          .above(0ms),
      duration("work", &Parameters::work, "CPU time of a request, on the node that answers it"),
      durability_choice(&Parameters::durability, "what an entry has to survive to count"),
      integer("catch_up_batch", &Parameters::catch_up_batch,
              "entries that a follower which is behind gets at once")
          .between(1, 1'000'000),
      integer("snapshot_threshold", &Parameters::snapshot_threshold,
              "entries that the log keeps for followers; one further behind gets a snapshot")
          .between(1, 10'000'000),
  };
  return table;
}

namespace {

std::string_view name_of(Replication replication) {
  switch (replication) {
    case Replication::asynchronous:
      return "asynchronous";
    case Replication::semi_synchronous:
      return "semi_synchronous";
    case Replication::synchronous:
      return "synchronous";
  }
  return "?";
}

void derive(Parameters& parameters, std::size_t nodes, Settlement& out) {
  const bool latency = parameters.otherwise == Else::latency;
  const std::string because = latency ? "else: latency" : "else: consistency";
  const auto needed = static_cast<std::int64_t>(majority(nodes)) - 1;
  if (!parameters.replication) {
    parameters.replication = parameters.acks ? Replication::semi_synchronous
                             : latency       ? Replication::asynchronous
                                             : Replication::semi_synchronous;
    out.notes.push_back("replication: " + std::string(name_of(*parameters.replication)) +
                        " follows from " + (parameters.acks ? "acks" : because));
  }
  if (!parameters.read_from) {
    parameters.read_from = latency ? ReadFrom::nearest : ReadFrom::leader;
    out.notes.push_back(std::string("read_from: ") + (latency ? "nearest" : "leader") +
                        " follows from " + because);
  }
  if (!parameters.acks) {
    switch (*parameters.replication) {
      case Replication::asynchronous:
        parameters.acks = 0;
        break;
      case Replication::synchronous:
        parameters.acks = static_cast<std::int64_t>(nodes) - 1;
        break;
      case Replication::semi_synchronous:
        parameters.acks = needed;
        out.notes.push_back("acks: " + std::to_string(needed) +
                            ", which makes a majority with the leader");
        break;
    }
  }
  const bool rests_on_lease = parameters.failover == Failover::election &&
                              parameters.on_partition == OnPartition::consistency;
  settle_lease(parameters.lease, election_times(parameters), rests_on_lease, out);
}

}  // namespace

void LeaderFollower::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const std::size_t nodes = service.nodes.size();
  const auto problem = [&](const char* parameter, std::string message) {
    out.problems.push_back({parameter, std::move(message)});
  };
  const auto given_acks = parameters.acks;
  const auto followers = static_cast<std::int64_t>(nodes) - 1;
  derive(parameters, nodes, out);
  if (given_acks) {
    const Replication replication = *parameters.replication;
    if (*given_acks > followers) {
      problem("acks", "there are " + std::to_string(followers) + " followers (0 to " +
                          std::to_string(followers) + ")");
    } else if (replication == Replication::asynchronous && *given_acks != 0) {
      problem("acks", "asynchronous replication waits for none (use semi_synchronous)");
    } else if (replication == Replication::synchronous && *given_acks != followers) {
      problem("acks", "synchronous replication waits for all (use semi_synchronous)");
    }
  }
  if (parameters.first_leader >= static_cast<std::int64_t>(nodes)) {
    problem("first_leader", "there are " + std::to_string(nodes) + " nodes (0 to " +
                                std::to_string(followers) + ")");
  }
  if (parameters.on_partition == OnPartition::availability &&
      parameters.failover == Failover::none) {
    problem("failover", "each side of a partition needs to elect a leader (use election)");
  }
  if (parameters.sessions != Sessions::ignore &&
      parameters.on_partition == OnPartition::availability) {
    problem("sessions", "each side of a partition has a log of its own (use ignore)");
  }
  if (parameters.failover == Failover::none) return;
  check_election_times(election_times(parameters), parameters.lease, out);
  if (nodes == 2 && parameters.on_partition == OnPartition::consistency) {
    out.notes.push_back("with 2 nodes no majority survives the loss of either");
  }
}

Claims LeaderFollower::claims(const Parameters& parameters, const ServiceView& service) {
  Claims claims;
  claims.on_partition = parameters.on_partition == OnPartition::availability
                            ? Claims::Partition::availability
                            : Claims::Partition::consistency;
  const auto needed = static_cast<std::int64_t>(majority(service.nodes.size())) - 1;
  const bool majority_has_it =
      parameters.failover == Failover::none || parameters.acks.value_or(0) >= needed;
  const bool consistent = majority_has_it && parameters.read_from == ReadFrom::leader;
  claims.otherwise = consistent ? Claims::Else::consistency : Claims::Else::latency;
  return claims;
}

Contact LeaderFollower::contact(const Parameters& parameters) {
  return parameters.read_from == ReadFrom::any ? Contact::random : Contact::nearest;
}

}  // namespace faultline::leader_follower
