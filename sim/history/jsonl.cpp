#include <algorithm>
#include <array>
#include <cstdint>
#include <istream>
#include <iterator>
#include <limits>
#include <ostream>
#include <string_view>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <faultline/history/jsonl.hpp>

namespace faultline {
namespace {

using Json = nlohmann::json;

// ---- writing ----------------------------------------------------------------------------------

/// Names as JSON strings, quotes included.
std::vector<std::string> quoted(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const std::string& name : names) {
    result.push_back(Json(name).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return result;
}

std::string_view at_or_empty(const std::vector<std::string>& names, std::size_t index) {
  return index < names.size() ? std::string_view(names[index]) : std::string_view("\"\"");
}

void append(fmt::memory_buffer& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

void append_value(fmt::memory_buffer& line, Value value) {
  if (value == nil) {
    append(line, "null");
  } else {
    fmt::format_to(std::back_inserter(line), FMT_COMPILE("{}"), value);
  }
}

/// Whether the first observed value says something: a read that failed and one that found nothing
/// both hold nil.
bool has_result(const Operation& operation) {
  const bool may_read = operation.reads() || operation.kind == OperationKind::read_modify_write ||
                        operation.kind == OperationKind::dequeue;
  return (may_read && operation.outcome == Outcome::ok) || operation.observed != nil ||
         operation.more_count > 0;
}

void append_observed(fmt::memory_buffer& line, const History& history, const Operation& operation) {
  if (!has_result(operation)) return;
  append_value(line, operation.observed);
  for (const Value value : history.siblings(operation)) {
    line.push_back(',');
    append_value(line, value);
  }
}

void append_time(fmt::memory_buffer& line, Time time) {
  if (time == never) {
    append(line, "null");
  } else {
    fmt::format_to(std::back_inserter(line), FMT_COMPILE("{}"), time.time_since_epoch().count());
  }
}

// ---- reading ----------------------------------------------------------------------------------

constexpr std::array kinds = {OperationKind::get,
                              OperationKind::put,
                              OperationKind::insert,
                              OperationKind::scan,
                              OperationKind::read_modify_write,
                              OperationKind::compare_and_set,
                              OperationKind::append,
                              OperationKind::add,
                              OperationKind::enqueue,
                              OperationKind::dequeue,
                              OperationKind::acquire,
                              OperationKind::release,
                              OperationKind::remove};
constexpr std::array outcomes = {Outcome::ok, Outcome::failed, Outcome::unknown};
constexpr std::array errors = {Error::none,       Error::timeout,    Error::unavailable,
                               Error::not_leader, Error::overloaded, Error::indeterminate,
                               Error::mismatch};

constexpr std::array<std::string_view, 15> field_names = {
    "id",       "session", "workload",  "region",  "kind",  "key",      "written", "observed",
    "intended", "invoked", "completed", "outcome", "error", "attempts", "part"};

/// One line under examination; every complaint names it.
class Line {
 public:
  Line(std::size_t number, const std::string& text) : number_(number) {
    try {
      object_ = Json::parse(text);
    } catch (const Json::parse_error& error) {
      complain(fmt::format("not JSON: {}", error.what()));
    }
    if (!object_.is_object()) complain("not a JSON object");
    for (const auto& item : object_.items()) {
      if (std::find(field_names.begin(), field_names.end(), item.key()) == field_names.end()) {
        complain(fmt::format("unknown field \"{}\"", item.key()));
      }
    }
  }

  [[noreturn]] void complain(std::string_view what) const {
    throw HistoryFormatError(fmt::format("line {}: {}", number_, what));
  }

  /// Null if the line does not have the field.
  const Json* field(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& required(const char* name) const {
    const Json* value = field(name);
    if (value == nullptr) complain(fmt::format("\"{}\" is missing", name));
    return *value;
  }

  template <typename Integer>
  Integer integer(const Json& value, const char* name) const {
    if (value.is_number_unsigned()) {
      const auto number = value.get<std::uint64_t>();
      if (std::in_range<Integer>(number)) return static_cast<Integer>(number);
    } else if (value.is_number_integer()) {
      const auto number = value.get<std::int64_t>();
      if (std::in_range<Integer>(number)) return static_cast<Integer>(number);
    }
    complain(fmt::format("\"{}\" must be a whole number from {} to {}", name,
                         std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()));
  }

  template <typename Integer>
  Integer integer(const char* name, Integer otherwise) const {
    const Json* value = field(name);
    return value == nullptr ? otherwise : integer<Integer>(*value, name);
  }

  Value value(const Json& json, const char* name) const {
    return json.is_null() ? nil : integer<Value>(json, name);
  }

  Time time(const Json& json, const char* name) const {
    return Time{Duration{integer<Duration::rep>(json, name)}};
  }

  template <typename Choices>
  auto choice(const Json& json, const char* name, const Choices& choices) const {
    if (json.is_string()) {
      const auto& text = json.get_ref<const std::string&>();
      for (const auto each : choices) {
        if (name_of(each) == text) return each;
      }
    }
    std::string names;
    for (const auto each : choices) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", name_of(each));
    }
    complain(fmt::format("\"{}\" must be one of {}", name, names));
  }

  std::string text(const char* name) const {
    const Json* value = field(name);
    if (value == nullptr) return {};
    if (!value->is_string()) complain(fmt::format("\"{}\" must be a string", name));
    return value->get<std::string>();
  }

  bool flag(const char* name) const {
    const Json* value = field(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) complain(fmt::format("\"{}\" must be true or false", name));
    return value->get<bool>();
  }

 private:
  std::size_t number_;
  Json object_;
};

/// The index of `name`, added at the end if it is new.
std::uint16_t intern(std::vector<std::string>& names, std::string name, const Line& line) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto index = static_cast<std::size_t>(found - names.begin());
  if (index > std::numeric_limits<std::uint16_t>::max()) {
    line.complain("more than 65536 different workloads or regions");
  }
  if (found == names.end()) names.push_back(std::move(name));
  return static_cast<std::uint16_t>(index);
}

void read_times(const Line& line, Operation& operation) {
  operation.invoked = line.time(line.required("invoked"), "invoked");
  operation.intended = operation.invoked;
  if (const Json* intended = line.field("intended")) {
    operation.intended = line.time(*intended, "intended");
  }
  const Json& completed = line.required("completed");
  if (!completed.is_null()) operation.completed = line.time(completed, "completed");
  if (operation.completed < operation.invoked) line.complain("\"completed\" is before \"invoked\"");
  if (operation.outcome == Outcome::ok && operation.completed == never) {
    line.complain("an operation that is ok must have completed");
  }
}

void read_observed(const Line& line, History& history, Operation& operation) {
  const Json* observed = line.field("observed");
  if (observed == nullptr) return;
  if (!observed->is_array()) line.complain("\"observed\" must be an array");
  if (observed->size() > std::numeric_limits<std::uint16_t>::max()) {
    line.complain("\"observed\" holds more than 65535 values");
  }
  if (observed->empty()) return;
  operation.observed = line.value(observed->front(), "observed");
  if (observed->size() == 1) return;
  operation.more_begin = static_cast<std::uint32_t>(history.more.size());
  operation.more_count = static_cast<std::uint16_t>(observed->size() - 1);
  for (std::size_t position = 1; position < observed->size(); ++position) {
    history.more.push_back(line.value((*observed)[position], "observed"));
  }
}

/// Errors that go with an outcome; anything else would be judged as what it is not.
void check_error(const Line& line, const Operation& operation) {
  if (operation.outcome == Outcome::ok && operation.error != Error::none) {
    line.complain("an operation that is ok has no \"error\"");
  }
  const bool mismatch = operation.error == Error::mismatch;
  if (mismatch && (operation.kind != OperationKind::compare_and_set ||
                   operation.outcome != Outcome::failed || operation.completed == never)) {
    line.complain("only a compare_and_set that failed, and has completed, finds a mismatch");
  }
}

void read_operation(const Line& line, History& history) {
  Operation operation;
  const std::size_t id = history.operations.size();
  if (line.integer<std::size_t>("id", id) != id) {
    line.complain(fmt::format("\"id\" must be {}, the operation's position", id));
  }
  operation.kind = line.choice(line.required("kind"), "kind", kinds);
  operation.outcome = line.choice(line.required("outcome"), "outcome", outcomes);
  if (const Json* error = line.field("error")) {
    operation.error = line.choice(*error, "error", errors);
  }
  operation.session = line.integer<std::uint32_t>(line.required("session"), "session");
  operation.key = line.integer<Key>(line.required("key"), "key");
  if (const Json* written = line.field("written")) {
    operation.written = line.value(*written, "written");
  }
  operation.workload = intern(history.workloads, line.text("workload"), line);
  operation.region = intern(history.regions, line.text("region"), line);
  operation.attempts = line.integer<std::uint8_t>("attempts", 1);
  operation.part = line.flag("part");
  read_times(line, operation);
  check_error(line, operation);
  if (id > 0 && operation.invoked < history.operations.back().invoked) {
    line.complain("\"invoked\" is before that of the operation above (sort the operations)");
  }
  read_observed(line, history, operation);
  history.operations.push_back(operation);
}

}  // namespace

void write_history(const History& history, std::ostream& out) {
  constexpr std::size_t flush_size = std::size_t{1} << 20;
  const std::vector<std::string> workloads = quoted(history.workloads);
  const std::vector<std::string> regions = quoted(history.regions);
  fmt::memory_buffer lines;
  for (std::size_t id = 0; id < history.operations.size(); ++id) {
    const Operation& operation = history.operations[id];
    fmt::format_to(
        std::back_inserter(lines),
        FMT_COMPILE(
            R"({{"id":{},"session":{},"workload":{},"region":{},"kind":"{}","key":{},"written":)"),
        id, operation.session, at_or_empty(workloads, operation.workload),
        at_or_empty(regions, operation.region), name_of(operation.kind), operation.key);
    append_value(lines, operation.written);
    append(lines, R"(,"observed":[)");
    append_observed(lines, history, operation);
    append(lines, R"(],"intended":)");
    append_time(lines, operation.intended);
    append(lines, R"(,"invoked":)");
    append_time(lines, operation.invoked);
    append(lines, R"(,"completed":)");
    append_time(lines, operation.completed);
    fmt::format_to(std::back_inserter(lines),
                   FMT_COMPILE(R"(,"outcome":"{}","error":"{}","attempts":{},"part":{}}})"
                               "\n"),
                   name_of(operation.outcome), name_of(operation.error), operation.attempts,
                   operation.part);
    if (lines.size() >= flush_size) {
      out.write(lines.data(), static_cast<std::streamsize>(lines.size()));
      lines.clear();
    }
  }
  out.write(lines.data(), static_cast<std::streamsize>(lines.size()));
}

History read_history(std::istream& in) {
  History history;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    read_operation(Line(number, text), history);
  }
  if (in.bad()) throw HistoryFormatError("reading failed");
  return history;
}

}  // namespace faultline
