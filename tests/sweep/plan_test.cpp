// Plans: which points, in which order, and that they come back from their file the same.
#include <filesystem>
#include <set>

#include <doctest/doctest.h>
#include <unistd.h>

#include "sweep/made_up_plan.hpp"

namespace faultline {
namespace {

using testing::made_up_plan;

constexpr const char* quorums = R"({"vary": {"/services/store/read_quorum": "1..3",
    "/services/store/write_quorum": [1, 2]}, "trials": 5)";

std::string values_of(const SweepPlan& plan, std::uint64_t point) {
  return Json(plan.values(point)).dump();
}

TEST_CASE("a grid has every value with every value of the others, the last fastest") {
  const SweepPlan plan = made_up_plan(std::string(quorums) + "}");
  REQUIRE(plan.points() == 6);
  CHECK(values_of(plan, 1) == "[1,1]");
  CHECK(values_of(plan, 2) == "[1,2]");
  CHECK(values_of(plan, 3) == "[2,1]");
  CHECK(values_of(plan, 6) == "[3,2]");
  CHECK(plan.words(6) == "read_quorum=3, write_quorum=2");
  CHECK(plan.scenario(6).as_run["services"]["store"]["read_quorum"] == 3);
  CHECK_FALSE(plan.scenario(6).sweep.has_value());
}

TEST_CASE("a task is a point and a trial, whatever their number") {
  const SweepPlan plan = made_up_plan(std::string(quorums) + "}");
  REQUIRE(plan.tasks() == 30);
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (std::uint64_t number = 1; number <= plan.tasks(); ++number) {
    const SweepTask task = plan.task(number);
    CHECK(plan.number_of(task.point, task.trial) == number);
    seen.insert({task.point, task.trial});
  }
  CHECK(seen.size() == 30);
}

TEST_CASE("a Latin hypercube meets every part of every range once") {
  const SweepPlan plan = made_up_plan(
      R"({"vary": {"/services/store/timeout": "10ms..110ms", "/topology/jitter": "0.0..1.0"},
          "plan": "latin_hypercube", "points": 50})");
  REQUIRE(plan.points() == 50);
  std::set<int> parts_of_first;
  std::set<int> parts_of_second;
  std::set<std::pair<int, int>> together;
  for (std::uint64_t point = 1; point <= 50; ++point) {
    const double timeout =
        parse_quantity(plan.values(point)[0].get<std::string>(), Unit::duration) * 1e3;
    const int first = static_cast<int>((timeout - 10) / 2);
    const int second = static_cast<int>(plan.values(point)[1].get<double>() * 50);
    parts_of_first.insert(first);
    parts_of_second.insert(second);
    if (first == second) together.insert({first, second});
  }
  CHECK(parts_of_first.size() == 50);
  CHECK(parts_of_second.size() == 50);
  // Two orders of their own: of 50 places one is expected to agree, 8 have a chance of 1 in 10^5.
  CHECK(together.size() < 8);
}

TEST_CASE("a Latin hypercube has each value of a list equally often") {
  const SweepPlan plan = made_up_plan(
      R"({"vary": {"/services/store/read_quorum": [1, 2, 3]}, "plan": "latin_hypercube",
          "points": 30})");
  std::map<int, int> counts;
  for (std::uint64_t point = 1; point <= 30; ++point) ++counts[plan.values(point)[0].get<int>()];
  CHECK(counts == std::map<int, int>{{1, 10}, {2, 10}, {3, 10}});
}

TEST_CASE("one at a time begins with the scenario itself and never repeats it") {
  const SweepPlan plan = made_up_plan(std::string(quorums) + R"(, "plan": "one_at_a_time"})");
  // The scenario has 2 and 2.
  REQUIRE(plan.points() == 4);
  CHECK(values_of(plan, 1) == "[2,2]");
  CHECK(values_of(plan, 2) == "[1,2]");
  CHECK(values_of(plan, 3) == "[3,2]");
  CHECK(values_of(plan, 4) == "[2,1]");
}

TEST_CASE("parameters with the same last name are told apart") {
  const SweepPlan plan = made_up_plan(
      R"({"vary": {"/workloads/clients/retry/timeout": ["1s"], "/workloads/clients/timeout": ["1s"],
          "/seed": [1, 2]}})");
  CHECK(plan.names() == std::vector<std::string>{"retry/timeout", "clients/timeout", "seed"});
}

TEST_CASE("a plan comes back from its file the same") {
  const SweepPlan plan = made_up_plan(std::string(quorums) + "}");
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("plan-{}.json", getpid())).string();
  plan.save(path);
  const SweepPlan again = SweepPlan::load(path, catalog());
  std::filesystem::remove(path);
  CHECK(again.json() == plan.json());
  CHECK(again.points() == plan.points());
}

std::string refusal(const std::string& sweep) {
  try {
    made_up_plan(sweep);
    return "";
  } catch (const BadInput& error) {
    return error.what();
  }
}

TEST_CASE("what cannot be swept is refused with its place") {
  CHECK(refusal(R"({"vary": {"/services/stor/read_quorum": "1..3"}})")
            .find("did you mean \"/services/store/read_quorum\"?") != std::string::npos);
  CHECK(refusal(R"({"vary": {"/services/store/timeout": "1ms..5ms"}})").find("say a step") !=
        std::string::npos);
  CHECK(refusal(R"({"vary": {}})").find("nothing is varied") != std::string::npos);
  CHECK(refusal(R"({})").find("what to vary") != std::string::npos);
  CHECK(refusal(R"({"vary": {"/sweep/trials": [1, 2]}})").find("itself") != std::string::npos);
  CHECK(refusal(R"({"vary": {"/services/store": [1], "/services/store/timeout": ["1s"]}})")
            .find("lies on the way") != std::string::npos);
  CHECK(refusal(R"({"vary": {"/seed": "1..1000000000000000", "/services/store/read_quorum":
            "1..1000000000000000"}})")
            .find("cannot even be counted") != std::string::npos);
}

}  // namespace
}  // namespace faultline
