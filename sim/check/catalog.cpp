#include <algorithm>
#include <array>

#include <faultline/check/catalog.hpp>
#include <faultline/check/causal.hpp>
#include <faultline/check/linearizable.hpp>
#include <faultline/check/sequential.hpp>
#include <faultline/check/sessions.hpp>
#include <faultline/check/staleness.hpp>

namespace faultline {
namespace {

constexpr std::array checks = {
    HistoryCheck{"linearizable",
                 "Every operation seems to take effect at one instant between call and answer.",
                 check_linearizable},
    HistoryCheck{"sequential",
                 "One order of all operations, which respects sessions, explains all.",
                 check_sequential},
    HistoryCheck{"causal_memory",
                 "For every session, one order of all that it may know of explains its reads.",
                 check_causal_memory},
    HistoryCheck{"causal_plus", "Causes come first, and one order of the writes decides for all.",
                 check_causal_plus},
    HistoryCheck{"causal", "Who sees a write sees what had led to it.", check_causal},
    HistoryCheck{"pram", "Everybody sees the writes of each session in the order it made them.",
                 check_pram},
    HistoryCheck{"read_your_writes", "A session never reads a value older than one it has written.",
                 check_read_your_writes},
    HistoryCheck{"monotonic_reads",
                 "A session never reads a value older than one it has already read.",
                 check_monotonic_reads},
    HistoryCheck{"monotonic_writes",
                 "Who has read a write never reads what is older than the writer's earlier writes.",
                 check_monotonic_writes},
    HistoryCheck{"writes_follow_reads",
                 "Who has read a write never reads what is older than what its writer had read.",
                 check_writes_follow_reads},
    HistoryCheck{"bounded_staleness", "No read misses more versions, or for longer, than a bound.",
                 check_bounded_staleness},
};

}  // namespace

std::span<const HistoryCheck> history_checks() { return checks; }

const HistoryCheck* find_history_check(std::string_view name) {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const HistoryCheck& each) { return each.name == name; });
  return found == checks.end() ? nullptr : &*found;
}

}  // namespace faultline
