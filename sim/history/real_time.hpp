// Real-time order: which operation was over before which other began. All checks order calls and
// answers the same way, so the rule for equal instants is here once.
#pragma once

#include <compare>
#include <cstdint>

#include <faultline/history/operation.hpp>

namespace faultline {

/// A place in the order of all calls and answers of a history.
///
/// At one instant answers come before calls, so that a client that asks again the moment it is
/// answered acts after that answer. Only an operation that took no time at all is answered after
/// the calls of its instant (its own is among them), which makes all such operations of one instant
/// concurrent.
struct Moment {
  Time at{};
  std::uint8_t rank = 0;

  friend auto operator<=>(const Moment&, const Moment&) = default;
};

inline constexpr Moment beginning{Time::min(), 0};  ///< before every call
inline constexpr Moment endless{Time::max(), 3};    ///< after every answer

inline Moment called(const Operation& operation) { return {operation.invoked, 1}; }

/// When an operation that has completed did so, whatever its outcome.
inline Moment completed(const Operation& operation) {
  return {operation.completed,
          static_cast<std::uint8_t>(operation.completed > operation.invoked ? 0 : 2)};
}

/// The answer of an operation whose outcome is ok. Without an answer that says so, nobody can tell
/// when, or whether, it took effect: `endless`.
inline Moment answered(const Operation& operation) {
  if (operation.outcome != Outcome::ok || operation.completed == never) return endless;
  return completed(operation);
}

/// Whether `first` was over before `second` began.
inline bool precedes(const Operation& first, const Operation& second) {
  return answered(first) < called(second);
}

}  // namespace faultline
