// The judge of isolation on published histories, on bad ones, and on what its witnesses say.
#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <faultline/isolation/isolation.hpp>

#include "figures.hpp"
#include "isolation/transaction_text.hpp"

namespace faultline::testing {
namespace {

using Names = std::set<std::string>;
using nlohmann::json;

Names names_of(const std::vector<IsolationLevel>& levels) {
  Names names;
  for (const IsolationLevel level : levels) names.emplace(name_of(level));
  return names;
}

Names found_in(const IsolationResult& result) {
  Names names;
  for (const FoundAnomaly& each : result.anomalies) names.emplace(name_of(each.anomaly));
  return names;
}

TransactionHistory history_of(const json& published) {
  const auto lines = published.at("transactions").get<std::vector<std::string>>();
  if (published.value("sequential", false)) return one_by_one(lines);
  if (!published.contains("processes")) return concurrently(lines);
  return in_processes(lines, published.at("processes").get<std::vector<std::uint32_t>>());
}

const IsolationVerdict& level_called(const IsolationResult& result, const std::string& name) {
  return *std::find_if(result.levels.begin(), result.levels.end(),
                       [&](const IsolationVerdict& each) { return name_of(each.level) == name; });
}

std::string only_explanation(const IsolationResult& result, Anomaly anomaly) {
  const FoundAnomaly* found = result.find(anomaly);
  REQUIRE(found != nullptr);
  REQUIRE(found->witnesses.size() == 1);
  return found->witnesses[0].explanation;
}

IsolationResult judge(const std::vector<std::string>& lines) {
  return check_isolation(concurrently(lines));
}

}  // namespace

TEST_CASE("published histories show the published anomalies and break the published levels") {
  std::ifstream file(FAULTLINE_TEST_DIR "/isolation_histories.json");
  const json published = json::parse(file);
  REQUIRE(published.at("cases").size() == 35);
  std::size_t agreed = 0;
  for (const json& each : published.at("cases")) {
    CAPTURE(each.at("name").get<std::string>());
    IsolationOptions options;
    options.excerpt = each.value("excerpt", false);
    options.keys_are_sequential = each.value("keys_are_sequential", false);
    const IsolationResult result = check_isolation(history_of(each), options);
    REQUIRE(result.refused.empty());
    const Names found = found_in(result);
    bool all_found = true;
    for (const json& anomaly : each.at("finds")) {
      all_found = all_found && found.contains(anomaly.get<std::string>());
    }
    CHECK(all_found);
    if (all_found) ++agreed;
    for (const json& level : each.at("breaks")) {
      CHECK(level_called(result, level.get<std::string>()).verdict == Verdict::invalid);
    }
    const json& first = each.contains("breaks_first") ? each.at("breaks_first") : each.at("breaks");
    CHECK(names_of(weakest_broken(result)) == first.get<Names>());
    for (const json& level : each.value("holds", json::array())) {
      CHECK(level_called(result, level.get<std::string>()).verdict == Verdict::valid);
    }
    for (const IsolationVerdict& verdict : result.levels)
      CHECK(verdict.verdict != Verdict::unknown);
  }
  note_figure("Verdicts of other judges on recorded histories", "Elle: anomalies of transactions",
              "", 35, static_cast<double>(agreed));
}

TEST_CASE("without assuming that writes follow reads, a register shows less") {
  IsolationOptions options;
  options.excerpt = true;
  options.writes_follow_reads = false;
  const TransactionHistory history =
      concurrently({"read y 1; write x 1; write y 2", "read x 1; read y 1"});
  CHECK(check_isolation(history, options).anomalies.empty());
}

TEST_CASE("the levels form a lattice whose anomalies are all used") {
  std::set<Anomaly> used;
  for (std::size_t position = 0; position < isolation_level_count; ++position) {
    const auto level = static_cast<IsolationLevel>(position);
    for (const IsolationLevel below : implied_by(level)) CHECK(below < level);
    for (const Anomaly anomaly : excluded_by(level)) used.insert(anomaly);
  }
  CHECK(used.size() == anomaly_count);
}

TEST_CASE("a witness says why each of its dependencies holds") {
  const IsolationResult result =
      judge({"append x 1; append y 1", "append x 2; append y 2", "read x [1 2]; read y [2 1]"});
  const FoundAnomaly* found = result.find(Anomaly::dirty_write);
  REQUIRE(found != nullptr);
  REQUIRE(found->witnesses.size() == 1);
  const AnomalyWitness& witness = found->witnesses[0];
  CHECK(witness.transactions == std::vector<TransactionId>{0, 1});
  REQUIRE(witness.cycle.size() == 2);
  CHECK(witness.cycle[0].kind == Dependency::ww);
  CHECK(witness.cycle[0].reason ==
        "T2 appended 2 to x after T1 appended 1, as T3's read [1 2] shows");
  CHECK(witness.cycle[1].reason ==
        "T1 appended 1 to y after T2 appended 2, as T3's read [2 1] shows");
}

TEST_CASE("a witness of a skew says what was seen and what was missed") {
  const IsolationResult result = judge({"write x 1; write y 1", "read x 1; read y nil"});
  const FoundAnomaly* found = result.find(Anomaly::read_skew);
  REQUIRE(found != nullptr);
  REQUIRE(found->witnesses.size() == 1);
  REQUIRE(found->witnesses[0].cycle.size() == 2);
  CHECK(found->witnesses[0].cycle[0].reason == "T1 wrote 1 to x, which T2's read 1 returned");
  CHECK(found->witnesses[0].cycle[1].reason ==
        "T2's read of y returned nil and missed that T1 wrote 1 to y");
  CHECK(only_explanation(result, Anomaly::vanishing_transaction) ==
        "T1 put 1 into x and 1 into y. T2 saw the former, but then found y in its initial state, "
        "which is older than the latter.");
}

TEST_CASE("an order of reads that saves the reader from seeing a transaction vanish") {
  const IsolationResult result = judge({"write x 1; write y 1", "read y nil; read x 1"});
  CHECK(result.find(Anomaly::fractured_read) != nullptr);
  CHECK(result[IsolationLevel::monotonic_atomic_view].verdict == Verdict::valid);
  CHECK(result[IsolationLevel::read_atomic].verdict == Verdict::invalid);
}

TEST_CASE("values that nobody wrote are garbage unless the history is an excerpt") {
  const TransactionHistory history = concurrently({"read x 7"});
  CHECK(found_in(check_isolation(history)) == Names{"garbage-read"});
  IsolationOptions options;
  options.excerpt = true;
  CHECK(check_isolation(history, options).anomalies.empty());
  CHECK(found_in(judge({"append x 1", "read x [1 9]"})) == Names{"garbage-read"});
}

TEST_CASE("an unknown transaction counts if it was seen, and not otherwise") {
  const std::vector<std::string> seen = {"unknown: append x 1; append y 1",
                                         "read x [1]; read y []"};
  CHECK(check_isolation(concurrently(seen)).find(Anomaly::read_skew) != nullptr);
  const std::vector<std::string> unseen = {"unknown: append x 1; append y 1",
                                           "read x []; read y []"};
  const IsolationResult result = check_isolation(one_by_one(unseen));
  CHECK(result.transactions == 1);
  CHECK(result[IsolationLevel::strict_serializable].verdict == Verdict::valid);
}

TEST_CASE("an unknown transaction may commit after others, but not before it began") {
  const std::vector<std::string> late = {"unknown: append x 1", "read x []", "read x [1]"};
  CHECK(check_isolation(one_by_one(late)).anomalies.empty());
  const std::vector<std::string> early = {"read x [1]", "unknown: append x 1"};
  CHECK(found_in(check_isolation(one_by_one(early))) == Names{"G1c-realtime"});
}

TEST_CASE("an unknown transaction that may have been seen in vain breaks no more than it must") {
  // Had T1 failed after T3 saw it, no write was dirty, but T3's read was.
  const IsolationResult result = judge(
      {"unknown: append y 1; append z 1", "append y 2; append z 2", "read z [1]", "read y [2]"});
  CHECK(result.find(Anomaly::circular_information_flow) != nullptr);
  CHECK(result[IsolationLevel::read_committed].verdict == Verdict::invalid);
  CHECK(result[IsolationLevel::read_uncommitted].verdict == Verdict::valid);
  const IsolationResult certain =
      judge({"append y 1; append z 1", "append y 2; append z 2", "read z [1]", "read y [2]"});
  CHECK(certain[IsolationLevel::read_uncommitted].verdict == Verdict::invalid);
}

TEST_CASE("who reads and then writes depends on what was read, but overwrites nothing for sure") {
  const IsolationResult result = judge({"read x 2; write x 1", "read x 1; write x 2"});
  CHECK(result[IsolationLevel::read_uncommitted].verdict == Verdict::valid);
  CHECK(found_in(result) == Names{"cyclic-versions", "G1c"});
}

TEST_CASE("each of several that read one version and replace it misses each other") {
  const std::vector<std::string> lines(3, "read x []; append x ");
  const IsolationResult result = judge({lines[0] + "1", lines[1] + "2", lines[2] + "3"});
  const FoundAnomaly* found = result.find(Anomaly::write_skew);
  REQUIRE(found != nullptr);
  REQUIRE(found->witnesses.size() == 1);
  CHECK(found->witnesses[0].cycle.size() == 2);
  REQUIRE(result.find(Anomaly::lost_update) != nullptr);
  CHECK(result.find(Anomaly::lost_update)->witnesses[0].transactions ==
        std::vector<TransactionId>{0, 1, 2});
}

TEST_CASE("a search that reaches its bound leaves consistent view open, but nothing else") {
  // Two anti-dependencies apart in every cycle; the first edge of a component is always tried.
  std::vector<std::string> lines;
  for (int copy = 0; copy < 3; ++copy) {
    const std::string x = "x" + std::to_string(copy);
    const std::string y = "y" + std::to_string(copy);
    lines.push_back("append " + x + " 1");
    lines.push_back("read " + x + " [1]; read " + y + " []");
    lines.push_back("append " + y + " 1");
    lines.push_back("read " + y + " [1]; read " + x + " []");
  }
  IsolationOptions options;
  options.search_bound = 1;
  const IsolationResult result = check_isolation(concurrently(lines), options);
  CHECK(result[IsolationLevel::consistent_view].verdict == Verdict::unknown);
  CHECK(result[IsolationLevel::consistent_view].reason ==
        "The search reached its bound (search_bound) before it had looked everywhere.");
  CHECK(result[IsolationLevel::snapshot_isolation].verdict == Verdict::invalid);
  CHECK(result[IsolationLevel::read_committed].verdict == Verdict::valid);
  REQUIRE(result.find(Anomaly::nonadjacent_skew) != nullptr);
  CHECK(result.find(Anomaly::nonadjacent_skew)->count == 3);
  const IsolationResult whole = check_isolation(concurrently(lines));
  CHECK(whole[IsolationLevel::consistent_view].verdict == Verdict::valid);
}

TEST_CASE("what a transaction appends must appear in its order") {
  CHECK(found_in(judge({"append x 1; append x 2", "read x [2 1]"})).contains("incompatible-order"));
}

TEST_CASE("a transaction sees its own writes") {
  CHECK(found_in(judge({"append x 1; read x []"})) == Names{"internal"});
  CHECK(found_in(judge({"write x 1; read x nil"})) == Names{"internal"});
  CHECK(judge({"append x 1; read x [1]; append x 2; read x [1 2]"}).anomalies.empty());
  CHECK(judge({"write x 1; read x 1; write x 2; read x 2"}).anomalies.empty());
}

TEST_CASE("histories that cannot be judged are refused with the reason") {
  const auto refusal = [](const TransactionHistory& history) {
    const IsolationResult result = check_isolation(history);
    CHECK(result.anomalies.empty());
    for (const IsolationVerdict& each : result.levels) CHECK(each.verdict == Verdict::unknown);
    return result.refused.empty() ? std::string() : result.refused[0];
  };
  CHECK(refusal(concurrently({"append x 1", "failed: append x 1"})) ==
        "T1 and T2 both write 1 to x: a value must name its write");
  CHECK(refusal(concurrently({"append x 1", "write x 2"})) ==
        "x is used both as a list and as a register");
  CHECK(refusal(concurrently({"write x nil"})) == "T1 writes nil to x");
  CHECK(refusal(TransactionText().add("read x 1", 0, 5, 4).history()) ==
        "T1 ends before it begins");
  CHECK(
      refusal(TransactionText().add("read x nil", 3, 0, 9).add("read x nil", 3, 5, 12).history()) ==
      "process 3 begins T2 before T1 has ended");
  TransactionHistory truncated = concurrently({"read x [1 2]"});
  truncated.elements.pop_back();
  CHECK(refusal(truncated) == "a read of x has elements that do not exist");
  truncated.steps.clear();
  CHECK(refusal(truncated) == "T1 has steps that do not exist");
}

}  // namespace faultline::testing
