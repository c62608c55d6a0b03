// How tests of eviction policies speak of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <faultline/eviction/policy.hpp>

namespace faultline::testing {

inline std::unique_ptr<EvictionPolicy> empty_policy(Eviction policy, std::uint64_t capacity,
                                                    std::uint64_t seed = 1) {
  return make_eviction_policy(policy, capacity, RandomStream(seed, "eviction"));
}

inline const std::vector<Eviction>& all_policies() {
  static const std::vector<Eviction> all = [] {
    std::vector<Eviction> values;
    for (const auto& choice : eviction_choices()) values.push_back(choice.value);
    return values;
  }();
  return all;
}

inline std::string name_of(Eviction policy) {
  for (const auto& choice : eviction_choices()) {
    if (choice.value == policy) return choice.name;
  }
  return "nameless";
}

/// Asks for `key`, and takes it in at once if it is missing: true if it was held.
inline bool request(EvictionPolicy& policy, std::uint64_t key, std::uint64_t size = 1) {
  if (policy.touch(key)) return true;
  policy.insert(key, size);
  return false;
}

inline std::size_t misses(EvictionPolicy& policy, std::span<const std::uint64_t> keys) {
  std::size_t missed = 0;
  for (const std::uint64_t key : keys) missed += request(policy, key) ? 0 : 1;
  return missed;
}

/// A request, as a line: the key; hit, miss, or what went for it; and how the policy stands then.
inline std::string told(EvictionPolicy& policy, std::uint64_t key, std::uint64_t size = 1) {
  std::string outcome = "hit";
  if (!policy.touch(key)) {
    outcome.clear();
    for (const Evicted& victim : policy.insert(key, size)) {
      outcome += fmt::format("{}{}", outcome.empty() ? "-" : ",", victim.key);
    }
    if (outcome.empty()) outcome = "miss";
  }
  return fmt::format("{:<3}{:<6}{}", key, outcome, policy.layout());
}

/// A request after the other, a line each.
inline std::string conversation(EvictionPolicy& policy, const std::vector<std::uint64_t>& keys) {
  std::string text;
  for (const std::uint64_t key : keys) text += "\n" + told(policy, key);
  return text;
}

}  // namespace faultline::testing
