#include "check.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include <faultline/check/catalog.hpp>
#include <faultline/check/hierarchy.hpp>
#include <faultline/check/linearizable.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/export.hpp>
#include <faultline/history/jsonl.hpp>
#include <faultline/isolation/isolation.hpp>
#include <faultline/scenario/document.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

std::string read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    refuse(path, "is a folder (name a file, such as its history.jsonl)");
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) refuse(path, "cannot be read (does it exist?)");
  return std::move(text).str();
}

/// What an object holds at the beginning is one value.
void check_initial(const std::string& initial, bool events) {
  if (initial == "nil") return;
  if (!events)
    refuse("--initial " + initial, "our own histories begin with nothing (leave it out)");
  try {
    read_events("", {initial});
  } catch (const HistoryFormatError&) {
    refuse("--initial " + initial, "must be one value in EDN, such as 0 or '\"\"'");
  }
}

History read_any(const std::string& path, const std::string& text, const std::string& initial) {
  check_initial(initial, is_event_text(text));
  try {
    if (is_event_text(text)) return read_events(text, {initial});
    std::istringstream lines(text);
    return read_history(lines);
  } catch (const HistoryFormatError& error) {
    refuse(path, error.what());
  }
}

template <class Named>
std::string names_of(std::span<const Named> all) {
  std::string names;
  for (const Named& each : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return names;
}

constexpr std::string_view transactions = "txn";
constexpr std::string_view all_levels = "all";

const ObjectKind& object_kind(const JudgeOptions& options) {
  const ObjectKind* kind = find_object_kind(options.model);
  if (kind == nullptr) {
    refuse("--model " + options.model,
           fmt::format("there is no such model ({}, {})", names_of(object_kinds()), transactions));
  }
  return *kind;
}

const HistoryCheck& level(const JudgeOptions& options) {
  const HistoryCheck* check = find_history_check(options.level);
  if (check == nullptr) {
    refuse("--level " + options.level,
           fmt::format("there is no such level ({}, {})", names_of(history_checks()), all_levels));
  }
  return *check;
}

std::vector<std::uint16_t> chosen_workloads(const History& history, const JudgeOptions& options) {
  std::vector<std::uint16_t> chosen;
  for (const std::string& name : options.workloads) {
    const auto place = std::find(history.workloads.begin(), history.workloads.end(), name);
    if (place == history.workloads.end()) {
      refuse("--workload " + name, "the history has no such workload");
    }
    chosen.push_back(static_cast<std::uint16_t>(place - history.workloads.begin()));
  }
  return chosen;
}

void require_known_operations(const History& history, const ObjectKind& kind,
                              const std::string& path) {
  for (std::size_t id = 0; id < history.operations.size(); ++id) {
    const OperationKind found = history.operations[id].kind;
    if (found == OperationKind::scan || found == OperationKind::read_modify_write) continue;
    if (std::find(kind.operations.begin(), kind.operations.end(), found) != kind.operations.end()) {
      continue;
    }
    std::string known;
    for (const OperationKind each : kind.operations) {
      known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(each));
    }
    refuse(path, fmt::format("operation {} is \"{}\", which the model {} does not know ({})", id,
                             name_of(found), kind.name, known));
  }
}

/// Refuses, before anything is written, what the options and the history cannot be judged by.
void require_sense(const History& history, const JudgeOptions& options) {
  const ObjectKind& kind = object_kind(options);
  if (options.level != all_levels) level(options);
  if (options.initial != "nil" && kind.begins_empty) {
    refuse("--initial " + options.initial, "objects of this model begin empty (leave it out)");
  }
  if (kind.name == "kv" && !history.counts_events) {
    refuse("--model kv", "judges texts, and our own histories have numbers (--model register)");
  }
  require_known_operations(history, kind, options.history);
  for (std::size_t id = 0; kind.is_register && id < history.operations.size(); ++id) {
    if (history.counts_events && history.operations[id].more_count > 0) {
      refuse(options.history,
             fmt::format("operation {} returns several values, and a register holds one (keys of "
                         "independent objects stand under :key)",
                         id));
    }
  }
}

