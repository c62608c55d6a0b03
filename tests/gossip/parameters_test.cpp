// What follows from which parameter, and what cannot be; and the pieces that need no network.
#include <string>

#include <doctest/doctest.h>

#include "chaos.hpp"

namespace faultline::gossip {
namespace {

struct Settled {
  Parameters parameters;
  Settlement out;
};
Settled settle(Parameters parameters, std::size_t nodes) {
  ServiceView view;
  view.nodes.resize(nodes);
  Settled settled;
  Gossip::settle(parameters, view, settled.out);
  settled.parameters = parameters;
  return settled;
}

TEST_CASE("how often news goes out and how long a suspect has grow like the logarithm") {
  CHECK(settle({}, 1000).parameters.news_times == 21);  // 3 ln 1001 = 20.7
  CHECK(settle({}, 1000).parameters.suspicion == 21s);
  CHECK(settle({}, 10).parameters.news_times == 8);
  Parameters given;
  given.suspicion = 0s;
  CHECK(settle(given, 1000).parameters.suspicion == 0s);
  CHECK(settle(given, 1000).out.notes.empty());
}

TEST_CASE("there must be a way for news, and time for helpers") {
  Parameters silent;
  silent.exchange = Exchange::none;
  REQUIRE(settle(silent, 3).out.problems.size() == 1);
  CHECK(settle(silent, 3).out.problems.front().parameter == "exchange");
  silent.rumors = Interest::coin;
  CHECK(settle(silent, 3).out.problems.empty());
  Parameters hasty;
  hasty.ping_timeout = hasty.period;
  REQUIRE(settle(hasty, 3).out.problems.size() == 1);
  CHECK(settle(hasty, 3).out.problems.front().parameter == "ping_timeout");
  hasty.detector = Detector::none;
  CHECK(settle(hasty, 3).out.problems.empty());
}

TEST_CASE("everybody holds everything, and answers from what he has") {
  ServiceView view;
  view.nodes = {EndpointId{0}, EndpointId{1}, EndpointId{2}};
  CHECK(Gossip::replica_nodes({}, view, 7) == view.nodes);
  CHECK(Gossip::claims({}, view).on_partition == Claims::Partition::availability);
  CHECK(Gossip::claims({}, view).otherwise == Claims::Else::latency);
}

TEST_CASE("a higher incarnation counts more, and with the same incarnation what is worse") {
  const Standing order[] = {{0, Status::alive},   {0, Status::suspect}, {0, Status::dead},
                            {1, Status::alive},   {1, Status::suspect}, {1, Status::dead},
                            {200, Status::alive}, {200, Status::dead}};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = 0; j < std::size(order); ++j) {
      CHECK(order[i].overrides(order[j]) == (i > j));
    }
  }
  CHECK(order[5].incarnation() == 1);
  CHECK(order[5].status() == Status::dead);
}

TEST_CASE("news goes out so many times, what has gone out least first, and never out of date") {
  Members members(10, 0);
  Dissemination news(2);
  const auto about = [&](Number member) {
    const News item{member, Standing(0, Status::suspect)};
    members.set(item);
    news.add(item);
  };
  const auto taken = [&](std::size_t most) {
    NewsBatch batch;
    news.take(batch, most, members);
    std::vector<Number> who;
    for (const News& item : batch.all()) who.push_back(item.member);
    return who;
  };
  using Who = std::vector<Number>;
  about(1);
  about(2);
  CHECK(taken(1) == Who{1});
  about(3);
  CHECK(taken(2) == Who{2, 3});
  members.set({2, Standing(1, Status::alive)});
  CHECK(taken(9) == Who{1, 3});
  CHECK(taken(9) == Who{});
  news.repeat({3, members.standing(3)});
  CHECK(taken(9) == Who{3});
}

TEST_CASE("any member is any: all others that are alive, and nobody else") {
  Members members(6, 2);
  members.set({4, Standing(0, Status::dead)});
  RandomStream random(1, "members");
  std::vector<int> drawn(6);
  for (int i = 0; i < 1000; ++i) ++drawn[*members.any(random, false, Number{5})];
  CHECK(drawn[2] + drawn[4] + drawn[5] == 0);
  for (const Number member : {0U, 1U, 3U}) CHECK(drawn[member] > 250);
  CHECK(members.any(random, true, std::nullopt) == Number{4});
  CHECK_FALSE(members.any(random, true, Number{4}));
  for (const Number member : {0U, 1U, 3U}) members.set({member, Standing(0, Status::dead)});
  CHECK_FALSE(members.any(random, false, Number{5}));
  CHECK(members.living() == 2);
}

Record record(Key key, std::int64_t time) {
  Record made;
  made.key = key;
  made.version = {time, 1};
  made.value = static_cast<Value>(time);
  return made;
}

TEST_CASE("what two tables have that the other has not") {
  const Records here = {record(1, 5), record(2, 5), record(4, 9)};
  const Records there = {record(2, 5), record(3, 7), record(4, 8), record(5, 1)};
  const Comparison comparison = compare(here, there);
  REQUIRE(comparison.newer_here.size() == 2);
  CHECK(comparison.newer_here[0].key == 1);
  CHECK(comparison.newer_here[1].key == 4);
  CHECK(comparison.newer_there == std::vector<Key>{3, 5});
}

TEST_CASE("a checksum depends on what is held, not on how it came") {
  Durable one;
  Durable other;
  Table first(one.table);
  Table second(other.table);
  for (const Key key : {1U, 2U, 3U}) first.put(record(key, 5));
  second.put(record(2, 4));
  for (const Key key : {3U, 2U, 1U}) second.put(record(key, 5));
  CHECK(first.checksum() == second.checksum());
  const auto before = first.snapshot();
  first.put(record(2, 6));
  CHECK(first.checksum() != second.checksum());
  CHECK((*before)[1].version.time == 5);
  CHECK(Table(one.table).checksum() == first.checksum());  // as found again after a crash
  first.clear();
  CHECK(one.table.size() == 0);
}

}  // namespace
}  // namespace faultline::gossip
