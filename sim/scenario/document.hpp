// A JSON file with the place of everything in it, so that whatever is wrong can be pointed at.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <faultline/scenario/json_parser.hpp>

namespace faultline {

using Json = nlohmann::ordered_json;

/// One thing that is wrong with a file: `file:line:column: /pointer: message`.
struct Problem {
  std::string file;
  std::size_t line = 0;  ///< from 1; 0 if the problem is with the file as a whole
  std::size_t column = 0;
  std::string pointer;
  std::string message;

  /// One line: control characters are written as escapes, what is very long is cut short.
  std::string text() const;
};

/// The most problems that are listed of one file.
inline constexpr std::size_t most_problems = 100;

/// Input that cannot be used. Carries the problems found, in order of place.
class BadInput : public std::runtime_error {
 public:
  explicit BadInput(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// A JSON file as read, with values put over it from the command line. Files may have
/// `most_json_bytes`, be nested `most_json_depth` deep and have `most_json_members` in one object.
class Document {
 public:
  /// Reads a file; throws BadInput if it cannot be read or is not JSON. Keys that stand twice are
  /// collected in problems(), since reading can go on behind them.
  static Document read(const std::string& path);
  static Document parse(std::string text, const std::string& name);

  const std::string& name() const { return name_; }
  const Json& root() const { return root_; }
  const std::vector<Problem>& problems() const { return problems_; }

  /// Puts `text` (a JSON value, or else a string) at a JSON pointer, for `--set /pointer=value`.
  /// Objects on the way are created; list positions must exist or be the next ("-" is the next,
  /// too). Throws BadInput; the document is then unchanged.
  void set(const std::string& pointer, const std::string& text);

  /// A problem at what stands at `pointer`, or at the nearest thing above it that stands in the
  /// file. `offset`: the problem is so many characters into a text.
  Problem problem(const std::string& pointer, std::string message,
                  std::optional<std::size_t> offset = std::nullopt) const;
  /// The same at an object's key.
  Problem problem_at_key(const std::string& object, const std::string& key,
                         std::string message) const;

 private:
  /// The nearest place at or above `pointer` that stands in the text, and whether it is `pointer`'s
  /// own.
  std::pair<const JsonPlace*, bool> find_place(const std::string& pointer) const;
  /// The --set that brought what stands at `pointer`, if one did.
  std::optional<std::string> find_override(const std::string& pointer) const;
  Problem at_offset(std::size_t offset, const std::string& pointer, std::string message) const;

  std::string name_;
  std::string text_;
  Json root_;
  std::vector<JsonPlace> places_;
  std::map<std::string, std::string> overrides_;  ///< values that came from --set, by pointer
  std::vector<Problem> problems_;
};

/// The steps of a JSON pointer, unescaped; nothing if it is none.
std::optional<std::vector<std::string>> steps_of(std::string_view pointer);

/// The list position that a step means: a number without leading zeros.
std::optional<std::size_t> list_position(std::string_view step);

}  // namespace faultline
