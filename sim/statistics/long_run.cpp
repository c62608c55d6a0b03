#include <limits>
#include <numeric>
#include <vector>

#include <faultline/statistics/long_run.hpp>

namespace faultline {
namespace {

double sum_of(std::span<const Stretch> stretches, double Stretch::*member) {
  double sum = 0;
  for (const Stretch& stretch : stretches) sum += stretch.*member;
  return sum;
}

/// What each stretch adds beyond its share of the parts; they sum to zero.
std::vector<double> beyond_share(std::span<const Stretch> stretches) {
  const double ratio = sum_of(stretches, &Stretch::part) / sum_of(stretches, &Stretch::whole);
  std::vector<double> beyond;
  for (const Stretch& stretch : stretches) beyond.push_back(stretch.part - ratio * stretch.whole);
  return beyond;
}

/// Autocorrelation at lag 1; 0 if all are alike.
double autocorrelation(std::span<const double> values) {
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

/// Half the interval of the ratio.
double half_of_ratio(std::span<const Stretch> stretches, double confidence) {
  const std::vector<double> beyond = beyond_share(stretches);
  const std::size_t length = beyond.size() / long_stretches;
  std::vector<double> sums(long_stretches, 0);
  for (std::size_t i = 0; i < length * long_stretches; ++i) sums[i / length] += beyond[i];
  return sectioned(0, sums, confidence).high * long_stretches / sum_of(stretches, &Stretch::whole);
}

}  // namespace

std::optional<std::size_t> warm_up_by_mser(std::span<const double> values) {
  // The last few agree with each other by chance alone and are no candidates.
  constexpr std::size_t least_remaining = 5;
  if (values.size() < least_remaining) return std::nullopt;
  // From the back, mean and squares of what remains grow by one at a time (Welford 1962).
  double mean = 0;
  double squares = 0;
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = values.size();
  for (std::size_t cut = values.size(); cut-- > 0;) {
    const auto remaining = static_cast<double>(values.size() - cut);
    const double away = values[cut] - mean;
    mean += away / remaining;
    squares += away * (values[cut] - mean);
    if (values.size() - cut < least_remaining) continue;
    const double error = squares / (remaining * remaining);
    if (error > least) continue;
    least = error;
    best = cut;
  }
  if (best > values.size() / 2) return std::nullopt;
  return best;
}

double dependence(std::span<const Stretch> stretches) {
  const std::vector<double> beyond = beyond_share(stretches);
  const std::span<const double> all(beyond);
  const std::size_t half = all.size() / 2;
  return 2 * autocorrelation(all) -
         (autocorrelation(all.first(half)) + autocorrelation(all.last(half))) / 2;
}

Estimate ratio_of_stretches(std::span<const Stretch> stretches, double confidence) {
  const double ratio = sum_of(stretches, &Stretch::part) / sum_of(stretches, &Stretch::whole);
  const double half = half_of_ratio(stretches, confidence);
  return {ratio, ratio - half, ratio + half, long_stretches};
}

Estimate quantile_of_stretches(std::span<const Duration> sorted, double p,
                               std::span<const Stretch> stretches, double confidence) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double half = half_of_ratio(stretches, confidence);
  const auto at = [&](double rank) { return seconds(sorted[nearest_rank(sorted.size(), rank)]); };
  return {at(p), p - half > 0 ? at(p - half) : -infinity, p + half < 1 ? at(p + half) : infinity,
          long_stretches};
}

}  // namespace faultline
