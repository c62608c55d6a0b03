#include "sweep/summary.hpp"

#include <fmt/format.h>

#include "terminal.hpp"
#include "trial_summary.hpp"

namespace faultline {
namespace {

using terminal::Table;
using terminal::Tone;

/// A figure that a person looks at first.
struct MainFigure {
  const char* metric;
  const char* title;
  FigureStyle style;
};
constexpr MainFigure main_figures[] = {
    {"availability", "ok", as_percent},      {"goodput", "goodput/s", as_count},
    {"latency.p50", "p50", as_milliseconds}, {"latency.p99", "p99", as_milliseconds},
    {"stale_fraction", "stale", as_percent}, {"lost_updates", "lost updates", as_count}};

std::string text_of(const std::string& json) {
  const Json value = Json::parse(json, nullptr, false);
  return value.is_string() ? value.get<std::string>() : json;
}

class SweepTable {
 public:
  explicit SweepTable(const Database& tables)
      : tables_(tables),
        values_(tables.prepare("SELECT value FROM parameters WHERE point = ? ORDER BY pointer")),
        estimate_(tables.prepare(
            "SELECT value, low, high FROM estimates WHERE point = ? AND kind = 'workload' AND "
            "subject = ? AND phase = 'all' AND metric = ?")) {}

  std::string text(std::size_t most_points) {
    std::string all;
    Statement workloads = tables_.prepare(
        "SELECT DISTINCT subject FROM estimates WHERE kind = 'workload' ORDER BY subject");
    while (workloads.step()) all += of_workload(workloads.text(0), most_points) + "\n";
    Statement counts = tables_.prepare(
        "SELECT count(*), sum(status = 'done'), (SELECT value FROM sweep WHERE name = 'trials') "
        "FROM points WHERE status != 'left out'");
    counts.step();
    all += fmt::format("{} of {} points are done, {} trials each; ± is half of a 95 % interval\n",
                       counts.whole(1), counts.whole(0), counts.text(2));
    if (counts.whole(0) > most_points) {
      all += fmt::format("({} are shown; query them with SQL)\n", most_points);
    }
    return all;
  }

 private:
  std::string of_workload(const std::string& workload, std::size_t most_points) {
    std::vector<std::string> headings{workload};
    Statement names = tables_.prepare(
        "SELECT name FROM parameters WHERE point = (SELECT min(point) FROM parameters) ORDER BY "
        "pointer");
    while (names.step()) headings.push_back(names.text(0));
    for (const MainFigure& figure : main_figures) headings.emplace_back(figure.title);
    Table table(headings);
    Statement points = tables_.prepare(
        "SELECT point, status FROM points WHERE status != 'left out' ORDER BY point LIMIT ?");
    points.bind(1, static_cast<std::uint64_t>(most_points));
    while (points.step()) add(table, workload, points.whole(0), points.text(1));
    return table.text();
  }

  void add(Table& table, const std::string& workload, std::uint64_t point,
           const std::string& status) {
    std::vector<std::string> row{
        fmt::format("  point {}{}", point, status == "done" ? "" : ", " + status)};
    values_.bind(1, point);
    while (values_.step()) row.push_back(text_of(values_.text(0)));
    values_.reset();
    for (const MainFigure& figure : main_figures) {
      estimate_.bind(1, point).bind(2, workload).bind(3, std::string(figure.metric));
      std::string cell = "-";
      if (estimate_.step()) {
        cell = plus_minus({{"value", estimate_.value(0)},
                           {"low", estimate_.value(1)},
                           {"high", estimate_.value(2)}},
                          figure.style);
      }
      estimate_.reset();
      row.push_back(std::move(cell));
    }
    table.add(std::move(row), status == "done" ? Tone::plain : Tone::bad);
  }

  const Database& tables_;
  Statement values_;
  Statement estimate_;
};

}  // namespace

std::string sweep_summary(const Database& tables, std::size_t most_points) {
  return SweepTable(tables).text(most_points);
}

}  // namespace faultline
