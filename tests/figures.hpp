// Figures that others have published, and ours beside them.
//
// A test that compares the two says so with note_figure(), which writes them down if
// FAULTLINE_FIGURES names a folder; `tools/bench/fidelity` makes one table of all of them. The test
// alone judges whether the difference is what chance explains.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

namespace faultline::testing {

/// `what` is within `source`, "paper: table", as "nodes 3, up 2: split votes"; `unit` is "" for a
/// share or a count. None may hold a tab.
inline void note_figure(const std::string& source, const std::string& what, const std::string& unit,
                        double theirs, double ours) {
  static const char* const folder = std::getenv("FAULTLINE_FIGURES");
  if (folder == nullptr) return;
  // One process runs one test case (see CMakeLists.txt), so its name is a file of its own.
  static std::ofstream file(
      std::string(folder) + "/" +
      std::to_string(std::hash<std::string>{}(doctest::getContextOptions()->currentTest->m_name)));
  file << source << '\t' << what << '\t' << unit << '\t' << theirs << '\t' << ours << std::endl;
}

}  // namespace faultline::testing
