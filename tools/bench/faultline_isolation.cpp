// How long the judge of isolation takes, and how much memory: lists and registers of a store that
// carries out transactions one by one while 20 processes wait for it, each transaction on four of
// the 100 keys that are in use at a time (a list is retired when it holds 100 elements). With
// STALE_ONE_IN, one read in so many returns what a key held some transactions ago, so that
// thousands of cycles must be told apart.
//
//   faultline_isolation [TRANSACTIONS [STALE_ONE_IN [registers|lists]]]     both if neither is
//   named
#include <array>
#include <string>
#include <vector>

#include <faultline/isolation/isolation.hpp>

#include "bench.hpp"

namespace {

using faultline::Duration;
using faultline::Key;
using faultline::Time;
using faultline::TransactionHistory;
using faultline::Value;

constexpr std::uint32_t processes = 20;
constexpr std::size_t keys_in_use = 100;
constexpr std::size_t longest_list = 100;
constexpr std::size_t steps = 4;

class Store {
 public:
  Store(bool lists, std::uint64_t stale_one_in) : lists_(lists), stale_one_in_(stale_one_in) {
    for (Cell& cell : cells_) cell.key = next_key_++;
  }

  TransactionHistory run(std::uint64_t transactions) {
    for (std::uint64_t number = 0; number < transactions; ++number) {
      // Process after process begins; each ends just before it begins again.
      const auto from = static_cast<std::int64_t>(2 * number);
      const std::int64_t to = from + 2 * std::int64_t{processes} - 1;
      history_.begin(static_cast<std::uint32_t>(number % processes), Time{Duration{from}},
                     Time{Duration{to}});
      for (std::size_t step = 0; step < steps; ++step) take_step();
    }
    return std::move(history_);
  }

 private:
  struct Cell {
    Key key = 0;
    std::vector<Value> written;
  };

  void take_step() {
    Cell& cell = cells_[random_.below(keys_in_use)];
    if (random_.below(2) == 0) {
      read(cell);
      return;
    }
    if (lists_ && cell.written.size() >= longest_list) cell = {next_key_++, {}};
    cell.written.push_back(++last_value_);
    if (lists_) {
      history_.append(cell.key, last_value_);
    } else {
      history_.write(cell.key, last_value_);
    }
  }

  void read(const Cell& cell) {
    std::size_t visible = cell.written.size();
    if (stale_one_in_ > 0 && random_.below(stale_one_in_) == 0 && visible > 0) --visible;
    if (lists_) {
      history_.read_list(cell.key, std::span(cell.written).first(visible));
    } else {
      history_.read_register(cell.key, visible == 0 ? faultline::nil : cell.written[visible - 1]);
    }
  }

  bool lists_;
  std::uint64_t stale_one_in_;
  std::array<Cell, keys_in_use> cells_{};
  Key next_key_ = 0;
  Value last_value_ = 0;
  TransactionHistory history_;
  bench::Random random_;
};

void measure(const std::string& name, bool lists, std::uint64_t transactions,
             std::uint64_t stale_one_in) {
  const TransactionHistory history = Store(lists, stale_one_in).run(transactions);
  const std::uint64_t before = bench::peak_memory();
  const bench::Stopwatch stopwatch;
  const faultline::IsolationResult result = faultline::check_isolation(history);
  const double seconds = stopwatch.seconds();
  const double memory = static_cast<double>(bench::peak_memory() - before);
  std::string kept = "none";
  for (const faultline::IsolationVerdict& each : result.levels) {
    if (each.verdict == faultline::Verdict::valid) kept = name_of(each.level);
  }
  const double operations = static_cast<double>(history.steps.size());
  bench::print_result(name, transactions, seconds,
                      "\"operations\": " + std::to_string(history.steps.size()) +
                          ", \"bytes_per_operation\": " + std::to_string(memory / operations) +
                          ", \"dependencies\": " + std::to_string(result.dependencies) +
                          ", \"kept\": \"" + kept + "\"");
}

}  // namespace

int main(int count, char** values) {
  const std::uint64_t transactions = bench::positive_argument(count, values, 1, 100'000);
  const std::uint64_t stale_one_in = bench::positive_argument(count, values, 2, 1'000'000'000);
  const std::string only = count > 3 ? values[3] : "";
  if (only != "lists") measure("isolation_registers", false, transactions, stale_one_in);
  if (only != "registers") measure("isolation_lists", true, transactions, stale_one_in);
}
