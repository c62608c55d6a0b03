#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <faultline/history/edn.hpp>
#include <faultline/history/event_source.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/jsonl.hpp>
#include <faultline/history/names.hpp>

namespace faultline {
namespace {

using edn::Term;

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
    if (!initial || reader.next()) complain_of_line(1, "the initial value must be one value");
    values_.number_of(edn::to_text(*initial));
    nil_is_possible_ = initial->nothing();
    history_.workloads = {"recorded"};
    history_.regions = {""};
    history_.counts_events = true;
  }

  void take(const Event& event) {
    if (event.foreign()) return;
    if (event.type == EventType::invoke) {
      invoke(event);
    } else {
      complete(event);
    }
  }

  History finish() {
    if (!nil_is_possible_) forget_reads_of_nil();
    history_.value_names = values_.all();
    if (keyed_) history_.key_names = keys_.all();
    return std::move(history_);
  }

 private:
  /// What is kept of an open call.
  struct Kept {
    OperationId operation = 0;
    std::string argument;
    std::string key;
  };

  void invoke(const Event& event) {
    auto& open = open_.begin(event);
    Operation operation;
    operation.kind = kind_of(event);
    operation.session = open.process;
    operation.attempts = 1;
    operation.invoked = operation.intended = Time{Duration{event.position}};
    if (!event.key.nothing()) {
      keyed_ = true;
      operation.key = keys_.number_of(edn::to_text(event.key));
    }
    if (operation.kind == OperationKind::compare_and_set) {
      if (!event.value.collection() || event.value.children.size() != 2) {
        complain_of_line(event.line, "cas takes [expected new]");
      }
      if (event.value.children[1].collection()) {
        complain_of_line(event.line,
                         "cas takes [expected new]; keys of independent objects stand under :key");
      }
      operation.observed = value_of(event.value.children[0]);
      operation.written = value_of(event.value.children[1]);
    } else if (has_argument(operation.kind)) {
      operation.written = value_of(event.value);
    }
    if (history_.operations.size() == std::numeric_limits<OperationId>::max()) {
      complain_of_line(event.line, "too many operations");
    }
    open.kept = {static_cast<OperationId>(history_.operations.size()), edn::to_text(event.value),
                 edn::to_text(event.key)};
    history_.operations.push_back(operation);
  }

  void complete(const Event& event) {
    const auto open = open_.end(event);
    Operation& operation = history_.operations[open.kept.operation];
    if (event.function != open.function) {
      complain_of_line(event.line, fmt::format("completes {}, but line {} called {}",
                                               event.function, open.line, open.function));
    }
    const bool repeats = event.type != EventType::info && has_argument(operation.kind) &&
                         (event.type == EventType::ok || event.value.kind == Term::Kind::number);
    if (repeats && edn::to_text(event.value) != open.kept.argument) {
      complain_of_line(event.line, fmt::format("completes {} {}, but line {} called {} {}",
                                               event.function, edn::to_text(event.value), open.line,
                                               open.function, open.kept.argument));
    }
    if (!event.key.nothing() && edn::to_text(event.key) != open.kept.key) {
      complain_of_line(event.line,
                       fmt::format("completes a call on key {}, but that of line {} was "
                                   "on {}",
                                   edn::to_text(event.key), open.line, open.kept.key));
    }
    operation.completed = Time{Duration{event.position}};
    if (event.type == EventType::ok) {
      operation.outcome = Outcome::ok;
      if (!has_argument(operation.kind)) observe(event, operation);
    } else if (event.type == EventType::fail) {
      operation.outcome = Outcome::failed;
      if (event.mismatch) operation.error = Error::mismatch;
    }
  }

  void observe(const Event& event, Operation& operation) {
    if (!event.value.collection()) {
      operation.observed = value_of(event.value);
      return;
    }
    const std::vector<Term>& elements = event.value.children;
    if (elements.empty()) return;
    if (elements.size() > std::numeric_limits<std::uint16_t>::max()) {
      complain_of_line(event.line, "a read returns more than 65535 elements");
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
    complain_of_line(event.line,
                     fmt::format("there is no operation \"{}\" here ({})", event.function, known));
  }

  History history_;
  Names keys_;
  Names values_;
  OpenCalls<Kept> open_;
  bool keyed_ = false;
  bool nil_is_possible_ = true;
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
  const auto source = make_event_source(text);
  while (source->next(event)) pairing.take(event);
  return pairing.finish();
}

}  // namespace faultline
