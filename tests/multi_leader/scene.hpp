// A stage for conversations and timings: leaders 50 ms apart, and clients beside whomever they ask.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include <faultline/multi_leader/multi_leader.hpp>

#include "model/conversation.hpp"

namespace faultline::multi_leader {

using namespace std::chrono_literals;
using Talk = testing::Conversation<MultiLeader>;

/// Parameters of conversations: nothing happens by itself for a while.
inline Parameters calm() {
  Parameters parameters;
  parameters.resend_after = 400ms;
  return parameters;
}

struct Scene {
  /// `skews` of the leaders' clocks.
  explicit Scene(const Parameters& parameters, std::size_t nodes = 3,
                 const std::vector<Duration>& skews = {})
      : talk(parameters, {.nodes = nodes, .clients = 3, .clocks = clocks(skews)}) {
    talk.network.latency = [this](HostId from, HostId to, std::string_view) -> Duration {
      const std::size_t a = index_of(from);
      const std::size_t b = index_of(to);
      const std::size_t leaders = talk.service->size();
      if (a == b || a >= leaders || b >= leaders) return 0ms;
      const auto slow = slow_ways.find({a, b});
      return slow != slow_ways.end() ? slow->second : between;
    };
  }
  static std::vector<ClockSettings> clocks(const std::vector<Duration>& skews) {
    std::vector<ClockSettings> clocks;
    for (const Duration skew : skews) clocks.push_back({skew, 0});
    return clocks;
  }

  Duration between = 50ms;
  std::map<std::pair<std::size_t, std::size_t>, Duration> slow_ways{};  ///< from leader to leader
  Talk talk;
};

}  // namespace faultline::multi_leader
