#include <algorithm>
#include <numeric>

#include <faultline/statistics/holm.hpp>

namespace faultline {

std::vector<double> holm_adjusted(std::span<const double> chances) {
  std::vector<std::size_t> order(chances.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return chances[a] < chances[b]; });
  std::vector<double> adjusted(chances.size());
  double level = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    // The smallest is held against level / m, the next against level / (m - 1), and so on; none is
    // called different unless all before it were.
    const auto remaining = static_cast<double>(order.size() - i);
    level = std::max(level, std::min(1.0, remaining * chances[order[i]]));
    adjusted[order[i]] = level;
  }
  return adjusted;
}

}  // namespace faultline
