#include <algorithm>

#include <doctest/doctest.h>

#include <faultline/check/lost_updates.hpp>
#include <faultline/check/versions.hpp>

#include "check/history_builder.hpp"
#include "check/oracle.hpp"

namespace faultline::testing {
namespace {

std::vector<OperationId> ids_of(const std::vector<LostUpdate>& lost) {
  std::vector<OperationId> ids;
  for (const LostUpdate& each : lost) ids.push_back(each.write);
  return ids;
}

using Ids = std::vector<OperationId>;

}  // namespace

TEST_CASE("of two updates of one value, the first is lost") {
  HistoryBuilder history;
  history.write(9, 1, 0, 1);
  const OperationId first = history.update(1, 1, 10, 10, 20, 30);
  const OperationId second = history.update(2, 1, 20, 15, 25, 35);
  const auto lost = find_overwritten_updates(history.history());
  REQUIRE(ids_of(lost) == Ids{first});
  CHECK(lost[0].instead == second);
}

TEST_CASE("updates that build on each other are not lost") {
  HistoryBuilder history;
  history.update(1, nil, 10, 10, 20, 30);
  history.update(2, 10, 20, 40, 50, 60);
  history.update(1, 20, 30, 70, 80, 90);
  CHECK(find_overwritten_updates(history.history()).empty());
}

TEST_CASE("of three updates of one value, two are lost") {
  HistoryBuilder history;
  const OperationId a = history.update(1, nil, 10, 10, 20, 50);
  const OperationId b = history.update(2, nil, 20, 10, 20, 40);
  const OperationId c = history.update(3, nil, 30, 10, 20, 30);
  const auto lost = find_overwritten_updates(history.history());
  CHECK(ids_of(lost) == Ids{b, c});
  CHECK(lost[0].instead == a);
}

TEST_CASE("only acknowledged updates can be lost, only by updates of the same key") {
  HistoryBuilder history;
  history.update(1, nil, 10, 10, 20, 30, Outcome::unknown);
  history.update(2, nil, 20, 10, 20, 35);
  history.on(2).update(3, nil, 30, 10, 20, 35);
  history.on(1).read(4, nil, 40, 50);
  history.write(4, 40, 60, 70);  // a blind write: the client may mean to overwrite
  CHECK(find_overwritten_updates(history.history()).empty());
}

TEST_CASE("a read of one session and a write of another make no update") {
  HistoryBuilder history;
  history[history.read(1, nil, 0, 10)].part = true;
  history[history.write(2, 10, 20, 30)].part = true;
  history.update(3, nil, 20, 40, 50, 60);
  CHECK(find_overwritten_updates(history.history()).empty());
}

TEST_CASE("updates kept side by side are not lost") {
  HistoryBuilder history;
  history.update(1, nil, 10, 10, 20, 30);
  history.update(2, nil, 20, 10, 20, 35);
  history.read_all(3, {20, 10}, 40, 50);
  CHECK(find_overwritten_updates(history.history()).empty());
  history.update(4, nil, 30, 60, 70, 80);
  CHECK(find_overwritten_updates(history.history()).empty());  // both others were seen
  const OperationId later = history.update(5, nil, 40, 60, 70, 90);
  CHECK(ids_of(find_overwritten_updates(history.history())) == Ids{later - 3});
}

TEST_CASE("an acknowledged write is rolled back if the replicas end with an older value") {
  HistoryBuilder history;
  const OperationId first = history.write(1, 10, 0, 10);
  const OperationId second = history.write(1, 20, 20, 30);
  const OperationId third = history.write(2, 30, 25, 35);
  history.timed_out_write(3, 40, 50, 60);
  const auto lost_if = [&](std::vector<Value> held) {
    return find_rolled_back_writes(history.history(), {{1, std::move(held)}});
  };
  CHECK(ids_of(lost_if({20, 20})).empty());  // 20 and 30 are concurrent
  CHECK(ids_of(lost_if({40})).empty());
  CHECK(ids_of(lost_if({10, 10})) == Ids{second, third});
  CHECK(lost_if({10, 10})[0].instead == first);
  CHECK(ids_of(lost_if({10, 20})).empty());  // one replica still has it
  CHECK(ids_of(lost_if({nil, nil})) == Ids{first, second, third});
  CHECK(lost_if({nil})[0].instead == nobody);
  CHECK(ids_of(lost_if({})).empty());           // nobody left to ask
  CHECK(ids_of(lost_if({10, 12345})).empty());  // a digest
  CHECK(find_rolled_back_writes(history.history(), {{2, {nil}}}).empty());
}

TEST_CASE("rolled back writes are what one counts write by write") {
  Dice dice(31);
  std::size_t total = 0;
  for (int number = 0; number < 2'000; ++number) {
    const History history = register_history(dice, 20, 4);
    std::vector<Value> written = {nil};
    for (const Operation& each : history.operations) {
      if (each.writes()) written.push_back(each.written);
    }
    const std::vector<Value> held = {written[dice.roll(written.size())],
                                     written[dice.roll(written.size())]};
    Ids expected;
    for (OperationId id = 0; id < history.operations.size(); ++id) {
      const Operation& write = history.operations[id];
      if (!write.writes() || write.outcome != Outcome::ok) continue;
      if (std::all_of(held.begin(), held.end(), [&](Value value) {
            return proven_older(history, 1, value, write.written);
          })) {
        expected.push_back(id);
      }
    }
    REQUIRE(ids_of(find_rolled_back_writes(history, {{1, held}})) == expected);
    total += expected.size();
  }
  CHECK(total > 1'000);
}

}  // namespace faultline::testing
