#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include <faultline/metric/ledger.hpp>

namespace faultline {
namespace {

using namespace std::chrono_literals;

constexpr EndpointId node(std::uint32_t number) { return static_cast<EndpointId>(number); }

/// Key k lives on three of five nodes.
std::vector<EndpointId> three_of_five(Key key) {
  const auto first = static_cast<std::uint32_t>(key % 5);
  return {node(first), node((first + 1) % 5), node((first + 2) % 5)};
}

TEST_CASE("a key is diverged from the first replica's change to the last's") {
  ReplicaLedger ledger(three_of_five);
  ledger.holds(Time{1s}, node(0), 0, 7);
  CHECK(ledger.diverged() == 1);
  ledger.holds(Time{2s}, node(1), 0, 7);
  CHECK(ledger.diverged() == 1);
  ledger.holds(Time{3s}, node(2), 0, 7);
  CHECK(ledger.diverged() == 0);
}

TEST_CASE("what a node keeps for others is not a replica") {
  ReplicaLedger ledger(three_of_five);
  ledger.holds(Time{1s}, node(4), 0, 7);
  CHECK(ledger.diverged() == 0);
}

TEST_CASE("the count of diverged keys agrees with counting them out") {
  std::mt19937_64 bits(3);
  ReplicaLedger ledger(three_of_five);
  std::map<std::pair<Key, std::uint32_t>, Value>
      held;  // the oracle: everything, visited every time
  for (int step = 0; step < 3000; ++step) {
    const Key key = bits() % 12;
    if (bits() % 50 == 0) {
      const auto gone = static_cast<std::uint32_t>(bits() % 5);
      ledger.emptied(Time{1s}, node(gone));
      for (auto& [place, value] : held) {
        if (place.second == gone) value = nil;
      }
    } else {
      const auto on = static_cast<std::uint32_t>(index_of(three_of_five(key)[bits() % 3]));
      const Value value = 1 + bits() % 3;
      ledger.holds(Time{1s}, node(on), key, value);
      held[{key, on}] = value;
    }
    std::size_t diverged = 0;
    for (Key k = 0; k < 12; ++k) {
      std::set<Value> values;
      for (const EndpointId replica : three_of_five(k)) {
        values.insert(held[{k, static_cast<std::uint32_t>(index_of(replica))}]);
      }
      if (values.size() > 1) ++diverged;
    }
    REQUIRE(ledger.diverged() == diverged);
  }
}

TEST_CASE("divergence is from the first replica's change to the last's") {
  ReplicaLedger ledger(three_of_five);
  ledger.holds(Time{1s}, node(0), 0, 7);
  ledger.holds(Time{2s}, node(0), 5, 8);
  for (const std::uint32_t replica : {1U, 2U}) ledger.holds(Time{4s}, node(replica), 0, 7);
  for (const std::uint32_t replica : {1U, 2U}) ledger.holds(Time{9s}, node(replica), 5, 8);
  ledger.holds(Time{10s}, node(0), 10, 9);  // is not over yet
  const ReplicaLedger::Divergence divergence = ledger.take_divergence();
  CHECK(divergence.spans == 2);
  CHECK(divergence.total == 10s);
  CHECK(divergence.longest == 7s);
  CHECK(ledger.take_divergence().spans == 0);
}

TEST_CASE("a watch ends when each key that had diverged has been equal once") {
  ReplicaLedger ledger(three_of_five);
  ledger.holds(Time{1s}, node(0), 0, 7);
  ledger.holds(Time{1s}, node(0), 5, 8);
  CHECK(ledger.watch(Time{2s}) == 0);
  ledger.holds(Time{3s}, node(0), 10, 9);  // diverges later: not this watch's business
  for (const std::uint32_t replica : {1U, 2U}) ledger.holds(Time{4s}, node(replica), 0, 7);
  CHECK(ledger.watches()[0].remaining == 1);
  for (const std::uint32_t replica : {1U, 2U}) ledger.holds(Time{6s}, node(replica), 5, 8);
  CHECK(ledger.watches()[0].keys == 2);
  CHECK(ledger.watches()[0].remaining == 0);
  CHECK(ledger.watches()[0].last == Time{6s});
  CHECK(ledger.diverged() == 1);
}

}  // namespace
}  // namespace faultline
