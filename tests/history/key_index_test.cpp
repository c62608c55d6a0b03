#include <doctest/doctest.h>

#include <faultline/history/key_index.hpp>

#include "check/history_builder.hpp"

namespace faultline::testing {
namespace {

std::vector<OperationId> ids_of(const KeyIndex& index, std::size_t position) {
  const auto ids = index.operations(position);
  return {ids.begin(), ids.end()};
}

}  // namespace

TEST_CASE("operations by key, keys ascending") {
  HistoryBuilder history;
  history.on(9).write(1, 1, 0, 10);
  history.on(4).write(1, 2, 20, 30);
  history.on(9).read(2, 1, 40, 50);
  history.on(4).update(3, 2, 3, 60, 70, 80);  // its whole is left out
  Operation scan;
  scan.kind = OperationKind::scan;
  scan.key = 5;
  history.add(scan);
  const KeyIndex index(history.history());
  REQUIRE(index.size() == 2);
  CHECK(index.total() == 5);
  CHECK(index.key(0) == 4);
  CHECK(index.key(1) == 9);
  CHECK(ids_of(index, 0) == std::vector<OperationId>{1, 4, 5});
  CHECK(ids_of(index, 1) == std::vector<OperationId>{0, 2});
  CHECK(index.find(9) == 1);
  CHECK(index.find(5) == std::nullopt);
}

TEST_CASE("only the workloads asked for") {
  HistoryBuilder builder;
  builder.on(1).write(1, 1, 0, 10);
  builder[builder.on(2).write(1, 2, 20, 30)].workload = 1;
  History history = builder.history();
  history.workloads = {"a", "b"};
  const std::vector<std::uint16_t> second = {1};
  const KeyIndex index(history, second);
  REQUIRE(index.size() == 1);
  CHECK(index.key(0) == 2);
  CHECK(KeyIndex(history).size() == 2);
  CHECK(KeyIndex(History{}).size() == 0);
}

}  // namespace faultline::testing
