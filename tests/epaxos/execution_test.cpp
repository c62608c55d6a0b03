// The order of execution, against a judge that knows reachability and nothing of components; and
// the small pure parts beside it.
#include <algorithm>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/core/random.hpp>
#include <faultline/epaxos/execution.hpp>
#include <faultline/epaxos/interference.hpp>
#include <faultline/epaxos/store.hpp>

namespace faultline::epaxos {
namespace {

Action command(Key key, bool writes) {
  Action action;
  action.kind = writes ? Action::Kind::write : Action::Kind::read;
  action.command.key = key;
  return action;
}

Action no_op() {
  Action action;
  action.kind = Action::Kind::no_op;
  return action;
}

struct Committed {
  InstanceId id;
  Action action;
  Attributes attributes;
};

std::vector<InstanceId> ids_of(const std::vector<Execution::Executed>& executed) {
  std::vector<InstanceId> ids;
  for (const Execution::Executed& next : executed) ids.push_back(next.id);
  return ids;
}

TEST_CASE("a command waits for what it depends on, and for what may yet interfere") {
  Execution execution;
  Attributes second;
  second.dependencies.until[0] = 2;
  second.sequence = 3;
  execution.commit({1, 1}, command(7, true), second);
  CHECK(execution.take_executable().empty());  // nobody knows what 0.1 and 0.2 are about
  execution.learn({0, 1}, command(8, true));   // no matter what becomes of it
  execution.learn({0, 2}, command(7, true));
  CHECK(execution.take_executable().empty());
  SUBCASE("which is executed first") {
    execution.commit({0, 2}, command(7, true), {});
    CHECK(ids_of(execution.take_executable()) == std::vector<InstanceId>{{0, 2}, {1, 1}});
  }
  SUBCASE("or turns out to be nothing") {
    execution.commit({0, 2}, no_op(), {});
    CHECK(ids_of(execution.take_executable()) == std::vector<InstanceId>{{1, 1}});
  }
  CHECK(execution.under_way(0, 8) == 1);
  CHECK(execution.under_way(0, 7) == 0);
}

TEST_CASE("in a circle the lower sequence number comes first, then the lower instance") {
  const auto order_of = [](Sequence of_first, Sequence of_second) {
    Execution execution;
    Attributes first{{{0, 1}}, of_first};
    Attributes second{{{1, 0}}, of_second};
    execution.commit({0, 1}, command(7, true), first);
    CHECK(execution.take_executable().empty());
    execution.commit({1, 1}, command(7, true), second);
    return ids_of(execution.take_executable());
  };
  CHECK(order_of(1, 2) == std::vector<InstanceId>{{0, 1}, {1, 1}});
  CHECK(order_of(2, 1) == std::vector<InstanceId>{{1, 1}, {0, 1}});
  CHECK(order_of(2, 2) == std::vector<InstanceId>{{0, 1}, {1, 1}});
}

/// Commands of three replicas on a few keys, with dependencies at random; a few are no-ops.
std::vector<Committed> commands_at_random(RandomStream& random) {
  std::vector<Committed> all;
  const std::size_t rows = 1 + random.below(3);
  const auto length = static_cast<Number>(1 + random.below(5));
  for (Replica row = 0; row < rows; ++row) {
    for (Number number = 1; number <= length; ++number) {
      Committed next{{row, number}, command(random.below(3), random.chance(0.6)), {}};
      if (random.chance(0.1)) next.action = no_op();
      if (random.chance(0.1)) next.action.length = 2;
      for (Replica to = 0; to < rows; ++to) {
        next.attributes.dependencies.until[to] =
            to == row ? number - 1 : static_cast<Number>(random.below(length + 1));
      }
      next.attributes.sequence = random.below(6);
      all.push_back(next);
    }
  }
  return all;
}

/// What has to come before what: a comes before b if b reaches a by dependencies on what
/// interferes, and a does not reach b, or does and has the lower sequence number.
class Judge {
 public:
  explicit Judge(const std::vector<Committed>& all) : all_(all), reach_(all.size()) {
    const std::size_t count = all.size();
    for (std::size_t a = 0; a < count; ++a) {
      reach_[a].resize(count);
      for (std::size_t b = 0; b < count; ++b) {
        reach_[a][b] = a != b && all[a].attributes.dependencies.has(all[b].id) &&
                       interfere(all[a].action, all[b].action);
      }
    }
    for (std::size_t by = 0; by < count; ++by) {
      for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = 0; b < count; ++b) {
          if (reach_[a][by] && reach_[by][b]) reach_[a][b] = true;
        }
      }
    }
  }
  bool before(std::size_t a, std::size_t b) const {
    if (!reach_[b][a]) return false;
    if (!reach_[a][b]) return true;
    return std::pair(all_[a].attributes.sequence, all_[a].id) <
           std::pair(all_[b].attributes.sequence, all_[b].id);
  }

 private:
  const std::vector<Committed>& all_;
  std::vector<std::vector<bool>> reach_;
};

