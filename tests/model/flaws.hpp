// Protocols that are broken on purpose, and the checks that have to notice.
//
// A model's Parameters have a member `Flaw flaw = Flaw::none;` with
//
//   enum class Flaw : std::uint8_t { none, votes_twice, forgets_its_vote, ... };
//
// that stands in no ParameterTable, so that no scenario can reach it. Each flaw changes one line of
// the model, and the line says so. The model's flaws_test.cpp then runs every flaw under chaos:
//
//   expect_caught(Flaw::votes_twice, 50, keeps("linearizable"), chaos);
//
// runs the flawed protocol with seeds 1 to 50 until the judge objects, and then the sound one with
// all of them. That is as important: a check that accuses the innocent proves nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

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

/// Siblings: each acknowledged write is returned by the last read of its key, or some session wrote
/// that had read it or written it itself, or it was dropped for want of room, which a node
/// said. For replicas that agree when that last read comes.
inline Judge loses_no_sibling() {
  return [](const Aftermath& aftermath) -> std::string {
    const History& history = aftermath.history;
    std::map<Key, std::set<Value>> last_read;
    std::set<Value> accounted;  // replaced by somebody who had seen it, or dropped
    std::map<std::pair<std::uint32_t, Key>, std::set<Value>> seen;
    for (const Operation& operation : history.operations) {
      auto& known = seen[{operation.session, operation.key}];
      if (operation.writes()) accounted.merge(known);
      if (operation.outcome != Outcome::ok) continue;
      if (operation.writes()) {
        known.insert(operation.written);
      } else {
        std::set<Value> values{operation.observed};
        for (const Value value : history.siblings(operation)) values.insert(value);
        last_read[operation.key] = values;
        known.merge(values);
      }
    }
    for (const Value value : aftermath.numbers_of(EventKind::lost_write)) accounted.insert(value);
    for (const Operation& write : history.operations) {
      if (!write.writes() || write.outcome != Outcome::ok) continue;
      if (accounted.contains(write.written) || last_read[write.key].contains(write.written))
        continue;
      return "key " + std::to_string(write.key) + ": " + std::to_string(write.written) +
             " is gone, though nobody who had read it wrote";
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

inline std::string in_words(const Caught& caught) {
  return "seed " + std::to_string(caught.seed) + ": " + caught.how;
}

/// Of the seeds 1 to `seeds` one has to show the flaw, and none may accuse the protocol without it.
/// `live_through(flaw, seed)` is one run.
template <class Flaw, class Run>
requires std::is_invocable_r_v<Aftermath, Run&, Flaw, std::uint64_t>
void expect_caught(Flaw flaw, std::uint64_t seeds, const Judge& judge, Run live_through) {
  const auto run = [&](Flaw given) {
    return [&live_through, given](std::uint64_t seed) { return live_through(given, seed); };
  };
  const auto caught = caught_within(seeds, run(flaw), judge);
  REQUIRE(caught);
  MESSAGE(in_words(*caught));
  const auto accused = caught_within(seeds, run(Flaw::none), judge);
  if (accused) FAIL_CHECK("without the flaw, " << in_words(*accused));
}

/// The same for a model's own struct Chaos with its parameters, and its live_through(chaos).
template <class Flaw, class Chaos>
requires std::is_same_v<decltype(Chaos{}.parameters.flaw), Flaw>
void expect_caught(Flaw flaw, std::uint64_t seeds, const Judge& judge, Chaos chaos) {
  expect_caught(flaw, seeds, judge, [&chaos](Flaw given, std::uint64_t seed) {
    chaos.parameters.flaw = given;
    chaos.seed = seed;
    return live_through(chaos);
  });
}

/// Many elections and recoveries, with messages late, doubled, lost and out of order.
template <class Chaos>
Chaos turmoil() {
  Chaos chaos;
  chaos.nodes = 5;
  chaos.between_faults = std::chrono::milliseconds(150);
  chaos.duplication = 0.1;
  chaos.loss = 0.02;
  return chaos;
}

/// Partitions only, and clients fast enough to see what a moment of two leaders does.
template <class Chaos>
Chaos only_partitions() {
  Chaos chaos;
  chaos.crashes = false;
  chaos.keys = 1;
  chaos.clients = 10;
  chaos.latency = Distribution::uniform(0.5e-3, 2e-3);
  chaos.between_operations = std::chrono::milliseconds(3);
  chaos.between_faults = std::chrono::milliseconds(200);
  return chaos;
}

}  // namespace faultline::testing
