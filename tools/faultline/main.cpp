// The command line of faultline.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/experiment/write.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/schema.hpp>

#include "check.hpp"
#include "compare.hpp"
#include "hunt.hpp"
#include "jobs.hpp"
#include "placement.hpp"
#include "plugins.hpp"
#include "reproduce.hpp"
#include "run_options.hpp"
#include "summary.hpp"
#include "sweep/frontier.hpp"
#include "sweep/query.hpp"
#include "sweep/sweep.hpp"
#include "sweep/worker.hpp"
#include "terminal.hpp"
#include "trials.hpp"
#include "warmups.hpp"

namespace faultline {
namespace {

int run_command(const RunOptions& options) {
  if (options.repeats()) return trials_command(options);
  std::vector<Scenario> scenarios = read_all(options);
  check_trial_options(options, scenarios);
  if (const int status = find_warmups(scenarios, options, false); status != exit_ok) return status;
  std::optional<ScratchFolder> scratch;
  if (options.out.empty()) scratch.emplace();
  const std::string out = scratch ? scratch->path() : options.out;
  const auto folders = folders_for(options, out, false);
  if (!scratch) {
    for (const std::string& folder : folders) prepare_folder(folder);
  }
  int status = exit_ok;
  Json all = Json::array();
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const int one = run_into(scenarios[i], folders[i], options.trace);
    if (one > exit_unmet) return one;
    status = std::max(status, one);
    const Json result = read_result(folders[i]);
    if (options.json) {
      all.push_back(result);
    } else {
      fmt::print("{}{}", i > 0 ? "\n" : "", run_summary(result));
      std::cout.flush();
    }
  }
  if (options.json) {
    print_json(all.size() == 1 ? all[0] : all);
  }
  if (scratch) return status;
  if (!options.no_report) {
    if (const int drawn = draw_report(folders); drawn != exit_ok) return drawn;
  }
  if (!options.json) {
    for (const std::string& folder : folders) {
      fmt::print("\n{} {}/{}\n", options.no_report ? "results" : "report", folder,
                 options.no_report ? "result.json" : "report.html");
    }
  }
  return status;
}

int validate_command(const RunOptions& options) {
  for (const Scenario& scenario : read_all(options)) {
    fmt::print("{}: {} hosts, {} services, {} workloads, {} faults\n", scenario.name,
               scenario.topology.hosts.size() - scenario.client_hosts.size(),
               scenario.services.size(), scenario.workloads.size(), scenario.faults.size());
    for (const ServiceSettings& service : scenario.services) {
      for (const std::string& note : service.notes) fmt::print("  {}: {}\n", service.name, note);
    }
  }
  return exit_ok;
}

/// What a parameter may be: "a whole number from 1 to 100", "a span of time above 0s".
std::string permitted(const ParameterInfo& info) {
  switch (info.kind) {
    case ParameterKind::boolean:
      return "true or false";
    case ParameterKind::choice:
      return "one of these";
    case ParameterKind::text:
      return "a text";
    case ParameterKind::distribution:
      return "a distribution";
    default:
      break;
  }
  const Unit unit = info.kind == ParameterKind::duration ? Unit::duration : info.unit;
  std::string text = info.kind == ParameterKind::integer ? "a whole number" : "a number";
  if (unit != Unit::none) {
    const std::string_view example = example_of(unit);
    text = example.substr(0, example.find(" such as"));
  }
  const auto bound = [&](double value) { return print_quantity(value, unit); };
  if (info.minimum && info.maximum) {
    text += fmt::format(" from {} to {}", bound(*info.minimum), bound(*info.maximum));
  } else if (info.minimum) {
    text +=
        fmt::format(" {} {}", info.above_minimum ? "above" : "of at least", bound(*info.minimum));
  } else if (info.maximum) {
    text += fmt::format(" up to {}", bound(*info.maximum));
  }
  return text;
}

void describe(const ParameterInfo& info) {
  std::string value = "derived, or absent";
  if (const auto* text = std::get_if<std::string>(&info.default_value)) value = *text;
  if (const auto* flag = std::get_if<bool>(&info.default_value)) value = *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&info.default_value)) {
    value = fmt::format("{}", *whole);
  }
  if (const auto* real = std::get_if<double>(&info.default_value)) value = fmt::format("{}", *real);
  fmt::print("  {} ({}): {}\n      {}\n", terminal::tinted(info.name, terminal::Tone::strong),
             value, permitted(info), info.sentence);
  for (const auto& choice : info.choices) {
    fmt::print("      {}: {}\n", choice.name, choice.sentence);
  }
}

int models_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Model* model : catalog()) {
    names.emplace_back(model->name());
    if (name.empty()) fmt::print("{:<18} {}\n", model->name(), model->summary());
    if (model->name() != name) continue;
    fmt::print("{}\n{}\n\nparameters (default)\n", model->name(), model->summary());
    for (const ParameterInfo& info : model->parameters().info()) describe(info);
    return exit_ok;
  }
  if (name.empty()) return exit_ok;
  fmt::print(stderr, "there is no model \"{}\" ({})\n", name, suggestion(name, names));
  return exit_bad_input;
}

