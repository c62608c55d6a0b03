// The parameters: their one list, what follows from what, and what they promise.
#include <string>

#include <faultline/epaxos/epaxos.hpp>

namespace faultline::epaxos {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& Epaxos::parameters() {
  static const ParameterTable<Parameters> table{
      choice("fast_quorum", &Parameters::fast_quorum,
             "how many have to agree for a command to be committed in one round trip",
             {{"simple", FastQuorum::simple, "all but one"},
              {"optimised", FastQuorum::optimised,
               "of 2f + 1 replicas f + (f + 1) / 2: 2 of 3, 3 of 5, 5 of 7"}}),
      choice("acknowledge", &Parameters::acknowledge, "when a write is done for its client",
             {{"execution", Acknowledge::execution, "when its replica has executed it"},
              {"commit", Acknowledge::commit,
               "when it is committed: its place in the order is certain, whatever it waits for"}}),
      duration("fast_timeout", &Parameters::fast_timeout,
               "how long a leader waits for its fast quorum before a majority is enough, for the "
               "slow path")
          .above(0ms),
      duration("heartbeat", &Parameters::heartbeat, "how often replicas compare how far they are")
          .above(0ms),
      duration("suspect_after", &Parameters::suspect_after,
               "after how long a silence a replica is no longer chosen for a fast quorum")
          .above(0ms),
      duration("recover_after", &Parameters::recover_after,
               "how long after it was heard of an instance may stay open before others bring it to "
               "an end; each draws up to as much again")
          .above(0ms),
      duration("timeout", &Parameters::timeout, "how long a replica waits for others on a request")
          .above(0ms),
      integer("window", &Parameters::window,
              "commands on a key that a replica has under way, not executed; it refuses more. "
              "Bounds how far dependencies go in circles")
          .between(1, 1'000'000),
      integer("batch", &Parameters::batch,
              "the most instances that one message carries to a replica that catches up")
          .between(1, 1'000'000),
      integer("checkpoint_threshold", &Parameters::checkpoint_threshold,
              "commands executed after which a replica writes down what they have led to and "
              "forgets those that all others within reach have executed, too")
          .between(1, 1'000'000'000),
      duration("work", &Parameters::work, "CPU time of a request, on the replica that answers it"),
      durability_choice(
          &Parameters::durability, "what instances and ballots have to survive",
          "nothing: a crash empties the replica, which EPaxos does not promise to survive"),
  };
  return table;
}

void Epaxos::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const std::size_t count = service.nodes.size();
  const auto problem = [&](const char* parameter, std::string message) {
    out.problems.push_back({parameter, std::move(message)});
  };
  if (count > most_replicas) {
    problem("fast_quorum", "a cluster has at most " + std::to_string(most_replicas) +
                               " replicas, not " + std::to_string(count));
    return;
  }
  // One that recovers may have to take the attributes of a single replica on trial, and then a
  // sequence number may be too low. That is no harm where only executed commands are acknowledged.
  const std::size_t fast = fast_quorum_size(parameters, count);
  if (parameters.acknowledge == Acknowledge::commit && fast + 1 < count) {
    problem("acknowledge",
            "a write that is only committed may be executed behind a later one, if a fast quorum "
            "of " +
                std::to_string(fast) + " of " + std::to_string(count) +
                " has been recovered (use execution, or fast_quorum: simple)");
  }
  if (parameters.heartbeat >= parameters.suspect_after) {
    problem("heartbeat", "everybody would be suspected between two of them (below suspect_after, " +
                             print_duration(parameters.suspect_after) + ")");
  }
  if (count == 2) out.notes.push_back("with 2 replicas no majority survives the loss of either");
}

/// Whatever the parameters, EPaxos gives up availability before consistency.
Claims Epaxos::claims(const Parameters&, const ServiceView&) { return {}; }

Contact Epaxos::contact(const Parameters&) { return Contact::nearest; }

std::vector<EndpointId> Epaxos::replica_nodes(const Parameters&, const ServiceView& service, Key) {
  return service.nodes;
}

}  // namespace faultline::epaxos
