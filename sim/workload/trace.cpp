#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <faultline/core/text.hpp>
#include <faultline/workload/arrivals.hpp>

namespace faultline {
namespace {

struct Field {
  std::string_view text;
  std::size_t column;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<Field> split(std::string_view line) {
  std::vector<Field> fields;
  for (std::size_t from = 0;;) {
    const std::size_t comma = std::min(line.find(',', from), line.size());
    const std::string_view raw = line.substr(from, comma - from);
    const std::string_view text = trimmed(raw);
    const std::size_t skipped =
        text.empty() ? 0 : static_cast<std::size_t>(text.data() - raw.data());
    fields.push_back({text, from + skipped + 1});
    if (comma == line.size()) return fields;
    from = comma + 1;
  }
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<OperationKind> kind_named(std::string_view text) {
  for (const OperationKind kind : {OperationKind::get, OperationKind::put, OperationKind::insert,
                                   OperationKind::scan, OperationKind::read_modify_write}) {
    if (name_of(kind) == text) return kind;
  }
  return std::nullopt;
}

/// Goes through the lines of a trace; one object reads one trace.
class TraceReader {
 public:
  explicit TraceReader(std::vector<TraceProblem>& problems) : problems_(problems) {}

  std::vector<TraceArrivals::Entry> read(std::string_view text) {
    while (!text.empty() && listed_ < most_trace_problems) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      const std::string_view content = trimmed(line);
      if (content.empty() || content.front() == '#') continue;
      if (columns_.empty()) {
        if (!read_header(split(line))) return {};
      } else if (entries_.size() == most_trace_entries) {
        problem(1, fmt::format("too many entries (at most {})", most_trace_entries));
        return {};
      } else {
        read_entry(split(line));
      }
    }
    if (columns_.empty())
      problem(1, "the trace is empty (the first line names the columns: time,kind,key)");
    return std::move(entries_);
  }

 private:
  void problem(std::size_t column, std::string message) {
    problems_.push_back({std::max<std::size_t>(line_, 1), column, std::move(message)});
    if (++listed_ == most_trace_problems) {
      problems_.back().message += "; further problems are not listed";
    }
  }

  bool read_header(const std::vector<Field>& fields) {
    static const std::vector<std::string> known{"time", "kind", "key"};
    const std::size_t before = listed_;
    for (const Field& field : fields) {
      if (std::find(known.begin(), known.end(), field.text) == known.end()) {
        problem(field.column, fmt::format("unknown column \"{}\" ({})", field.text,
                                          suggestion(field.text, known)));
      } else if (std::find(columns_.begin(), columns_.end(), field.text) != columns_.end()) {
        problem(field.column, fmt::format("column \"{}\" appears twice", field.text));
      }
      columns_.emplace_back(field.text);
    }
    if (listed_ == before &&
        std::find(columns_.begin(), columns_.end(), "time") == columns_.end()) {
      problem(1, "there is no column \"time\" (the first line names the columns: time,kind,key)");
    }
    return listed_ == before;
  }

  void read_entry(const std::vector<Field>& fields) {
    if (fields.size() != columns_.size()) {
      problem(1, fmt::format("{} values where the first line names {} columns", fields.size(),
                             columns_.size()));
      return;
    }
    TraceArrivals::Entry entry{};
    bool good = true;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (columns_[i] == "time") good = read_time(fields[i], entry) && good;
      if (columns_[i] == "kind") good = read_kind(fields[i], entry) && good;
      if (columns_[i] == "key") good = read_key(fields[i], entry) && good;
    }
    if (good) entries_.push_back(entry);
  }

  bool read_time(const Field& field, TraceArrivals::Entry& entry) {
    constexpr double longest = 9e9;  // what fits into nanoseconds
    const auto value = number_in<double>(field.text);
    if (!value || !(*value >= 0) || *value > longest) {
      problem(field.column,
              fmt::format("\"{}\" is no time (seconds since the start, such as 12.5)", field.text));
      return false;
    }
    entry.at = Time{from_seconds(*value)};
    if (entry.at < latest_) {
      problem(field.column,
              fmt::format("{} is earlier than the entry before (times must ascend)", field.text));
      return false;
    }
    latest_ = entry.at;
    return true;
  }

  bool read_kind(const Field& field, TraceArrivals::Entry& entry) {
    if (field.text.empty()) return true;
    const auto kind = kind_named(field.text);
    if (!kind) {
      static const std::vector<std::string> known{"get", "put", "insert", "scan",
                                                  "read_modify_write"};
      problem(field.column,
              fmt::format("unknown kind \"{}\" ({})", field.text, suggestion(field.text, known)));
      return false;
    }
    entry.kind = *kind;
    entry.has_kind = true;
    return true;
  }

  bool read_key(const Field& field, TraceArrivals::Entry& entry) {
    if (field.text.empty()) return true;
    const auto key = number_in<Key>(field.text);
    if (!key) {
      problem(field.column, fmt::format("\"{}\" is no key (a whole number from 0)", field.text));
      return false;
    }
    entry.key = *key;
    entry.has_key = true;
    return true;
  }

  std::vector<TraceProblem>& problems_;
  std::size_t listed_ = 0;
  std::size_t line_ = 0;
  std::vector<std::string> columns_;
  std::vector<TraceArrivals::Entry> entries_;
  Time latest_{};
};

}  // namespace

std::vector<TraceArrivals::Entry> parse_trace(std::string_view text,
                                              std::vector<TraceProblem>& problems) {
  return TraceReader(problems).read(text);
}

}  // namespace faultline
