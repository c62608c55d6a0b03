#include <array>
#include <initializer_list>

#include <faultline/isolation/isolation_level.hpp>

namespace faultline {
namespace {

struct AnomalyText {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<AnomalyText, anomaly_count> anomaly_texts{{
    {"garbage-read", "A read returned a value that nobody wrote."},
    {"duplicate-elements", "A read returned a list that holds one element twice."},
    {"cyclic-versions", "The order of one key's versions contradicts itself."},
    {"G0", "Transactions overwrote each other in a circle (dirty write)."},
    {"G1a", "A read returned what a failed transaction wrote (aborted read)."},
    {"G1b", "A read returned a value that its own writer went on to replace (intermediate read)."},
    {"G1c", "Each of several transactions builds on the next (circular information flow)."},
    {"dirty-update", "A committed write builds on one that was aborted."},
    {"incompatible-order", "No single order of appends explains all reads of a list."},
    {"future-read", "A transaction read what it wrote only later."},
    {"OTV", "Part of a transaction was seen and then missed (observed transaction vanishes)."},
    {"fractured-read", "A transaction saw part of another and missed the rest."},
    {"internal", "A transaction's read contradicts its own earlier steps."},
    {"lost-update", "Several transactions read one version, and each replaced it."},
    {"G-single", "A transaction saw some of another's effects and missed others (read skew)."},
    {"G-nonadjacent", "Transactions missed each other's effects in a way no snapshots explain."},
    {"G2-item", "Transactions missed each other's writes (write skew)."},
    {"G0-process", "G0, given the order of each process's transactions."},
    {"G1c-process", "G1c, given the order of each process's transactions."},
    {"G-single-process", "G-single, given the order of each process's transactions."},
    {"G-nonadjacent-process", "G-nonadjacent, given the order of each process's transactions."},
    {"G2-item-process", "G2-item, given the order of each process's transactions."},
    {"G0-realtime", "G0, given which transactions ended before others began."},
    {"G1c-realtime", "G1c, given which transactions ended before others began."},
    {"G-single-realtime", "G-single, given which transactions ended before others began."},
    {"G-nonadjacent-realtime",
     "G-nonadjacent, given which transactions ended before others began."},
    {"G2-item-realtime", "G2-item, given which transactions ended before others began."},
}};

struct LevelDefinition {
  std::string_view name;
  std::span<const IsolationLevel> below;
  std::span<const Anomaly> excludes;
};

using Level = IsolationLevel;
constexpr std::array ru_excludes{Anomaly::dirty_write, Anomaly::garbage_read,
                                 Anomaly::duplicate_elements};
constexpr std::array rc_below{Level::read_uncommitted};
constexpr std::array rc_excludes{
    Anomaly::aborted_read,   Anomaly::intermediate_read,  Anomaly::circular_information_flow,
    Anomaly::dirty_update,   Anomaly::incompatible_order, Anomaly::future_read,
    Anomaly::cyclic_versions};
constexpr std::array mav_below{Level::read_committed};
constexpr std::array mav_excludes{Anomaly::vanishing_transaction};
constexpr std::array ra_below{Level::monotonic_atomic_view};
constexpr std::array ra_excludes{Anomaly::fractured_read, Anomaly::internal};
constexpr std::array ua_below{Level::read_atomic};
constexpr std::array lost{Anomaly::lost_update};
constexpr std::array cv_below{Level::read_atomic, Level::cursor_stability};
constexpr std::array cv_excludes{Anomaly::read_skew};
constexpr std::array rr_excludes{Anomaly::read_skew, Anomaly::nonadjacent_skew,
                                 Anomaly::write_skew};
constexpr std::array si_below{Level::consistent_view, Level::update_atomic};
constexpr std::array si_excludes{Anomaly::nonadjacent_skew};
constexpr std::array ser_below{Level::repeatable_read, Level::snapshot_isolation};
constexpr std::array ss_rc_excludes{Anomaly::dirty_write_process,
                                    Anomaly::circular_information_flow_process};
constexpr std::array ss_si_below{Level::snapshot_isolation, Level::strong_session_read_committed};
constexpr std::array ss_si_excludes{Anomaly::read_skew_process, Anomaly::nonadjacent_skew_process};
constexpr std::array ss_ser_below{Level::serializable, Level::strong_session_snapshot_isolation};
constexpr std::array ss_ser_excludes{Anomaly::write_skew_process};
constexpr std::array strong_si_below{Level::strong_session_snapshot_isolation};
constexpr std::array strong_si_excludes{
    Anomaly::dirty_write_realtime, Anomaly::circular_information_flow_realtime,
    Anomaly::read_skew_realtime, Anomaly::nonadjacent_skew_realtime};
constexpr std::array strict_below{Level::strong_session_serializable,
                                  Level::strong_snapshot_isolation};
constexpr std::array strict_excludes{Anomaly::write_skew_realtime};

constexpr std::array<LevelDefinition, isolation_level_count> definitions{{
    {"read-uncommitted", {}, ru_excludes},
    {"read-committed", rc_below, rc_excludes},
    {"monotonic-atomic-view", mav_below, mav_excludes},
    {"read-atomic", ra_below, ra_excludes},
    {"update-atomic", ua_below, lost},
    {"cursor-stability", mav_below, lost},
    {"consistent-view", cv_below, cv_excludes},
    {"repeatable-read", cv_below, rr_excludes},
    {"snapshot-isolation", si_below, si_excludes},
    {"serializable", ser_below, {}},
    {"strong-session-read-committed", mav_below, ss_rc_excludes},
    {"strong-session-snapshot-isolation", ss_si_below, ss_si_excludes},
    {"strong-session-serializable", ss_ser_below, ss_ser_excludes},
    {"strong-snapshot-isolation", strong_si_below, strong_si_excludes},
    {"strict-serializable", strict_below, strict_excludes},
}};

const LevelDefinition& definition_of(IsolationLevel level) {
  return definitions[static_cast<std::size_t>(level)];
}

}  // namespace

std::string_view name_of(Anomaly anomaly) {
  return anomaly_texts[static_cast<std::size_t>(anomaly)].name;
}

std::string_view meaning_of(Anomaly anomaly) {
  return anomaly_texts[static_cast<std::size_t>(anomaly)].meaning;
}

std::string_view name_of(IsolationLevel level) { return definition_of(level).name; }

std::span<const IsolationLevel> implied_by(IsolationLevel level) {
  return definition_of(level).below;
}

std::span<const Anomaly> excluded_by(IsolationLevel level) { return definition_of(level).excludes; }

AnomalySet breaking(IsolationLevel level, AnomalySet found) {
  AnomalySet result;
  const auto insert_all = [&](const auto& self, IsolationLevel each) -> void {
    for (const Anomaly anomaly : excluded_by(each)) {
      if (found.contains(anomaly)) result.insert(anomaly);
    }
    for (const IsolationLevel below : implied_by(each)) self(self, below);
  };
  insert_all(insert_all, level);
  return result;
}

}  // namespace faultline