CheckOptions settings_for(const History& history, const JudgeOptions& options) {
  CheckOptions settings;
  settings.workloads = chosen_workloads(history, options);
  if (options.bound > 0) settings.bound = settings.effort = options.bound;
  return settings;
}

CheckResult judge(const History& history, const JudgeOptions& options) {
  const ObjectKind& kind = object_kind(options);
  const CheckOptions settings = settings_for(history, options);
  const HistoryCheck& check = level(options);
  if (check.name == "linearizable") return check_object(history, kind, settings);
  if (kind.name != "register") {
    refuse("--level " + options.level,
           "judges registers only (use --model register, or --level linearizable)");
  }
  return check.run(history, settings);
}

// ---- saying it --------------------------------------------------------------------------------

Json verdict_json(const History& history, const JudgeOptions& options, const CheckResult& result) {
  Json witnesses = Json::array();
  for (const Witness& witness : result.witnesses) {
    Json operations = Json::array();
    for (const OperationId id : witness.operations) {
      const Operation& each = history.operations[id];
      operations.push_back({{"id", id},
                            {"session", each.session},
                            {"what", deed_in_words(history, each)},
                            {"outcome", std::string(name_of(each.outcome))},
                            {"invoked", each.invoked.time_since_epoch().count()},
                            {"completed", each.completed == never
                                              ? Json(nullptr)
                                              : Json(each.completed.time_since_epoch().count())}});
    }
    witnesses.push_back({{"explanation", witness.explanation},
                         {"key", key_in_words(history, witness.key)},
                         {"operations", operations},
                         {"culprit", witness.culprit ? Json(*witness.culprit) : Json(nullptr)}});
  }
  return {{"history", options.history}, {"model", options.model},
          {"level", options.level},     {"verdict", std::string(name_of(result.verdict))},
          {"checked", result.checked},  {"violations", result.violations},
          {"reason", result.reason},    {"counts_events", history.counts_events},
          {"witness", witnesses}};
}

terminal::Tone tone_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return terminal::Tone::good;
    case Verdict::invalid:
      return terminal::Tone::bad;
    case Verdict::unknown:
      break;
  }
  return terminal::Tone::strong;
}

void print(const History& history, const JudgeOptions& options, const CheckResult& result) {
  fmt::print("{}: {}\n", options.level,
             terminal::tinted(std::string(name_of(result.verdict)), tone_of(result.verdict)));
  fmt::print("  {} operations judged, {} {}\n", result.checked, result.violations,
             result.violations == 1 ? "violation" : "violations");
  if (!result.reason.empty()) fmt::print("  {}\n", result.reason);
  for (const Witness& witness : result.witnesses) {
    fmt::print("\n  key {}: {}\n", key_in_words(history, witness.key), witness.explanation);
    const std::size_t shown = std::min<std::size_t>(witness.operations.size(), 40);
    const std::size_t left_out = witness.operations.size() - shown;
    if (left_out > 0) fmt::print("    ({} calls before these: see --json)\n", left_out);
    for (std::size_t place = left_out; place < witness.operations.size(); ++place) {
      fmt::print("    {}\n", in_words(history, history.operations[witness.operations[place]]));
    }
  }
}

int status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return exit_ok;
    case Verdict::invalid:
      return exit_unmet;
    case Verdict::unknown:
      break;
  }
  return exit_undecided;
}

