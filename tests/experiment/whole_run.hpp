// Whole runs for tests: from the text of a scenario to its history and result.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <faultline/experiment/result.hpp>
#include <faultline/models/catalog.hpp>
#include <faultline/scenario/reader.hpp>

namespace faultline::testing {

/// A scenario that has been run. SimGrid allows one in a process.
class WholeRun {
 public:
  explicit WholeRun(const std::string& text, std::optional<FilmSettings> film = std::nullopt)
      : scenario_(read_scenario(Document::parse(text, "scenario.json"), catalog(), ".")),
        run_(scenario_, std::move(film)) {
    run_.simulate();
  }
  const History& history() const { return run_.history(); }
  const Run& run() const { return run_; }
  Json result() const { return analyse(run_).result; }
  Analysis analysis() const { return analyse(run_); }

 private:
  Scenario scenario_;
  Run run_;
};

}  // namespace faultline::testing