int report_command(const std::vector<std::string>& folders) {
  const auto holds = [](const std::string& folder, const char* file) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::path(folder) / file, error);
  };
  for (const std::string& folder : folders) {
    if (!holds(folder, "sweep.json")) read_result(folder);
  }
  if (const int drawn = draw_report(folders); drawn != exit_ok) return drawn;
  for (const std::string& folder : folders) {
    if (holds(folder, "sweep.json")) fmt::print("report {}/sweep.html\n", folder);
    if (holds(folder, "result.json")) fmt::print("report {}/report.html\n", folder);
  }
  return exit_ok;
}

void add_check_options(CLI::App& command, JudgeOptions& options) {
  command.add_option("HISTORY", options.history, "history.jsonl, EDN, or a log of Jepsen's")
      ->required();
  command
      .add_option("--model", options.model,
                  "what was used: register, cas-register, kv, append, set, counter, queue, "
                  "mutex")
      ->capture_default_str();
  command.add_option("--initial", options.initial, "what each object holds at the beginning")
      ->capture_default_str();
  command.add_option("--level", options.level,
                     "the promise: linearizable, sequential, causal, ... or all; of transactions: "
                     "serializable, snapshot-isolation, ...");
  command.add_option("--workload", options.workloads, "judges the operations of this one only")
      ->allow_extra_args(false);
  command.add_option("--bound", options.bound, "the most configurations to try for one object");
  command.add_option("--out", options.out, "folder for verdict.json and the witness as a picture");
  command.add_flag("--json", options.json, "prints verdict.json instead of sentences");
  command.footer(
      "exit status: 0 valid, 1 invalid, 2 bad input, 4 unknown\n"
      "example: faultline check history.edn --model cas-register --initial 0");
}

void add_hunt_options(CLI::App& command, HuntOptions& options) {
  command.add_option("SCENARIO", options.scenario, "a scenario file")->required();
  command.add_option("--claim", options.claim, "the check that is to break")->capture_default_str();
  command.add_option("--seeds", options.seeds, "random schedules to try")->capture_default_str();
  command.add_option("--seed", options.first_seed, "the first of them")->capture_default_str();
  command
      .add_option("--faults", options.hazards,
                  "what to throw: crash, partition, pause, loss (these four unless told "
                  "otherwise), clock, lost_disk")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("-j,--jobs", options.jobs, "runs at the same time")->capture_default_str();
  command.add_option("--shrinking", options.shrinking, "the most runs spent on making it smaller")
      ->capture_default_str();
  command.add_option("--out", options.out,
                     "file for the smallest scenario (beside it: NAME-broken.json)");
  command.footer(
      "exit status: 0 the claim held, 1 it broke, 2 bad input\n"
      "example: faultline hunt scenarios/replication/failover.json --claim linearizable -j 2");
}

void add_run_options(CLI::App& command, RunOptions& options) {
  command.add_option("SCENARIO", options.scenarios, "scenario files")->required();
  add_override_options(command, options.overrides, options.seed);
}

void add_trial_options(CLI::App& command, RunOptions& options) {
  command.add_option("--trials", options.trials,
                     "runs so many times with seeds of their own; figures carry intervals of 95 %");
  command.add_option("-j,--jobs", options.jobs, "trials at the same time")->capture_default_str();
}

