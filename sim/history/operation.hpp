// What clients saw: one record per operation, in the vocabulary that workloads, models, checks and
// files share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <faultline/core/time.hpp>

namespace faultline {

/// A key of the data. Keys are numbers; what they stand for does not matter to the simulation.
using Key = std::uint64_t;

/// A written value. Workloads write every value once in a run, so a value names the write it comes
/// from; its size in bytes is modelled apart. `nil` is what a key holds before the first write.
using Value = std::uint64_t;
inline constexpr Value nil = 0;

enum class OperationKind : std::uint8_t {
  // of key-value stores: what workloads do
  get,
  put,
  insert,
  scan,
  read_modify_write,
  // of other objects (see check/objects.hpp): found in histories from elsewhere
  compare_and_set,
  append,  ///< to a list or a text
  add,     ///< to a set or a counter
  enqueue,
  dequeue,
  acquire,  ///< of a lock
  release,
  // of data types that merge, with add: what workloads do to them
  remove  ///< from a set or a counter
};
inline constexpr std::size_t operation_kinds = static_cast<std::size_t>(OperationKind::remove) + 1;
/// Whether it is what workloads do to values that are read and written as a whole.
constexpr bool is_of_registers(OperationKind kind) {
  return kind <= OperationKind::read_modify_write;
}

/// What is under every key of a service: values that are written as a whole, or something that
/// clients add to and remove from.
enum class DataKind : std::uint8_t { registers, counter, set };

/// How an operation ended, as its client knows it. A timed-out write is `unknown`: it may have
/// happened, may happen later, or never.
enum class Outcome : std::uint8_t { ok, failed, unknown };

/// Why an operation did not end well. Definite errors make it `failed`, indefinite ones `unknown`.
enum class Error : std::uint8_t {
  none,
  timeout,        ///< indefinite: no answer in time
  unavailable,    ///< definite: too few replicas answered or the node knows it is cut off
  not_leader,     ///< definite: the node asked does not lead and knows no leader
  overloaded,     ///< definite: refused by a full queue
  indeterminate,  ///< indefinite: the service itself does not know whether the write took effect
  mismatch        ///< definite: a compare_and_set found another value than it expected
};

std::string_view name_of(OperationKind kind);
std::string_view name_of(Outcome outcome);
std::string_view name_of(Error error);

/// The position of an operation in its history.
using OperationId = std::uint32_t;

struct Operation {
  Time intended{};         ///< when the workload wanted it to start; latency counts from here
  Time invoked{};          ///< when the client sent it
  Time completed = never;  ///< when the client had its answer or gave up
  Key key = 0;
  /// By put and insert; what a compare_and_set, append, add or enqueue puts in, or a remove takes.
  Value written = nil;
  /// By get: the value, or the first of several siblings or elements. By dequeue: what it took out.
  /// By compare_and_set: the value that it expects.
  Value observed = nil;
  std::uint32_t session = 0;  ///< the logical process that issued it; sessions are numbered per run
  std::uint32_t more_begin = 0;  ///< further observed values: History::more
  std::uint16_t more_count = 0;
  std::uint16_t workload = 0;  ///< index into History::workloads
  std::uint16_t region = 0;    ///< where the client sits: index into History::regions
  OperationKind kind = OperationKind::get;
  Outcome outcome = Outcome::unknown;
  Error error = Error::none;
  std::uint8_t attempts = 0;  ///< sends, the first included
  /// Part of a read_modify_write, whose own record spans both parts. Checks judge the parts,
  /// metrics count the whole.
  bool part = false;

  bool reads() const { return kind == OperationKind::get; }
  bool writes() const { return kind == OperationKind::put || kind == OperationKind::insert; }
  /// Changes a data type that merges.
  bool updates() const { return kind == OperationKind::add || kind == OperationKind::remove; }
  Duration latency() const { return completed - intended; }
};

/// All operations of a run, in order of invocation.
struct History {
  std::vector<Operation> operations;
  std::vector<Value> more;  ///< see Operation::more_begin
  std::vector<std::string> workloads;
  std::vector<std::string> regions;
  /// What keys and values are called where they come from, if that is not their number. The first
  /// name of a value is that of `nil`.
  std::vector<std::string> key_names;
  std::vector<std::string> value_names;
  /// Whether times are the positions of events in a record, and not instants.
  bool counts_events = false;

  /// What a read observed beyond its first value.
  std::span<const Value> siblings(const Operation& operation) const {
    return std::span(more).subspan(operation.more_begin, operation.more_count);
  }
};

/// "42", or what the history calls this key.
std::string key_in_words(const History& history, Key key);

}  // namespace faultline
