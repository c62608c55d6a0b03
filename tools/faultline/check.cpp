#include "check.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include <faultline/check/catalog.hpp>
#include <faultline/check/linearizable.hpp>
#include <faultline/check/wording.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/history/events.hpp>
#include <faultline/history/jsonl.hpp>
#include <faultline/scenario/document.hpp>

#include "jobs.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& what) {
  throw BadInput({Problem{place, 0, 0, "", what}});
}

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

History read_any(const JudgeOptions& options) {
  const std::string text = read_file(options.history);
  try {
    if (is_event_text(text)) return read_events(text, {options.initial});
    std::istringstream lines(text);
    return read_history(lines);
  } catch (const HistoryFormatError& error) {
    refuse(options.history, error.what());
  }
}

template <class Named>
std::string names_of(std::span<const Named> all) {
  std::string names;
  for (const Named& each : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return names;
}

const ObjectKind& object_kind(const JudgeOptions& options) {
  const ObjectKind* kind = find_object_kind(options.model);
  if (kind == nullptr) {
    refuse("--model " + options.model,
           fmt::format("there is no such model ({})", names_of(object_kinds())));
  }
  return *kind;
}

const HistoryCheck& level(const JudgeOptions& options) {
  const HistoryCheck* check = find_history_check(options.level);
  if (check == nullptr) {
    refuse("--level " + options.level,
           fmt::format("there is no such level ({})", names_of(history_checks())));
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

CheckResult judge(const History& history, const JudgeOptions& options) {
  const ObjectKind& kind = object_kind(options);
  require_known_operations(history, kind, options.history);
  CheckOptions settings;
  settings.workloads = chosen_workloads(history, options);
  if (options.bound > 0) settings.bound = options.bound;
  const HistoryCheck& check = level(options);
  if (check.name == "linearizable") return check_object(history, kind, settings);
  if (kind.name != "register") {
    refuse("--level " + options.level,
           fmt::format("judges registers only (use --model register, or --level linearizable)"));
  }
  return check.run(history, settings);
}

// ---- saying it --------------------------------------------------------------------------------

std::string key_in_words(const History& history, Key key) {
  return key < history.key_names.size() ? history.key_names[key] : fmt::format("{}", key);
}

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
                         {"operations", operations}});
  }
  return {{"history", options.history}, {"model", options.model},
          {"level", options.level},     {"verdict", std::string(name_of(result.verdict))},
          {"checked", result.checked},  {"violations", result.violations},
          {"reason", result.reason},        {"counts_events", history.counts_events},
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
  fmt::print("  {} operations judged, {} violations\n", result.checked, result.violations);
  if (!result.reason.empty()) fmt::print("  {}\n", result.reason);
  for (const Witness& witness : result.witnesses) {
    fmt::print("\n  key {}: {}\n", key_in_words(history, witness.key), witness.explanation);
    for (const OperationId id : witness.operations) {
      fmt::print("    {}\n", in_words(history, history.operations[id]));
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

}  // namespace

int check_command(const JudgeOptions& options) {
  if (!options.out.empty()) prepare_folder(options.out);
  const History history = read_any(options);
  const CheckResult result = judge(history, options);
  const Json verdict = verdict_json(history, options, result);
  if (options.json) {
    std::cout << verdict.dump(1, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    print(history, options, result);
    std::cout.flush();
  }
  if (!options.out.empty()) write_json(options.out + "/verdict.json", verdict);
  return status_of(result.verdict);
}

}  // namespace faultline
