// Sequential specifications: what each kind of object does when it is used by one client at a time.
// A concurrent history is linearizable if some order of its calls is one that the object allows
// (Herlihy and Wing 1990).
//
// A state is a number that the object hands out, the same for equal states, so that a search can
// remember states and compare them at the price of a number.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <faultline/history/operation.hpp>

namespace faultline {

using ObjectState = std::uint32_t;

/// One object, together with the calls that a history makes on it.
class SequentialObject {
 public:
  virtual ~SequentialObject() = default;
  virtual ObjectState initial() const = 0;
  /// The state after the call at position `call` has taken effect in `state`; nothing if the call
  /// cannot have had its result there. Of a call whose outcome is unknown any result will do; where
  /// it changes nothing, it gives `state` itself.
  virtual std::optional<ObjectState> apply(std::size_t call, ObjectState state) = 0;
  /// "5", "[1 2]", "locked".
  virtual std::string words(ObjectState state) const = 0;
};

/// A kind of object, as `faultline check --model` names it.
struct ObjectKind {
  std::string_view name;
  std::string_view summary;  ///< one sentence
  std::span<const OperationKind> operations;
  /// `calls`: those on one object, in order of invocation. History and ids must outlive the result.
  /// Throws HistoryFormatError if a value is none that such an object can hold.
  std::unique_ptr<SequentialObject> (*make)(const History& history,
                                            std::span<const OperationId> calls);
  bool is_register = false;   ///< holds one value, until another is written
  bool keeps_all = false;     ///< what was put in shows in every later read
  bool begins_empty = false;  ///< whatever the history says of initial values
};

/// register, cas-register, kv, append, set, counter, queue, mutex.
std::span<const ObjectKind> object_kinds();
/// Null if there is no such kind.
const ObjectKind* find_object_kind(std::string_view name);

/// A compare-and-set that found another value than it expected.
inline bool mismatched(const Operation& operation) {
  return operation.kind == OperationKind::compare_and_set && operation.outcome == Outcome::failed &&
         operation.error == Error::mismatch;
}

/// Whether the history tells something of what this operation did. A read without an answer does
/// not say anything, a failed operation says that nothing happened; only a compare-and-set that
/// found another value says what it saw.
inline bool tells_of_object(const Operation& operation) {
  if (operation.outcome == Outcome::failed) return mismatched(operation);
  return operation.outcome == Outcome::ok || operation.kind != OperationKind::get;
}

}  // namespace faultline
