// The cheapest point that keeps some bounds: "cheapest N, R, W with p99 < 50 ms and stale reads
// < 0.1 %".
//
// The search. Where the cost is known before anything runs (a sum of parameters), points are tried
// from the cheapest on, those of equal cost together (a tier), and the first tier in which a point
// surely keeps all bounds ends it: nothing dearer is run. Where the cost is itself measured, all
// points are one tier.
//
// Within a tier every point first gets a few trials. It then surely *meets* if the interval of
// every figure lies on the right side of its bound, surely *fails* if that of some figure lies on
// the wrong side, and is else *undecided*: only the undecided get twice as many trials, again and
// again, up to a most. So trials are spent where they tell most, as in the selection of the best
// system (Boesel, Nelson and Kim, "Using Ranking and Selection to 'Clean Up' after Simulation
// Optimization", Operations Research 51(5), 2003), but without its indifference zone: what most
// trials do not decide is said to be undecided.
//
// How sure. Looking again and again, at many points, finds by chance what is not so. All intervals
// are therefore corrected together (Bonferroni): with p points, b bounds and l looks each has the
// confidence 1 - 0.05 / (p b l), and then all verdicts are right at once with at least 95 %, as far
// as the intervals keep their word (trials.hpp; of shares estimate_of_figure). One without width
// says only that all trials were alike. A measured cost counts as one more bound.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <faultline/sweep/plan.hpp>

namespace faultline {

/// A figure of a workload or a service: "latency.p99 of clients, during partition".
struct FigureName {
  std::string text;     ///< as asked for
  std::string metric;   ///< as expectations name it
  std::string pointer;  ///< into Trial::measured
};

/// What a point has to keep.
struct FrontierBound {
  std::string text;
  FigureName figure;
  bool below = true;  ///< else above
  double bound = 0;   ///< base units
};

/// What is to be small: a sum of weighted parameters, or a figure.
struct FrontierCost {
  struct Term {
    double weight = 1;
    std::size_t axis = 0;
  };
  std::string text;
  std::vector<Term> terms;           ///< empty if it is a figure
  std::optional<FigureName> figure;  ///< nothing if it is a sum
};

enum class FrontierVerdict { meets, fails, undecided };

/// `METRIC [of SUBJECT][, PHASE] < BOUND` (or >, <=, >=); the subject may be left out if there is
/// one workload, the phase is "all" if it is. A share in percent of "stale_reads" is that of stale
/// reads among all ("stale_fraction"). Throws BadValue.
FrontierBound read_frontier_bound(const std::string& text, const Scenario& scenario);

/// `/pointer + 2*/pointer + ...` of parameters that the plan varies, or METRIC as above. Throws
/// BadValue.
FrontierCost read_frontier_cost(const std::string& text, const SweepPlan& plan);

/// The cost of a point. Precondition: it is a sum. Throws BadValue if a value is no number.
double cost_of_point(const FrontierCost& cost, const SweepPlan& plan, std::uint64_t point);

/// The points in tiers, the cheapest first, by the first cost, then the second, ... that are sums.
std::vector<std::vector<std::uint64_t>> cost_tiers(const std::vector<FrontierCost>& costs,
                                                   const SweepPlan& plan,
                                                   const std::vector<std::uint64_t>& points);

/// After how many trials is looked: `first`, then twice as many, ... and `most`. Precondition:
/// 2 <= first <= most.
std::vector<std::uint64_t> frontier_looks(std::uint64_t first, std::uint64_t most);

/// The interval of a bound's figure. Of a share of operations (availability, stale_fraction) the
/// wider of that of the trials and Clopper and Pearson's of all operations together: trials that
/// came out alike have no width, and a hundred operations that went well do not show that a
/// thousand do.
std::optional<Estimate> estimate_of_figure(const FigureName& figure,
                                           const std::vector<Trial>& trials, double confidence,
                                           PooledLatencies* pool = nullptr);

/// What the trials of a point prove about the bounds. A figure that no trial has proves nothing.
FrontierVerdict judge_point(const std::vector<FrontierBound>& bounds,
                            const std::vector<Trial>& trials, double confidence);

const char* name_of(FrontierVerdict verdict);

}  // namespace faultline
