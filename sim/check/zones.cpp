#include <algorithm>
#include <iterator>

#include <faultline/check/zones.hpp>

namespace faultline {
namespace {

std::optional<ZoneConflict> find_overlap(const std::vector<ClusterZone>& forward) {
  for (std::size_t next = 1; next < forward.size(); ++next) {
    // Neighbours suffice: up to the first overlap, zones sorted by their beginnings end in order.
    if (forward[next].first_answer < forward[next - 1].last_call) {
      return ZoneConflict{forward[next - 1].cluster, forward[next].cluster};
    }
  }
  return std::nullopt;
}

/// `forward`: sorted and disjoint.
std::optional<ZoneConflict> find_enclosed(const std::vector<ClusterZone>& forward,
                                          const std::vector<ClusterZone>& zones) {
  for (const ClusterZone& zone : zones) {
    if (zone.forward()) continue;
    // Only the last forward zone that begins before this one can reach over it.
    const auto after = std::lower_bound(
        forward.begin(), forward.end(), zone.last_call,
        [](const ClusterZone& each, const Moment& begin) { return each.first_answer < begin; });
    if (after == forward.begin()) continue;
    const ClusterZone& candidate = *std::prev(after);
    if (zone.first_answer < candidate.last_call) {
      return ZoneConflict{candidate.cluster, zone.cluster};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<ZoneConflict> find_conflict(const std::vector<ClusterZone>& zones) {
  std::vector<ClusterZone> forward;
  std::copy_if(zones.begin(), zones.end(), std::back_inserter(forward),
               [](const ClusterZone& zone) { return zone.forward(); });
  std::sort(forward.begin(), forward.end(), [](const ClusterZone& a, const ClusterZone& b) {
    return a.first_answer < b.first_answer ||
           (a.first_answer == b.first_answer && a.cluster < b.cluster);
  });
  if (const auto overlap = find_overlap(forward)) return overlap;
  return find_enclosed(forward, zones);
}

}  // namespace faultline
