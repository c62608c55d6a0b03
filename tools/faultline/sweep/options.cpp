#include "sweep/options.hpp"

#include <filesystem>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <faultline/models/catalog.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

constexpr std::uint64_t many_runs = 10'000;  // above that, nobody minds being asked

void put_axes(Document& document, const std::vector<std::string>& vary) {
  document.set("/sweep/vary", "{}");  // instead of the scenario's own
  std::set<std::string> known;
  for (const std::string& each : vary) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos) {
      refuse("--vary " + each, "no values (as in --vary /services/store/read_quorum=1..3)");
    }
    const std::string pointer = each.substr(0, equals);
    if (!known.insert(pointer).second) refuse("--vary " + each, "is varied twice");
    try {
      const Json values = axis_values(each.substr(equals + 1));
      Axis(pointer, values);  // so that what is wrong is said of the option
      document.set(pointer_to("/sweep/vary", pointer), values.dump());
    } catch (const BadValue& error) {
      refuse("--vary " + each, error.what());
    }
  }
}

std::string span_in_words(double seconds) {
  constexpr std::pair<double, const char*> units[] = {
      {365.25 * 86400, "years"}, {86400, "days"}, {3600, "hours"}, {60, "minutes"}};
  for (const auto& [length, name] : units) {
    if (seconds >= 2 * length) return fmt::format("{:.0f} {}", seconds / length, name);
  }
  return fmt::format("{:.0f} seconds", seconds);
}

std::string in_groups(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace

void add_varying_options(CLI::App& command, SweepOptions& options) {
  command.add_option("SCENARIO", options.scenario, "a scenario file");
  command
      .add_option("--vary", options.vary,
                  "what to vary, instead of what the scenario says: /json/pointer=1..3, "
                  "=1..9 step 2, =10ms..100ms step 10ms, =a,b,c or =[JSON, JSON]")
      ->type_name("/POINTER=VALUES")
      ->take_all()
      ->allow_extra_args(false);
  add_override_options(command, options.overrides, options.seed);
  command.add_option("-j,--jobs", options.jobs, "runs at the same time")->capture_default_str();
  command.add_option("--out", options.out, "folder for results; runs can go on there");
  command.add_flag("--skip-invalid", options.skip_invalid,
                   "leaves out points that are no valid scenario (such as R > N)");
  command.add_flag("--yes", options.yes, "starts even very many runs without asking");
  command.add_flag("--resume", options.resume,
                   "goes on with what --out holds, if it holds anything");
}

Document sweep_document(const SweepOptions& options) {
  if (options.scenario.empty()) refuse("SCENARIO", "is missing (name a scenario file)");
  Document document = Document::read(options.scenario);
  apply_overrides(document, options.overrides, options.seed);
  if (!options.vary.empty()) put_axes(document, options.vary);
  if (!options.plan.empty()) document.set("/sweep/plan", Json(options.plan).dump());
  if (options.points) document.set("/sweep/points", std::to_string(*options.points));
  if (options.trials) document.set("/sweep/trials", std::to_string(*options.trials));
  return document;
}

namespace {

/// A problem with what an option has put into the scenario is one with the option.
Problem of_option(Problem problem, const SweepOptions& options) {
  for (const std::string& each : options.vary) {
    const std::string pointer = pointer_to("/sweep/vary", each.substr(0, each.find('=')));
    if (problem.pointer == pointer) return {"--vary " + each, 0, 0, "", problem.message};
  }
  if (problem.pointer == "/sweep/plan" && !options.plan.empty()) problem.file = "--plan";
  if (problem.pointer == "/sweep/points" && options.points) problem.file = "--points";
  if (problem.pointer == "/sweep/trials" && options.trials) problem.file = "--trials";
  return problem;
}

}  // namespace

SweepPlan plan_of(const SweepOptions& options) {
  const std::string folder = std::filesystem::path(options.scenario).parent_path();
  try {
    return {sweep_document(options), catalog(), folder.empty() ? "." : folder};
  } catch (const BadInput& error) {
    std::vector<Problem> problems;
    for (const Problem& each : error.problems()) problems.push_back(of_option(each, options));
    throw BadInput(std::move(problems));
  }
}

void ask_whether_so_many(const SweepPlan& plan, const SweepOptions& options, std::uint64_t trials) {
  const std::uint64_t runs = plan.points() * trials;
  if (runs <= many_runs || options.yes) return;
  std::string words = fmt::format("{} points with {} trials each are {} runs",
                                  in_groups(plan.points()), in_groups(trials), in_groups(runs));
  if (const auto seconds = seconds_of_run(plan.base())) {
    const double all = *seconds * static_cast<double>(runs);
    words +=
        fmt::format(", about {} with {} {}", span_in_words(all / static_cast<double>(options.jobs)),
                    options.jobs, options.jobs == 1 ? "job" : "jobs");
  }
  const std::string remedy =
      "--yes starts them all the same; larger steps, or --plan latin_hypercube --points 200, take "
      "less";
  if (isatty(STDIN_FILENO) == 0) refuse(options.scenario, words + " (" + remedy + ")");
  fmt::print(stderr, "{}\n({})\nStart? [y/N] ", words, remedy);
  std::fflush(stderr);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "yes") refuse(options.scenario, "not started");
}

std::set<std::uint64_t> invalid_points(const SweepPlan& plan, const SweepOptions& options) {
  struct Complaint {
    Problem problem;  ///< with the first point that has it
    std::uint64_t points = 0;
  };
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  std::vector<Complaint> complaints;
  std::set<std::uint64_t> invalid;
  terminal::Progress bar("reading the points");
  for (std::uint64_t point = 1; point <= plan.points(); ++point) {
    bar.show(static_cast<double>(point - 1) / static_cast<double>(plan.points()));
    try {
      plan.scenario(point);
    } catch (const BadInput& error) {
      invalid.insert(point);
      for (const Problem& problem : error.problems()) {
        const auto [at, first] =
            known.try_emplace({problem.pointer, problem.message}, complaints.size());
        if (first && complaints.size() < most_problems) {
          complaints.push_back({{fmt::format("point {} ({})", point, plan.words(point)), 0, 0,
                                 problem.pointer, problem.message},
                                0});
        }
        if (at->second < complaints.size()) ++complaints[at->second].points;
      }
    }
  }
  const bool none_left = invalid.size() == plan.points();
  if (invalid.empty() || (options.skip_invalid && !none_left)) return invalid;
  std::vector<Problem> problems;
  for (Complaint& complaint : complaints) {
    if (complaint.points > 1) {
      complaint.problem.message += fmt::format(" [so in {} points]", complaint.points);
    }
    problems.push_back(std::move(complaint.problem));
  }
  problems.push_back({options.scenario, 0, 0, "",
                      none_left ? std::string("no point is a valid scenario (mend what is said "
                                              "above)")
                                : fmt::format("{} of {} points are no valid scenarios "
                                              "(--skip-invalid leaves them out)",
                                              invalid.size(), plan.points())});
  throw BadInput(std::move(problems));
}

}  // namespace faultline
