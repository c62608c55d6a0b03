// Histories from elsewhere: our judge must agree with those that judged them before.
#include "recorded.hpp"

#include <doctest/doctest.h>

#include <faultline/check/linearizable.hpp>
#include <faultline/history/events.hpp>

#include "figures.hpp"

namespace faultline {
namespace {

using testing::Recorded;

CheckResult judge(const std::string& text, const Recorded& history, std::string_view model) {
  return check_object(read_events(text, {history.initial}), *find_object_kind(model));
}

/// Whether the operations of a witness contradict each other without the others.
bool contradictory(const Witness& witness, History history, std::string_view model) {
  std::vector<Operation> kept;
  for (const OperationId id : witness.operations) kept.push_back(history.operations[id]);
  history.operations = std::move(kept);
  return check_object(history, *find_object_kind(model)).verdict == Verdict::invalid;
}

void agree(const std::string& source, const std::string& file, std::string_view model,
           std::string (*notation)(const Recorded&), std::size_t expected_valid,
           std::size_t expected_invalid) {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t agreed = 0;
  for (const Recorded& history : testing::recorded(file)) {
    CAPTURE(history.name);
    const CheckResult result = judge(notation(history), history, model);
    const Verdict theirs = history.linearizable ? Verdict::valid : Verdict::invalid;
    CHECK(result.verdict == theirs);
    if (result.verdict == theirs) ++agreed;
    ++(history.linearizable ? valid : invalid);
    if (!history.linearizable) {
      CHECK(result.witnesses.size() == std::min<std::size_t>(result.violations, 8));
      REQUIRE(!result.witnesses.empty());
      for (const Witness& witness : result.witnesses) {
        CHECK(contradictory(witness, read_events(notation(history), {history.initial}), model));
      }
    }
  }
  CHECK(valid == expected_valid);
  CHECK(invalid == expected_invalid);
  testing::note_figure("Verdicts of other judges on recorded histories", source, "",
                       static_cast<double>(valid + invalid), static_cast<double>(agreed));
}

TEST_CASE("etcd under Jepsen is judged as Porcupine judges it") {
  agree("Porcupine: etcd under Jepsen", "etcd.txt", "cas-register", testing::as_log, 10, 40);
}

TEST_CASE("registers are judged as Knossos judges them") {
  agree("Knossos: registers", "knossos.txt", "cas-register", testing::as_edn, 6, 5);
}

TEST_CASE("a key-value store of texts is judged as Porcupine judges it") {
  agree("Porcupine: key-value stores", "kv.txt", "kv", testing::as_edn, 2, 2);
}

/// The event at which a history stops being linearizable, counted from 0.
std::int64_t contradiction(const Recorded& history) {
  const History events = read_events(testing::as_edn(history), {history.initial});
  const CheckResult result = check_object(events, *find_object_kind("cas-register"));
  const OperationId culprit = result.witnesses.at(0).culprit.value();
  return events.operations[culprit].completed.time_since_epoch().count() - 1;
}

TEST_CASE("the first operation that fits nowhere is the one that Knossos names") {
  const std::vector<std::pair<std::string, std::int64_t>> expected = {{"bad-analysis", 14},
                                                                      {"cas-failure", 491},
                                                                      {"rethink-fail-minimal", 4},
                                                                      {"rethink-fail-smaller", 217},
                                                                      {"immediate-failure", 3}};
  std::size_t found = 0;
  for (const Recorded& history : testing::recorded("knossos.txt")) {
    for (const auto& [name, event] : expected) {
      if (name != history.name) continue;
      CAPTURE(name);
      CHECK(contradiction(history) == event);
      ++found;
    }
  }
  CHECK(found == expected.size());
}

}  // namespace
}  // namespace faultline
