#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <faultline/experiment/digest.hpp>
#include <faultline/experiment/trial_file.hpp>
#include <faultline/experiment/write.hpp>

namespace faultline {
namespace {

using Pointer = Json::json_pointer;

/// Latencies and the pointer of their summary in the result.
struct Latencies {
  std::string pointer;
  std::span<const Duration> sorted;
};

/// All that were summarised in the result.
std::vector<Latencies> latencies_in(const Run& run, const Analysis& analysis) {
  std::vector<Latencies> all;
  const auto add = [&](const Pointer& at, const Tally& tally) {
    all.push_back({(at / "latency").to_string(), tally.latencies});
  };
  for (std::size_t workload = 0; workload < analysis.tallies.size(); ++workload) {
    const auto& tallies = analysis.tallies[workload];
    for (std::size_t phase = 0; phase < tallies.size(); ++phase) {
      const std::string name = phase < run.phases().size() ? run.phases()[phase].name : "all";
      const Pointer at =
          Pointer() / "workloads" / run.history().workloads[workload] / "phases" / name;
      add(at, tallies[phase].all);
      for (const auto& [kind, tally] : tallies[phase].kinds) {
        add(at / "kinds" / std::string(name_of(kind)), tally);
      }
      for (const auto& [region, tally] : tallies[phase].regions) {
        add(at / "regions" / run.history().regions[region], tally);
      }
    }
  }
  return all;
}

/// The parts of a result that hold figures.
Json measured_in(const Json& result) {
  Json measured;
  for (const char* kind : {"workloads", "services", "hosts", "links"}) {
    measured[kind] = Json::object();
    for (const auto& [name, subject] : result[kind].items()) {
      measured[kind][name]["phases"] = subject["phases"];
    }
  }
  return measured;
}

[[noreturn]] void unreadable(const std::string& path) {
  throw std::runtime_error(path + ": what a trial has left behind cannot be read");
}

std::vector<Duration> read_latencies(const std::string& path, std::uint64_t offset,
                                     std::size_t count) {
  std::vector<Duration> latencies(count);
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(reinterpret_cast<char*>(latencies.data()),
          static_cast<std::streamsize>(count * sizeof(Duration)));
  if (!in) unreadable(path);
  return latencies;
}

}  // namespace

void write_trial(const Run& run, const Analysis& analysis, const std::string& path,
                 const std::string& label) {
  const std::vector<Latencies> all = latencies_in(run, analysis);
  Json head;
  head["label"] = label;
  head["seed"] = run.scenario().seed;
  head["digest"] = digest_of(reproducible_part(analysis.result).dump());
  head["measured"] = measured_in(analysis.result);
  head["verdicts"] = Json::object();
  for (const auto& [name, check] : analysis.result["checks"].items()) {
    head["verdicts"][name] = check["verdict"];
  }
  head["expectations"] = analysis.result["expectations"];
  for (const Latencies& each : all) head["latencies"][each.pointer] = each.sorted.size();
  write_file(path, [&](std::ostream& out) {
    out << head.dump() << '\n';
    for (const Latencies& each : all) {
      out.write(reinterpret_cast<const char*>(each.sorted.data()),
                static_cast<std::streamsize>(each.sorted.size_bytes()));
    }
  });
}

bool simulate_trial(const TrialJob& job) {
  const Scenario scenario = with_seed(*job.scenario, job.seed);
  Run run(scenario, job.trace ? std::optional(FilmSettings{}) : std::nullopt);
  run.simulate();
  const Analysis analysis = analyse(run);
  if (!job.folder.empty()) write_result(run, analysis, job.folder);
  write_trial(run, analysis, job.file, job.label);
  return analysis.expectations_met;
}

Trial read_trial(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  if (!std::getline(in, line)) unreadable(path);
  Json head = Json::parse(line, nullptr, false);
  if (head.is_discarded()) unreadable(path);
  struct Place {
    std::uint64_t offset;
    std::size_t count;
  };
  std::map<std::string, Place> places;
  std::uint64_t offset = line.size() + 1;
  for (const auto& [pointer, number] : head["latencies"].items()) {
    const auto count = number.get<std::size_t>();
    places[pointer] = {offset, count};
    offset += count * sizeof(Duration);
  }
  std::error_code error;
  if (std::filesystem::file_size(path, error) != offset) unreadable(path);  // cut short
  return {head["seed"].get<std::uint64_t>(),
          std::move(head["measured"]),
          std::move(head["verdicts"]),
          std::move(head["expectations"]),
          [path, places = std::move(places)](const std::string& pointer) {
            const auto found = places.find(pointer);
            if (found == places.end()) return std::vector<Duration>();
            return read_latencies(path, found->second.offset, found->second.count);
          },
          head.value("label", ""),
          head.value("digest", "")};
}

}  // namespace faultline
