#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include <faultline/workload/contact.hpp>
#include <faultline/workload/sessions.hpp>
#include <faultline/workload/token_cache.hpp>

#include "workload/statistics.hpp"

using namespace faultline;
using namespace faultline::testing;
using namespace std::chrono_literals;

namespace {

using Shares = std::vector<std::pair<std::uint32_t, double>>;

std::vector<std::int64_t> counts(const std::vector<std::uint32_t>& regions, std::size_t of) {
  std::vector<std::int64_t> result;
  for (std::uint32_t region = 0; region < of; ++region) {
    result.push_back(std::count(regions.begin(), regions.end(), region));
  }
  return result;
}

EndpointId node(std::uint32_t number) { return static_cast<EndpointId>(number); }

NodeOrder order_of(Contact rule, const std::vector<Duration>& distances) {
  std::vector<NodeOrder::Place> places;
  for (std::uint32_t number = 0; number < distances.size(); ++number) {
    places.push_back({distances[number], node(number)});
  }
  return {rule, places};
}

std::vector<std::uint32_t> way(const NodeOrder& order, std::uint64_t turn, std::uint64_t draw,
                               int steps) {
  Route route(order, turn, draw);
  std::vector<std::uint32_t> nodes;
  for (int i = 0; i < steps; ++i) nodes.push_back(static_cast<std::uint32_t>(route.next()));
  return nodes;
}

using Nodes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("sessions are dealt by largest remainder") {
  CHECK(counts(deal_sessions(10, Shares{{0, 0.7}, {1, 0.3}}), 2) ==
        std::vector<std::int64_t>{7, 3});
  // Quotas 4.5, 3.6, 1.9: whole parts 4, 3, 1; the two left go to the remainders .9 and .6.
  CHECK(counts(deal_sessions(10, Shares{{0, 0.45}, {1, 0.36}, {2, 0.19}}), 3) ==
        std::vector<std::int64_t>{4, 4, 2});
  CHECK(counts(deal_sessions(1, Shares{{0, 0.2}, {1, 0.8}}), 2) == std::vector<std::int64_t>{0, 1});
  // Shares count in proportion, even if they do not add up to 1.
  CHECK(counts(deal_sessions(9, Shares{{2, 2}, {0, 1}}), 3) == std::vector<std::int64_t>{3, 0, 6});
}

TEST_CASE("every stretch of sessions is mixed as the whole") {
  const auto regions = deal_sessions(100, Shares{{0, 0.7}, {1, 0.3}});
  for (std::size_t from = 0; from + 10 <= 100; from += 10) {
    const auto first = regions.begin() + static_cast<std::ptrdiff_t>(from);
    CHECK(std::count(first, first + 10, 0U) == 7);
  }
}

TEST_CASE("a further session of the same client steps in for a busy one") {
  SessionNumbers numbers{40};
  const std::vector<std::uint32_t> clients{0, 1};
  SessionPool pool(clients, 2, 4, numbers);
  CHECK(pool.next_turn() == 0);
  CHECK(pool.next_turn() == 1);
  CHECK(pool.next_turn() == 0);
  CHECK(pool.occupy(1) == 1);
  const auto stepped_in = pool.occupy(1);
  REQUIRE(stepped_in == 2);
  CHECK(pool[2].client == 1);
  CHECK(pool[2].number == 42);
  CHECK(pool.occupy(1) == 3);
  CHECK_FALSE(pool.occupy(1).has_value());
  CHECK(pool.occupy(0) == 0);
  CHECK_FALSE(pool.occupy(0).has_value());
  pool.release(2);
  CHECK(pool.occupy(1) == 2);  // used again
  pool.release(1);
  CHECK(pool.occupy(1) == 1);  // the own session comes first
  CHECK(numbers.next == 44);
}

TEST_CASE("nearest first, then the next nearest") {
  const NodeOrder order = order_of(Contact::nearest, {30ms, 10ms, 20ms});
  CHECK(way(order, 0, 9, 4) == Nodes{1, 2, 0, 1});
  CHECK(way(order, 5, 9, 4) == Nodes{1, 2, 0, 1});
}

TEST_CASE("nodes that are equally near take turns") {
  const NodeOrder order = order_of(Contact::nearest, {40ms, 1ms, 1ms, 1ms});
  CHECK(way(order, 0, 9, 4) == Nodes{1, 2, 3, 0});
  CHECK(way(order, 1, 9, 4) == Nodes{2, 3, 1, 0});
  CHECK(way(order, 2, 9, 4) == Nodes{3, 1, 2, 0});
  CHECK(way(order, 3, 9, 4) == Nodes{1, 2, 3, 0});
}

TEST_CASE("round robin") {
  const NodeOrder order = order_of(Contact::round_robin, {30ms, 10ms, 20ms});
  CHECK(way(order, 4, 9, 4) == Nodes{1, 2, 0, 1});
}

TEST_CASE("random: all nodes are as likely, and none is asked twice in a row") {
  const NodeOrder order = order_of(Contact::random, {1ms, 1ms, 1ms, 1ms, 1ms});
  RandomStream random(1, "contact");
  std::vector<double> first(5, 0);
  std::vector<double> step(5, 0);
  for (int i = 0; i < 50'000; ++i) {
    const Nodes nodes = way(order, 0, random.next(), 3);
    REQUIRE(nodes[0] != nodes[1]);
    REQUIRE(nodes[1] != nodes[2]);
    first[nodes[0]] += 1;
    step[(nodes[2] + 5 - nodes[1]) % 5] += 1;
  }
  const ChiSquare start = chi_square(first, std::vector<double>(5, 0.2));
  CHECK(start.statistic < start.bound());
  const std::vector<double> others(step.begin() + 1, step.end());
  const ChiSquare next = chi_square(others, std::vector<double>(4, 0.25));
  CHECK(next.statistic < next.bound());
  CHECK(way(order_of(Contact::random, {1ms}), 0, random.next(), 3) == Nodes{0, 0, 0});
}

TEST_CASE("tokens: the last one per session and key") {
  TokenCache cache;
  Token token;
  token.count = 1;
  token.words[0] = 7;
  CHECK(cache.find(1, 2).empty());
  cache.remember(1, 2, token);
  CHECK(cache.find(1, 2) == token);
  CHECK(cache.find(2, 1).empty());
  CHECK(cache.find(1, 3).empty());
  Token newer = token;
  newer.words[0] = 8;
  cache.remember(1, 2, newer);
  CHECK(cache.find(1, 2) == newer);
  cache.remember(1, 2, Token{});
  CHECK(cache.find(1, 2) == newer);
}

TEST_CASE("tokens: the last one per session, whatever the key") {
  TokenCache cache(TokenScope::session);
  Token token;
  token.add(7);
  CHECK(cache.find(1, 2).empty());
  cache.remember(1, 2, token);
  CHECK(cache.find(1, 2) == token);
  CHECK(cache.find(1, 3) == token);
  CHECK(cache.find(0, 2).empty());
  CHECK(cache.find(2, 2).empty());
  token.add(8);
  CHECK(token != cache.find(1, 2));
  cache.remember(1, 3, token);
  CHECK(cache.find(1, 2) == token);
  cache.remember(1, 3, Token{});
  CHECK(cache.find(1, 2) == token);
}

TEST_CASE("tokens: a full table forgets the old ones, never gives a wrong one") {
  TokenCache cache;
  const std::uint64_t many = 4 * TokenCache::sets * TokenCache::ways;
  Token token;
  token.count = 1;
  for (std::uint64_t key = 0; key < many; ++key) {
    token.words[0] = key;
    cache.remember(5, key, token);
    REQUIRE(cache.find(5, key).words[0] == key);
  }
  std::uint64_t kept = 0;
  for (std::uint64_t key = 0; key < many; ++key) {
    const Token found = cache.find(5, key);
    if (found.empty()) continue;
    REQUIRE(found.words[0] == key);
    ++kept;
  }
  CHECK(kept > TokenCache::sets * TokenCache::ways * 9 / 10);
  CHECK(kept <= TokenCache::sets * TokenCache::ways);
}