/// Prints a verdict, and writes and draws it if there is a folder for it. The exit status that it
/// deserves.
int show(const Json& json, Verdict verdict, const JudgeOptions& options,
         const std::function<void()>& print) {
  if (options.json) {
    std::cout << json.dump(1, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    print();
  }
  std::cout.flush();
  if (options.out.empty()) return status_of(verdict);
  write_json(options.out + "/verdict.json", json);
  if (const int drawn = draw_verdict(options.out); drawn != exit_ok) return drawn;
  if (!options.json) {
    const std::string picture = options.out + "/witness.svg";
    const bool drawn_one = std::filesystem::exists(picture);
    fmt::print("\n{} {}\n", drawn_one ? "witness" : "verdict",
               drawn_one ? picture : options.out + "/verdict.json");
  }
  return status_of(verdict);
}

CheckResult judge_or_refuse(const History& history, const JudgeOptions& options) {
  try {
    return judge(history, options);
  } catch (const HistoryFormatError& error) {
    refuse(options.history, error.what());
  }
}

int check_one_level(const History& history, const JudgeOptions& options) {
  const CheckResult result = judge_or_refuse(history, options);
  return show(verdict_json(history, options, result), result.verdict, options,
              [&] { print(history, options, result); });
}

// ---- all promises to readers and writers of registers -----------------------------------------

int check_all_levels(const History& history, const JudgeOptions& options) {
  const ObjectKind& kind = object_kind(options);
  if (kind.name != "register") refuse("--level all", "judges registers only (--model register)");
  const Hierarchy hierarchy = judge_hierarchy(history, settings_for(history, options));
  Verdict worst = Verdict::valid;
  Json levels = Json::array();
  for (const ConsistencyVerdict& each : hierarchy.levels) {
    const Verdict verdict = each.result.verdict;
    if (verdict == Verdict::invalid || worst == Verdict::valid) worst = verdict;
    JudgeOptions one = options;
    one.level = std::string(each.result.check);
    levels.push_back(verdict_json(history, one, each.result));
  }
  const Json json = {{"history", options.history},
                     {"model", options.model},
                     {"level", options.level},
                     {"verdict", std::string(name_of(worst))},
                     {"levels", levels}};
  return show(json, worst, options, [&] {
    for (const ConsistencyVerdict& each : hierarchy.levels) {
      fmt::print(
          "{:<20} {}{}\n", each.result.check,
          terminal::tinted(std::string(name_of(each.result.verdict)), tone_of(each.result.verdict)),
          each.because.empty() ? "" : fmt::format("  (because of {})", each.because));
    }
  });
}

// ---- transactions -----------------------------------------------------------------------------

IsolationLevel isolation_level(const JudgeOptions& options) {
  std::string known;
  for (std::size_t place = 0; place < isolation_level_count; ++place) {
    const auto level = static_cast<IsolationLevel>(place);
    if (name_of(level) == options.level) return level;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(level));
  }
  refuse("--level " + options.level, fmt::format("there is no such level ({})", known));
}

Json isolation_json(const TransactionHistory& history, const JudgeOptions& options,
                    const IsolationResult& result, Verdict verdict) {
  Json levels = Json::object();
  for (const IsolationVerdict& each : result.levels) {
    Json broken_by = Json::array();
    for (const Anomaly anomaly : each.broken_by) broken_by.push_back(name_of(anomaly));
    levels[std::string(name_of(each.level))] = {{"verdict", std::string(name_of(each.verdict))},
                                                {"broken_by", broken_by},
                                                {"reason", each.reason}};
  }
  Json anomalies = Json::array();
  for (const FoundAnomaly& found : result.anomalies) {
    Json witnesses = Json::array();
    for (const AnomalyWitness& witness : found.witnesses) {
      Json reasons = Json::array();
      for (const DependencyEdge& edge : witness.cycle) {
        reasons.push_back({{"from", name_of(history, edge.from)},
                           {"to", name_of(history, edge.to)},
                           {"kind", std::string(name_of(edge.kind))},
                           {"reason", edge.reason}});
      }
      Json names = Json::array();
      for (const TransactionId id : witness.transactions) names.push_back(name_of(history, id));
      witnesses.push_back(
          {{"explanation", witness.explanation}, {"transactions", names}, {"cycle", reasons}});
    }
    anomalies.push_back({{"anomaly", std::string(name_of(found.anomaly))},
                         {"count", found.count},
                         {"witness", witnesses}});
  }
  return {{"history", options.history},     {"model", options.model},
          {"level", options.level},         {"verdict", std::string(name_of(verdict))},
          {"checked", result.transactions}, {"levels", levels},
          {"anomalies", anomalies}};
}

