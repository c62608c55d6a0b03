#include "run_options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/experiment/write.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/reader.hpp>

#include "refuse.hpp"

namespace faultline {

namespace fs = std::filesystem;

void add_override_options(CLI::App& command, std::vector<std::string>& overrides,
                          std::optional<std::uint64_t>& seed) {
  command.add_option("--set", overrides, "changes a value of the scenario: /json/pointer=value")
      ->type_name("/POINTER=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--seed", seed, "the seed, instead of the scenario's");
}

void apply_overrides(Document& document, const std::vector<std::string>& overrides,
                     const std::optional<std::uint64_t>& seed) {
  for (const std::string& assignment : overrides) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      refuse("--set " + assignment, "no value (as in --set /duration=10s)");
    }
    document.set(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  if (seed) document.set("/seed", std::to_string(*seed));
}

void check_range(const std::string& option, std::int64_t value, std::int64_t most) {
  if (value >= 1 && value <= most) return;
  refuse(fmt::format("{} {}", option, value), fmt::format("not a number from 1 to {}", most));
}

void check_jobs(std::int64_t jobs) {
  constexpr std::int64_t most = 1'000;
  check_range("--jobs", jobs, most);
}

std::vector<Scenario> read_all(const RunOptions& options) {
  std::vector<Scenario> scenarios;
  std::vector<Problem> problems;
  for (const std::string& path : options.scenarios) {
    try {
      Document document = Document::read(path);
      apply_overrides(document, options.overrides, options.seed);
      const fs::path folder = fs::path(path).parent_path();
      scenarios.push_back(
          read_scenario(document, catalog(), folder.empty() ? "." : folder.string()));
    } catch (const BadInput& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw BadInput(std::move(problems));
  return scenarios;
}

Json read_result(const std::string& folder) {
  std::ifstream in(folder + "/result.json");
  if (!in) {
    refuse(folder, "holds no result.json (name a folder that `run --out` has written)");
  }
  Json result = Json::parse(in, nullptr, false);
  if (result.is_discarded()) {
    refuse(folder + "/result.json", "is not JSON (run again)");
  }
  return result;
}

void print_json(const Json& json) {
  std::cout << json.dump(1, ' ', false, Json::error_handler_t::replace) << "\n";
}

std::vector<std::string> folders_for(const RunOptions& options, const std::string& out,
                                     bool always_under) {
  if (options.scenarios.size() == 1 && !always_under) return {out};
  std::vector<std::string> folders;
  std::set<std::string> taken;
  for (const std::string& path : options.scenarios) {
    const std::string stem = fs::path(path).stem();
    std::string name = stem;
    for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{}-{}", stem, n);
    folders.push_back(out + "/" + name);
  }
  return folders;
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (fs::temp_directory_path() / "faultline-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw CannotWrite("cannot make a temporary folder (set TMPDIR, or use --out)");
  }
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

}  // namespace faultline
