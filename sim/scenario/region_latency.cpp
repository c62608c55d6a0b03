#include <array>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <faultline/scenario/region_latency.hpp>

namespace faultline {
namespace latency_tables {
// Generated from latency/*.csv by the build.
extern const std::string_view aws;
extern const std::string_view gcp;
}  // namespace latency_tables

namespace {

using Table = std::map<std::pair<std::string, std::string>, Duration, std::less<>>;

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

void add(Table& table, std::string_view csv) {
  std::vector<std::string> columns;
  while (!csv.empty()) {
    const std::size_t newline = csv.find('\n');
    const std::string_view line = csv.substr(0, newline);
    csv.remove_prefix(newline == std::string_view::npos ? csv.size() : newline + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> cells = cells_of(line);
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    for (std::size_t i = 1; i < cells.size(); ++i) {
      double milliseconds = 0;
      std::from_chars(cells[i].data(), cells[i].data() + cells[i].size(), milliseconds);
      table[{cells[0], columns[i]}] = from_seconds(milliseconds * 1e-3);
    }
  }
}

const Table& table() {
  static const Table all = [] {
    Table result;
    add(result, latency_tables::aws);
    add(result, latency_tables::gcp);
    return result;
  }();
  return all;
}

}  // namespace

std::optional<Duration> measured_round_trip(std::string_view from, std::string_view to) {
  const auto found = table().find(std::pair{std::string(from), std::string(to)});
  if (found == table().end()) return std::nullopt;
  return found->second;
}

}  // namespace faultline
