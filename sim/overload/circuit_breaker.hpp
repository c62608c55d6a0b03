// The circuit breaker: do not ask whom you know to be ill.
//
//   if (const auto permit = breaker.ask(now)) {
//     const bool good = ...                          // the call
//     breaker.report(now, *permit, good);
//   } else ...                                       // fail at once, or fall back
//
// closed     Every call may pass. When too many of the last ones have failed, the breaker opens.
// open       No call may pass: callers fail fast instead of tying up threads on timeouts, and the
//            callee is left alone to recover. After a while, the breaker is half open.
// half open  So many calls may pass as probes. If all succeed, the breaker closes; at the first
//            that fails, it opens again.
//
// What "the last ones" are: so many calls, or those of so much time. With a window of N calls, N of
// them as the least, and a share of 1, it opens after N failures in a row, as the first one did.
//
// A call that was let through in an earlier state says nothing about the present one: its report is
// ignored. Probes that never report (the caller crashed) do not leave the breaker half open for
// good: after the same while, others may probe.
//
// Michael Nygard, "Release It!", 2007, chapter 5; windows as in Netflix's Hystrix and Resilience4j.
// Bounded: a bit for each call of the window, or twenty numbers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <faultline/core/time.hpp>
#include <faultline/overload/recent_sum.hpp>

namespace faultline {

struct CircuitBreakerSettings {
  enum class Window { calls, time };
  Window window = Window::calls;
  std::uint32_t calls = 20;                  ///< of a window of calls; above zero
  Duration span = std::chrono::seconds(10);  ///< of a window of time; above zero
  std::uint32_t least_calls = 10;            ///< in the window, before their share says anything
  double failures = 0.5;                     ///< the share of failures that opens
  Duration open_for = std::chrono::seconds(5);
  std::uint32_t probes = 1;  ///< while half open; above zero
};

/// The outcomes of the last calls, by number or by time.
class CallWindow {
 public:
  explicit CallWindow(const CircuitBreakerSettings& settings)
      : by_calls_(settings.window == CircuitBreakerSettings::Window::calls),
        last_(by_calls_ ? settings.calls : 0),
        recent_calls_(settings.span),
        recent_failures_(settings.span) {}

  void add(Time now, bool failed) {
    if (!by_calls_) {
      recent_calls_.add(now, 1);
      recent_failures_.add(now, failed ? 1 : 0);
      return;
    }
    if (seen_ >= last_.size() && last_[next_]) --failed_;
    last_[next_] = failed;
    next_ = (next_ + 1) % last_.size();
    ++seen_;
    if (failed) ++failed_;
  }

  bool has_at_least(Time now, std::int64_t calls, double share_of_failures) {
    const std::int64_t all =
        by_calls_ ? static_cast<std::int64_t>(std::min<std::uint64_t>(seen_, last_.size()))
                  : recent_calls_.at(now);
    const std::int64_t failed = by_calls_ ? failed_ : recent_failures_.at(now);
    return failed > 0 && all >= calls &&
           static_cast<double>(failed) >= share_of_failures * static_cast<double>(all);
  }

  void clear() {
    next_ = 0;
    seen_ = 0;
    failed_ = 0;
    recent_calls_.clear();
    recent_failures_.clear();
  }

 private:
  bool by_calls_;
  std::vector<bool> last_;  ///< whether they failed; a ring
  std::size_t next_ = 0;
  std::uint64_t seen_ = 0;
  std::int64_t failed_ = 0;
  RecentSum recent_calls_;
  RecentSum recent_failures_;
};

class CircuitBreaker {
 public:
  enum class State { closed, open, half_open };
  /// Belongs to the call; given back with its outcome.
  struct Permit {
    std::uint64_t round;
  };

  explicit CircuitBreaker(const CircuitBreakerSettings& settings)
      : settings_(settings), window_(settings) {}

  /// Whether a call may be made now.
  std::optional<Permit> ask(Time now) {
    if (state_ == State::closed) return Permit{round_};
    const bool all_probes_are_out = state_ == State::open || asked_ == settings_.probes;
    if (all_probes_are_out) {
      if (now - since_ < settings_.open_for) return std::nullopt;
      enter(State::half_open, now);
    }
    ++asked_;
    return Permit{round_};
  }

  /// How a call that was permitted has ended. Whoever cannot tell does not report.
  void report(Time now, Permit permit, bool succeeded) {
    if (permit.round != round_) return;
    if (state_ == State::half_open) {
      if (!succeeded) {
        enter(State::open, now);
      } else if (++succeeded_ == settings_.probes) {
        enter(State::closed, now);
      }
      return;
    }
    window_.add(now, !succeeded);
    if (window_.has_at_least(now, settings_.least_calls, settings_.failures)) {
      enter(State::open, now);
    }
  }

  /// As of the last call or report: an open one becomes half open when it is asked.
  State state() const { return state_; }

 private:
  void enter(State state, Time now) {
    state_ = state;
    since_ = now;
    ++round_;
    asked_ = 0;
    succeeded_ = 0;
    window_.clear();
  }

  CircuitBreakerSettings settings_;
  CallWindow window_;
  State state_ = State::closed;
  Time since_{};
  std::uint64_t round_ = 0;  ///< of states, so that late reports are known by theirs
  std::uint32_t asked_ = 0;  ///< probes
  std::uint32_t succeeded_ = 0;
};

}  // namespace faultline
