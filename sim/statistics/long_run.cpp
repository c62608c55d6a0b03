#include <limits>
#include <numeric>
#include <vector>

#include <faultline/statistics/long_run.hpp>

namespace faultline {
namespace {

/// Means of consecutive stretches of `length`; what does not fill the last is left out.
std::vector<double> means_of(std::span<const double> values, std::size_t length) {
  std::vector<double> means;
  for (; values.size() >= length; values = values.subspan(length)) {
    const auto stretch = values.first(length);
    means.push_back(std::accumulate(stretch.begin(), stretch.end(), 0.0) /
                    static_cast<double>(length));
  }
  return means;
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

Estimate batch_means(std::span<const double> values, std::size_t batches, double confidence) {
  const std::size_t length = values.size() / batches;
  return mean_interval(means_of(values.last(length * batches), length), confidence);
}

}  // namespace faultline
