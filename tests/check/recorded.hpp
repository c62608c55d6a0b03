// Histories that other systems recorded, with the verdicts of other judges.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace faultline::testing {

struct Recorded {
  std::string name;
  bool linearizable = false;
  std::string initial;
  std::vector<std::string> events;  ///< see tests/check/histories/etcd.txt
};

inline std::vector<Recorded> recorded(const std::string& file) {
  std::ifstream in(std::string(FAULTLINE_TEST_DIR) + "/histories/" + file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<Recorded> histories;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    Recorded history;
    std::string verdict;
    words >> history.name >> verdict >> history.initial;
    history.linearizable = verdict == "valid";
    for (std::string event; words >> event;) history.events.push_back(event);
    histories.push_back(std::move(history));
  }
  return histories;
}

/// An event in its parts, as the systems of origin write them.
struct RecordedEvent {
  std::string process;
  std::string type;
  std::string function;
  std::string key;
  std::string value = "nil";
};

inline std::string joined_with(std::string text, char old, const std::string& by) {
  std::string result;
  for (const char c : text) result += c == old ? by : std::string(1, c);
  return result;
}

/// "0.1,2.3" as "x 0 1 yx 2 3 y".
inline std::string as_text(const std::string& pairs) {
  if (pairs.empty()) return "\"\"";
  return "\"x " + joined_with(joined_with(pairs, '.', " "), ',', " yx ") + " y\"";
}

inline RecordedEvent parts_of(const std::string& event) {
  RecordedEvent parts;
  const std::size_t type = event.find_first_of("?!x~");
  parts.process = event.substr(0, type);
  parts.type = event[type] == '?'   ? "invoke"
               : event[type] == '!' ? "ok"
               : event[type] == 'x' ? "fail"
                                    : "info";
  const std::string rest = event.substr(type + 2);
  switch (event[type + 1]) {
    case 'r':
      parts.function = "read";
      if (!rest.empty()) parts.value = rest;
      break;
    case 'w':
      parts.function = "write";
      if (!rest.empty()) parts.value = rest;
      break;
    case 'c':
      parts.function = "cas";
      if (!rest.empty()) parts.value = "[" + joined_with(rest, ',', " ") + "]";
      break;
    default:
      parts.function = event[type + 1] == 'g' ? "get" : event[type + 1] == 'p' ? "put" : "append";
      parts.key = rest.substr(0, rest.find(':'));
      if (parts.function != "get" || parts.type != "invoke") {
        parts.value = as_text(rest.substr(rest.find(':') + 1));
      }
  }
  return parts;
}

/// As a Jepsen log. What has no value there timed out.
inline std::string as_log(const Recorded& history) {
  std::string text;
  for (const std::string& event : history.events) {
    const RecordedEvent parts = parts_of(event);
    const bool timed_out = parts.type == "info" || (parts.type == "fail" && parts.value == "nil");
    text += "INFO  jepsen.util - " + parts.process + "\t:" + parts.type + "\t:" + parts.function +
            "\t" + (timed_out ? ":timed-out" : parts.value) + "\n";
  }
  return text;
}

/// As EDN, one map a line.
inline std::string as_edn(const Recorded& history) {
  std::string text;
  for (const std::string& event : history.events) {
    if (event == "*") {
      text += "{:process :nemesis, :type :info, :f :start, :value \"a cut\"}\n";
      continue;
    }
    const RecordedEvent parts = parts_of(event);
    text += "{:process " + parts.process + ", :type :" + parts.type + ", :f :" + parts.function +
            (parts.key.empty() ? "" : ", :key \"" + parts.key + "\"") + ", :value " + parts.value +
            "}\n";
  }
  return text;
}

}  // namespace faultline::testing
