#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <faultline/history/event_source.hpp>
#include <faultline/history/jsonl.hpp>

namespace faultline {

void complain_of_line(std::size_t line, std::string_view what) {
  throw HistoryFormatError(fmt::format("line {}: {}", line, what));
}

std::uint32_t process_number(const Event& event) {
  const std::string& text = event.process;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    complain_of_line(event.line, fmt::format("the process is {} (a whole number)", text));
  }
  return number;
}

namespace {

using edn::Term;

EventType type_of(const Term& term, std::size_t line) {
  if (term.text == "invoke") return EventType::invoke;
  if (term.text == "ok") return EventType::ok;
  if (term.text == "fail") return EventType::fail;
  if (term.text == "info") return EventType::info;
  complain_of_line(line, fmt::format("the type is :{} (invoke, ok, fail or info)", term.text));
}

/// Maps.
class EdnSource final : public EventSource {
 public:
  explicit EdnSource(std::string_view text) : reader_(text) { reader_.enter_sequence(); }

  bool read(Event& event) override {
    const std::optional<Term> term = reader_.next();
    if (!term) return false;
    event.line = term->line;
    if (term->kind != Term::Kind::map) {
      complain_of_line(event.line,
                       fmt::format("\"{}\" is not an event (a map)", edn::to_text(*term)));
    }
    const Term* process = term->get("process");
    const Term* type = term->get("type");
    const Term* function = term->get("f");
    if (type == nullptr) complain_of_line(event.line, "the event has no :type");
    // Elle's examples leave out both: one client's transactions, one after the other.
    const bool plain = process == nullptr && function == nullptr;
    if (process == nullptr && !plain) complain_of_line(event.line, "the event has no :process");
    if (function == nullptr && !plain) complain_of_line(event.line, "the event has no :f");
    event.type = type_of(*type, event.line);
    event.process = plain ? "0" : edn::to_text(*process);
    event.function = plain ? "txn" : function->text;
    const Term* value = term->get("value");
    const Term* key = term->get("key");
    event.value = value == nullptr ? Term{} : *value;
    event.key = key == nullptr ? Term{} : *key;
    check_order(term->get("index"), event.line);
    return true;
  }

 private:
  /// Times are not looked at: clocks of recorders step back by a little now and then.
  void check_order(const Term* index, std::size_t line) {
    if (index == nullptr || index->kind != Term::Kind::number) return;
    std::int64_t number = 0;
    const char* end = index->text.data() + index->text.size();
    if (std::from_chars(index->text.data(), end, number).ptr != end) {
      complain_of_line(line, fmt::format("the :index is {} (a whole number)", index->text));
    }
    if (last_index_ && number <= *last_index_) {
      complain_of_line(line,
                       fmt::format(":index {} comes after :index {}: events are out of order, or "
                                   "stand twice (sort them)",
                                   number, *last_index_));
    }
    last_index_ = number;
  }

  edn::Reader reader_;
  std::optional<std::int64_t> last_index_;
};

/// Log lines.
class LogSource final : public EventSource {
 public:
  explicit LogSource(std::string_view text) : rest_(text) {}

  bool read(Event& event) override {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      const std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (line.find_first_not_of(" \t\r") != std::string_view::npos && read_line(line, event)) {
        return true;
      }
    }
    return false;
  }

 private:
  /// False for what another part of Jepsen logged.
  bool read_line(std::string_view line, Event& event) const {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) {
      complain_of_line(number_, "not a line of a Jepsen log (LEVEL  logger - message)");
    }
    if (line.substr(0, dash).find("jepsen.util") == std::string_view::npos) return false;
    // Tabs stand between the fields, or, where a log was pasted, as many blanks.
    edn::Reader fields(line.substr(dash + 3), number_);
    const auto next = [&] {
      std::optional<Term> field = fields.next();
      if (!field) {
        complain_of_line(number_, "not an event (process, :type, :function and value in a row)");
      }
      return *std::move(field);
    };
    event.line = number_;
    event.process = edn::to_text(next());
    event.type = type_of(next(), number_);
    event.function = next().text;
    event.value = next();
    if (fields.next()) complain_of_line(number_, "an event has one value, and here is more");
    event.mismatch =
        event.type == EventType::fail && event.function == "cas" && event.value.collection();
    return true;
  }

  std::string_view rest_;
  std::size_t number_ = 0;
};

}  // namespace

std::unique_ptr<EventSource> make_event_source(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n,");
  const bool edn =
      first == std::string_view::npos || std::string_view("[({;#").find(text[first]) != text.npos;
  if (edn) return std::make_unique<EdnSource>(text);
  return std::make_unique<LogSource>(text);
}

}  // namespace faultline
