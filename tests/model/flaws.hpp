// Protocols that are broken on purpose, and the checks that have to notice.
//
// A model's Parameters have a member `Flaw flaw = Flaw::none;` with
//
//   enum class Flaw : std::uint8_t { none, votes_twice, forgets_its_vote, ... };
//
// that stands in no ParameterTable, so that no scenario can reach it. Each flaw changes one line of
// the model, and the line says so. The model's flaws_test.cpp then runs every flaw under chaos:
//
//   const auto run = [&](Flaw flaw, std::uint64_t seed) { ...; return live_through<M>(...); };
//   CHECK(caught_within(50, [&](auto seed) { return run(Flaw::votes_twice, seed); },
//                       keeps("linearizable")));
//   CHECK_FALSE(caught_within(50, [&](auto seed) { return run(Flaw::none, seed); }, ...));
//
// The second line is as important as the first: a check that accuses the innocent proves nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/chaos.hpp"

namespace faultline::testing {

/// Says how a run broke its promise; nothing if it kept it.
using Judge = std::function<std::string(const Aftermath&)>;

/// The check of this name finds nothing.
inline Judge keeps(const std::string& check) {
  return [check](const Aftermath& aftermath) -> std::string {
    const CheckResult result = aftermath.check(check);
    if (result.verdict != Verdict::invalid) return {};
    return check + ": " + result.witnesses.front().explanation;
  };
}
/// No invariant was seen broken from inside (ChaosRun::inspect).
inline Judge keeps_invariants() {
  return [](const Aftermath& aftermath) -> std::string {
    return aftermath.broken.empty() ? "" : aftermath.broken.front();
  };
}
/// All replicas hold the same in the end.
inline Judge converges() {
  return [](const Aftermath& aftermath) -> std::string {
    return aftermath.converged() ? "" : "replicas differ in the end";
  };
}

/// Of no write that was acknowledged all replicas hold something older in the end, that is, nothing
/// or what was over before that write began. For last-writer-wins by clocks that are right.
inline Judge loses_no_write() {
  return [](const Aftermath& aftermath) -> std::string {
    const auto& operations = aftermath.history.operations;
    const auto older = [&](Value held, const Operation& than) {
      if (held == nil) return true;
      const auto write =
          std::find_if(operations.begin(), operations.end(), [&](const Operation& operation) {
            return operation.key == than.key && operation.writes() && operation.written == held;
          });
      return write->outcome == Outcome::ok && write->completed < than.invoked;
    };
    for (const KeyState& state : aftermath.states) {
      for (const Operation& write : operations) {
        if (!write.writes() || write.key != state.key || write.outcome != Outcome::ok) continue;
        if (!std::all_of(state.held.begin(), state.held.end(),
                         [&](Value held) { return older(held, write); })) {
          continue;
        }
        return "key " + std::to_string(state.key) + ": " + std::to_string(write.written) +
               " was acknowledged, and all replicas hold what is older";
      }
    }
    return {};
  };
}

struct Caught {
  std::uint64_t seed = 0;
  std::string how;
};

/// The first of the seeds 1 to `seeds` whose run breaks its promise, if any.
inline std::optional<Caught> caught_within(
    std::uint64_t seeds, const std::function<Aftermath(std::uint64_t seed)>& live_through,
    const Judge& judge) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const std::string how = judge(live_through(seed));
    if (!how.empty()) return Caught{seed, how};
  }
  return std::nullopt;
}

}  // namespace faultline::testing
