#include <fmt/format.h>

#include <faultline/check/wording.hpp>

namespace faultline {
namespace {

std::string instant_in_words(const History& history, Time instant) {
  if (history.counts_events) return fmt::format("event {}", instant.time_since_epoch().count());
  return fmt::format("{:.6f} s", seconds(instant));
}

/// "[1.200000 s, 1.250000 s]".
std::string span_in_words(const History& history, const Operation& operation) {
  std::string end;
  if (operation.outcome == Outcome::unknown || operation.completed == never) {
    end = "outcome unknown";
  } else {
    end = fmt::format("{}{}", instant_in_words(history, operation.completed),
                      operation.outcome == Outcome::failed ? ", failed" : "");
  }
  return fmt::format("[{}, {}]", instant_in_words(history, operation.invoked), end);
}

}  // namespace

std::string value_in_words(Value value) {
  return value == nil ? "nothing" : fmt::format("{}", value);
}

std::string value_in_words(const History& history, Value value) {
  if (value >= history.value_names.size()) return value_in_words(value);
  const std::string& name = history.value_names[value];
  return name == "nil" ? "nothing" : name;
}

std::string observed_in_words(const History& history, const Operation& read) {
  std::string text = value_in_words(history, read.observed);
  const auto siblings = history.siblings(read);
  for (std::size_t position = 0; position < siblings.size(); ++position) {
    text += position + 1 < siblings.size() ? ", " : " and ";
    text += value_in_words(history, siblings[position]);
  }
  return siblings.empty() ? text : text + " together";
}

std::string deed_in_words(const History& history, const Operation& operation) {
  const auto value = [&] { return value_in_words(history, operation.written); };
  switch (operation.kind) {
    case OperationKind::put:
    case OperationKind::insert:
      return "write of " + value();
    case OperationKind::compare_and_set:
      return fmt::format("compare-and-set from {} to {}",
                         value_in_words(history, operation.observed), value());
    case OperationKind::append:
    case OperationKind::add:
    case OperationKind::enqueue:
    case OperationKind::remove:
      return fmt::format("{} of {}", name_of(operation.kind), value());
    case OperationKind::dequeue:
      if (operation.outcome != Outcome::ok) return "dequeue";
      return "dequeue of " + observed_in_words(history, operation);
    case OperationKind::acquire:
    case OperationKind::release:
      return std::string(name_of(operation.kind));
    default:
      return "read of " + observed_in_words(history, operation);
  }
}

std::string in_words(const History& history, const Operation& operation) {
  return fmt::format("{} {}'s {} {}", history.counts_events ? "process" : "session",
                     operation.session, deed_in_words(history, operation),
                     span_in_words(history, operation));
}

}  // namespace faultline
