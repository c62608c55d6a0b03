// The tables: that their bytes depend on what ran and not on how, and who may go on with them.
#include <filesystem>
#include <sstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include <faultline/sweep/results.hpp>
#include <faultline/sweep/tables.hpp>

#include "sweep/made_up_plan.hpp"

namespace faultline {
namespace {

using testing::made_up_plan;
using testing::made_up_trial;
namespace fs = std::filesystem;

constexpr const char* two_points =
    R"({"vary": {"/services/store/read_quorum": [1, 2]}, "trials": 2})";

class TablesFile {
 public:
  TablesFile()
      : path_((fs::temp_directory_path() / fmt::format("sweep-{}.sqlite", getpid())).string()) {
    fs::remove(path_);
  }
  ~TablesFile() { fs::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// All rows of all tables.
std::string dump(const SweepTables& tables) {
  std::string text;
  for (const char* table : {"sweep", "points", "parameters", "runs", "metrics", "checks",
                            "expectations", "estimates"}) {
    Statement rows = tables.database().prepare(fmt::format("SELECT * FROM {}", table));
    while (rows.step()) {
      text += table;
      for (int column = 0; column < rows.columns(); ++column) {
        text += "|" + rows.value(column).dump();
      }
      text += "\n";
    }
  }
  return text;
}

void run(SweepTables& tables, const SweepPlan& plan, std::uint64_t number) {
  tables.record_run(plan.task(number), made_up_trial(number, 10.0 * static_cast<double>(number)));
}

void summarise(SweepTables& tables, const SweepPlan& plan, std::uint64_t point) {
  std::vector<Trial> trials;
  for (std::uint64_t trial = 1; trial <= 2; ++trial) {
    const std::uint64_t number = plan.number_of(point, trial);
    trials.push_back(made_up_trial(number, 10.0 * static_cast<double>(number)));
  }
  tables.record_summary(point, 2, summarise_trials(plan.base(), trials));
}

TEST_CASE("tables say the same whatever the order, failures and repetitions") {
  const SweepPlan plan = made_up_plan(two_points);
  std::string straight;
  {
    const TablesFile file;
    SweepTables tables = SweepTables::create(file.path(), plan);
    for (std::uint64_t number = 1; number <= 4; ++number) run(tables, plan, number);
    summarise(tables, plan, 1);
    summarise(tables, plan, 2);
    straight = dump(tables);
  }
  const TablesFile file;
  {
    SweepTables tables = SweepTables::create(file.path(), plan);
    tables.record_failure(plan.task(4), 4, "ended by signal 9");
    run(tables, plan, 2);
    CHECK(tables.status_of_point(2) == "failed");
    CHECK(tables.count_done() == 1);
  }
  SweepTables tables = SweepTables::resume(file.path(), plan);
  tables.forget_failures();
  CHECK(tables.status_of_point(2) == "open");
  run(tables, plan, 4);
  run(tables, plan, 3);
  run(tables, plan, 3);
  summarise(tables, plan, 2);
  run(tables, plan, 1);
  CHECK(tables.unsummarised_runs() == std::vector<std::uint64_t>{1, 2});
  summarise(tables, plan, 1);
  CHECK(dump(tables) == straight);
}

TEST_CASE("what is not committed has not been") {
  const SweepPlan plan = made_up_plan(two_points);
  const TablesFile file;
  SweepTables tables = SweepTables::create(file.path(), plan);
  run(tables, plan, 1);
  const std::string before = dump(tables);
  {
    DatabaseTransaction transaction(tables.database());
    tables.forget_run(1);
  }
  CHECK(dump(tables) == before);
}

TEST_CASE("estimates are those of all trials, by SQL") {
  const SweepPlan plan = made_up_plan(two_points);
  const TablesFile file;
  SweepTables tables = SweepTables::create(file.path(), plan);
  run(tables, plan, 1);
  run(tables, plan, 2);
  summarise(tables, plan, 1);
  Statement ask = tables.database().prepare(
      "SELECT estimates.value, trials, parameters.value FROM estimates JOIN parameters USING "
      "(point) WHERE "
      "metric = 'goodput' AND phase = 'all' AND subject = 'clients'");
  REQUIRE(ask.step());
  CHECK(ask.value(0) == 15.0);
  CHECK(ask.value(1) == 2);
  CHECK(ask.text(2) == "1");
  CHECK_FALSE(ask.step());
}

std::string refusal(const std::string& path, const SweepPlan& plan) {
  try {
    SweepTables::resume(path, plan);
    return "";
  } catch (const BadInput& error) {
    return error.what();
  }
}

TEST_CASE("nobody goes on with another plan") {
  const TablesFile file;
  const SweepPlan plan = made_up_plan(two_points);
  SweepTables::create(file.path(), plan);
  CHECK(refusal(file.path(), plan).empty());
  const SweepPlan more =
      made_up_plan(R"({"vary": {"/services/store/read_quorum": [1, 2]}, "trials": 3})");
  CHECK(refusal(file.path(), more).find("/scenario/sweep/trials was 2, now 3") !=
        std::string::npos);
  SweepPlan asked = made_up_plan(two_points);
  asked.set_question({{"where", "latency.p99 < 50ms"}});
  CHECK(refusal(file.path(), asked).find("/question was nothing") != std::string::npos);
}

TEST_CASE("sweep.csv has a line for each figure of each point") {
  const SweepPlan plan = made_up_plan(two_points);
  const TablesFile file;
  SweepTables tables = SweepTables::create(file.path(), plan);
  for (std::uint64_t number = 1; number <= 2; ++number) run(tables, plan, number);
  summarise(tables, plan, 1);
  tables.record_left_out({2});
  std::ostringstream out;
  write_sweep_csv(plan, tables, out);
  const std::string text = out.str();
  CHECK(
      text.starts_with("point,read_quorum,status,kind,subject,phase,metric,value,low,high,"
                       "trials\n1,1,done,workload,clients,all,goodput,15.0,0.0,"));
  CHECK(text.find("\n2,2,left out,,,,,,,,\n") != std::string::npos);
  CHECK(csv_field("a,b\"c\"") == "\"a,b\"\"c\"\"\"");
}

TEST_CASE("sweep.json describes parameters and their units") {
  const SweepPlan plan = made_up_plan(
      R"({"vary": {"/services/store/timeout": ["20ms", "1s"], "/topology/jitter": [0, 0.5]}})");
  const Json head = sweep_head(plan);
  CHECK(head["parameters"][0]["kind"] == "text");
  CHECK(head["parameters"][0]["unit"] == "s");
  CHECK(head["parameters"][0]["numbers"] == Json({0.02, 1.0}));
  CHECK(head["parameters"][1]["kind"] == "number");
  CHECK(head["parameters"][1]["numbers"].is_null());
  CHECK(head["base"].contains("/services/store/timeout"));
}

}  // namespace
}  // namespace faultline
