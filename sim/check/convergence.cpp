#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include <faultline/check/convergence.hpp>
#include <faultline/check/wording.hpp>

namespace faultline {
namespace {

bool diverged(const KeyState& state) {
  return std::adjacent_find(state.held.begin(), state.held.end(), std::not_equal_to<>()) !=
         state.held.end();
}

Witness explain(const KeyState& state) {
  Witness witness;
  witness.key = state.key;
  witness.explanation = fmt::format("The replicas of key {} differ:", state.key);
  for (std::size_t replica = 0; replica < state.held.size(); ++replica) {
    witness.explanation += fmt::format("{} replica {} holds {}", replica == 0 ? "" : ",", replica,
                                       value_in_words(state.held[replica]));
  }
  witness.explanation += '.';
  return witness;
}

}  // namespace

CheckResult check_convergence(const ReplicaStates& states, const CheckOptions& options) {
  CheckResult result;
  result.check = "convergence";
  result.checked = states.size();
  for (const KeyState& state : states) {
    if (!diverged(state)) continue;
    ++result.violations;
    if (result.witnesses.size() < options.witnesses) result.witnesses.push_back(explain(state));
  }
  result.verdict = result.violations == 0 ? Verdict::valid : Verdict::invalid;
  return result;
}

std::vector<Key> diverged_keys(const ReplicaStates& states) {
  std::vector<Key> keys;
  for (const KeyState& state : states) {
    if (diverged(state)) keys.push_back(state.key);
  }
  return keys;
}

}  // namespace faultline
