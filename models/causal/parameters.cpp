// The parameters: their one list, what follows from what, and what they promise.
#include <string>

#include <faultline/causal/causal.hpp>

namespace faultline::causal {

using namespace std::chrono_literals;

const ParameterTable<Parameters>& Causal::parameters() {
  static const ParameterTable<Parameters> table{
      choice("dependencies", &Parameters::dependencies, "how a region knows that causes are there",
             {{"nearest", DependencyKind::nearest,
               "a write lists the keys that it depends on, and nodes ask one another for them "
               "(COPS)"},
              {"vector", DependencyKind::vector,
               "a write has a time for each region, and nodes tell one another all the time what "
               "has come (Cure, GentleRain)"}}),
      choice("timestamps", &Parameters::timestamps, "which of two concurrent writes stays",
             {{"lamport", Timestamps::lamport, "the one with the higher Lamport time"},
              {"hybrid", Timestamps::hybrid,
               "the same, but times keep up with the nodes' clocks, in microseconds: the later "
               "one, as far as clocks agree"}}),
      choice("moved_sessions", &Parameters::moved_sessions,
             "what becomes of a session that knows more than the region it has come to",
             {{"wait", MovedSessions::wait, "it waits, at most `timeout`"},
              {"refuse", MovedSessions::refuse, "it is refused"}}),
      duration(
          "resend_after", &Parameters::resend_after,
          "silence of another region after which updates are sent to it again; if shorter than "
          "a round trip, they travel twice")
          .above(0ms),
      duration("stabilization", &Parameters::stabilization,
               "how often nodes tell one another what has come (vector)")
          .above(0ms),
      integer("batch", &Parameters::batch, "updates that a region which is behind gets at once")
          .between(1, 1'000'000),
      outbox_limit(&Parameters::outbox_limit),
      duration("timeout", &Parameters::timeout, "how long a node waits for others on a request")
          .above(0ms),
      duration("work", &Parameters::work, "CPU time of a request, on the node that has the key"),
      group_durability_choice(
          &Parameters::durability,
          "what a write has to survive before it is acknowledged, shown and sent"),
  };
  return table;
}

void Causal::settle(Parameters& parameters, const ServiceView& service, Settlement& out) {
  std::vector<std::uint32_t> regions = service.regions;
  regions.resize(service.nodes.size());
  parameters.layout = std::make_shared<const Layout>(regions);
  const Layout& layout = *parameters.layout;
  if (service.nodes.size() > Version::most_nodes) {
    out.problems.push_back(
        {"timestamps", "a version has room for " + std::to_string(Version::most_nodes) + " nodes"});
  }
  if (parameters.dependencies == DependencyKind::vector &&
      layout.regions() > Dependencies::capacity) {
    out.problems.push_back({"dependencies", "a token has room for the times of " +
                                                std::to_string(Dependencies::capacity) +
                                                " regions, and there are " +
                                                std::to_string(layout.regions()) + " (nearest)"});
  }
  if (!out.problems.empty()) return;
  std::string nodes;
  for (RegionNumber region = 0; region < layout.regions(); ++region) {
    nodes += (region == 0 ? "" : ", ") + std::to_string(layout.members(region).size());
  }
  out.notes.push_back("every region has all keys, on its " + nodes + " nodes");
  if (layout.regions() == 1) {
    out.notes.push_back("one region: nothing is replicated");
  }
}

/// Every region answers by itself.
Claims Causal::claims(const Parameters&, const ServiceView&) {
  Claims claims;
  claims.on_partition = Claims::Partition::availability;
  claims.otherwise = Claims::Else::latency;
  return claims;
}

std::vector<EndpointId> Causal::replica_nodes(const Parameters& parameters,
                                              const ServiceView& service, Key key) {
  std::vector<EndpointId> replicas;
  const Layout& layout = *parameters.layout;
  for (RegionNumber region = 0; region < layout.regions(); ++region) {
    replicas.push_back(service.nodes[layout.owner(region, key)]);
  }
  return replicas;
}

}  // namespace faultline::causal
