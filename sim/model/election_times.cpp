#include <string>

#include <faultline/model/election_times.hpp>

namespace faultline {

void settle_lease(std::optional<Duration>& lease, const ElectionTimes& times, bool used,
                  Settlement& out) {
  if (lease) return;
  lease = times.timeout_min;
  if (used) {
    out.notes.push_back("lease: " + print_duration(*lease) + " follows from election_timeout_min");
  }
}

void check_election_times(const ElectionTimes& times, std::optional<Duration> lease,
                          Settlement& out) {
  const std::string least = print_duration(times.timeout_min);
  if (times.timeout_max < times.timeout_min) {
    out.problems.push_back(
        {"election_timeout_max", "is below election_timeout_min (at least " + least + ")"});
  }
  if (times.heartbeat >= times.timeout_min) {
    out.problems.push_back(
        {"heartbeat",
         "every pause would start an election (below election_timeout_min, " + least + ")"});
  }
  if (lease && *lease > times.timeout_min) {
    out.problems.push_back(
        {"lease",
         "others may be elected before it ends (at most election_timeout_min, " + least + ")"});
  }
}

}  // namespace faultline
