#include <fmt/format.h>

#include <faultline/history/transaction.hpp>

namespace faultline {
namespace {

void add_step(TransactionHistory& history, const Step& step) {
  history.steps.push_back(step);
  ++history.transactions.back().step_count;
}

std::string name_or_number(const std::vector<std::string>& names, std::uint64_t number) {
  return number < names.size() ? names[number] : fmt::format("{}", number);
}

}  // namespace

Transaction& TransactionHistory::begin(std::uint32_t process, Time invoked, Time completed,
                                       Outcome outcome) {
  Transaction transaction;
  transaction.process = process;
  transaction.invoked = invoked;
  transaction.completed = completed;
  transaction.outcome = outcome;
  transaction.step_begin = static_cast<std::uint32_t>(steps.size());
  transactions.push_back(transaction);
  return transactions.back();
}

void TransactionHistory::append(Key key, Value element) {
  Step step;
  step.key = key;
  step.value = element;
  step.kind = StepKind::append;
  add_step(*this, step);
}

void TransactionHistory::write(Key key, Value value) {
  Step step;
  step.key = key;
  step.value = value;
  step.kind = StepKind::write;
  add_step(*this, step);
}

void TransactionHistory::read_register(Key key, Value observed) {
  Step step;
  step.key = key;
  step.value = observed;
  add_step(*this, step);
}

void TransactionHistory::read_list(Key key, std::span<const Value> observed) {
  Step step;
  step.key = key;
  step.list_begin = static_cast<std::uint32_t>(elements.size());
  step.list_count = static_cast<std::uint32_t>(observed.size());
  elements.insert(elements.end(), observed.begin(), observed.end());
  add_step(*this, step);
}

void TransactionHistory::read_without_result(Key key) {
  Step step;
  step.key = key;
  step.known = false;
  add_step(*this, step);
}

std::string name_of(const TransactionHistory& history, TransactionId id) {
  if (id < history.transaction_names.size()) return history.transaction_names[id];
  return fmt::format("T{}", id + 1);
}

std::string key_in_words(const TransactionHistory& history, Key key) {
  return name_or_number(history.key_names, key);
}

std::string value_in_words(const TransactionHistory& history, Value value) {
  return value == nil ? "nil" : name_or_number(history.value_names, value);
}

std::string list_in_words(const TransactionHistory& history, std::span<const Value> list) {
  std::string text = "[";
  for (std::size_t position = 0; position < list.size(); ++position) {
    if (position > 0) text += ' ';
    text += value_in_words(history, list[position]);
  }
  return text + "]";
}

}  // namespace faultline
