#include "sweep/frontier.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <faultline/experiment/write.hpp>
#include <faultline/sweep/frontier.hpp>
#include <faultline/sweep/results.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "run_options.hpp"
#include "sweep/runner.hpp"
#include "terminal.hpp"
#include "trial_summary.hpp"

namespace faultline {
namespace {

struct Question {
  std::vector<FrontierBound> bounds;
  std::vector<FrontierCost> costs;
  std::vector<std::uint64_t> looks;
  double confidence = usual_confidence;  ///< of one interval, corrected for all of them

  const FigureName* measured_cost() const {
    return costs.back().figure ? &*costs.back().figure : nullptr;
  }
};

/// What is known of a point that was tried.
struct Tried {
  FrontierVerdict verdict = FrontierVerdict::undecided;
  bool dearer = false;  ///< than one that meets: it does not matter whether this one does
  std::uint64_t trials = 0;
  Json figures = Json::object();  ///< by the text of a bound or a measured cost
};

Question read_question(const FrontierOptions& options, const SweepPlan& plan) {
  Question question;
  const auto read = [](const char* option, const std::string& text, const auto& how) {
    try {
      how();
    } catch (const BadValue& error) {
      refuse(fmt::format("{} \"{}\"", option, text), error.what());
    }
  };
  for (const std::string& text : options.where) {
    read("--where", text,
         [&] { question.bounds.push_back(read_frontier_bound(text, plan.base())); });
  }
  for (const std::string& text : options.minimise) {
    if (!question.costs.empty() && question.costs.back().figure) {
      refuse("--minimise " + text, "stands behind a figure, which never ties (name that last)");
    }
    read("--minimise", text, [&] {
      question.costs.push_back(read_frontier_cost(text, plan));
      if (!question.costs.back().figure) cost_of_point(question.costs.back(), plan, 1);
    });
  }
  question.looks = frontier_looks(options.first_trials, options.most_trials);
  return question;
}

/// Throws BadInput if a cost is no number at some point.
void check_costs(const Question& question, const SweepPlan& plan,
                 const std::vector<std::uint64_t>& points) {
  for (const FrontierCost& cost : question.costs) {
    if (cost.figure) continue;
    try {
      for (const std::uint64_t point : points) cost_of_point(cost, plan, point);
    } catch (const BadValue& error) {
      refuse("--minimise " + cost.text, error.what());
    }
  }
}

class Frontier {
 public:
  Frontier(const SweepPlan& plan, Question question, const FrontierOptions& options,
           const std::string& out, std::vector<std::uint64_t> points)
      : plan_(plan),
        question_(std::move(question)),
        options_(options),
        points_(std::move(points)),
        sweep_(plan, out, options.resume) {}

  int run() {
    sweep_.collector().recover_runs();
    const std::string result_file = sweep_.folder().path() + "/frontier.json";
    if (std::filesystem::exists(result_file)) {
      read_back(result_file);
    } else if (const int status = search(); status != exit_ok) {
      return status;
    }
    const Json result = result_json();
    // First, since the latencies behind it go with the summaries.
    write_json(result_file, result);
    for (const auto& [point, of_point] : tried_) {
      if (sweep_.tables().status_of_point(point) == "open") {
        sweep_.collector().summarise(point, of_point.trials);
      }
    }
    write_sweep(plan_, sweep_.tables(), sweep_.folder().path());
    sweep_.collector().remove_tasks();
    return say(result);
  }

 private:
  int search() {
    for (const auto& tier : cost_tiers(question_.costs, plan_, points_)) {
      if (const int status = decide(tier); status != exit_ok) return status;
      const auto meets = [&](std::uint64_t point) {
        return tried_[point].verdict == FrontierVerdict::meets;
      };
      if (std::any_of(tier.begin(), tier.end(), meets)) break;
    }
    return exit_ok;
  }

  /// What a search that is over has found.
  void read_back(const std::string& file) {
    const Json result = Document::read(file).root();
    for (const Json& point : result["points"]) {
      if (!point.contains("trials")) continue;
      Tried& tried = tried_[point["point"].get<std::uint64_t>()];
      tried.trials = point["trials"].get<std::uint64_t>();
      tried.figures = point["figures"];
      for (const FrontierVerdict verdict : {FrontierVerdict::meets, FrontierVerdict::fails}) {
        if (point["verdict"] == name_of(verdict)) tried.verdict = verdict;
      }
      tried.dearer = point["verdict"] == "dearer";
    }
  }

