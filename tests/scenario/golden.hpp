// Golden files: what was once read by a person and found good. Rewritten when the environment
// variable FAULTLINE_REWRITE_GOLDENS is set; read the difference then.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

namespace faultline::testing {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), "cannot read " << path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void check_golden(const std::filesystem::path& path, const std::string& text) {
  if (std::getenv("FAULTLINE_REWRITE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  CHECK(text == file_text(path));
}

}  // namespace faultline::testing
