#include <faultline/experiment/comparison.hpp>
#include <faultline/statistics/holm.hpp>

namespace faultline {
namespace {

/// A figure of two scenarios in the trials in which both have it.
struct PairedFigure {
  TrialFigure first;
  TrialFigure other;
  std::vector<double> differences;
};

PairedFigure pair_up(const std::vector<Trial>& first, const std::vector<Trial>& other,
                     const std::string& pointer) {
  const Json::json_pointer at(pointer);
  const auto has = [&](const Trial& trial) {
    return trial.measured.contains(at) && trial.measured.at(at).is_number();
  };
  std::vector<const Trial*> of_first;
  std::vector<const Trial*> of_other;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!has(first[i]) || !has(other[i])) continue;
    of_first.push_back(&first[i]);
    of_other.push_back(&other[i]);
  }
  PairedFigure paired{figure_of(of_first, pointer), figure_of(of_other, pointer), {}};
  for (std::size_t i = 0; i < of_first.size(); ++i) {
    paired.differences.push_back(paired.other.each[i] - paired.first.each[i]);
  }
  return paired;
}

/// What common random numbers have saved.
Json variance_ratio(const PairedFigure& paired) {
  if (paired.differences.size() < 2) return nullptr;
  const double independent = variance(paired.first.each) + variance(paired.other.each);
  return independent == 0 ? Json(nullptr) : Json(variance(paired.differences) / independent);
}

class Comparer {
 public:
  explicit Comparer(const std::vector<Contender>& contenders) : contenders_(contenders) {}

  Json compare() {
    for (std::size_t i = 1; i < contenders_.size(); ++i) compare_with_first(i);
    correct();
    const Contender& first = contenders_.front();
    Json result = {{"baseline", first.scenario->name},
                   {"trials", first.trials->size()},
                   {"seeds", Json::array()},
                   {"confidence", usual_confidence},
                   {"correction", "Holm"},
                   {"comparisons", differences_.size()}};
    for (const Trial& trial : *first.trials) result["seeds"].push_back(trial.seed);
    result["differences"] = std::move(differences_);
    return result;
  }

 private:
  void compare_with_first(std::size_t position) {
    // The first trial's phases are those of all but for faults that come at random.
    const Json& workloads = contenders_.front().trials->front().measured["workloads"];
    for (const auto& [workload, figures] : workloads.items()) {
      const Json& phases = figures["phases"];
      for (const auto& [phase, figures_of_phase] : phases.items()) {
        if (phase == "all" && phases.size() == 2) continue;  // the same as the only phase
        for (const std::string& metric : compared_metrics()) {
          add({position, workload, phase, metric});
        }
      }
    }
  }

  struct Subject {
    std::size_t position;
    std::string workload;
    std::string phase;
    std::string metric;
  };

  void add(const Subject& subject) {
    const Contender& other = contenders_[subject.position];
    const PairedFigure paired =
        pair_up(*contenders_.front().trials, *other.trials,
                pointer_to(subject.workload, subject.phase, subject.metric));
    if (paired.differences.empty()) return;
    const double whole = paired.other.whole - paired.first.whole;
    const double chance = chance_of_zero(whole, paired.differences);
    Json difference = {{"scenario", other.scenario->name},
                       {"position", subject.position},
                       {"workload", subject.workload},
                       {"phase", subject.phase},
                       {"metric", subject.metric}};
    const Json estimate = estimate_json(sectioned(whole, paired.differences));
    for (const auto& [key, value] : estimate.items()) difference[key] = value;
    difference["chance"] = chance;
    difference["variance_ratio"] = variance_ratio(paired);
    differences_.push_back(std::move(difference));
    chances_.push_back(chance);
  }

  void correct() {
    const std::vector<double> adjusted = holm_adjusted(chances_);
    for (std::size_t i = 0; i < adjusted.size(); ++i) {
      differences_[i]["adjusted"] = adjusted[i];
      differences_[i]["differs"] = adjusted[i] <= 1 - usual_confidence;
    }
  }

  const std::vector<Contender>& contenders_;
  Json differences_ = Json::array();
  std::vector<double> chances_;
};

}  // namespace

const std::vector<std::string>& compared_metrics() {
  static const std::vector<std::string> names{"availability", "goodput",        "latency.p50",
                                              "latency.p99",  "stale_fraction", "lost_updates"};
  return names;
}

Json compare_trials(const std::vector<Contender>& contenders) {
  return Comparer(contenders).compare();
}

}  // namespace faultline
