#include "reproduce.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/experiment/digest.hpp>
#include <faultline/experiment/trial_file.hpp>
#include <faultline/sweep/folder.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "sweep/runner.hpp"

namespace faultline {
namespace {

namespace fs = std::filesystem;

/// Differences listed of one file; the rest are counted.
constexpr std::size_t most_listed = 5;

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse(path, "cannot be read (a result is reproduced from its whole folder)");
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

/// Whether all is there that is asked of a result.
bool says_what_it_came_from(const Json& result) {
  const auto is_text = [&](const char* pointer) {
    const Json::json_pointer at(pointer);
    return result.contains(at) && result[at].is_string();
  };
  return result.is_object() && is_text("/faultline") && is_text("/scenario") &&
         is_text("/engine/compiler") && is_text("/digests/scenario") &&
         result.value("services", Json()).is_object() &&
         result.value("seed", Json()).is_number_unsigned();
}

/// Where two results differ, in words.
std::vector<std::string> differences(const Json& before, const Json& now) {
  std::vector<std::string> all;
  for (const Json& step : Json::diff(before, now)) {
    const Json::json_pointer pointer(step["path"].get<std::string>());
    const auto word = [&](const Json& in) {
      return in.contains(pointer) ? in[pointer].dump() : std::string("nothing");
    };
    all.push_back(fmt::format("{}: {}, now {}", pointer.to_string(), word(before).substr(0, 60),
                              word(now).substr(0, 60)));
  }
  return all;
}

/// The first line in which two texts differ.
std::vector<std::string> first_difference(const std::string& before, const std::string& now) {
  if (before == now) return {};
  std::istringstream a(before);
  std::istringstream b(now);
  std::string line_a;
  std::string line_b;
  for (std::size_t line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, line_a));
    const bool more_b = static_cast<bool>(std::getline(b, line_b));
    if (more_a && more_b && line_a == line_b) continue;
    return {fmt::format("line {}: {}, now {}", line, more_a ? line_a.substr(0, 120) : "the end",
                        more_b ? line_b.substr(0, 120) : "the end")};
  }
}

/// Says how a file fares; whether it is the same.
bool report(const std::string& file, const std::vector<std::string>& differences) {
  fmt::print("{:<16} {}\n", file, differences.empty() ? "the same" : "differs");
  for (std::size_t i = 0; i < std::min(differences.size(), most_listed); ++i) {
    fmt::print("  {}\n", differences[i]);
  }
  if (differences.size() > most_listed) {
    fmt::print("  and {} more\n", differences.size() - most_listed);
  }
  return differences.empty();
}

void say_what_made(const Json& result) {
  const auto made_by = [](const Json& version_then, const Json& compiler_then) {
    return fmt::format("faultline {}, {}", version_then.get<std::string>(),
                       compiler_then.get<std::string>());
  };
  const std::string then = made_by(result["faultline"], result["engine"]["compiler"]);
  const std::string now = made_by(version, compiler);
  fmt::print("{}, seed {}\nmade by          {}\n", result["scenario"].get<std::string>(),
             result["seed"].get<std::uint64_t>(), then);
  if (now != then) fmt::print("now              {}\n", now);
}

/// Asks for the digest of a run that ended well, and for the version that made it.
Statement digests_in(const Database& tables) {
  try {
    return tables.prepare(
        "SELECT digest, (SELECT value FROM sweep WHERE name = 'faultline') FROM runs WHERE run = ? "
        "AND status = 'done'");
  } catch (const DatabaseError&) {
    refuse(tables.path(), "says of no run what it came from (sweep anew with this version)");
  }
}

/// Runs one of a sweep's runs again and compares it with what the tables hold of it.
int reproduce_run_of_sweep(const std::string& path, std::uint64_t number) {
  const SweepPlan plan = load_plan(path);
  if (number == 0) refuse(path, "is a sweep (say which of its runs, as in --run 17)");
  const Database tables(SweepFolder(path).tables_file(), Database::Access::read);
  Statement ask = digests_in(tables);
  if (number > plan.tasks() || !ask.bind(1, number).step()) {
    refuse(fmt::format("--run {}", number),
           fmt::format("is no run of {} that has ended well (faultline query {} \"SELECT * FROM "
                       "runs\" lists them)",
                       path, path));
  }
  const SweepTask task = plan.task(number);
  fmt::print("{}, point {} ({}), trial {}\nmade by          faultline {}\n", plan.base().name,
             task.point, plan.words(task.point), task.trial, ask.text(1));
  const ScratchFolder scratch;
  const SweepFolder again(scratch.path());
  fs::create_directory(again.tasks_folder());
  const auto work = [&] {
    carry_out(plan, task, again);
    return exit_ok;
  };
  if (const int status = in_child(work, {}); status != exit_ok) return status;
  const Trial trial = read_trial(again.task_file(number));
  std::vector<std::string> differing;
  if (trial.digest != ask.text(0)) {
    differing = differing_metrics(tables, number, trial.measured);
    if (differing.empty()) differing.push_back("not in its figures, but in what else it says");
  }
  return report(fmt::format("run {}", number), differing) ? exit_ok : exit_unmet;
}

}  // namespace

void add_reproduce_options(CLI::App& command, ReproduceOptions& options) {
  command
      .add_option("RESULT", options.result,
                  "a result.json, or the folder that holds it, or the folder of a sweep")
      ->required();
  command.add_option("--run", options.run, "which run of a sweep (1, 2, ...)");
  command.footer(
      "exit status: 0 the same bytes, 1 something differs, 2 bad input\n"
      "example: faultline reproduce result/result.json\n"
      "         faultline reproduce sweep --run 17");
}

int reproduce_command(const ReproduceOptions& options) {
  if (SweepFolder(options.result).holds_sweep()) {
    return reproduce_run_of_sweep(options.result, options.run);
  }
  if (options.run != 0) refuse("--run", "is of a sweep, and this is none");
  const fs::path given(options.result);
  const bool is_file = given.filename() == "result.json" && !fs::is_directory(given);
  const fs::path parent = given.parent_path();
  const std::string folder = !is_file         ? options.result
                             : parent.empty() ? std::string(".")
                                              : parent.string();
  const Json result = read_result(folder);
  if (!says_what_it_came_from(result)) {
    refuse(folder + "/result.json", "does not say what it came from (run the scenario again)");
  }
  std::map<std::string, std::string> files{{"history.jsonl", ""}, {"timeseries.csv", ""}};
  for (auto& [name, content] : files) content = content_of(folder + "/" + name);
  RunOptions run;
  run.scenarios = {folder + "/scenario.json"};
  const Scenario scenario = read_all(run).front();
  if (digest_of(scenario.as_run.dump()) != result["digests"]["scenario"]) {
    refuse(run.scenarios[0],
           "is not the scenario that the result came from (it was changed since, or filled in by "
           "another version: run it instead)");
  }
  say_what_made(result);
  const ScratchFolder scratch;
  if (const int status = run_into(scenario, scratch.path(), false); status > exit_unmet) {
    return status;
  }
  const Json now = read_result(scratch.path());
  bool same = report("result.json", differences(reproducible_part(result), reproducible_part(now)));
  for (const auto& [name, content] : files) {
    same &= report(name, first_difference(content, content_of(scratch.path() + "/" + name)));
  }
  if (!same && scenario.as_run.contains("folder")) {
    fmt::print("the scenario reads files below {}: they may have changed\n",
               scenario.as_run["folder"].get<std::string>());
  }
  return same ? exit_ok : exit_unmet;
}

}  // namespace faultline
