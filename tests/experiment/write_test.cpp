// Result directories: what is in them can be read again; what cannot be written leaves nothing.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/experiment/spacetime.hpp>
#include <faultline/experiment/write.hpp>
#include <faultline/history/jsonl.hpp>

#include "experiment/whole_run.hpp"
#include "scenario/golden.hpp"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away again.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "faultline-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Scratch() { fs::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

const char* const stale_reads = R"({"seed": 9, "duration": "5s",
    "topology": {"regions": {"a": 1, "b": 1},
                 "links": [{"between": ["a", "b"], "latency": "50ms"}]},
    "services": {"store": {"model": "quorum", "replicas": 2, "else": "latency",
                           "on_partition": "availability"}},
    "workloads": {"clients": {"target": "store", "arrivals": {"poisson": "200/s"},
                              "keys": {"uniform": true, "count": 3}}}})";

TEST_CASE("a result directory holds the run, readable again") {
  const WholeRun world(stale_reads, FilmSettings{});
  const Analysis analysis = world.analysis();
  const Scratch scratch;
  const std::string folder = scratch / "deep/er";
  prepare_folder(folder);
  CHECK(names_in(folder).empty());
  write_result(world.run(), analysis, folder);
  CHECK(names_in(folder) == std::vector<std::string>{"history.jsonl", "messages.jsonl", "otlp.json",
                                                     "result.json", "scenario.json",
                                                     "timeseries.csv", "trace.json"});

  CHECK(Json::parse(file_text(folder + "/result.json")) == analysis.result);
  const Scenario again =
      read_scenario(Document::read(folder + "/scenario.json"), catalog(), folder);
  CHECK(again.as_run == world.run().scenario().as_run);

  std::ifstream file(folder + "/history.jsonl");
  const History history = read_history(file);
  REQUIRE(history.operations.size() == world.history().operations.size());
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    CHECK(history.operations[i].completed == world.history().operations[i].completed);
    CHECK(history.operations[i].outcome == world.history().operations[i].outcome);
  }

  std::istringstream series(file_text(folder + "/timeseries.csv"));
  std::string line;
  std::getline(series, line);
  CHECK(line == "time,scope,name,metric,value");
  std::size_t rows = 0;
  while (std::getline(series, line)) {
    CHECK(std::count(line.begin(), line.end(), ',') == 4);
    ++rows;
  }
  CHECK(rows == analysis.series.size());
}

TEST_CASE("the first violation has its lanes and its messages in spacetime.json") {
  const WholeRun world(stale_reads, FilmSettings{});
  const Json result = world.result();
  const auto violation = first_violation(result);
  REQUIRE(violation.has_value());
  const Scratch scratch;
  prepare_folder(scratch / "x");
  write_spacetime(world.run(), *violation, scratch / "x");
  const Json film = Json::parse(file_text(scratch / "x/spacetime.json"));
  CHECK(film["key"] == violation->witness["key"]);
  CHECK(film["operations"].size() == violation->witness["operations"].size());
  CHECK(film["from"] < film["to"]);
  std::vector<std::string> lanes;
  for (const Json& lane : film["lanes"]) lanes.push_back(lane["name"]);
  for (const Json& operation : film["operations"]) {
    CHECK(std::count(lanes.begin(), lanes.end(), operation["lane"].get<std::string>()) == 1);
  }
}

TEST_CASE("nothing to film where nothing was violated") {
  std::string text = stale_reads;
  text.replace(text.find("\"replicas\": 2"), 13, "\"replicas\": 1");
  const WholeRun world(text);
  CHECK_FALSE(first_violation(world.result()).has_value());
}

TEST_CASE("a folder that cannot be is refused, with the reason and the remedy") {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "something";
  for (const std::string& folder :
       {scratch / "file", scratch / "file/below", std::string("/proc/x")}) {
    CAPTURE(folder);
    try {
      prepare_folder(folder);
      FAIL("was taken");
    } catch (const CannotWrite& error) {
      CHECK(std::string(error.what()).find(folder) == 0);
      CHECK(std::string(error.what()).find("--out") != std::string::npos);
    }
  }
  CHECK(file_text(scratch / "file") == "something");
}

TEST_CASE("a file is whole or not there, and what stood there stays") {
  const Scratch scratch;
  const std::string path = scratch / "figures.txt";
  write_file(path, [](std::ostream& out) { out << "first"; });
  CHECK(file_text(path) == "first");
  CHECK_THROWS_AS(write_file(path,
                             [](std::ostream& out) {
                               out << "half";
                               out.setstate(std::ios::badbit);  // as if the disk were full
                             }),
                  CannotWrite);
  CHECK(file_text(path) == "first");
  CHECK(names_in(scratch / ".") == std::vector<std::string>{"figures.txt"});
  CHECK_THROWS_AS(write_file(scratch / "no/folder.txt", [](std::ostream& out) { out << "x"; }),
                  CannotWrite);
}

}  // namespace
}  // namespace faultline::testing
