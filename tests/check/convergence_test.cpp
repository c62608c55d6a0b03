#include <doctest/doctest.h>

#include <faultline/check/catalog.hpp>
#include <faultline/check/convergence.hpp>

namespace faultline::testing {

TEST_CASE("replicas that hold the same have converged") {
  const ReplicaStates states = {{1, {5, 5, 5}}, {2, {nil, nil}}, {3, {7}}, {4, {}}};
  const CheckResult result = check_convergence(states);
  CHECK(result.check == "convergence");
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.checked == 4);
  CHECK(diverged_keys(states).empty());
}

TEST_CASE("keys whose replicas differ are named, as many as asked for") {
  const ReplicaStates states = {{1, {5, 5, 6}}, {2, {5, 5}}, {3, {5, nil}}, {8, {1, 2}}};
  const CheckResult result = check_convergence(states, {.witnesses = 2});
  CHECK(result.verdict == Verdict::invalid);
  CHECK(result.violations == 3);
  REQUIRE(result.witnesses.size() == 2);
  CHECK(result.witnesses[0].key == 1);
  CHECK(result.witnesses[0].explanation ==
        "The replicas of key 1 differ: replica 0 holds 5, replica 1 holds 5, replica 2 holds 6.");
  CHECK(result.witnesses[1].explanation ==
        "The replicas of key 3 differ: replica 0 holds 5, replica 1 holds nothing.");
  CHECK(diverged_keys(states) == std::vector<Key>{1, 3, 8});
}

TEST_CASE("checks are found by the name that their results bear") {
  for (const HistoryCheck& check : history_checks()) {
    CHECK(find_history_check(check.name) == &check);
    CHECK(check.run(History{}, CheckOptions{}).check == check.name);
  }
  CHECK(find_history_check("no such check") == nullptr);
}

}  // namespace faultline::testing
