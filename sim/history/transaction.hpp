// Transactions as their clients saw them: several reads and writes that are to take effect at once.
// Judges of isolation (sim/isolation/isolation.hpp) read this; readers of files and tests fill it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <faultline/core/time.hpp>
#include <faultline/history/operation.hpp>

namespace faultline {

/// What a step of a transaction does with its key. A key holds either a list, to which `append`
/// adds one element at the end, or a register, whose value `write` replaces: a history may use keys
/// of both kinds, but a key is of one kind throughout.
enum class StepKind : std::uint8_t { read, append, write };

/// One read or write inside a transaction.
struct Step {
  Key key = 0;
  /// The element appended or the value written (never nil); by a read of a register what it
  /// returned, nil if the key was unwritten.
  Value value = nil;
  std::uint32_t list_begin = 0;  ///< what a read of a list returned: TransactionHistory::elements
  std::uint32_t list_count = 0;
  StepKind kind = StepKind::read;
  /// Whether the result of a read is known. A known read with neither value nor elements found the
  /// key unwritten: the list empty, the register nil.
  bool known = true;
};

/// The position of a transaction in its history.
using TransactionId = std::uint32_t;

struct Transaction {
  /// Only the order of instants matters: a file without times may number its events instead.
  Time invoked{};
  Time completed = never;        ///< used if the outcome is ok
  std::uint32_t process = 0;     ///< who issued it: a client that waits for each transaction to end
  std::uint32_t step_begin = 0;  ///< its steps in program order: TransactionHistory::steps
  std::uint32_t step_count = 0;
  /// failed: aborted, so that nobody may see its writes. unknown: may have committed, or may yet.
  Outcome outcome = Outcome::ok;
};

/// Transactions in any order, with their steps stored flat.
///
/// Keys and values are numbers, values such that each names the one write it comes from (no value
/// is written twice to one key) and none but the unwritten state is `nil`. A file whose values are
/// something else (strings, or a zero that is not nil) numbers them from 1 and keeps what they were
/// in `value_names`.
struct TransactionHistory {
  std::vector<Transaction> transactions;
  std::vector<Step> steps;
  std::vector<Value> elements;  ///< of all lists that reads returned

  std::vector<std::string> key_names;    ///< key_names[key]; numbers speak for themselves if absent
  std::vector<std::string> value_names;  ///< value_names[value]; likewise
  std::vector<std::string> transaction_names;  ///< by TransactionId; T1, T2, ... if absent

  std::span<const Step> steps_of(const Transaction& transaction) const {
    return std::span(steps).subspan(transaction.step_begin, transaction.step_count);
  }
  /// What a read of a list returned.
  std::span<const Value> list_of(const Step& read) const {
    return std::span(elements).subspan(read.list_begin, read.list_count);
  }

  /// Begins a transaction without steps; the verbs below add steps to the last one begun. The
  /// result is valid until the next transaction begins.
  Transaction& begin(std::uint32_t process, Time invoked, Time completed = never,
                     Outcome outcome = Outcome::ok);
  void append(Key key, Value element);
  void write(Key key, Value value);
  void read_register(Key key, Value observed);
  void read_list(Key key, std::span<const Value> observed);
  /// A read whose result nobody knows, as in a transaction that timed out.
  void read_without_result(Key key);
};

/// What makes a history unfit to be judged, one sentence each, the first few: a value written twice
/// to one key, nil written, a key that is both list and register, a transaction that ends before it
/// begins, a process that begins a transaction before its last one ended, a step or list out of
/// range. Empty if all is well.
std::vector<std::string> problems_of(const TransactionHistory& history);

/// "T7", or what the file calls it.
std::string name_of(const TransactionHistory& history, TransactionId id);
std::string key_in_words(const TransactionHistory& history, Key key);
/// "nil" for the unwritten state.
std::string value_in_words(const TransactionHistory& history, Value value);
/// "[1 2 3]".
std::string list_in_words(const TransactionHistory& history, std::span<const Value> list);

}  // namespace faultline
