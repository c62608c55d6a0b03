// The parameters: their one list, what follows from what, and what they promise.
#include <algorithm>
#include <string>

#include <faultline/quorum/quorum.hpp>

namespace faultline::quorum {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& Quorum::parameters() {
  static const ParameterTable<Parameters> table{
      choice("on_partition", &Parameters::on_partition, "what to keep up when the network is cut",
             {{"consistency", OnPartition::consistency,
               "strict quorums of a majority; the minority refuses"},
              {"availability", OnPartition::availability,
               "sloppy quorums; conflicts are resolved afterwards"}}),
      choice("else", &Parameters::otherwise,
             "what to favour without a partition; sets quorums where not given",
             {{"latency", Else::latency, "as few replicas as permitted"},
              {"consistency", Else::consistency, "R + W > N"}}),
      integer("replicas", &Parameters::replicas,
              "N: how many nodes hold each key; 3 unless there are fewer nodes")
          .between(1, static_cast<double>(Targets::most)),
      integer("read_quorum", &Parameters::read_quorum, "R: how many replicas a read waits for")
          .between(1, static_cast<double>(Targets::most)),
      integer("write_quorum", &Parameters::write_quorum, "W: how many replicas a write waits for")
          .between(1, static_cast<double>(Targets::most)),
      boolean(
          "sloppy", &Parameters::sloppy,
          "whether the next nodes of the ring stand in for replicas that cannot be reached, and "
          "keep hints for them"),
      choice("read_repair", &Parameters::read_repair, "what a read does for replicas with old data",
             {{"none", ReadRepair::none, "nothing"},
              {"async", ReadRepair::async, "sends them the new version after it has answered"},
              {"blocking", ReadRepair::blocking,
               "brings the version to W replicas before it answers"}}),
      choice("versions", &Parameters::versions, "which of two versions is newer",
             {{"last_writer_wins", Versions::last_writer_wins, "the one with the later timestamp"},
              {"vector_clocks", Versions::vector_clocks,
               "the one that knows of the other; else both stay as siblings"}}),
      choice("write_versions", &Parameters::write_versions,
             "where a write's timestamp comes from (last_writer_wins)",
             {{"clock", WriteVersions::clock, "the coordinator's clock"},
              {"quorum", WriteVersions::quorum,
               "R replicas are asked first, and it is later than all of theirs"}}),
      duration("anti_entropy", &Parameters::anti_entropy,
               "how often a node compares hash trees with a fellow replica; 0s: never"),
      duration("timeout", &Parameters::timeout, "how long a coordinator waits for a quorum")
          .above(0ms),
      duration("handoff_after", &Parameters::handoff_after,
               "how long a sloppy quorum waits for replicas before it turns to others; by default "
               "three fifths of the timeout")
          .above(0ms),
      duration("hint_retry", &Parameters::hint_retry,
               "how often a node tries whether those it suspects or has hints for answer again")
          .above(0ms),
      integer("most_hints", &Parameters::most_hints, "keys that a node keeps hints for at most")
          .between(0, 100'000'000),
      duration("work", &Parameters::work,
               "CPU time of a request at its coordinator, and again at each replica"),
      durability_choice(&Parameters::durability,
                        "what a write has survived when a replica acknowledges it"),
  };
  return table;
}

namespace {

std::string text(std::int64_t number) { return std::to_string(number); }

std::string preference_of(const Parameters& parameters) {
  return std::string("on_partition: ") +
         (parameters.on_partition == OnPartition::consistency ? "consistency" : "availability") +
         ", else: " + (parameters.otherwise == Else::consistency ? "consistency" : "latency");
}

/// R and W where they are not given. A given one decides how large the other has to be.
void derive_quorums(Parameters& parameters, Settlement& out) {
  const std::int64_t n = *parameters.replicas;
  const std::int64_t majority = n / 2 + 1;
  const bool strong = parameters.otherwise == Else::consistency;
  if (!parameters.write_quorum) {
    std::int64_t w = 1;
    if (strong) {
      w = parameters.read_quorum ? n - *parameters.read_quorum + 1 : majority;
    }
    // Only one side of a cut may write if it is to stay consistent.
    if (parameters.on_partition == OnPartition::consistency) w = std::max(w, majority);
    parameters.write_quorum = std::clamp<std::int64_t>(w, 1, n);
    out.notes.push_back("write_quorum: " + text(*parameters.write_quorum) + " follows from " +
                        preference_of(parameters));
  }
  if (!parameters.read_quorum) {
    const std::int64_t r = strong ? n - *parameters.write_quorum + 1 : 1;
    parameters.read_quorum = std::clamp<std::int64_t>(r, 1, n);
    out.notes.push_back("read_quorum: " + text(*parameters.read_quorum) + " follows from " +
                        preference_of(parameters));
  }
}

void derive_rest(Parameters& parameters, Settlement& out) {
  const bool available = parameters.on_partition == OnPartition::availability;
  const bool linearizable = !available && parameters.otherwise == Else::consistency;
  if (!parameters.sloppy) {
    parameters.sloppy = available;
    out.notes.push_back(std::string("sloppy: ") + (available ? "true" : "false") +
                        " follows from " + preference_of(parameters));
  }
  if (!parameters.read_repair) {
    parameters.read_repair = linearizable ? ReadRepair::blocking : ReadRepair::async;
    out.notes.push_back(std::string("read_repair: ") + (linearizable ? "blocking" : "async") +
                        " follows from " + preference_of(parameters));
  }
  if (!parameters.write_versions) {
    parameters.write_versions = linearizable && parameters.versions == Versions::last_writer_wins
                                    ? WriteVersions::quorum
                                    : WriteVersions::clock;
    if (*parameters.write_versions == WriteVersions::quorum) {
      out.notes.push_back("write_versions: quorum follows from " + preference_of(parameters));
    }
  }
  if (!parameters.handoff_after) parameters.handoff_after = parameters.timeout * 3 / 5;
}

/// What keeps the store from being linearizable, in words; empty if nothing does.
std::vector<std::string> short_of_linearizable(const Parameters& parameters) {
  std::vector<std::string> reasons;
  const bool overlap = *parameters.read_quorum + *parameters.write_quorum > *parameters.replicas;
  if (!overlap) reasons.emplace_back("R + W <= N: a read may miss a write");
  if (*parameters.sloppy) reasons.emplace_back("a sloppy read may miss a write on other nodes");
  if (parameters.versions == Versions::vector_clocks) {
    reasons.emplace_back("a read may return siblings");
  } else if (*parameters.write_versions == WriteVersions::clock) {
    reasons.emplace_back("a slow clock lets a write be older than what it should replace");
  }
  if (*parameters.read_repair != ReadRepair::blocking) {
    reasons.emplace_back("a read may be followed by one that returns an older value");
  }
  if (parameters.durability == Durability::memory) {
    reasons.emplace_back("a replica that crashes forgets what it acknowledged");
  }
  return reasons;
}

void note_contradictions(const Parameters& parameters, std::int64_t nodes, Settlement& out) {
  const std::int64_t n = *parameters.replicas;
  const std::int64_t r = *parameters.read_quorum;
  const std::int64_t w = *parameters.write_quorum;
  const std::string sum = "R + W = " + text(r + w);
  if (parameters.otherwise == Else::consistency && r + w <= n) {
    out.notes.push_back(sum + " <= N = " + text(n) +
                        ": reads may be stale, against else: "
                        "consistency");
  }
  if (parameters.otherwise == Else::latency && r + w > n) {
    out.notes.push_back(sum + " > N = " + text(n) + ": slower than else: latency asks for");
  }
  if (parameters.on_partition == OnPartition::consistency) {
    if (2 * w <= n) {
      out.notes.push_back("W = " + text(w) + " is no majority of N = " + text(n) +
                          ": both sides of a cut may write, against on_partition: consistency");
    }
    if (*parameters.sloppy) {
      out.notes.push_back(
          "sloppy quorums do not meet across a cut, against on_partition: "
          "consistency");
    }
  } else if (*parameters.sloppy && nodes == n && std::max(r, w) > 1) {
    out.notes.push_back("all " + text(n) +
                        " nodes are replicas: nobody can stand in, and the "
                        "minority's side refuses (fewer replicas than nodes would help)");
  } else if (!*parameters.sloppy && std::max(r, w) > 1) {
    out.notes.push_back("a strict quorum of " + text(std::max(r, w)) +
                        " refuses on the minority's side, against on_partition: availability");
  }
}

}  // namespace

void Quorum::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  const auto nodes = static_cast<std::int64_t>(service.nodes.size());
  std::vector<std::uint32_t> regions = service.regions;
  regions.resize(service.nodes.size());
  parameters.placement = std::make_shared<const Placement>(regions);
  if (!parameters.replicas) {
    parameters.replicas = std::clamp<std::int64_t>(nodes, 1, 3);
    out.notes.push_back("replicas: " + text(*parameters.replicas) + " by default");
  }
  const std::int64_t n = *parameters.replicas;
  if (n > nodes) {
    out.problems.push_back({"replicas", "there are only " + text(nodes) + " nodes (1 to " +
                                            text(std::min<std::int64_t>(nodes, Targets::most)) +
                                            ")"});
  }
  const auto at_most_n = [&](const char* name, const std::optional<std::int64_t>& quorum) {
    if (!quorum || *quorum <= n) return;
    out.problems.push_back({name, text(*quorum) + " of " + text(n) +
                                      " replicas cannot answer (1 to " + text(n) + ")"});
  };
  at_most_n("read_quorum", parameters.read_quorum);
  at_most_n("write_quorum", parameters.write_quorum);
  if (parameters.handoff_after && *parameters.handoff_after >= parameters.timeout) {
    out.problems.push_back({"handoff_after", "leaves no time for others (below timeout, " +
                                                 print_duration(parameters.timeout) + ")"});
  }
  if (parameters.versions == Versions::vector_clocks &&
      parameters.write_versions == WriteVersions::quorum) {
    out.problems.push_back(
        {"write_versions", "vector clocks have no timestamps (leave it out, or clock)"});
  }
  if (!out.problems.empty()) return;

