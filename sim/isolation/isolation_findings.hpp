// The anomalies found so far: all counted, the best witnesses kept.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <faultline/isolation/isolation.hpp>

namespace faultline::isolation {

class Findings {
 public:
  /// `witnesses`: the most kept of each anomaly.
  explicit Findings(std::size_t witnesses) : witnesses_(witnesses) {}

  /// Counts an anomaly; asks `explain()` for words only if they will be kept.
  template <typename Explain>
  void add(Anomaly anomaly, std::vector<TransactionId> transactions, Explain&& explain) {
    FoundAnomaly& found = at(anomaly);
    ++found.count;
    if (found.witnesses.size() >= witnesses_) return;
    AnomalyWitness witness;
    witness.transactions = std::move(transactions);
    witness.explanation = explain();
    found.witnesses.push_back(std::move(witness));
  }
  /// Adds an anomaly that was counted and explained elsewhere.
  void add(FoundAnomaly found) { at(found.anomaly) = std::move(found); }

  AnomalySet all() const;
  /// In order of `Anomaly`.
  std::vector<FoundAnomaly> take();

 private:
  FoundAnomaly& at(Anomaly anomaly) { return found_[static_cast<std::size_t>(anomaly)]; }

  std::size_t witnesses_;
  std::array<FoundAnomaly, anomaly_count> found_{};
};

}  // namespace faultline::isolation