void add_precision_options(CLI::App& command, RunOptions& options) {
  command
      .add_option("--precision", options.precision,
                  "as many trials as it takes until half of an interval is at most this share of "
                  "its value")
      ->type_name("SHARE");
  command
      .add_option("--metric", options.metrics,
                  "what is to be so precise, for each workload (throughput, latency.p50, "
                  "latency.p99 and availability unless told otherwise)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--max-trials", options.most_trials, "bounds the trials of --precision")
      ->capture_default_str();
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{"faultline: what happens to a distributed system if ..."};
  app.require_subcommand(1);
  app.set_version_flag("--version", version);
  RunOptions options;
  std::string model;
  std::vector<std::string> folders;

  CLI::App* run = app.add_subcommand("run", "runs scenarios and says what clients saw");
  add_run_options(*run, options);
  add_trial_options(*run, options);
  add_precision_options(*run, options);
  run->footer(
      "example: faultline run scenarios/cap/quorum-cp.json --set /duration=30s --out result\n"
      "example: faultline run scenarios/cap/quorum-cp.json --precision 2% -j 2");
  CLI::App* compare = app.add_subcommand(
      "compare", "runs scenarios with the same seeds and sets them side by side");
  add_run_options(*compare, options);
  add_trial_options(*compare, options);
  add_precision_options(*compare, options);
  compare->footer(
      "differences are from the first; * is beyond chance, after Holm's correction\n"
      "example: faultline compare scenarios/cap/*.json --out comparison\n"
      "example: faultline compare scenarios/cap/*.json --trials 20 -j 2\n"
      "example: faultline compare scenarios/cap/*.json --precision 2% -j 2");
  for (CLI::App* command : {run, compare}) {
    command->add_option("--out", options.out, "folder for result files and the report");
    command->add_flag("--json", options.json, "prints result.json instead of tables");
    command->add_flag("--trace", options.trace,
                      "records every message: messages.jsonl, trace.json (Perfetto), otlp.json");
    command->add_flag("--no-report", options.no_report, "writes result files only");
  }
  CLI::App* validate = app.add_subcommand("validate", "checks scenarios without running them");
  add_run_options(*validate, options);
  validate->footer("example: faultline validate scenarios/*/*.json");
  JudgeOptions judging;
  CLI::App* check = app.add_subcommand("check", "judges a history, whoever recorded it");
  add_check_options(*check, judging);
  ExportOptions exporting;
  CLI::App* exports = app.add_subcommand("export", "writes a history for other judges");
  exports->add_option("HISTORY", exporting.history, "as check takes them")->required();
  exports->add_option("--as", exporting.notation, "edn or porcupine")->required();
  exports->add_option("--initial", exporting.initial, "what each object holds at the beginning")
      ->capture_default_str();
  exports->add_option("--out", exporting.out, "a file, instead of standard output");
  exports->footer("example: faultline export result/history.jsonl --as edn --out history.edn");
  HuntOptions hunting;
  CLI::App* hunt = app.add_subcommand(
      "hunt", "throws random faults until a claim breaks; finds the least of them");
  add_hunt_options(*hunt, hunting);
  ReproduceOptions reproducing;
  CLI::App* reproduce =
      app.add_subcommand("reproduce", "runs again what a result came from, and compares");
  add_reproduce_options(*reproduce, reproducing);
  SweepCommandOptions sweeping;
  CLI::App* sweep = add_sweep_command(app, sweeping);
  SweepPieceOptions piece;
  CLI::App* sweep_task = add_sweep_task_command(app, piece);
  SweepWorkerOptions worker;
  CLI::App* sweep_worker = add_sweep_worker_command(app, worker);
  CLI::App* sweep_collect = add_sweep_collect_command(app, piece);
  QueryOptions querying;
  CLI::App* query = add_query_command(app, querying);
  FrontierOptions searching;
  CLI::App* frontier = add_frontier_command(app, searching);
  PlacementOptions placing;
  CLI::App* placement = add_placement_command(app, placing);
  CLI::App* models = app.add_subcommand("models", "lists the models, or the parameters of one");
  models->add_option("NAME", model, "a model");
  models->footer("example: faultline models quorum");
  CLI::App* schema =
      app.add_subcommand("schema", "prints the JSON Schema of scenarios, for editors");
  schema->footer("example: faultline schema > faultline.schema.json");
  CLI::App* report = app.add_subcommand("report", "draws the reports of result folders again");
  report->add_option("DIR", folders, "result folders")->required();
  report->footer("example: faultline report result");
  std::vector<std::string> plugins;
  for (CLI::App* command : {run, compare, validate, hunt, reproduce, sweep, sweep_task,
                            sweep_worker, sweep_collect, frontier, models, schema}) {
    add_plugin_option(*command, plugins);
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_bad_input;
  }
  load_plugins(plugins);
  if (run->parsed()) return run_command(options);
  if (compare->parsed()) return compare_command(options);
  if (validate->parsed()) return validate_command(options);
  if (check->parsed()) return check_command(judging);
  if (exports->parsed()) return export_command(exporting);
  if (hunt->parsed()) return hunt_command(hunting);
  if (reproduce->parsed()) return reproduce_command(reproducing);
  if (sweep->parsed()) return sweep_command(sweeping);
  if (sweep_task->parsed()) return sweep_task_command(piece);
  if (sweep_worker->parsed()) return sweep_worker_command(worker);
  if (sweep_collect->parsed()) return sweep_collect_command(piece);
  if (frontier->parsed()) return frontier_command(searching);
  if (query->parsed()) return query_command(querying);
  if (placement->parsed()) return placement_command(placing);
  if (models->parsed()) return models_command(model);
  if (report->parsed()) return report_command(folders);
  std::cout << schema_of(catalog()).dump(1) << "\n";
  return exit_ok;
}

}  // namespace
}  // namespace faultline

int main(int argc, char** argv) {
  using namespace faultline;
  try {
    return parse_and_run(argc, argv);
  } catch (const BadInput& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_bad_input;
  } catch (const CannotWrite& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_bad_input;
  } catch (const std::exception& error) {
    fmt::print(stderr, "faultline: internal fault: {}\n", error.what());
    return exit_internal;
  }
}