TEST_CASE("whatever comes first, all is executed once, and in the order of the graph") {
  RandomStream random(5, "execution");
  for (int round = 0; round < 3000; ++round) {
    CAPTURE(round);
    const std::vector<Committed> all = commands_at_random(random);
    const Judge judge(all);
    std::vector<std::size_t> arrival(all.size());
    for (std::size_t index = 0; index < all.size(); ++index) arrival[index] = index;
    for (std::size_t index = all.size(); index > 1; --index) {
      std::swap(arrival[index - 1], arrival[random.below(index)]);
    }
    Execution execution;
    std::vector<InstanceId> order;
    for (const std::size_t next : arrival) {
      if (random.chance(0.5)) {
        const Committed& other = all[random.below(all.size())];
        execution.learn(other.id, other.action);
      }
      execution.commit(all[next].id, all[next].action, all[next].attributes);
      for (const InstanceId id : ids_of(execution.take_executable())) order.push_back(id);
    }
    std::map<InstanceId, std::size_t> place;
    for (std::size_t index = 0; index < order.size(); ++index) place[order[index]] = index;
    const auto touches = [](const Committed& next) { return next.action.touches(); };
    CHECK(order.size() == static_cast<std::size_t>(std::count_if(all.begin(), all.end(), touches)));
    REQUIRE(place.size() == order.size());
    bool in_order = true;
    for (std::size_t a = 0; a < all.size(); ++a) {
      for (std::size_t b = 0; b < all.size(); ++b) {
        if (judge.before(a, b)) in_order = in_order && place.at(all[a].id) < place.at(all[b].id);
      }
    }
    CHECK(in_order);
  }
}

TEST_CASE("a long chain, and a large circle") {
  constexpr Number length = 20'000;
  Execution chain;
  for (Number number = length; number > 0; --number) {
    Attributes attributes;
    attributes.dependencies.until[0] = number - 1;
    attributes.sequence = number;
    chain.commit({0, number}, command(7, true), attributes);
  }
  const auto executed = chain.take_executable();
  REQUIRE(executed.size() == length);
  CHECK(executed.front().id.number == 1);
  CHECK(executed.back().id.number == length);

  Execution circle;
  constexpr Number members = 200;
  for (Replica row = 0; row < 2; ++row) {
    for (Number number = 1; number <= members; ++number) {
      Attributes attributes;
      attributes.dependencies.until[row] = number - 1;
      attributes.dependencies.until[1 - row] = members;
      attributes.sequence = number;
      circle.commit({row, number}, command(7, true), attributes);
    }
  }
  const auto around = ids_of(circle.take_executable());
  REQUIRE(around.size() == 2 * members);
  CHECK(around[0] == InstanceId{0, 1});
  CHECK(around[1] == InstanceId{1, 1});
  CHECK(around.back() == InstanceId{1, members});
}

TEST_CASE("reads interfere with writes, not with each other, and not across keys") {
  CHECK(interfere(command(1, true), command(1, true)));
  CHECK(interfere(command(1, true), command(1, false)));
  CHECK_FALSE(interfere(command(1, false), command(1, false)));
  CHECK_FALSE(interfere(command(1, true), command(2, true)));
  Action scan = command(1, false);
  scan.length = 3;
  CHECK(interfere(scan, command(3, true)));
  CHECK_FALSE(interfere(scan, command(4, true)));
  CHECK_FALSE(interfere(no_op(), command(1, true)));
}

TEST_CASE("a command depends on the latest of each row that interferes") {
  Interference known;
  known.record({0, 1}, command(7, true), 4);
  known.record({0, 5}, command(7, false), 9);
  known.record({1, 3}, command(7, false), 2);
  known.record({2, 8}, command(8, true), 50);
  const Attributes of_write = known.attributes({2, 9}, command(7, true));
  CHECK(of_write == Attributes{{{5, 3}}, 10});
  const Attributes of_read = known.attributes({2, 9}, command(7, false));
  CHECK(of_read == Attributes{{{1}}, 5});
  CHECK(known.attributes({0, 1}, command(7, true)).dependencies.until[0] == 0);
  CHECK(known.attributes({1, 4}, command(6, true)) == Attributes{{}, 1});
}

TEST_CASE("what was executed elsewhere is waited for no longer, and not executed again") {
  Execution execution;
  Attributes behind;
  behind.dependencies.until[0] = 3;
  behind.sequence = 9;
  execution.learn({0, 1}, command(7, true));
  execution.commit({1, 1}, command(7, true), behind);
  CHECK(execution.take_executable().empty());
  InstanceSet done;
  for (const Number number : {3U, 1U}) done.add({0, number});
  CHECK(done.until(0) == 1);
  CHECK(done.highest(0) == 3);
  execution.take_over(done);
  CHECK(execution.take_executable().empty());  // nobody knows what 0.2 is about
  execution.commit({0, 2}, command(8, true), {});
  CHECK(ids_of(execution.take_executable()) == std::vector<InstanceId>{{1, 1}, {0, 2}});
  execution.commit({0, 3}, command(7, true), {});
  execution.commit({0, 1}, command(7, true), {});
  CHECK(execution.take_executable().empty());
  CHECK(execution.executed().until(0) == 3);
  CHECK(execution.under_way(0, 7) == 0);
}

Action write(Key key, Value value, std::uint32_t session, std::uint64_t operation) {
  Action action = command(key, true);
  action.command.value = value;
  action.command.session = session;
  action.operation = operation;
  return action;
}

TEST_CASE("stores are merged key by key, and a second attempt does nothing in either") {
  Store one;
  CHECK(one.write(write(1, 11, 0, 1)));
  CHECK(one.write(write(1, 12, 1, 2)));
  CHECK_FALSE(one.write(write(1, 11, 0, 1)));
  Store other = one;
  one.write(write(1, 13, 0, 3));
  other.write(write(2, 21, 1, 4));
  CHECK(one.merge(other) == std::vector<Key>{2});
  CHECK(other.merge(one) == std::vector<Key>{1});
  for (Store* store : {&one, &other}) {
    CHECK(store->find(1)->value == 13);
    CHECK(store->find(1)->writes == 4);
    CHECK(store->find(2)->value == 21);
    CHECK_FALSE(store->write(write(2, 21, 1, 4)));
  }
}

}  // namespace
}  // namespace faultline::epaxos
