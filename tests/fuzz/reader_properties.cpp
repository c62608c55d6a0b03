#include "fuzz/reader_properties.hpp"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <faultline/models/catalog.hpp>
#include <faultline/scenario/json_parser.hpp>
#include <faultline/scenario/reader.hpp>

namespace faultline::testing {
namespace {

/// Limits that nlohmann::json does not have.
bool beyond_limits(std::string_view message) { return message.find("more than ") != message.npos; }

std::string broken_json(const std::string& text) {
  // There a zero byte ends the text.
  if (text.find('\0') != text.npos) return "";
  const auto reference = nlohmann::ordered_json::parse(text, nullptr, false);
  try {
    const ParsedJson parsed = parse_json(text);
    if (reference.is_discarded()) return "takes what is not JSON";
    if (parsed.root != reference)
      return "reads " + parsed.root.dump() + ", not " + reference.dump();
  } catch (const JsonError& error) {
    if (!reference.is_discarded() && !beyond_limits(error.what())) {
      return fmt::format("refuses JSON: {}", error.what());
    }
    if (error.offset() > text.size()) return "complains of what is behind the end";
  }
  return "";
}

std::string broken_problems(const BadInput& error) {
  if (error.problems().empty()) return "refuses without a reason";
  if (error.problems().size() > most_problems + 1) return "lists too many problems";
  for (const Problem& problem : error.problems()) {
    const std::string line = problem.text();
    if (problem.message.empty()) return "a problem without words";
    if (line.find('\n') != line.npos) return "a problem of several lines: " + line;
    if (line.size() > 2000) return "a problem beyond measure: " + line;
  }
  return "";
}

/// Reads a scenario that may be bad; `broken` is set if it is refused in a wrong way.
std::optional<Scenario> read(const std::string& text, std::string& broken) {
  try {
    return read_scenario(Document::parse(text, "scenario.json"), catalog(), ".");
  } catch (const BadInput& error) {
    broken = broken_problems(error);
    return std::nullopt;
  }
}

std::string broken_scenario(const std::string& text) {
  std::string broken;
  const auto scenario = read(text, broken);
  if (!scenario) return broken;
  const std::string written = scenario->as_run.dump(1);
  try {
    const Scenario again = read_scenario(Document::parse(written, "scenario.json"), catalog(), ".");
    if (again.as_run != scenario->as_run) {
      return "read again, the scenario as run is another: " + again.as_run.dump(1) + "\nwas " +
             written;
    }
  } catch (const BadInput& error) {
    return fmt::format("refuses the scenario as run: {}\n{}", error.what(), written);
  }
  return "";
}

}  // namespace

std::string broken_property(const std::string& text) {
  const std::string broken = broken_json(text);
  return broken.empty() ? broken_scenario(text) : broken;
}

}  // namespace faultline::testing
