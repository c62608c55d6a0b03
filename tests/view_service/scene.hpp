// A stage for conversations of services with a view service, which is node 0.
#pragma once

#include <algorithm>

#include "model/conversation.hpp"

namespace faultline::view_service {

/// Ten times faster than the defaults.
template <class Parameters>
Parameters quick_in_memory() {
  Parameters parameters;
  parameters.heartbeat = std::chrono::milliseconds(20);
  parameters.dead_after = std::chrono::milliseconds(100);
  parameters.timeout = std::chrono::milliseconds(200);
  return parameters;
}

/// Nodes are 1 ms apart, and clients next to every node. Nobody hears of the view service's
/// routine.
template <class M>
struct Scene {
  Scene(const typename M::Parameters& parameters, std::size_t nodes)
      : talk(parameters, testing::Stage{.nodes = nodes}) {
    talk.network.latency = [nodes](HostId from, HostId to, std::string_view) -> Duration {
      const bool inside = std::max(index_of(from), index_of(to)) < nodes;
      return std::chrono::milliseconds(from != to && inside ? 1 : 0);
    };
    talk.quiet = {"ping", "pong", "link", "linked"};
    talk.run_for(std::chrono::milliseconds(50));
  }
  testing::Conversation<M> talk;
};

}  // namespace faultline::view_service
