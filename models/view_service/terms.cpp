#include <faultline/view_service/terms.hpp>

namespace faultline::view_service {

void settle_terms(Terms& terms, const ServiceView& service, std::size_t replicas, Settlement& out) {
  const std::size_t nodes = service.nodes.size();
  const auto problem = [&](const char* parameter, std::string message) {
    out.problems.push_back({parameter, std::move(message)});
  };
  if (nodes < replicas + 1) {
    problem("view_service", "one node is the view service, which leaves " +
                                std::to_string(nodes - 1) + " for the data (at least " +
                                std::to_string(replicas + 1) + " nodes)");
  } else if (terms.view_service >= static_cast<std::int64_t>(nodes)) {
    problem("view_service", "there are " + std::to_string(nodes) + " nodes (0 to " +
                                std::to_string(nodes - 1) + ")");
  }
  if (terms.heartbeat >= terms.dead_after) {
    problem("heartbeat", "every pause would look like a death (below dead_after, " +
                             print_duration(terms.dead_after) + ")");
  }
  if (terms.lease && *terms.lease > terms.dead_after) {
    problem("lease", "its holder may be left out before it ends (at most dead_after, " +
                         print_duration(terms.dead_after) + ")");
  }
}

std::vector<EndpointId> replicas_of(const Terms& terms, const ServiceView& service) {
  std::vector<EndpointId> replicas;
  for (std::size_t number = 0; number < service.nodes.size(); ++number) {
    if (number != static_cast<std::size_t>(terms.view_service)) {
      replicas.push_back(service.nodes[number]);
    }
  }
  return replicas;
}

}  // namespace faultline::view_service