  /// Runs trials of the tier's points until all are decided, or have had the most.
  int decide(const std::vector<std::uint64_t>& tier) {
    std::vector<std::uint64_t> open = tier;
    for (const std::uint64_t trials : question_.looks) {
      if (open.empty()) break;
      if (const int status = run_until(open, trials); status != exit_ok) return status;
      for (const std::uint64_t point : open) look_at(point, trials);
      std::erase_if(open, [&](std::uint64_t point) {
        Tried& tried = tried_[point];
        if (tried.verdict != FrontierVerdict::undecided) return true;
        tried.dearer = surely_dearer(point, tier);
        return tried.dearer;
      });
    }
    return exit_ok;
  }

  int run_until(const std::vector<std::uint64_t>& points, std::uint64_t trials) {
    std::vector<std::uint64_t> missing;
    for (const std::uint64_t point : points) {
      for (std::uint64_t trial = 1; trial <= trials; ++trial) {
        const std::uint64_t number = plan_.number_of(point, trial);
        if (!sweep_.tables().is_done(number)) missing.push_back(number);
      }
    }
    terminal::Progress bar(fmt::format("{} points, {} trials", points.size(), trials));
    std::size_t begun = 0;
    std::size_t ended = 0;
    SweepRunner runner{plan_, sweep_.folder(), sweep_.tables(), sweep_.collector(),
                       static_cast<std::size_t>(options_.jobs)};
    return runner.run(
        [&]() -> std::optional<std::uint64_t> {
          if (begun == missing.size()) return std::nullopt;
          return missing[begun++];
        },
        [&](const SweepTask&) {
          bar.show(static_cast<double>(++ended) / static_cast<double>(missing.size()));
        });
  }

  void look_at(std::uint64_t point, std::uint64_t number) {
    const std::vector<Trial> trials = sweep_.collector().trials(point, number);
    Tried& tried = tried_[point];
    tried.verdict = judge_point(question_.bounds, trials, question_.confidence);
    tried.trials = number;
    const auto note = [&](const std::string& text, const FigureName& figure) {
      tried.figures[text] = estimate_json(estimate_of_figure(figure, trials, question_.confidence));
    };
    for (const FrontierBound& bound : question_.bounds) note(bound.text, bound.figure);
    const auto* cost = question_.measured_cost();
    if (cost == nullptr) return;
    note(cost->text, *cost);
    if (!tried.figures[cost->text]["value"].is_number()) {
      refuse(
          "--minimise " + cost->text,
          fmt::format("point {} ({}) has no such figure, so its cost is not known (name another)",
                      point, plan_.words(point)));
    }
  }

  /// Whether another point of the tier keeps the bounds and is certainly cheaper, so that no more
  /// need be known of this one.
  bool surely_dearer(std::uint64_t point, const std::vector<std::uint64_t>& tier) {
    const auto* cost = question_.measured_cost();
    return std::any_of(tier.begin(), tier.end(), [&](std::uint64_t other) {
      if (tried_[other].verdict != FrontierVerdict::meets) return false;
      if (cost == nullptr) return true;  // equally cheap: the answer is there
      const Json& low = tried_[point].figures[cost->text]["low"];
      const Json& high = tried_[other].figures[cost->text]["high"];
      return low.is_number() && high.is_number() && high < low;
    });
  }

  /// The cheapest that meets; of equally cheap ones the first.
  std::optional<std::uint64_t> answer() const {
    std::optional<std::uint64_t> best;
    const auto* cost = question_.measured_cost();
    const auto measured = [&](std::uint64_t point) {
      return tried_.at(point).figures[cost->text]["value"].get<double>();
    };
    for (const auto& [point, of_point] : tried_) {
      if (of_point.verdict != FrontierVerdict::meets) continue;
      if (!best || (cost != nullptr && measured(point) < measured(*best))) best = point;
    }
    return best;
  }

  Json point_json(std::uint64_t point) const {
    Json json = {{"point", point}, {"values", values_by_pointer(plan_, point)}};
    for (const FrontierCost& cost : question_.costs) {
      if (!cost.figure) json["costs"][cost.text] = cost_of_point(cost, plan_, point);
    }
    const auto found = tried_.find(point);
    const bool dearer = found == tried_.end() || found->second.dearer;
    json["verdict"] = dearer ? "dearer" : name_of(found->second.verdict);
    if (found == tried_.end()) return json;
    json["trials"] = found->second.trials;
    json["figures"] = found->second.figures;
    return json;
  }

