#include "hunt.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include <faultline/check/catalog.hpp>
#include <faultline/experiment/hunt.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/reader.hpp>

#include "jobs.hpp"
#include "refuse.hpp"
#include "terminal.hpp"

namespace faultline {
namespace {

class Hunt {
 public:
  explicit Hunt(const HuntOptions& options) : options_(options) {
    const std::string folder = std::filesystem::path(options.scenario).parent_path();
    folder_ = folder.empty() ? "." : folder;
    const Document document = Document::read(options.scenario);
    base_ = document.root();
    scenario_ = read(document);  // complains with places of the file
    base_.erase("expect");
    read_claim();
    read_hazards();
    if (random_faults(*scenario_, hazards_, options.first_seed).empty()) {
      refuse(options.scenario, "none of the faults can strike here (choose others with --faults)");
    }
  }

  int run() {
    const std::optional<Json> broken = find_broken();
    if (!broken && undecided_ > 0) {
      fmt::print("{} of {} runs could not be judged; the others kept {}\n", undecided_,
                 options_.seeds, options_.claim);
      return exit_undecided;
    }
    if (!broken) {
      fmt::print("{} held on {} random schedules of faults (more with --seeds)\n", options_.claim,
                 options_.seeds);
      return exit_ok;
    }
    Json smallest = shrink(*broken);
    smallest["description"] =
        fmt::format("The smallest scenario that a hunt found to break \"{}\".", options_.claim);
    smallest["expect"] = Json::array();
    for (const auto& workload : smallest["workloads"].items()) {
      smallest["expect"].push_back({{"check", options_.claim}, {"of", workload.key()}});
    }
    write_json(options_.out, smallest);
    fmt::print("the smallest scenario found has {}: faultline run {}\n", faults_in_words(smallest),
               options_.out);
    return exit_unmet;
  }

 private:
  Scenario read(const Document& document) const {
    Scenario scenario = read_scenario(document, catalog(), folder_);
    scenario.detect_warmup = false;  // claims are judged by all that happened, warm-up or not
    return scenario;
  }
  /// Nothing if a step has led to what is no scenario.
  std::optional<Scenario> read(const Json& json) const {
    try {
      return read(Document::parse(json.dump(), options_.scenario));
    } catch (const BadInput&) {
      return std::nullopt;
    }
  }

  void read_claim() const {
    const bool known = options_.claim == "convergence" || find_history_check(options_.claim);
    if (options_.claim == "bounded_staleness") {
      refuse("--claim bounded_staleness", "some bound always holds (name another check)");
    }
    if (known) return;
    std::string names;
    for (const HistoryCheck& each : history_checks()) names += fmt::format("{}, ", each.name);
    refuse("--claim " + options_.claim, fmt::format("no check ({}convergence)", names));
  }

  void read_hazards() {
    if (options_.hazards.empty()) return;
    hazards_ = {false, false, false, false, false, false, hazards_.most};
    for (const std::string& name : options_.hazards) {
      if (set_hazard(hazards_, name)) continue;
      std::string names;
      for (const std::string& each : hazard_names()) {
        names += (names.empty() ? "" : ", ") + each;
      }
      refuse("--faults " + name, fmt::format("no kind of fault that is thrown ({})", names));
    }
  }

  Json with_seed(std::uint64_t seed) const {
    Json json = base_;
    json["seed"] = seed;
    if (!json.contains("faults")) json["faults"] = Json::array();
    for (Json& fault : random_faults(*scenario_, hazards_, seed)) {
      json["faults"].push_back(std::move(fault));
    }
    return json;
  }

  /// The position of the first candidate that breaks the claim, if one does.
  std::optional<std::size_t> first_broken(const std::vector<Json>& candidates) {
    std::vector<Scenario> scenarios;
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < candidates.size(); ++place) {
      if (auto scenario = read(candidates[place])) {
        scenarios.push_back(std::move(*scenario));
        places.push_back(place);
      }
    }
    std::vector<const Scenario*> pointers;
    for (const Scenario& scenario : scenarios) pointers.push_back(&scenario);
    const std::vector<int> statuses = judge_runs(pointers, options_.claim);
    for (std::size_t run = 0; run < statuses.size(); ++run) {
      if (statuses[run] == exit_unmet) {
        tried_ += places[run] + 1;
        return places[run];
      }
      if (statuses[run] != exit_ok) ++undecided_;
      if (statuses[run] == exit_internal) throw std::runtime_error("a run of the hunt failed");
    }
    tried_ += candidates.size();
    return std::nullopt;
  }

  std::optional<Json> find_broken() {
    terminal::Progress bar(fmt::format("hunting for {}", options_.claim));
    for (std::uint64_t tried = 0; tried < options_.seeds;) {
      bar.show(static_cast<double>(tried) / static_cast<double>(options_.seeds));
      std::vector<Json> batch;
      for (std::size_t job = 0; job < options_.jobs && tried < options_.seeds; ++job) {
        batch.push_back(with_seed(options_.first_seed + tried++));
      }
      if (const auto place = first_broken(batch)) {
        const Json& found = batch[*place];
        bar.show(1);
        fmt::print("{} broke with seed {} and {}\n", options_.claim,
                   found["seed"].get<std::uint64_t>(), faults_in_words(found));
        return found;
      }
    }
    return std::nullopt;
  }

  /// Takes the first smaller scenario that still breaks the claim, again and again.
  Json shrink(Json scenario) {
    terminal::Progress bar("making it smaller");
    tried_ = 0;
    std::vector<Json> candidates = smaller_scenarios(scenario);
    for (std::size_t first = 0; first < candidates.size() && tried_ < options_.shrinking;) {
      bar.show(static_cast<double>(tried_) / static_cast<double>(options_.shrinking));
      const std::size_t most = std::min(options_.jobs, options_.shrinking - tried_);
      const std::size_t last = std::min(first + most, candidates.size());
      const std::vector<Json> batch(candidates.begin() + static_cast<std::ptrdiff_t>(first),
                                    candidates.begin() + static_cast<std::ptrdiff_t>(last));
      first = last;
      if (const auto place = first_broken(batch)) {
        scenario = batch[*place];
        candidates = smaller_scenarios(scenario);
        first = 0;
      }
    }
    return scenario;
  }

  static std::string faults_in_words(const Json& scenario) {
    const std::size_t count = scenario.contains("faults") ? scenario["faults"].size() : 0;
    return fmt::format("{} {}", count, count == 1 ? "fault" : "faults");
  }

  const HuntOptions& options_;
  std::string folder_;
  Json base_;
  std::optional<Scenario> scenario_;
  Hazards hazards_;
  std::size_t undecided_ = 0;
  std::size_t tried_ = 0;  ///< candidates, counted alike for any number of jobs
};

}  // namespace

int hunt_command(const HuntOptions& options) {
  if (options.seeds == 0) refuse("--seeds 0", "nothing would be tried (1 or more)");
  if (options.jobs == 0) refuse("--jobs 0", "nobody would run anything (1 or more)");
  HuntOptions settled = options;
  if (settled.out.empty()) {
    // Beside the scenario, so that the files that it names are found.
    std::filesystem::path out = options.scenario;
    settled.out = out.replace_filename(out.stem().string() + "-broken.json").string();
  }
  return Hunt(settled).run();
}

}  // namespace faultline
