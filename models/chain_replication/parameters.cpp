// The parameters: their one list, what follows from what, and what they promise.
#include <string>

#include <faultline/chain_replication/chain_replication.hpp>

namespace faultline::chain_replication {

const ParameterTable<Parameters>& ChainReplication::parameters() {
  using Lines = view_service::TermLines<Parameters>;
  static const ParameterTable<Parameters> table{
      choice("reads", &Parameters::reads, "who answers a read",
             {{"tail", Reads::tail, "the tail: all that is done, and nothing else"},
              {"any", Reads::any,
               "any node; it asks the tail about keys with updates under way (CRAQ)"},
              {"any_eventual", Reads::any_eventual,
               "any node, at once, with the newest version it has, done or not"}}),
      integer("length", &Parameters::length,
              "nodes in the chain; all but the view service unless given. The others stand in for "
              "those that fail")
          .between(1, static_cast<double>(view_service::View::most_members)),
      Lines::view_service(),
      Lines::heartbeat(),
      Lines::dead_after(),
      Lines::lease(
          "how long a node may answer reads after the view service has answered it, without "
          "asking again; by default dead_after; 0s: every read asks"),
      Lines::clock_drift(),
      Lines::timeout(),
      Lines::work(),
      Lines::update_work(),
      Lines::durability(),
      Lines::catch_up_batch(),
  };
  return table;
}

void ChainReplication::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  view_service::settle_terms(parameters, service, 1, out);
  const auto replicas = static_cast<std::int64_t>(service.nodes.size()) - 1;
  const auto most = static_cast<std::int64_t>(view_service::View::most_members);
  if (parameters.length && *parameters.length > replicas) {
    out.problems.push_back({"length", "one of " + std::to_string(replicas + 1) +
                                          " nodes is the view service (1 to " +
                                          std::to_string(replicas) + ")"});
  }
  if (!parameters.length) {
    parameters.length = std::min(replicas, most);
    out.notes.push_back("length: " + std::to_string(*parameters.length) +
                        (replicas > most ? ", the longest there can be" : ", all other nodes"));
  }
  if (!parameters.lease) {
    parameters.lease = parameters.dead_after;
    if (parameters.reads != Reads::any_eventual) {
      out.notes.push_back("lease: " + print_duration(*parameters.lease) +
                          " follows from dead_after");
    }
  }
  if (parameters.length == 1 && replicas > 1) {
    out.notes.push_back("a chain of one node loses its data with that node; the others stand in");
  }
}

/// On the side of a partition without the view service, or without the others, no write is done,
/// whatever the reads.
Claims ChainReplication::claims(const Parameters& parameters, const ServiceView&) {
  Claims claims;
  claims.on_partition = Claims::Partition::consistency;
  claims.otherwise =
      parameters.reads == Reads::any_eventual ? Claims::Else::latency : Claims::Else::consistency;
  return claims;
}

}  // namespace faultline::chain_replication
