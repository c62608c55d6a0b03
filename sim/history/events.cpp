#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <faultline/history/edn.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/jsonl.hpp>
#include <faultline/history/names.hpp>

namespace faultline {
namespace {

using edn::Term;

enum class EventType : std::uint8_t { invoke, ok, fail, info };

struct Event {
  EventType type = EventType::invoke;
  std::string process;
  std::string function;
  Term value;
  Term key;
  std::size_t line = 0;
};

[[noreturn]] void complain(std::size_t line, std::string_view what) {
  throw HistoryFormatError(fmt::format("line {}: {}", line, what));
}

EventType type_of(const Term& term, std::size_t line) {
  if (term.text == "invoke") return EventType::invoke;
  if (term.text == "ok") return EventType::ok;
  if (term.text == "fail") return EventType::fail;
  if (term.text == "info") return EventType::info;
  complain(line, fmt::format("the type is :{} (invoke, ok, fail or info)", term.text));
}

// ---- where events come from -------------------------------------------------------------------

class EventSource {
 public:
  virtual ~EventSource() = default;
  /// False at the end.
  virtual bool next(Event& event) = 0;
};

/// Maps.
class EdnSource final : public EventSource {
 public:
  explicit EdnSource(std::string_view text) : reader_(text) { reader_.enter_sequence(); }

  bool next(Event& event) override {
    const std::optional<Term> term = reader_.next();
    if (!term) return false;
    event.line = term->line;
    if (term->kind != Term::Kind::map) {
      complain(event.line, fmt::format("\"{}\" is not an event (a map)", edn::to_text(*term)));
    }
    const Term* process = term->get("process");
    const Term* type = term->get("type");
    const Term* function = term->get("f");
    if (type == nullptr) complain(event.line, "the event has no :type");
    if (process == nullptr) complain(event.line, "the event has no :process");
    if (function == nullptr) complain(event.line, "the event has no :f");
    event.type = type_of(*type, event.line);
    event.process = edn::to_text(*process);
    event.function = function->text;
    const Term* value = term->get("value");
    const Term* key = term->get("key");
    event.value = value == nullptr ? Term{} : *value;
    event.key = key == nullptr ? Term{} : *key;
    check_order(term->get("index"), "index", last_index_, event.line);
    check_order(term->get("time"), "time", last_time_, event.line);
    return true;
  }

 private:
  static void check_order(const Term* term, std::string_view what, std::optional<double>& last,
                          std::size_t line) {
    if (term == nullptr || term->kind != Term::Kind::number) return;
    const double number = std::stod(term->text);
    if (last && number < *last) {
      complain(line, fmt::format(":{} {} comes after :{} {}: events are out of order (sort them)",
                                 what, number, what, *last));
    }
    last = number;
  }

  edn::Reader reader_;
  std::optional<double> last_index_;
  std::optional<double> last_time_;
};

/// Log lines.
class LogSource final : public EventSource {
 public:
  explicit LogSource(std::string_view text) : rest_(text) {}

  bool next(Event& event) override {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      const std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (line.find_first_not_of(" \t\r") != std::string_view::npos && read(line, event)) {
        return true;
      }
    }
    return false;
  }

 private:
  /// False for what another part of Jepsen logged.
  bool read(std::string_view line, Event& event) const {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) {
      complain(number_, "not a line of a Jepsen log (LEVEL  logger - message)");
    }
    if (line.substr(0, dash).find("jepsen.util") == std::string_view::npos) return false;
    std::array<std::string_view, 4> fields;
    std::string_view message = line.substr(dash + 3);
    for (std::size_t field = 0; field < fields.size(); ++field) {
      const std::size_t tab =
          field + 1 < fields.size() ? std::min(message.find('\t'), message.size()) : message.size();
      fields[field] = message.substr(0, tab);
      message.remove_prefix(std::min(tab + 1, message.size()));
      if (fields[field].empty()) {
        complain(number_, "not an event (process, :type, :function and value between tabs)");
      }
    }
    event.line = number_;
    event.process = term(fields[0]).text;
    event.type = type_of(term(fields[1]), number_);
    event.function = term(fields[2]).text;
    event.value = term(fields[3]);
    if (event.type == EventType::fail && event.function == "cas" && event.value.collection()) {
      event.function = "mismatch";
    }
    return true;
  }

