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
