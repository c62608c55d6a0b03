// A JSON file with the place of everything in it, so that whatever is wrong can be pointed at.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace faultline {

using Json = nlohmann::ordered_json;

/// One thing that is wrong with a file: `file:line:column: /pointer: message`.
struct Problem {
  std::string file;
  std::size_t line = 0;  ///< from 1; 0 if the problem is with the file as a whole
  std::size_t column = 0;
  std::string pointer;
  std::string message;

  std::string text() const;
};

/// Input that cannot be used. Carries all problems found, in order of place.
class BadInput : public std::runtime_error {
 public:
  explicit BadInput(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

class Document {
 public:
  static constexpr std::size_t most_bytes = 64U << 20U;
  static constexpr std::size_t most_depth = 64;

  /// Reads a file; throws BadInput if it cannot be read or is not JSON. Duplicate keys are
  /// collected in problems(), since reading can go on behind them.
  static Document read(const std::string& path);
  static Document parse(std::string text, const std::string& name);

  const std::string& name() const { return name_; }
  const Json& root() const { return root_; }
  const std::vector<Problem>& problems() const { return problems_; }

  /// Puts `text` (a JSON value, or else a string) at a JSON pointer, for `--set /pointer=value`.
  /// Objects on the way are created, array positions must exist or be the next. Throws BadInput.
  void set(const std::string& pointer, const std::string& text);

  /// A problem at what stands at `pointer`, or at the nearest thing above it that stands in the
  /// file.
  Problem problem(const std::string& pointer, std::string message) const;
  /// The same at an object's key.
  Problem problem_at_key(const std::string& object, const std::string& key,
                         std::string message) const;

 private:
  friend class DocumentBuilder;
  Problem at_offset(std::size_t offset, const std::string& pointer, std::string message) const;

  std::string name_;
  std::string text_;
  Json root_;
  std::map<std::string, std::size_t> offsets_;      ///< of values, by pointer
  std::map<std::string, std::size_t> key_offsets_;  ///< of keys, by the pointer of their value
  std::map<std::string, std::string> overrides_;    ///< values that came from --set
  std::vector<Problem> problems_;
};

/// One step down from `pointer`, escaped as RFC 6901 wants it.
std::string pointer_to(const std::string& pointer, std::string_view key);
std::string pointer_to(const std::string& pointer, std::size_t position);

}  // namespace faultline
