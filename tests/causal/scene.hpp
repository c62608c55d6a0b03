// A stage for conversations and timings: regions of nodes that are 1 ms apart, 50 ms between
// regions, and clients beside whomever they ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <faultline/causal/causal.hpp>

#include "model/conversation.hpp"

namespace faultline::causal {

using namespace std::chrono_literals;
using Talk = testing::Conversation<Causal>;

/// Parameters of conversations: nothing happens by itself for a while.
inline Parameters calm() {
  Parameters parameters;
  parameters.resend_after = 400ms;
  return parameters;
}

struct Scene {
  /// `regions` of the nodes.
  explicit Scene(const Parameters& parameters, std::vector<std::uint32_t> regions = {0, 0, 1, 1})
      : layout(regions),
        talk(parameters, {.nodes = regions.size(), .clients = 3, .regions = regions}) {
    talk.network.latency = [this](HostId from, HostId to, std::string_view) -> Duration {
      const std::size_t a = index_of(from);
      const std::size_t b = index_of(to);
      const std::size_t nodes = talk.service->size();
      if (a == b || a >= nodes || b >= nodes) return 0ms;
      if (const auto slow = slow_ways.find({a, b}); slow != slow_ways.end()) return slow->second;
      const auto region = [this](std::size_t node) {
        return layout.region_of(static_cast<NodeNumber>(node));
      };
      return region(a) == region(b) ? within : between;
    };
  }

  /// The `rank`-th key that is on the node of that number and on its counterparts.
  Key key_on(NodeNumber node, std::size_t rank = 0) const {
    for (Key key = 1;; ++key) {
      if (layout.owner(layout.region_of(node), key) == node && rank-- == 0) return key;
    }
  }

  const Layout layout;
  Duration within = 1ms;
  Duration between = 50ms;
  std::map<std::pair<std::size_t, std::size_t>, Duration> slow_ways{};  ///< from node to node
  Talk talk;
};

}  // namespace faultline::causal
