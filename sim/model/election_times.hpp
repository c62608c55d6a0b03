// The times of services that elect a leader, and how they have to fit together: a follower must not
// take a pause between two heartbeats for the leader's death, and a lease must be over before
// anybody else can lead.
//
//   const ElectionTimes times = election_times(parameters);
//   settle_lease(parameters.lease, times, reads == Reads::lease, out);
//   check_election_times(times, parameters.lease, out);
#pragma once

#include <optional>

#include <faultline/core/time.hpp>
#include <faultline/model/catalog.hpp>

namespace faultline {

struct ElectionTimes {
  Duration heartbeat;    ///< from one sign of life of the leader to the next
  Duration timeout_min;  ///< silence after which a follower may stand for election,
  Duration timeout_max;  ///< and at the latest does
};

/// Those among a model's parameters, where they have the names that all models use.
template <class P>
ElectionTimes election_times(const P& parameters) {
  return {parameters.heartbeat, parameters.election_timeout_min, parameters.election_timeout_max};
}

/// By default a lease is as long as followers are silent for sure. That is told if it is `used`.
void settle_lease(std::optional<Duration>& lease, const ElectionTimes& times, bool used,
                  Settlement& out);

/// Adds what does not fit to out.problems. `lease`: none if nothing rests on it.
void check_election_times(const ElectionTimes& times, std::optional<Duration> lease,
                          Settlement& out);

}  // namespace faultline
