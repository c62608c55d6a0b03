// Histories of transactions written as text, so that a test's history can be read at a glance.
#pragma once

#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <faultline/history/transaction.hpp>

namespace faultline::testing {

/// Builds histories out of lines such as "append x 1; read y [1 2]", "failed: write x 1" or
/// "unknown: write x 1; read x ?". Keys and values are words; "nil" and "[]" stand for what is
/// unwritten.
class TransactionText {
 public:
  TransactionText() { history_.value_names = {"nil"}; }

  TransactionText& add(const std::string& line, std::uint32_t process, std::int64_t from,
                       std::int64_t to) {
    std::string rest = line;
    Outcome outcome = Outcome::ok;
    if (take(rest, "failed: ")) outcome = Outcome::failed;
    if (take(rest, "unknown: ")) outcome = Outcome::unknown;
    history_.begin(process, Time{Duration{from}}, Time{Duration{to}}, outcome);
    std::istringstream steps(rest);
    for (std::string step; std::getline(steps, step, ';');) add_step(step);
    return *this;
  }

  const TransactionHistory& history() const { return history_; }

 private:
  static bool take(std::string& text, const std::string& beginning) {
    if (!text.starts_with(beginning)) return false;
    text.erase(0, beginning.size());
    return true;
  }

  void add_step(const std::string& text) {
    std::istringstream words(text);
    std::string verb;
    std::string key_name;
    words >> verb >> key_name >> std::ws;
    const Key key = number(keys_, history_.key_names, key_name);
    std::string rest;
    std::getline(words, rest);
    if (verb == "append") {
      history_.append(key, value(rest));
    } else if (verb == "write") {
      history_.write(key, value(rest));
    } else if (verb != "read") {
      throw std::invalid_argument(text);
    } else if (rest == "?") {
      history_.read_without_result(key);
    } else if (rest.starts_with('[')) {
      std::istringstream inside(rest.substr(1, rest.size() - 2));
      std::vector<Value> list;
      for (std::string element; inside >> element;) list.push_back(value(element));
      history_.read_list(key, list);
    } else {
      history_.read_register(key, value(rest));
    }
  }

  Value value(const std::string& name) {
    return name == "nil" ? nil : number(values_, history_.value_names, name);
  }

  static std::uint64_t number(std::map<std::string, std::uint64_t>& numbers,
                              std::vector<std::string>& names, const std::string& name) {
    const auto [found, added] = numbers.try_emplace(name, names.size());
    if (added) names.push_back(name);
    return found->second;
  }

  TransactionHistory history_;
  std::map<std::string, std::uint64_t> keys_;
  std::map<std::string, std::uint64_t> values_;
};

/// All at once, each a process of its own.
inline TransactionHistory concurrently(const std::vector<std::string>& lines) {
  TransactionText text;
  for (std::uint32_t id = 0; id < lines.size(); ++id) text.add(lines[id], id, 0, 1);
  return text.history();
}

/// One after the other, each a process of its own.
inline TransactionHistory one_by_one(const std::vector<std::string>& lines) {
  TransactionText text;
  for (std::uint32_t id = 0; id < lines.size(); ++id) {
    text.add(lines[id], id, 10 * std::int64_t{id}, 10 * std::int64_t{id} + 5);
  }
  return text.history();
}

/// Transactions of one process follow each other, all others are concurrent.
inline TransactionHistory in_processes(const std::vector<std::string>& lines,
                                       const std::vector<std::uint32_t>& processes) {
  constexpr std::int64_t end = 1'000'000;
  TransactionText text;
  std::map<std::uint32_t, std::int64_t> of_process;
  for (const std::uint32_t process : processes) ++of_process[process];
  std::map<std::uint32_t, std::int64_t> begun;
  for (std::size_t id = 0; id < lines.size(); ++id) {
    const std::uint32_t process = processes[id];
    const std::int64_t place = begun[process]++;
    // All overlap where no process changes from one transaction to the next.
    const std::int64_t from = place == 0 ? 0 : end + place;
    const std::int64_t to = place + 1 == of_process[process] ? 2 * end : end + place + 1;
    text.add(lines[id], process, from, to);
  }
  return text.history();
}

}  // namespace faultline::testing
