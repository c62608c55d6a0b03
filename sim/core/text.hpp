// Small help with words: suggestions for what was misspelt.
#pragma once

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
  using std::runtime_error::runtime_error;
};

/// The candidate that `word` was probably meant to be: at most a third of its letters away
/// (insertions, deletions, replacements, swaps of neighbours). Nothing if none is that near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "did you mean "replicas"?" or, if nothing is near, "known: a, b, c".
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

}  // namespace faultline