  Term term(std::string_view text) const {
    edn::Reader reader(text, number_);
    std::optional<Term> result = reader.next();
    if (!result) complain(number_, "a field is empty");
    if (reader.next()) complain(number_, fmt::format("\"{}\" is more than one value", text));
    return *std::move(result);
  }

  std::string_view rest_;
  std::size_t number_ = 0;
};

// ---- from events to operations ----------------------------------------------------------------

struct Function {
  std::string_view name;
  OperationKind kind;
};
constexpr std::array functions = {Function{"read", OperationKind::get},
                                  Function{"get", OperationKind::get},
                                  Function{"write", OperationKind::put},
                                  Function{"put", OperationKind::put},
                                  Function{"cas", OperationKind::compare_and_set},
                                  Function{"append", OperationKind::append},
                                  Function{"add", OperationKind::add},
                                  Function{"enqueue", OperationKind::enqueue},
                                  Function{"dequeue", OperationKind::dequeue},
                                  Function{"acquire", OperationKind::acquire},
                                  Function{"release", OperationKind::release}};

bool has_argument(OperationKind kind) {
  return kind != OperationKind::get && kind != OperationKind::dequeue &&
         kind != OperationKind::acquire && kind != OperationKind::release;
}

class Pairing {
 public:
  explicit Pairing(const EventOptions& options) {
    edn::Reader reader(options.initial);
    const std::optional<Term> initial = reader.next();
    values_.number_of(edn::to_text(initial ? *initial : Term{}));
    nil_is_possible_ = !initial || initial->nothing();
    history_.workloads = {"recorded"};
    history_.regions = {""};
    history_.counts_events = true;
  }

  void take(const Event& event) {
    ++position_;
    if (event.type == EventType::info && event.process.starts_with(':')) return;  // the nemesis
    const std::uint32_t process = number_of(event);
    if (event.type == EventType::invoke) {
      invoke(event, process);
    } else {
      complete(event, process);
    }
  }

  History finish() {
    if (!nil_is_possible_) forget_reads_of_nil();
    history_.value_names = values_.all();
    if (keyed_) history_.key_names = keys_.all();
    return std::move(history_);
  }

 private:
  /// The call that a process waits for.
  struct Open {
    std::optional<OperationId> operation;
    std::size_t line = 0;
    std::string function;
    std::string argument;
  };

