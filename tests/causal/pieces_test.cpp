// The plain parts alone, and what settle() derives, notes and refuses.
#include <set>
#include <string>

#include <doctest/doctest.h>

#include <faultline/causal/causal.hpp>

namespace faultline::causal {
namespace {

TEST_CASE("versions are ordered by time, then by node") {
  CHECK(Version{} < Version(1, 0));
  CHECK(Version(1, 2) < Version(1, 3));
  CHECK(Version(1, 3) < Version(2, 0));
  const Version version(77, 65'535);
  CHECK(version.time() == 77);
  CHECK(version.node() == 65'535);
  CHECK(Version::from_word(version.word()) == version);
}

TEST_CASE("a context keeps all versions of a key, but of a region the latest time") {
  Dependencies keys;
  keys.add({7, Version(2, 1)});
  keys.add({7, Version(1, 2)});
  keys.add({7, Version(2, 1)});
  CHECK(keys.all().size() == 2);
  CHECK(keys.has({7, Version(1, 2)}));
  Dependencies regions;
  regions.raise(1, Version(5, 0));
  regions.raise(1, Version(4, 9));
  regions.raise(2, Version(1, 0));
  CHECK(regions.all().size() == 2);
  CHECK(regions.from(1) == Version(5, 0));
  CHECK(regions.from(3) == Version{});
}

TEST_CASE("a session's token holds its context, the fullest as well") {
  CHECK(SessionContext(Token{}).fresh);
  SessionContext context;
  context.region = 3;
  for (Key key = 1; key <= Dependencies::capacity; ++key) {
    CHECK_FALSE(context.depends.full());
    context.depends.add({key, Version(key, 2)});
  }
  CHECK(context.depends.full());
  const SessionContext copy(context.token());
  CHECK_FALSE(copy.fresh);
  CHECK(copy.region == 3);
  REQUIRE(copy.depends.all().size() == Dependencies::capacity);
  for (Key key = 1; key <= Dependencies::capacity; ++key) {
    CHECK(copy.depends.has({key, Version(key, 2)}));
  }
}

TEST_CASE("every region has every key, once, and the nodes that share keys know each other") {
  const std::vector<std::uint32_t> regions = {4, 0, 4, 0, 2, 4, 2, 2};
  const Layout layout(regions);
  REQUIRE(layout.regions() == 3);
  for (Key key = 1; key <= 200; ++key) {
    for (RegionNumber region = 0; region < 3; ++region) {
      const NodeNumber owner = layout.owner(region, key);
      CHECK(layout.region_of(owner) == region);
      CHECK(layout.owner(region, key | marker_bit) == owner);
      for (RegionNumber other = 0; other < 3; ++other) {
        if (other == region) continue;
        const std::vector<NodeNumber> known = layout.counterparts(owner);
        CHECK(std::find(known.begin(), known.end(), layout.owner(other, key)) != known.end());
      }
    }
  }
  // Regions 1 and 2 have three nodes each: one counterpart there, two in region 0.
  CHECK(layout.counterparts(0).size() == 3);
  CHECK(layout.counterparts(1).size() == 6);
}

struct Settled {
  explicit Settled(Parameters given, std::size_t regions) : parameters(given) {
    ServiceView view;
    for (std::uint32_t node = 0; node < 2 * regions; ++node) {
      view.nodes.push_back(static_cast<EndpointId>(node));
      view.regions.push_back(node / 2);
    }
    Causal::settle(parameters, view, settlement);
    claims = Causal::claims(parameters, view);
    for (Key key = 1; key <= 50; ++key) {
      for (const EndpointId node : Causal::replica_nodes(parameters, view, key))
        replicas.insert(node);
      CHECK(Causal::replica_nodes(parameters, view, key).size() == regions);
    }
  }
  std::string problem() const {
    return settlement.problems.empty() ? "" : settlement.problems.front().parameter;
  }
  Parameters parameters;
  Settlement settlement;
  Claims claims;
  std::set<EndpointId> replicas;
};

TEST_CASE("a replica in every region, on one of its nodes") {
  const Settled settled({}, 3);
  CHECK(settled.problem().empty());
  CHECK(settled.replicas.size() == 6);
  CHECK(settled.settlement.notes.front() == "every region has all keys, on its 2, 2, 2 nodes");
  CHECK(settled.claims.on_partition == Claims::Partition::availability);
  CHECK(settled.claims.otherwise == Claims::Else::latency);
  CHECK(Settled({}, 1).settlement.notes.back() == "one region: nothing is replicated");
}

TEST_CASE("a vector has to fit into a token, a list of causes always does") {
  Parameters parameters;
  CHECK(Settled(parameters, 20).problem().empty());
  parameters.dependencies = DependencyKind::vector;
  CHECK(Settled(parameters, Dependencies::capacity).problem().empty());
  CHECK(Settled(parameters, Dependencies::capacity + 1).problem() == "dependencies");
}

TEST_CASE("its tokens are the session's, not the key's") {
  const Parameters parameters;
  CHECK(model<Causal>().token_scope(&parameters) == TokenScope::session);
}

}  // namespace
}  // namespace faultline::causal
