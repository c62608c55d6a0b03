// One long run instead of many trials: where its warm-up ends, and how sure its figures are
// although neighbouring values depend on each other.
//
// The run is cut into stretches. Those of a twentieth of the run are all but independent if the run
// is long, so that their spread gives Student's interval: batch means (Schmeiser, "Batch Size
// Effects in the Analysis of Simulation Output", Operations Research 30(3), 1982: 10 to 30
// batches). Where it is too short they are not, and such intervals are too narrow without a sign of
// it: of the times in an M/M/1 queue at load 0.9, those of 95 % covered the mean in 27 of 100 runs
// of 200 requests, 65 of 2,000 and 87 of 20,000. So dependence is looked for where it shows, among
// many short stretches: if those of a 400th of the run depend on each other little, those twenty
// times as long hardly do (Law and Carson, "A Sequential Procedure for Determining the Length of a
// Steady-State Simulation", Operations Research 27(5), 1979: among twenty batches themselves no
// test has the power to find it). Near the length from which on runs are taken, intervals are still
// too narrow: of that queue with 128,000 requests half the runs were taken, and of their intervals
// of the mean 90 in 100 were right, of p99 83 to 87. Well beyond that length it is 95.
//
// Whatever chance decides once, at the beginning of a run (who leads), no stretch of it shows:
// independent trials do.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <faultline/core/time.hpp>
#include <faultline/statistics/interval.hpp>

namespace faultline {

/// How many of the first values belong to the warm-up, by MSER: the cut is where the standard error
/// of the mean of what remains would be least (White, "An Effective Truncation Heuristic for Bias
/// Reduction in Simulation Output", Simulation 69(6), 1997). Averages in fives are what it is fed
/// with, which is MSER-5 (White, Cobb and Spratt, Winter Simulation Conference 2000). Nothing if no
/// cut in the first half is best: then the run is too short to tell.
std::optional<std::size_t> warm_up_by_mser(std::span<const double> values);

/// What a stretch of a run adds to a figure that is one sum by another: latencies by operations,
/// operations that went well by operations, operations by seconds.
struct Stretch {
  double part = 0;
  double whole = 0;
};

inline constexpr std::size_t short_stretches = 400;
/// Each of as many short ones.
inline constexpr std::size_t long_stretches = 20;

/// By how much a short stretch resembles the next: the autocorrelation, at lag 1, of what each adds
/// beyond its share, jackknifed by the halves of the run as Law and Carson do. From -1 to about 1;
/// 0 if all are alike. Precondition: `short_stretches`, of which some have a whole.
double dependence(std::span<const Stretch> stretches);
/// More, and no interval is to be given (Law and Carson's bound).
inline constexpr double most_dependence = 0.4;

/// The sum of the parts by that of the wholes, and Student's interval from long stretches: that of
/// a ratio (Cochran, "Sampling Techniques", 3rd edition 1977, section 6.4), which needs no stretch
/// to have as much as the others, or anything at all. Preconditions as of `dependence`.
Estimate ratio_of_stretches(std::span<const Stretch> stretches,
                            double confidence = usual_confidence);

/// The quantile `p` (nearest rank) of values of which the stretches say how many exceed it: parts,
/// of how many: wholes. Its bounds are those of the values whose ranks are as far away as the share
/// of those that exceed it is uncertain: order statistics, as of independent values, but with the
/// variance of the share as it is found among stretches (Heidelberger and Lewis, "Quantile
/// Estimation in Dependent Sequences", Operations Research 32(1), 1984, section 3). A rank beyond
/// the first or last value leaves no bound. Preconditions as of `dependence`; `sorted` ascends.
Estimate quantile_of_stretches(std::span<const Duration> sorted, double p,
                               std::span<const Stretch> stretches,
                               double confidence = usual_confidence);

}  // namespace faultline
