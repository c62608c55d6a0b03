// Small help with words: how a value that cannot be used is reported, and suggestions for what was
// misspelt.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace faultline {

/// A value that cannot be used. The message says what is wrong and, in brackets, what would be
/// right.
class BadValue : public std::runtime_error {
 public:
  explicit BadValue(const std::string& message, std::optional<std::size_t> offset = std::nullopt)
      : std::runtime_error(message), offset_(offset) {}

  /// Where in the text the fault begins, in characters from its start, if one place is at fault.
  std::optional<std::size_t> offset() const { return offset_; }

 private:
  std::optional<std::size_t> offset_;
};

/// The candidate that `word` was probably meant to be: at most a third of its letters away
/// (insertions, deletions, replacements, swaps of neighbours). Nothing if none is that near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "did you mean "replicas"?" or, if nothing is near, "known: a, b, c".
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

}  // namespace faultline
