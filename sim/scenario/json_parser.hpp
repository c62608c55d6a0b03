// Reads JSON (RFC 8259) and remembers where everything stands. Private to sim/scenario.
//
// Structure is read here, so that every message can say what is wrong in a scenario's terms and
// where the bracket was opened that is not closed; strings and odd numbers are left to
// nlohmann::json.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace faultline {

/// Where a value stands: offsets into the text. A container's children follow one another.
struct JsonPlace {
  std::uint32_t value = 0;
  std::uint32_t key = 0;  ///< of a member of an object
  std::uint32_t first_child = 0;
  std::uint32_t children = 0;
};

/// The text is not JSON, or beyond the limits.
class JsonError : public std::runtime_error {
 public:
  JsonError(std::size_t offset, const std::string& message)
      : std::runtime_error(message), offset_(offset) {}
  std::size_t offset() const { return offset_; }

 private:
  std::size_t offset_;
};

struct ParsedJson {
  nlohmann::ordered_json root;
  std::vector<JsonPlace> places;  ///< the last is the root's
  /// Keys that stand twice in their object, with offset and pointer; the last value counts. Not
  /// more than `most_duplicates` are kept.
  std::vector<std::pair<std::size_t, std::string>> duplicates;
};

inline constexpr std::size_t most_json_bytes = 16U << 20U;
inline constexpr std::size_t most_json_depth = 64;
inline constexpr std::size_t most_json_members = 10'000;  ///< of one object
inline constexpr std::size_t most_duplicates = 100;

/// Throws JsonError.
ParsedJson parse_json(std::string_view text);

/// Line and column of an offset, from 1. A column is a character; UTF-8 bytes that continue one are
/// none of their own.
std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset);

/// One step down from `pointer`, escaped as RFC 6901 wants it.
std::string pointer_to(const std::string& pointer, std::string_view key);
std::string pointer_to(const std::string& pointer, std::size_t position);

}  // namespace faultline
