#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <faultline/history/export.hpp>
#include <faultline/history/jsonl.hpp>
#include <faultline/history/real_time.hpp>

namespace faultline {
namespace {

struct Event {
  Moment at;
  OperationId operation;
  bool completion;
};

bool exported(const Operation& operation) {
  return operation.kind != OperationKind::scan &&
         operation.kind != OperationKind::read_modify_write;
}

std::vector<Event> events_of(const History& history) {
  std::vector<Event> events;
  for (std::size_t place = 0; place < history.operations.size(); ++place) {
    const Operation& each = history.operations[place];
    if (!exported(each)) continue;
    const auto id = static_cast<OperationId>(place);
    events.push_back({called(each), id, false});
    if (each.completed != never) events.push_back({completed(each), id, true});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
  return events;
}

/// Gives each call a process that has no other call open.
class Processes {
 public:
  explicit Processes(const History& history) {
    for (const Operation& each : history.operations) {
      sessions_ = std::max<std::uint64_t>(sessions_, std::uint64_t{each.session} + 1);
    }
    of_operation_.resize(history.operations.size());
  }

  std::uint64_t begin(OperationId operation, std::uint32_t session) {
    std::vector<std::uint64_t>& free = free_[session];
    if (free.empty()) free.push_back(session + sessions_ * made_[session]++);
    of_operation_[operation] = free.back();
    free.pop_back();
    return of_operation_[operation];
  }
  /// `goes_on`: false for a call of unknown outcome, whose process is never heard of again.
  std::uint64_t end(OperationId operation, std::uint32_t session, bool goes_on) {
    if (goes_on) free_[session].push_back(of_operation_[operation]);
    return of_operation_[operation];
  }

 private:
  std::uint64_t sessions_ = 0;
  std::vector<std::uint64_t> of_operation_;
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> free_;  ///< by session
  std::unordered_map<std::uint32_t, std::uint64_t> made_;
};

std::string_view function_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::get:
      return "read";
    case OperationKind::put:
    case OperationKind::insert:
      return "write";
    case OperationKind::compare_and_set:
      return "cas";
    default:
      return name_of(kind);
  }
}

std::string value_text(const History& history, Value value) {
  if (value < history.value_names.size()) return history.value_names[value];
  return value == nil ? "nil" : fmt::format("{}", value);
}

std::string observed_text(const History& history, const Operation& operation) {
  std::string text = value_text(history, operation.observed);
  if (operation.more_count == 0) return text;
  for (const Value value : history.siblings(operation)) text += " " + value_text(history, value);
  return "[" + text + "]";
}

std::string edn_value(const History& history, const Operation& operation, bool completion) {
  switch (operation.kind) {
    case OperationKind::get:
    case OperationKind::dequeue: {
      const bool known = completion && operation.outcome == Outcome::ok;
      return known ? observed_text(history, operation) : "nil";
    }
    case OperationKind::compare_and_set:
      return fmt::format("[{} {}]", value_text(history, operation.observed),
                         value_text(history, operation.written));
    case OperationKind::acquire:
    case OperationKind::release:
      return "nil";
    default:
      return value_text(history, operation.written);
  }
}

std::string_view type_of(const Operation& operation) {
  switch (operation.outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::failed:
      return "fail";
    case Outcome::unknown:
      break;
  }
  return "info";
}

/// A value as a text in quotes.
std::string quoted(const std::string& text) {
  return text.starts_with('"') ? text : "\"" + (text == "nil" ? "" : text) + "\"";
}

}  // namespace

void write_edn(const History& history, std::ostream& out) {
  Processes processes(history);
  for (const Event& event : events_of(history)) {
    const Operation& each = history.operations[event.operation];
    const std::uint64_t process = event.completion ? processes.end(event.operation, each.session,
                                                                   each.outcome != Outcome::unknown)
                                                   : processes.begin(event.operation, each.session);
    out << fmt::format("{{:process {}, :type :{}, :f :{}, :key {}, :value {}, :time {}}}\n",
                       process, event.completion ? type_of(each) : "invoke", function_of(each.kind),
                       key_in_words(history, each.key), edn_value(history, each, event.completion),
                       event.at.at.time_since_epoch().count());
  }
}

void write_porcupine(const History& history, std::ostream& out) {
  Processes processes(history);
  for (const Event& event : events_of(history)) {
    const Operation& each = history.operations[event.operation];
    const bool appends = each.kind == OperationKind::append;
    if (!each.reads() && !each.writes() && !appends) {
      throw HistoryFormatError(fmt::format(
          "operation {} is \"{}\", which Porcupine's logs do not have (get, put, append)",
          event.operation, name_of(each.kind)));
    }
    if (each.outcome == Outcome::failed) continue;
    if (each.reads() && each.outcome == Outcome::unknown) continue;
    if (event.completion && each.outcome == Outcome::unknown) continue;
    const std::uint64_t process = event.completion
                                      ? processes.end(event.operation, each.session, true)
                                      : processes.begin(event.operation, each.session);
    std::string value = "nil";
    if (!each.reads()) value = quoted(value_text(history, each.written));
    if (each.reads() && event.completion) value = quoted(observed_text(history, each));
    out << fmt::format("{{:process {}, :type :{}, :f :{}, :key {}, :value {}}}\n", process,
                       event.completion ? "ok" : "invoke",
                       each.reads() ? "get" : (appends ? "append" : "put"),
                       quoted(key_in_words(history, each.key)), value);
  }
}

}  // namespace faultline
