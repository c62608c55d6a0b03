// The plain parts alone, and what settle() derives, notes and refuses.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/multi_leader/multi_leader.hpp>

namespace faultline::multi_leader {
namespace {

// ---- paths --------------------------------------------------------------------------------------

/// Carries a write from `origin` along all ways; how often each leader gets it.
std::vector<int> spread(const Paths& paths, NodeNumber nodes, NodeNumber origin) {
  std::vector<int> got(nodes);
  struct Step {
    NodeNumber from, to;
  };
  std::vector<Step> under_way;
  for (const NodeNumber to : paths.targets(origin)) under_way.push_back({origin, to});
  while (!under_way.empty()) {
    const Step step = under_way.back();
    under_way.pop_back();
    ++got[step.to];
    REQUIRE(got[step.to] < 10);
    for (const NodeNumber next : paths.targets(step.to)) {
      if (paths.passes_on(step.to, step.from, origin, next)) under_way.push_back({step.to, next});
    }
  }
  return got;
}

TEST_CASE("along every kind of paths a write comes to every other leader once") {
  for (const Shape shape : {Shape::all_to_all, Shape::ring, Shape::star}) {
    for (NodeNumber nodes = 2; nodes <= 6; ++nodes) {
      const Paths paths(shape, nodes);
      for (NodeNumber origin = 0; origin < nodes; ++origin) {
        const std::vector<int> got = spread(paths, nodes, origin);
        for (NodeNumber node = 0; node < nodes; ++node) {
          // On a ring it comes back to where it was made, and no further.
          const int expected = node != origin || shape == Shape::ring ? 1 : 0;
          CHECK(got[node] == expected);
        }
        for (const NodeNumber target : paths.targets(origin)) {
          const std::vector<NodeNumber> sources = paths.sources(target);
          CHECK(std::find(sources.begin(), sources.end(), origin) != sources.end());
        }
      }
    }
  }
}

TEST_CASE("a ring and a star have as many ways as they need") {
  CHECK(Paths(Shape::all_to_all, 5).targets(2) == std::vector<NodeNumber>{0, 1, 3, 4});
  CHECK(Paths(Shape::ring, 5).targets(4) == std::vector<NodeNumber>{0});
  CHECK(Paths(Shape::star, 5).targets(3) == std::vector<NodeNumber>{0});
  CHECK(Paths(Shape::star, 5).targets(0) == std::vector<NodeNumber>{1, 2, 3, 4});
  CHECK(Paths(Shape::ring, 1).targets(0).empty());
}

// ---- records ------------------------------------------------------------------------------------

/// Random writes at three sites, each of which knows some of the others.
std::vector<Record> random_records(std::uint64_t seed) {
  RandomStream random(seed, "records");
  std::vector<Record> held(3);
  std::vector<Record> records;
  for (std::uint64_t number = 1; number <= 8; ++number) {
    const std::uint64_t site = random.below(3);
    Write write;
    write.stamp = {static_cast<std::int64_t>(random.below(5)), site};
    write.value = number;
    write.dot = {site, number};
    if (!held[site].empty()) {
      write.overwrites = held[site].write()->overwrites;
      write.overwrites.add(held[site].write()->dot);
    }
    records.emplace_back(write);
    held[site].merge(records.back());
    held[random.below(3)].merge(records[random.below(records.size())]);
  }
  return records;
}

TEST_CASE("whatever the order in which writes meet, the latest stays") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::vector<Record> records = random_records(seed);
    // Stamps of one site may be equal here; a leader's never are.
    const auto latest = std::max_element(records.begin(), records.end(), [](auto& a, auto& b) {
      return a.write()->stamp < b.write()->stamp;
    });
    const Timestamp stamp = latest->write()->stamp;
    RandomStream random(seed, "orders");
    for (int order = 0; order < 5; ++order) {
      Record forth;
      for (std::size_t i = 0; i < 20; ++i) forth.merge(records[random.below(records.size())]);
      for (const Record& record : records) forth.merge(record);
      CHECK(forth.write()->stamp == stamp);
    }
  }
}

TEST_CASE("a write that is thrown away is lost unless the other overwrote it knowingly") {
  Write first;
  first.stamp = {10, 0};
  first.value = 1;
  first.dot = {0, 1};
  Write knowing;
  knowing.stamp = {20, 1};
  knowing.value = 2;
  knowing.dot = {1, 1};
  knowing.overwrites.add(first.dot);
  Write ignorant = knowing;
  ignorant.overwrites = {};

  Record record{first};
  CHECK(record.merge(Record(knowing)).lost == nil);
  CHECK(record.shown() == 2);
  record = Record(first);
  const Merged outcome = record.merge(Record(ignorant));
  CHECK(outcome.conflict);
  CHECK(outcome.lost == 1);
  CHECK(outcome.lost_writer == 0);

  // A clock that is behind: it knows what it replaces, and is lost all the same.
  knowing.stamp = {5, 1};
  record = Record(first);
  const Merged behind = record.merge(Record(knowing));
  CHECK_FALSE(behind.changed);
  CHECK_FALSE(behind.conflict);
  CHECK(behind.lost == 2);
  CHECK(behind.lost_writer == 1);
}

// ---- settling -----------------------------------------------------------------------------------

struct Settled {
  Settled(Parameters given, std::size_t nodes) : parameters(given) {
    ServiceView view;
    for (std::uint32_t node = 0; node < nodes; ++node) {
      view.nodes.push_back(static_cast<EndpointId>(node));
      view.regions.push_back(node);
    }
    MultiLeader::settle(parameters, view, settlement);
    claims = MultiLeader::claims(parameters, view);
    CHECK(MultiLeader::replica_nodes(parameters, view, 7).size() == nodes);
  }
  std::string problem() const {
    return settlement.problems.empty() ? "" : settlement.problems.front().parameter;
  }
  Parameters parameters;
  Settlement settlement;
  Claims claims;
};

TEST_CASE("every node is a leader, and claims to be there and fast") {
  const Settled settled({}, 5);
  CHECK(settled.problem().empty());
  CHECK(settled.settlement.notes.front() == "each of 5 leaders has all keys");
  CHECK(settled.claims.on_partition == Claims::Partition::availability);
  CHECK(settled.claims.otherwise == Claims::Else::latency);
  CHECK(Settled({}, 1).settlement.notes.front() == "one leader: nothing is replicated");
}

TEST_CASE("it says which leader cuts which ways") {
  Parameters parameters;
  parameters.topology = Shape::ring;
  CHECK(Settled(parameters, 3).settlement.notes.back().starts_with("ring: "));
  CHECK(Settled(parameters, 2).settlement.notes.size() == 1);
  parameters.topology = Shape::star;
  CHECK(Settled(parameters, 3).settlement.notes.back().starts_with("star: "));
}

TEST_CASE("siblings need a vector with room for all leaders") {
  Parameters parameters;
  CHECK(Settled(parameters, 20).problem().empty());
  parameters.conflicts = Conflicts::siblings;
  CHECK(Settled(parameters, VersionVector::capacity).problem().empty());
  CHECK(Settled(parameters, VersionVector::capacity + 1).problem() == "conflicts");
}

TEST_CASE("tokens are of a key for siblings, and of a session for clocks") {
  Parameters parameters;
  CHECK(model<MultiLeader>().token_scope(&parameters) == TokenScope::session);
  parameters.conflicts = Conflicts::siblings;
  CHECK(model<MultiLeader>().token_scope(&parameters) == TokenScope::key);
}

}  // namespace
}  // namespace faultline::multi_leader
