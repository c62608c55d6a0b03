// Everything that fuzzing has found worth keeping, and all scenarios of the project, through the
// properties that are fuzzed.
#include <algorithm>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>

#include "fuzz/reader_properties.hpp"
#include "scenario/golden.hpp"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_under(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("the corpus breaks no property of the reader") {
  for (const char* folder : {"tests/fuzz/corpus", "tests/scenario", "scenarios"}) {
    const auto files = files_under(fs::path(FAULTLINE_SOURCE_DIR) / folder);
    REQUIRE(files.size() > 5);
    for (const fs::path& file : files) {
      CAPTURE(file.string());
      CHECK(broken_property(file_text(file)) == "");
    }
  }
}

TEST_CASE("cut short anywhere, a scenario is refused in words") {
  const std::string whole =
      file_text(fs::path(FAULTLINE_SOURCE_DIR) / "scenarios/cap/quorum-ap.json");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(broken_property(whole.substr(0, length)) == "");
  }
}

}  // namespace
}  // namespace faultline::testing