void print_isolation(const JudgeOptions& options, const IsolationResult& result, Verdict verdict) {
  fmt::print("{}: {}\n", options.level,
             terminal::tinted(std::string(name_of(verdict)), tone_of(verdict)));
  fmt::print("  {} transactions judged, {} dependencies between them\n\n", result.transactions,
             result.dependencies);
  for (const IsolationVerdict& each : result.levels) {
    std::string why = each.reason;
    for (const Anomaly anomaly : each.broken_by) {
      why += fmt::format("{}{}", why.empty() ? "" : ", ", name_of(anomaly));
    }
    fmt::print("  {:<34} {}{}\n", name_of(each.level),
               terminal::tinted(std::string(name_of(each.verdict)), tone_of(each.verdict)),
               why.empty() ? "" : "  (" + why + ")");
  }
  for (const FoundAnomaly& found : result.anomalies) {
    fmt::print("\n  {} ({}): {}\n", name_of(found.anomaly), found.count, meaning_of(found.anomaly));
    for (const AnomalyWitness& witness : found.witnesses) {
      fmt::print("    {}\n", witness.explanation);
    }
  }
}

int check_transactions(const std::string& text, const JudgeOptions& options) {
  const IsolationLevel level = isolation_level(options);
  if (options.initial != "nil") {
    refuse("--initial " + options.initial, "transactions begin with nothing (leave it out)");
  }
  if (!is_event_text(text)) {
    refuse(options.history, "holds no transactions (events in EDN, with :f :txn)");
  }
  TransactionHistory history;
  try {
    history = read_transactions(text);
  } catch (const HistoryFormatError& error) {
    refuse(options.history, error.what());
  }
  const IsolationResult result = check_isolation(history);
  if (!result.refused.empty()) {
    std::vector<Problem> problems;
    for (const std::string& what : result.refused) {
      problems.push_back(Problem{options.history, 0, 0, "", what});
    }
    throw BadInput(std::move(problems));
  }
  if (!options.out.empty()) prepare_folder(options.out);
  const Verdict verdict = result[level].verdict;
  return show(isolation_json(history, options, result, verdict), verdict, options,
              [&] { print_isolation(options, result, verdict); });
}

}  // namespace

int check_command(JudgeOptions options) {
  const bool of_transactions = options.model == transactions;
  if (options.level.empty()) options.level = of_transactions ? "serializable" : "linearizable";
  const std::string text = read_file(options.history);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    refuse(options.history, "is empty (a history has at least one operation)");
  }
  if (of_transactions) return check_transactions(text, options);
  const History history = read_any(options.history, text, options.initial);
  require_sense(history, options);
  if (!options.out.empty()) prepare_folder(options.out);
  return options.level == all_levels ? check_all_levels(history, options)
                                     : check_one_level(history, options);
}

int export_command(const ExportOptions& options) {
  if (options.notation != "edn" && options.notation != "porcupine") {
    refuse("--as " + options.notation, "there is no such notation (edn, porcupine)");
  }
  const History history = read_any(options.history, read_file(options.history), options.initial);
  const auto write = [&](std::ostream& out) {
    try {
      options.notation == "edn" ? write_edn(history, out) : write_porcupine(history, out);
    } catch (const HistoryFormatError& error) {
      refuse(options.history, error.what());
    }
  };
  if (options.out.empty()) {
    write(std::cout);
  } else {
    write_file(options.out, write);
  }
  return exit_ok;
}

}  // namespace faultline
