// The parameters: their one list, what follows from what, and what they promise.
#include <string>

#include <faultline/multi_leader/multi_leader.hpp>

namespace faultline::multi_leader {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& MultiLeader::parameters() {
  static const ParameterTable<Parameters> table{
      choice("conflicts", &Parameters::conflicts,
             "what becomes of two writes of a key that know nothing of each other",
             {{"last_writer_wins", Conflicts::last_writer_wins,
               "the one with the later timestamp stays, the other is lost"},
              {"siblings", Conflicts::siblings,
               "both stay until a client that has read both writes (version vectors)"},
              {"merge", Conflicts::merge,
               "there are none: clients add and remove, and concurrent updates have one outcome "
               "(CRDTs, see type)"}}),
      choice(
          "type", &Parameters::type, "what is under every key (merge); or_set unless given",
          {{"g_counter", DataType::g_counter, "a counter: add counts up"},
           {"pn_counter", DataType::pn_counter, "a counter: remove counts down"},
           {"or_set", DataType::or_set, "a set: an add outlives a remove that did not know of it"},
           {"lww_map", DataType::lww_map, "a map: the later change of a field stays, by clock"}}),
      choice("clock", &Parameters::clock, "where timestamps come from (last_writer_wins, lww_map)",
             {{"wall", Clock::wall, "the leader's clock"},
              {"lamport", Clock::lamport, "a count above all that the leader has heard of"},
              {"hybrid", Clock::hybrid,
               "both: never below what the leader has heard of, and close to its clock"}}),
      choice("topology", &Parameters::topology, "along which ways writes travel",
             {{"all_to_all", Shape::all_to_all, "from every leader to every other one"},
              {"ring", Shape::ring, "from every leader to the next one, which passes them on"},
              {"star", Shape::star, "to the first leader, which passes them on"}}),
      duration("ship_every", &Parameters::ship_every,
               "how often writes are sent to other leaders, together; 0s: each at once"),
      duration("resend_after", &Parameters::resend_after,
               "silence of another leader after which writes are sent to it again; if shorter than "
               "a round trip, they travel twice")
          .above(0ms),
      integer("batch", &Parameters::batch, "writes that travel in one message at most")
          .between(1, 1'000'000),
      outbox_limit(&Parameters::outbox_limit,
                   "; and takes in from others what it has to pass on, up to twice as many"),
      duration("work", &Parameters::work, "CPU time of a request"),
      group_durability_choice(
          &Parameters::durability,
          "what a write has to survive before it is acknowledged, shown and sent"),
  };
  return table;
}

void MultiLeader::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const std::size_t nodes = service.nodes.size();
  const bool merges = parameters.conflicts == Conflicts::merge;
  if (parameters.type && !merges) {
    out.problems.push_back({"type",
                            "only what merges has a type (leave it out, or conflicts: "
                            "merge)"});
  }
  if (merges && !parameters.type) parameters.type = DataType::or_set;
  const bool vectors = parameters.conflicts == Conflicts::siblings ||
                       (merges && *parameters.type == DataType::or_set);
  if (vectors && nodes > VersionVector::capacity) {
    out.problems.push_back({"conflicts", "a version vector has room for " +
                                             std::to_string(VersionVector::capacity) +
                                             " leaders, and there are " + std::to_string(nodes) +
                                             " (another one, or fewer nodes)"});
  }
  if (!out.problems.empty()) return;
  if (nodes == 1) {
    out.notes.push_back("one leader: nothing is replicated");
    return;
  }
  out.notes.push_back("each of " + std::to_string(nodes) + " leaders has all keys");
  if (nodes == 2) return;
  if (parameters.topology == Shape::ring) {
    out.notes.push_back("ring: a leader that is down cuts the way between the others");
  } else if (parameters.topology == Shape::star) {
    out.notes.push_back("star: all writes pass node 0, and wait while it is down");
  }
}

/// What merges is added to and removed from; all else is written.
bool MultiLeader::serves(const Parameters& parameters, OperationKind kind) {
  const bool merges = parameters.conflicts == Conflicts::merge;
  switch (kind) {
    case OperationKind::get:
    case OperationKind::scan:
      return true;
    case OperationKind::add:
      return merges;
    case OperationKind::remove:
      return merges && can_remove(*parameters.type);
    default:
      return !merges && is_of_registers(kind);
  }
}

/// Every leader answers by itself.
Claims MultiLeader::claims(const Parameters&, const ServiceView&) {
  Claims claims;
  claims.on_partition = Claims::Partition::availability;
  claims.otherwise = Claims::Else::latency;
  return claims;
}

}  // namespace faultline::multi_leader
