// Histories that other systems recorded, as events: a process invokes an operation, later it is
// answered. Three notations, told apart by content:
//
//   {:process 0, :type :invoke, :f :write, :value 3}       EDN, one map after another or all in one
//                                                          vector: Jepsen, Knossos, Elle
//   {:process 0, :type :ok, :f :append, :key "4", ...}     the same with keys: Porcupine's logs
//   INFO  jepsen.util - 0<TAB>:invoke<TAB>:write<TAB>3     Jepsen's log lines
//
// What the types mean (Kingsbury, Jepsen's documentation of histories): `ok`: it happened; `fail`:
// it certainly did not; `info`, or no completion at all: it may have happened, may happen at any
// later time, or never. In log lines a failed compare-and-set with its arguments says more: another
// value was found.
//
// Operations: read (get), write (put), cas [expected new], append, add, enqueue, dequeue, acquire,
// release, each with an optional :key; or transactions, see read_transactions(). A read that
// returns several elements (a list, a set, a vector) observes them all.
#pragma once

#include <string>
#include <string_view>

#include <faultline/history/operation.hpp>
#include <faultline/history/transaction.hpp>

namespace faultline {

struct EventOptions {
  /// What an object holds at the beginning, in EDN: it becomes the value `nil` of the history.
  std::string initial = "nil";
};

/// Whether a text looks like events, rather than like our history.jsonl.
bool is_event_text(std::string_view text);

/// Reads a history. Times are the positions of the events, as nanoseconds. Keys and values are
/// numbered; the history keeps their names. Throws HistoryFormatError at the first line that cannot
/// be: not the notation, a completion without its invocation, two of them, a process that calls
/// while its call is open, a completion that contradicts its invocation, positions (:index) or
/// times (:time) that go backwards.
History read_events(std::string_view text, const EventOptions& options = {});

/// Reads transactions: operations `txn` whose value is a vector of steps, [:append key element],
/// [:w key value] and [:r key result]. Completions repeat the steps, with what reads returned.
/// Elle's notation without :process and :f is one process. Throws like read_events.
TransactionHistory read_transactions(std::string_view text);

}  // namespace faultline
