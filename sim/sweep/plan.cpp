#include <filesystem>
#include <numeric>

#include <fmt/format.h>

#include <faultline/core/random.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/scenario/reader.hpp>
#include <faultline/sweep/plan.hpp>

namespace faultline {
namespace {

constexpr std::uint64_t most_tasks = std::uint64_t{1} << 53U;
/// What is not a range must be written down, so there is no more than that to hold in memory.
constexpr std::uint64_t most_alone = 1'000'000;

BadInput bad(const std::string& place, const std::string& what) {
  return BadInput({Problem{place, 0, 0, "", what}});
}

Document without_sweep(const Document& document) {
  Json root = document.root();
  root.erase("sweep");
  return Document::parse(root.dump(), document.name());
}

/// Points are run wherever there is room, each trial by itself: nobody looks for warm-ups there.
Scenario read_point(const Document& document, const Catalog& catalog, const std::string& folder) {
  Scenario scenario = read_scenario(document, catalog, folder);
  if (!scenario.detect_warmup) return scenario;
  throw BadInput({Problem{document.name(), 0, 0, "/warmup",
                          "a sweep needs one that is known (`faultline run` finds and prints it: "
                          "give the longest that some points need as a span)"}});
}

std::string written_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

SweepPlan::SweepPlan(const Document& document, const Catalog& catalog, const std::string& folder)
    : document_(document),
      bare_(document),
      catalog_(&catalog),
      folder_(std::filesystem::absolute(folder).lexically_normal().string()),
      base_(read_point(document, catalog, folder)) {
  if (!base_.sweep) {
    throw bad(document.name(),
              "does not say what to vary (--vary /services/store/read_quorum=1..3, or \"sweep\" in "
              "the file)");
  }
  if (!document_.root().contains("name")) document_.set("/name", Json(base_.name).dump());
  bare_ = without_sweep(document_);
  for (const Axis& axis : settings().axes) {
    const Json::json_pointer at(axis.pointer());
    base_values_.push_back(base_.as_run.contains(at) ? base_.as_run.at(at) : Json(nullptr));
  }
  name_axes();
  count_points();
}

SweepPlan SweepPlan::load(const std::string& path, const Catalog& catalog) {
  const Document file = Document::read(path);
  const Json& root = file.root();
  if (!root.is_object() || !root.contains("faultline") || !root.contains("scenario") ||
      !root.contains("folder") || !root["folder"].is_string()) {
    throw bad(path, "is not the plan of a sweep");
  }
  if (root["faultline"] != version) {
    throw bad(path, fmt::format("was made by version {}, this is {} (sweep anew into another "
                                "folder)",
                                written_value(root["faultline"]), version));
  }
  SweepPlan plan(Document::parse(root["scenario"].dump(), path), catalog,
                 root["folder"].get<std::string>());
  if (root.contains("question")) plan.set_question(root["question"]);
  return plan;
}

void SweepPlan::save(const std::string& path) const { write_json(path, json()); }

Json SweepPlan::json() const {
  Json scenario = document_.root();
  for (const char* key : {"plan", "points", "trials"}) {  // with the defaults filled in
    scenario["sweep"][key] = base_.as_run["sweep"][key];
  }
  Json json = {{"faultline", version}, {"folder", folder_}, {"scenario", std::move(scenario)}};
  if (!question_.is_null()) json["question"] = question_;
  return json;
}

void SweepPlan::count_points() {
  const auto& axes = settings().axes;
  double many = 1;  // without overflow
  switch (settings().plan) {
    case SweepPlanKind::grid:
      for (const Axis& axis : axes) many *= static_cast<double>(axis.count());
      break;
    case SweepPlanKind::latin_hypercube:
      many = static_cast<double>(settings().points);
      break;
    case SweepPlanKind::one_at_a_time:
      for (const Axis& axis : axes) many += static_cast<double>(axis.count());
      if (many > static_cast<double>(most_alone)) {
        throw bad(document_.name(), fmt::format("a sweep of one at a time has at most {} points, "
                                                "not {:.0f} (larger steps)",
                                                most_alone, many));
      }
      break;
  }
  if (many * static_cast<double>(trials()) > static_cast<double>(most_tasks)) {
    throw bad(document_.name(), fmt::format("{:.3g} combinations cannot even be counted (fewer "
                                            "values, or the plan latin_hypercube)",
                                            many));
  }
  points_ = static_cast<std::uint64_t>(many);
  if (settings().plan == SweepPlanKind::latin_hypercube) draw_hypercube();
  if (settings().plan != SweepPlanKind::one_at_a_time) return;
  points_ = 1;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    alone_.emplace_back();
    for (std::uint64_t k = 0; k < axes[i].count(); ++k) {
      if (axes[i].value(k) != base_values_[i]) alone_[i].push_back(axes[i].value(k));
    }
    points_ += alone_[i].size();
  }
}

void SweepPlan::draw_hypercube() {
  const auto n = static_cast<double>(points_);
  for (const Axis& axis : settings().axes) {
    RandomStream random(base_.seed, "latin_hypercube" + axis.pointer());
    std::vector<std::uint64_t> parts(points_);
    std::iota(parts.begin(), parts.end(), std::uint64_t{0});
    random.shuffle(parts);
    std::vector<Json>& values = drawn_.emplace_back();
    for (const std::uint64_t part : parts) {
      values.push_back(axis.value_at((static_cast<double>(part) + random.uniform()) / n));
    }
  }
}

void SweepPlan::name_axes() {
  const auto& axes = settings().axes;
  const auto ending = [](const Axis& axis, std::size_t parts) {
    const auto steps = *steps_of(axis.pointer());
    const std::size_t begin = steps.size() > parts ? steps.size() - parts : 0;
    std::string name;
    for (std::size_t i = begin; i < steps.size(); ++i) name += (i > begin ? "/" : "") + steps[i];
    return name;
  };
  for (const Axis& axis : axes) {
    const auto twins = [&](std::size_t parts) {
      return std::count_if(axes.begin(), axes.end(), [&](const Axis& other) {
        return ending(other, parts) == ending(axis, parts);
      });
    };
    std::size_t parts = 1;
    while (twins(parts) > 1 && parts < most_json_depth) ++parts;
    names_.push_back(ending(axis, parts));
  }
}

SweepTask SweepPlan::task(std::uint64_t number) const {
  return {number, (number - 1) / trials() + 1, (number - 1) % trials() + 1};
}

std::uint64_t SweepPlan::number_of(std::uint64_t point, std::uint64_t trial) const {
  return (point - 1) * trials() + trial;
}

std::vector<Json> SweepPlan::values(std::uint64_t point) const {
  const auto& axes = settings().axes;
  std::vector<Json> values = base_values_;
  std::uint64_t rest = point - 1;
  switch (settings().plan) {
    case SweepPlanKind::grid:
      for (std::size_t i = axes.size(); i-- > 0;) {  // the last changes fastest
        values[i] = axes[i].value(rest % axes[i].count());
        rest /= axes[i].count();
      }
      break;
    case SweepPlanKind::latin_hypercube:
      for (std::size_t i = 0; i < axes.size(); ++i) values[i] = drawn_[i][rest];
      break;
    case SweepPlanKind::one_at_a_time:
      if (rest-- == 0) break;
      for (std::size_t i = 0; i < axes.size(); ++i) {
        if (rest < alone_[i].size()) {
          values[i] = alone_[i][rest];
          break;
        }
        rest -= alone_[i].size();
      }
      break;
  }
  return values;
}

std::string SweepPlan::words(std::uint64_t point) const {
  const std::vector<Json> all = values(point);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += fmt::format("{}{}={}", i > 0 ? ", " : "", names_[i], written_value(all[i]));
  }
  return text;
}

Scenario SweepPlan::scenario(std::uint64_t point) const {
  const std::vector<Json> all = values(point);
  Document document = bare_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // What the base leaves to be derived stays so.
    if (settings().plan == SweepPlanKind::one_at_a_time && all[i] == base_values_[i]) continue;
    document.set(settings().axes[i].pointer(), all[i].dump());
  }
  return read_point(document, *catalog_, folder_);
}

}  // namespace faultline