  Json result_json() const {
    Json json = sweep_head(plan_);
    json.erase("trials");
    json["question"] = plan_.question();
    json["confidence_of_each_interval"] = question_.confidence;
    const auto best = answer();
    json["answer"] = best ? point_json(*best) : Json(nullptr);
    json["points"] = Json::array();
    for (const auto& tier : cost_tiers(question_.costs, plan_, points_)) {
      for (const std::uint64_t point : tier) json["points"].push_back(point_json(point));
    }
    return json;
  }

  static FigureStyle style_of(const FigureName& figure) {
    if (figure.metric.find("latency") != std::string::npos) return as_milliseconds;
    if (figure.metric == "availability" || figure.metric == "stale_fraction") return as_percent;
    return as_count;
  }

  int say(const Json& result) {
    if (options_.json) {
      print_json(result);
    } else {
      fmt::print("{}\n{}", table(result), conclusion(result));
      if (!options_.out.empty()) fmt::print("\nresults {}/frontier.json\n", options_.out);
    }
    if (!result["answer"].is_null()) return exit_ok;
    return count(FrontierVerdict::undecided) > 0 ? exit_undecided : exit_unmet;
  }

  std::size_t count(FrontierVerdict verdict) const {
    return static_cast<std::size_t>(std::count_if(
        tried_.begin(), tried_.end(),
        [&](const auto& of) { return of.second.verdict == verdict && !of.second.dearer; }));
  }

  /// Of the others that keep the bounds, how many are not surely dearer by a measured cost.
  std::size_t as_cheap_as(std::uint64_t best) const {
    const auto* cost = question_.measured_cost();
    if (cost == nullptr) return 0;
    const Json& high = tried_.at(best).figures[cost->text]["high"];
    return static_cast<std::size_t>(
        std::count_if(tried_.begin(), tried_.end(), [&](const auto& other) {
          const Json& low = other.second.figures[cost->text]["low"];
          return other.first != best && other.second.verdict == FrontierVerdict::meets &&
                 !(low.is_number() && high.is_number() && low > high);
        }));
  }

  std::string table(const Json& result) const {
    std::vector<std::string> headings{plan_.base().name};
    for (const std::string& name : plan_.names()) headings.push_back(name);
    headings.emplace_back("trials");
    for (const FrontierBound& bound : question_.bounds) headings.push_back(bound.text);
    if (const auto* cost = question_.measured_cost()) headings.push_back(cost->text);
    headings.emplace_back("");
    terminal::Table rows(headings);
    for (const Json& point : result["points"]) {
      if (!point.contains("trials")) continue;
      std::vector<std::string> row{fmt::format("  point {}", point["point"].get<std::uint64_t>())};
      for (const auto& value : point["values"].items()) {
        row.push_back(value.value().is_string() ? value.value().get<std::string>()
                                                : value.value().dump());
      }
      row.push_back(point["trials"].dump());
      for (const FrontierBound& bound : question_.bounds) {
        row.push_back(plus_minus(point["figures"][bound.text], style_of(bound.figure)));
      }
      if (const auto* cost = question_.measured_cost()) {
        row.push_back(plus_minus(point["figures"][cost->text], style_of(*cost)));
      }
      row.push_back(point["verdict"].get<std::string>());
      const bool meets = row.back() == "meets";
      rows.add(row);
      rows.tint(row.size() - 1, meets ? terminal::Tone::good : terminal::Tone::plain);
    }
    return rows.text();
  }

  /// An interval without width says that trials agree, not that nothing else can happen.
  std::string caveat(std::uint64_t point, const FrontierBound& bound) const {
    const Tried& tried = tried_.at(point);
    const Json& figure = tried.figures[bound.text];
    if (figure["low"] != figure["high"]) return "";
    return fmt::format("\"{}\" came out alike in all {} trials: what is rarer they do not show\n",
                       bound.text, tried.trials);
  }