  static std::uint32_t number_of(const Event& event) {
    const std::string& text = event.process;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
      complain(event.line, fmt::format("the process is {} (a whole number)", text));
    }
    return number;
  }

  void invoke(const Event& event, std::uint32_t process) {
    Open& open = open_[process];
    if (open.operation) {
      complain(event.line, fmt::format("process {} calls while its call of line {} is open",
                                       event.process, open.line));
    }
    Operation operation;
    operation.kind = kind_of(event);
    operation.session = process;
    operation.attempts = 1;
    operation.invoked = operation.intended = Time{Duration{position_}};
    if (!event.key.nothing()) {
      keyed_ = true;
      operation.key = keys_.number_of(edn::to_text(event.key));
    }
    if (operation.kind == OperationKind::compare_and_set) {
      if (!event.value.collection() || event.value.children.size() != 2) {
        complain(event.line, "cas takes [expected new]");
      }
      operation.observed = value_of(event.value.children[0]);
      operation.written = value_of(event.value.children[1]);
    } else if (has_argument(operation.kind)) {
      operation.written = value_of(event.value);
    }
    if (history_.operations.size() == std::numeric_limits<OperationId>::max()) {
      complain(event.line, "too many operations");
    }
    open = {static_cast<OperationId>(history_.operations.size()), event.line, event.function,
            edn::to_text(event.value)};
    history_.operations.push_back(operation);
  }

  void complete(const Event& event, std::uint32_t process) {
    Open& open = open_[process];
    if (!open.operation) {
      complain(event.line,
               fmt::format("process {} completes a call that it has not made", event.process));
    }
    Operation& operation = history_.operations[*open.operation];
    const bool mismatch = event.function == "mismatch";
    if (event.function != open.function && !(mismatch && open.function == "cas")) {
      complain(event.line, fmt::format("completes {}, but line {} called {}", event.function,
                                       open.line, open.function));
    }
    if (event.type == EventType::ok && has_argument(operation.kind) &&
        edn::to_text(event.value) != open.argument) {
      complain(event.line,
               fmt::format("completes {} {}, but line {} called {} {}", event.function,
                           edn::to_text(event.value), open.line, open.function, open.argument));
    }
    operation.completed = Time{Duration{position_}};
    if (event.type == EventType::ok) {
      operation.outcome = Outcome::ok;
      if (!has_argument(operation.kind)) observe(event, operation);
    } else if (event.type == EventType::fail) {
      operation.outcome = Outcome::failed;
      if (mismatch) operation.error = Error::mismatch;
    }
    open.operation.reset();
  }

  void observe(const Event& event, Operation& operation) {
    if (!event.value.collection()) {
      operation.observed = value_of(event.value);
      return;
    }
    const std::vector<Term>& elements = event.value.children;
    if (elements.empty()) return;
    if (elements.size() > std::numeric_limits<std::uint16_t>::max()) {
      complain(event.line, "a read returns more than 65535 elements");
    }
    operation.observed = value_of(elements.front());
    operation.more_begin = static_cast<std::uint32_t>(history_.more.size());
    operation.more_count = static_cast<std::uint16_t>(elements.size() - 1);
    for (std::size_t place = 1; place < elements.size(); ++place) {
      history_.more.push_back(value_of(elements[place]));
    }
  }

  /// Where nothing ever holds nil, a read that is answered with nil has no result: so Knossos
  /// writes it.
  void forget_reads_of_nil() {
    const Value nothing = value_of(Term{});
    for (const Operation& each : history_.operations) {
      if (each.kind != OperationKind::get && each.written == nothing) return;
    }
    for (Operation& each : history_.operations) {
      const bool sees_nothing = each.observed == nothing && each.more_count == 0;
      if (each.reads() && sees_nothing) each.outcome = Outcome::unknown;
    }
  }

  Value value_of(const Term& term) { return values_.number_of(edn::to_text(term)); }

  static OperationKind kind_of(const Event& event) {
    const auto found = std::find_if(functions.begin(), functions.end(), [&](const Function& each) {
      return each.name == event.function;
    });
    if (found != functions.end()) return found->kind;
    std::string known;
    for (const Function& each : functions) {
      known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    }
    complain(event.line,
             fmt::format("there is no operation \"{}\" here ({})", event.function, known));
  }

  History history_;
  Names keys_;
  Names values_;
  std::unordered_map<std::uint32_t, Open> open_;  ///< by process
  bool keyed_ = false;
  bool nil_is_possible_ = true;
  std::int64_t position_ = 0;
};

}  // namespace

bool is_event_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  const std::size_t second = text.find_first_not_of(" \t\r\n", first + 1);
  return text[first] != '{' || second == std::string_view::npos || text[second] != '"';
}

History read_events(std::string_view text, const EventOptions& options) {
  Pairing pairing(options);
  Event event;
  const std::size_t first = text.find_first_not_of(" \t\r\n,");
  const bool edn =
      first == std::string_view::npos || std::string_view("[({;#").find(text[first]) != text.npos;
  EdnSource maps(edn ? text : std::string_view{});
  LogSource lines(edn ? std::string_view{} : text);
  EventSource& source = edn ? static_cast<EventSource&>(maps) : lines;
  while (source.next(event)) pairing.take(event);
  return pairing.finish();
}

}  // namespace faultline
