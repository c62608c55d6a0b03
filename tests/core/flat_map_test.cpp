#include <doctest/doctest.h>

#include <faultline/core/flat_map.hpp>

namespace faultline {
namespace {

TEST_CASE("numbers that agree in their lower bits do not meet in one place") {
  FlatMap<std::uint64_t, std::uint64_t> map;
  constexpr std::uint64_t rows = 5;
  constexpr std::uint64_t columns = 20'000;
  for (std::uint64_t column = 0; column < columns; ++column) {
    for (std::uint64_t row = 0; row < rows; ++row) map[row << 32U | column] = row + column;
  }
  for (std::uint64_t row = 0; row < columns; ++row) map[row << 48U] = row;
  CHECK(map.size() == (rows + 1) * columns - 1);
  // A table that cannot keep them apart grows instead, until there is no memory left.
  CHECK(map.bucket_count() <= 4 * map.size());
  CHECK(map.at(3ULL << 32U | 17U) == 20);
}

}  // namespace
}  // namespace faultline
