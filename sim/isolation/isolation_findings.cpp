#include <faultline/isolation/isolation_findings.hpp>

namespace faultline::isolation {

AnomalySet Findings::all() const {
  AnomalySet set;
  for (std::size_t position = 0; position < anomaly_count; ++position) {
    if (found_[position].count > 0) set.insert(static_cast<Anomaly>(position));
  }
  return set;
}

std::vector<FoundAnomaly> Findings::take() {
  std::vector<FoundAnomaly> result;
  for (std::size_t position = 0; position < anomaly_count; ++position) {
    FoundAnomaly& found = found_[position];
    if (found.count == 0) continue;
    found.anomaly = static_cast<Anomaly>(position);
    result.push_back(std::move(found));
  }
  return result;
}

}  // namespace faultline::isolation
