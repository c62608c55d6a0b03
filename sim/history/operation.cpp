#include <faultline/history/operation.hpp>

namespace faultline {

std::string_view name_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::get:
      return "get";
    case OperationKind::put:
      return "put";
    case OperationKind::insert:
      return "insert";
    case OperationKind::scan:
      return "scan";
    case OperationKind::read_modify_write:
      return "read_modify_write";
    case OperationKind::compare_and_set:
      return "compare_and_set";
    case OperationKind::append:
      return "append";
    case OperationKind::add:
      return "add";
    case OperationKind::enqueue:
      return "enqueue";
    case OperationKind::dequeue:
      return "dequeue";
    case OperationKind::acquire:
      return "acquire";
    case OperationKind::release:
      return "release";
    case OperationKind::remove:
      return "remove";
  }
  return "?";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::failed:
      return "failed";
    case Outcome::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view name_of(Error error) {
  switch (error) {
    case Error::none:
      return "none";
    case Error::timeout:
      return "timeout";
    case Error::unavailable:
      return "unavailable";
    case Error::not_leader:
      return "not_leader";
    case Error::overloaded:
      return "overloaded";
    case Error::indeterminate:
      return "indeterminate";
    case Error::mismatch:
      return "mismatch";
  }
  return "?";
}

std::string key_in_words(const History& history, Key key) {
  return key < history.key_names.size() ? history.key_names[key] : std::to_string(key);
}

}  // namespace faultline
