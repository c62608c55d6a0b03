#include <algorithm>
#include <array>

#include <faultline/check/catalog.hpp>
#include <faultline/check/linearizable.hpp>
#include <faultline/check/sessions.hpp>

namespace faultline {
namespace {

constexpr std::array checks = {
    HistoryCheck{"linearizable",
                 "Every operation seems to take effect at one instant between call and answer.",
                 check_linearizable},
    HistoryCheck{"read_your_writes", "A session never reads a value older than one it has written.",
                 check_read_your_writes},
    HistoryCheck{"monotonic_reads",
                 "A session never reads a value older than one it has already read.",
                 check_monotonic_reads},
};

}  // namespace

std::span<const HistoryCheck> history_checks() { return checks; }

const HistoryCheck* find_history_check(std::string_view name) {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const HistoryCheck& each) { return each.name == name; });
  return found == checks.end() ? nullptr : &*found;
}

}  // namespace faultline
