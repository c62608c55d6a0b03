#include <ostream>
#include <set>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <faultline/experiment/write.hpp>
#include <faultline/sweep/results.hpp>

namespace faultline {
namespace {

const char* name_of_plan(SweepPlanKind kind) {
  switch (kind) {
    case SweepPlanKind::grid:
      return "grid";
    case SweepPlanKind::latin_hypercube:
      return "latin_hypercube";
    case SweepPlanKind::one_at_a_time:
      return "one_at_a_time";
  }
  return "";
}

/// By number where all have one, else as they come.
void sort_values(std::vector<Json>& values) {
  const auto is_number = [](const Json& value) { return number_of_value(value).is_number(); };
  if (!std::all_of(values.begin(), values.end(), is_number)) return;
  std::stable_sort(values.begin(), values.end(), [](const Json& a, const Json& b) {
    return number_of_value(a) < number_of_value(b);
  });
}

/// The values that a parameter has in some point.
std::vector<Json> values_of(const SweepPlan& plan, std::size_t position) {
  const Axis& axis = plan.settings().axes[position];
  std::vector<Json> values;
  if (plan.settings().plan != SweepPlanKind::latin_hypercube) {
    for (std::uint64_t i = 0; i < axis.count(); ++i) values.push_back(axis.value(i));
    return values;
  }
  std::set<std::string> known;
  for (std::uint64_t point = 1; point <= plan.points(); ++point) {
    Json value = plan.values(point)[position];
    if (known.insert(value.dump()).second) values.push_back(std::move(value));
  }
  sort_values(values);
  return values;
}

Json parameter_json(const SweepPlan& plan, std::size_t position) {
  const std::vector<Json> values = values_of(plan, position);
  const auto all = [&](const auto& is) { return std::all_of(values.begin(), values.end(), is); };
  const char* kind = "text";
  if (all([](const Json& value) { return value.is_number(); })) kind = "number";
  if (all([](const Json& value) { return value.is_boolean(); })) kind = "boolean";
  Json numbers = nullptr;
  Json unit = nullptr;
  if (all([](const Json& value) { return value.is_string(); })) {
    std::vector<std::string> texts;
    for (const Json& value : values) texts.push_back(value.get<std::string>());
    if (const Unit common = common_unit(texts); common != Unit::none) {
      unit = base_unit(common);
      numbers = Json::array();
      for (const std::string& text : texts) numbers.push_back(parse_quantity(text, common));
    }
  }
  return {{"pointer", plan.settings().axes[position].pointer()},
          {"name", plan.names()[position]},
          {"values", values},
          {"kind", kind},
          {"numbers", numbers},
          {"unit", unit}};
}

/// What charts of sweeps are about: `paths` in tools/report/sweep.mjs.
constexpr const char* charted[] = {"/latency/p99", "/latency/p50", "/stale_fraction",
                                   "/availability", "/goodput"};

/// Of a point's summary what is drawn; the whole of it, many times as long, is in the table.
Json for_charts(const Json& summary) {
  Json workloads = Json::object();
  if (summary.is_null()) return nullptr;
  for (const auto& [name, workload] : summary["workloads"].items()) {
    for (const auto& [phase, figures] : workload["phases"].items()) {
      Json& of_phase = workloads[name]["phases"][phase] = Json::object();
      for (const char* path : charted) {
        const Json::json_pointer at(path);
        if (figures.contains(at)) of_phase[at] = figures[at];
      }
    }
  }
  Json checks = Json::object();
  for (const auto& [name, check] : summary["checks"].items()) checks[name]["held"] = check["held"];
  return {{"workloads", workloads}, {"checks", checks}, {"expectations", summary["expectations"]}};
}

std::string plain(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Json sweep_head(const SweepPlan& plan) {
  const Scenario& base = plan.base();
  Json head = {{"faultline", version},
               {"sweep", base.name},
               {"scenario", base.description.empty() ? base.name : base.description},
               {"plan", name_of_plan(plan.settings().plan)},
               {"trials", plan.trials()},
               {"confidence", usual_confidence},
               {"parameters", Json::array()},
               {"base", Json::object()}};
  for (std::size_t i = 0; i < plan.settings().axes.size(); ++i) {
    head["parameters"].push_back(parameter_json(plan, i));
    head["base"][plan.settings().axes[i].pointer()] = plan.base_values()[i];
  }
  return head;
}

Json values_by_pointer(const SweepPlan& plan, std::uint64_t point) {
  Json by_pointer = Json::object();
  const std::vector<Json> values = plan.values(point);
  for (std::size_t i = 0; i < values.size(); ++i) {
    by_pointer[plan.settings().axes[i].pointer()] = values[i];
  }
  return by_pointer;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

void write_sweep_csv(const SweepPlan& plan, const SweepTables& tables, std::ostream& out) {
  out << "point";
  for (const std::string& name : plan.names()) out << ',' << csv_field(name);
  out << ",status,kind,subject,phase,metric,value,low,high,trials\n";
  Statement ask = tables.database().prepare(
      "SELECT point, status, kind, subject, phase, metric, value, low, high, estimates.trials FROM "
      "points LEFT JOIN estimates USING (point) ORDER BY point, kind, subject, phase, metric");
  std::uint64_t point = 0;
  std::string values;
  while (ask.step()) {
    if (ask.whole(0) != point) {
      point = ask.whole(0);
      values.clear();
      for (const Json& value : plan.values(point)) values += "," + csv_field(plain(value));
    }
    out << point << values;
    for (int column = 1; column < ask.columns(); ++column) {
      out << ',' << csv_field(plain(ask.value(column)));
    }
    out << '\n';
  }
}

void write_sweep(const SweepPlan& plan, const SweepTables& tables, const std::string& folder) {
  write_file(folder + "/sweep.csv", [&](std::ostream& out) { write_sweep_csv(plan, tables, out); });
  write_file(folder + "/sweep.json", [&](std::ostream& out) {
    // One point after the other: all together may be more than memory holds.
    const std::string head = sweep_head(plan).dump(1, ' ', false, Json::error_handler_t::replace);
    out << head.substr(0, head.rfind('\n')) << ",\n \"points\": [";
    const char* separator = "\n";
    tables.each_point([&](const SweepPoint& point) {
      if (point.status == "left out") return;
      const Json json = {{"point", point.point},
                         {"values", values_by_pointer(plan, point.point)},
                         {"status", point.status},
                         {"summary", for_charts(point.summary)}};
      out << separator << json.dump(-1, ' ', false, Json::error_handler_t::replace);
      separator = ",\n";
    });
    out << "\n ]\n}\n";
  });
}

}  // namespace faultline