  std::string conclusion(const Json& result) const {
    std::string text;
    if (result["answer"].is_null()) {
      text = count(FrontierVerdict::undecided) > 0
                 ? "no point surely keeps the bounds, but some may (raise --max-trials)\n"
                 : "every point surely breaks a bound\n";
    } else {
      const auto best = result["answer"]["point"].get<std::uint64_t>();
      text = fmt::format("the cheapest that surely keeps the bounds: point {}, {}\n", best,
                         plan_.words(best));
      for (const FrontierBound& bound : question_.bounds) text += caveat(best, bound);
      if (const std::size_t near = as_cheap_as(best); near > 0) {
        text += fmt::format("{} may cost no more: the intervals of their {} overlap\n", near,
                            question_.costs.back().text);
      }
      if (const std::size_t others = count(FrontierVerdict::meets) - 1; others > 0) {
        text += fmt::format("{} more {} them among those tried\n", others,
                            others == 1 ? "keeps" : "keep");
      }
      if (const std::size_t open = count(FrontierVerdict::undecided); open > 0) {
        text += fmt::format("{} {} undecided and may be as cheap, or cheaper\n", open,
                            open == 1 ? "is" : "are");
      }
    }
    const std::size_t dearer = points_.size() - tried_.size();
    if (dearer > 0) text += fmt::format("{} are dearer and were not run\n", dearer);
    text +=
        fmt::format("all verdicts at once have a confidence of 95 %: each interval has {:.4g} %\n",
                    question_.confidence * 100);
    return text;
  }

  const SweepPlan& plan_;
  Question question_;
  const FrontierOptions& options_;
  std::vector<std::uint64_t> points_;
  std::map<std::uint64_t, Tried> tried_;
  OpenSweep sweep_;
};

}  // namespace

CLI::App* add_frontier_command(CLI::App& app, FrontierOptions& options) {
  CLI::App* command =
      app.add_subcommand("frontier", "finds the cheapest point that surely keeps some bounds");
  add_varying_options(*command, options);
  command
      ->add_option("--where", options.where,
                   "a bound: METRIC [of WORKLOAD][, PHASE] < BOUND, such as \"latency.p99 < 50ms\"")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--minimise", options.minimise,
                   "what it costs: parameters (\"/a/b + 2*/c/d\") or a METRIC; further ones where "
                   "those before are equal")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--trials", options.first_trials, "of each point at first")
      ->capture_default_str();
  command->add_option("--max-trials", options.most_trials, "of a point that stays undecided")
      ->capture_default_str();
  command->add_flag("--json", options.json, "prints frontier.json instead of a table");
  command->footer(
      "exit status: 0 there is an answer, 1 every point breaks a bound, 2 bad input, 4 undecided\n"
      "example: faultline frontier scenarios/cap/quorum-ap.json --vary "
      "/services/store/read_quorum=1..3 --where \"stale_reads < 0.1%\" --minimise latency.mean");
  return command;
}

int frontier_command(const FrontierOptions& options) {
  check_jobs(options.jobs);
  constexpr std::uint64_t most = 100'000;
  if (options.first_trials < 2 || options.most_trials < options.first_trials ||
      options.most_trials > most) {
    refuse(fmt::format("--trials {} --max-trials {}", options.first_trials, options.most_trials),
           fmt::format("not 2 or more, then as many or more up to {}", most));
  }
  if (options.resume && options.out.empty()) refuse("--resume", "needs the --out of before");
  std::optional<ScratchFolder> scratch;
  if (options.out.empty()) scratch.emplace();
  FrontierOptions settled = options;
  SweepOptions planned = options;
  planned.trials = options.most_trials;
  SweepPlan plan = plan_of(planned);
  Question question = read_question(options, plan);
  plan.set_question({{"where", options.where},
                     {"minimise", options.minimise},
                     {"first_trials", options.first_trials},
                     {"most_trials", options.most_trials}});
  const std::string out = scratch ? scratch->path() : options.out;
  settled.resume = options.resume && SweepFolder(out).holds_sweep();
  if (!settled.resume) ask_whether_so_many(plan, options, options.first_trials);
  const auto left_out = invalid_points(plan, options);
  std::vector<std::uint64_t> points;
  for (std::uint64_t point = 1; point <= plan.points(); ++point) {
    if (left_out.count(point) == 0) points.push_back(point);
  }
  check_costs(question, plan, points);
  const double statements =
      static_cast<double>(points.size()) *
      static_cast<double>(question.bounds.size() + (question.measured_cost() != nullptr ? 1 : 0)) *
      static_cast<double>(question.looks.size());
  question.confidence = 1 - (1 - usual_confidence) / statements;
  return Frontier(plan, std::move(question), settled, out, std::move(points)).run();
}

}  // namespace faultline
