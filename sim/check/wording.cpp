#include <fmt/format.h>

#include <faultline/check/wording.hpp>

namespace faultline {

std::string value_in_words(Value value) {
  return value == nil ? "nothing" : fmt::format("{}", value);
}

std::string observed_in_words(const History& history, const Operation& read) {
  std::string text = value_in_words(read.observed);
  const auto siblings = history.siblings(read);
  for (std::size_t position = 0; position < siblings.size(); ++position) {
    text += position + 1 < siblings.size() ? ", " : " and ";
    text += value_in_words(siblings[position]);
  }
  return siblings.empty() ? text : text + " together";
}

std::string span_in_words(const Operation& operation) {
  std::string end;
  if (operation.outcome == Outcome::unknown || operation.completed == never) {
    end = "outcome unknown";
  } else {
    end = fmt::format("{:.6f} s{}", seconds(operation.completed),
                      operation.outcome == Outcome::failed ? ", failed" : "");
  }
  return fmt::format("[{:.6f} s, {}]", seconds(operation.invoked), end);
}

std::string in_words(const History& history, const Operation& operation) {
  if (operation.writes()) {
    return fmt::format("session {}'s write of {} {}", operation.session,
                       value_in_words(operation.written), span_in_words(operation));
  }
  return fmt::format("session {}'s read of {} {}", operation.session,
                     observed_in_words(history, operation), span_in_words(operation));
}

}  // namespace faultline
