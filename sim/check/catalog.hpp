// The one list of checks that judge a history: what a scenario may ask for by name.
#pragma once

#include <span>
#include <string_view>

#include <faultline/check/check.hpp>

namespace faultline {

struct HistoryCheck {
  std::string_view name;
  std::string_view summary;  ///< one sentence
  CheckResult (*run)(const History& history, const CheckOptions& options);
};

/// Strongest promise first.
std::span<const HistoryCheck> history_checks();
/// Null if there is no such check.
const HistoryCheck* find_history_check(std::string_view name);

}  // namespace faultline