  derive_quorums(parameters, out);
  derive_rest(parameters, out);
  note_contradictions(parameters, nodes, out);
  const auto reasons = short_of_linearizable(parameters);
  if (reasons.empty()) {
    out.notes.push_back(std::string("linearizable, as long as no replica loses its disk") +
                        (parameters.durability == Durability::fsync ? "" : " or its power") +
                        " and clients do not retry writes");
  } else if (parameters.on_partition == OnPartition::consistency &&
             parameters.otherwise == Else::consistency) {
    for (const std::string& reason : reasons) out.notes.push_back("not linearizable: " + reason);
  }
}

Claims Quorum::claims(const Parameters& parameters, const ServiceView& service) {
  const std::int64_t n = *parameters.replicas;
  const std::int64_t r = *parameters.read_quorum;
  const std::int64_t w = *parameters.write_quorum;
  const bool others_stand_in =
      *parameters.sloppy && static_cast<std::int64_t>(service.nodes.size()) > n;
  Claims claims;
  // One replica on each side is enough, or there are nodes that stand in for those out of reach.
  claims.on_partition = (r == 1 && w == 1) || others_stand_in ? Claims::Partition::availability
                                                              : Claims::Partition::consistency;
  claims.otherwise = r + w > n ? Claims::Else::consistency : Claims::Else::latency;
  return claims;
}

std::vector<EndpointId> Quorum::replica_nodes(const Parameters& parameters,
                                              const ServiceView& service, Key key) {
  std::vector<EndpointId> replicas;
  const Placement& placement = *parameters.placement;
  for (std::uint32_t place = 0; place < *parameters.replicas; ++place) {
    replicas.push_back(service.nodes[placement.node_at(placement.partition_of(key), place)]);
  }
  return replicas;
}

}  // namespace faultline::quorum
