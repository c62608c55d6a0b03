// The separable algorithms: placement, versions, hash trees, hints; against brute force.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <faultline/quorum/hints.hpp>
#include <faultline/quorum/merkle_tree.hpp>

namespace faultline::quorum {
namespace {

// ---- placement ----------------------------------------------------------------------------------

TEST_CASE("preference lists name every node once, and neighbours are of different regions") {
  const std::vector<std::uint32_t> regions{0, 0, 0, 1, 1, 1, 2, 2, 2};
  const Placement placement(regions);
  for (std::uint32_t partition = 0; partition < placement.size(); ++partition) {
    std::set<NodeNumber> nodes;
    std::set<std::uint32_t> first_regions;
    for (std::uint32_t place = 0; place < placement.size(); ++place) {
      const NodeNumber node = placement.node_at(partition, place);
      nodes.insert(node);
      if (place < 3) first_regions.insert(regions[node]);
      CHECK(placement.place_of(node, partition) == place);
      CHECK(placement.partition_at(node, place) == partition);
    }
    CHECK(nodes.size() == placement.size());
    CHECK(first_regions.size() == 3);
  }
}

TEST_CASE("partitions are equally likely") {
  const std::vector<std::uint32_t> regions(10, 0);
  const Placement placement(regions);
  std::vector<double> keys(10);
  constexpr double total = 100'000;
  for (Key key = 0; key < 100'000; ++key) ++keys[placement.partition_of(key)];
  double chi_square = 0;
  for (const double count : keys) {
    chi_square += (count - total / 10) * (count - total / 10) / (total / 10);
  }
  CHECK(chi_square < 27.88);  // 99.9 % point with 9 degrees of freedom
}

// ---- version vectors ----------------------------------------------------------------------------

/// The oracle: a vector as the set of all dots it stands for.
std::set<std::pair<std::uint64_t, std::uint64_t>> dots_of(const VersionVector& vector) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> dots;
  for (const Dot dot : vector.entries()) {
    for (std::uint64_t counter = 1; counter <= dot.counter(); ++counter) {
      dots.insert({dot.actor(), counter});
    }
  }
  return dots;
}

VersionVector random_vector(RandomStream& random) {
  VersionVector vector;
  for (std::uint64_t actor = 1; actor <= 4; ++actor) {
    const std::uint64_t counter = random.below(4);
    if (counter > 0) vector.add({actor, counter});
  }
  return vector;
}

TEST_CASE("comparing and merging vectors is comparing and uniting the sets of events they name") {
  RandomStream random(1, "vectors");
  for (int trial = 0; trial < 2000; ++trial) {
    const VersionVector a = random_vector(random);
    const VersionVector b = random_vector(random);
    const auto of_a = dots_of(a);
    const auto of_b = dots_of(b);
    const bool a_in_b = std::includes(of_b.begin(), of_b.end(), of_a.begin(), of_a.end());
    const bool b_in_a = std::includes(of_a.begin(), of_a.end(), of_b.begin(), of_b.end());
    const Causality expected = a_in_b && b_in_a ? Causality::equal
                               : a_in_b         ? Causality::before
                               : b_in_a         ? Causality::after
                                                : Causality::concurrent;
    CHECK(a.compare(b) == expected);
    VersionVector merged = a;
    merged.merge(b);
    auto both = of_a;
    both.insert(of_b.begin(), of_b.end());
    CHECK(dots_of(merged) == both);
    CHECK(VersionVector::from(merged.token()) == merged);
  }
}

TEST_CASE("a vector is bounded: the oldest entry is forgotten") {
  VersionVector vector;
  for (std::uint64_t actor = 1; actor <= VersionVector::capacity; ++actor) {
    vector.add({actor, 100 - actor});
  }
  vector.add({1000, 500});
  CHECK(vector.entries().size() == VersionVector::capacity);
  CHECK_FALSE(vector.covers({VersionVector::capacity, 1}));
  CHECK(vector.covers({1000, 500}));
  CHECK(vector.covers({1, 99}));
}

// ---- siblings -----------------------------------------------------------------------------------

std::set<Value> values_of(const Siblings& siblings) {
  std::set<Value> values;
  for (const Sibling& sibling : siblings.versions()) values.insert(sibling.value);
  return values;
}

TEST_CASE("the example of Dynamo's figure 3") {
  // D1 and D2 by Sx; D3 by Sy and D4 by Sz, both from D2; D5 by Sx after reading D3 and D4.
  const std::uint64_t sx = 1;
  const std::uint64_t sy = 2;
  const std::uint64_t sz = 3;
  Siblings d1;
  d1.write({}, {sx, 1}, 1, 0);
  Siblings d2 = d1;
  d2.write(d1.seen(), {sx, 2}, 2, 0);
  CHECK(values_of(d2) == std::set<Value>{2});
  Siblings d3 = d2;
  d3.write(d2.seen(), {sy, 1}, 3, 0);
  Siblings d4 = d2;
  d4.write(d2.seen(), {sz, 1}, 4, 0);
  CHECK(d3.seen().compare(d4.seen()) == Causality::concurrent);
  Siblings both = d3;
  both.merge(d4);
  CHECK(values_of(both) == std::set<Value>{3, 4});
  Siblings d5 = both;
  d5.write(both.seen(), {sx, 3}, 5, 0);
  CHECK(values_of(d5) == std::set<Value>{5});
  CHECK(d4.seen().compare(d5.seen()) == Causality::before);
  d5.merge(d4);
  CHECK(values_of(d5) == std::set<Value>{5});
}

TEST_CASE("two clients who do not know of each other write through one coordinator") {
  // A plain vector clock per coordinator would let the second replace the first.
  Siblings siblings;
  siblings.write({}, {1, 1}, 10, 0);
  siblings.write({}, {1, 2}, 20, 0);
  CHECK(values_of(siblings) == std::set<Value>{10, 20});
}

TEST_CASE("replicas that exchange in any order hold what causal histories say") {
  // The oracle keeps for every version the set of versions its writer had seen: what remains is
  // what no other version at the replica has seen.
  struct World {
    std::map<Value, std::set<Value>> past;
    std::set<Value> survivors(const std::set<Value>& at) const {
      std::set<Value> left;
      for (const Value value : at) {
        const bool replaced = std::any_of(
            at.begin(), at.end(), [&](Value other) { return past.at(other).contains(value); });
        if (!replaced) left.insert(value);
      }
      return left;
    }
  };
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed, "siblings");
    World world;
    std::vector<Siblings> replicas(3);
    std::vector<std::set<Value>> known(3);  // all that ever reached the replica
    for (Value value = 1; value <= Siblings::capacity; ++value) {  // so that none is dropped
      const std::size_t at = random.below(3);
      // A client that has read some replica, or nothing, writes through `at`.
      VersionVector read;
      std::set<Value> seen;
      if (random.chance(0.7)) {
        const std::size_t from = random.below(3);
        read = replicas[from].seen();
        seen = known[from];
      }
      replicas[at].write(read, {at + 1, value}, value, 0);
      world.past[value] = seen;
      known[at].insert(value);
      // What the client had seen counts as known, through the new version's past.
      known[at].insert(seen.begin(), seen.end());
      if (random.chance(0.5)) {
        const std::size_t from = random.below(3);
        replicas[at].merge(replicas[from]);
        known[at].insert(known[from].begin(), known[from].end());
      }
      for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE(values_of(replicas[i]) == world.survivors(known[i]));
      }
    }
    Siblings forth = replicas[0];
    forth.merge(replicas[1]);
    forth.merge(replicas[2]);
    Siblings back = replicas[2];
    back.merge(replicas[1]);
    back.merge(replicas[0]);
    CHECK(forth.same_versions(back));
    CHECK(forth.digest() == back.digest());
  }
}

TEST_CASE("siblings are bounded: the oldest is dropped and named") {
  Siblings siblings;
  for (std::uint64_t i = 1; i <= Siblings::capacity; ++i) {
    CHECK(siblings.write({}, {1, i}, 100 + i, 0) == nil);
  }
  CHECK(siblings.write({}, {1, 50}, 200, 0) == 101);
  CHECK(siblings.versions().size() == Siblings::capacity);
}

// ---- records under last-writer-wins -------------------------------------------------------------

TEST_CASE("the later timestamp wins, the node breaks ties, whatever the order of arrival") {
  const Record early({10, 7}, 0, 1, 5);
  const Record late({20, 3}, 10, 2, 5);
  const Record tied({20, 4}, 20, 3, 5);
  for (const auto& order : {std::vector<Record>{early, late, tied}, {tied, late, early}}) {
    Record held;
    for (const Record& record : order) held.merge(record);
    CHECK(held.value() == 3);
    CHECK(held.same(tied));
  }
}

TEST_CASE("a write made without knowledge of another is a conflict, one of the two is lost") {
  const Record base({10, 1}, 0, 1, 5);
  const Record knows({20, 1}, 10, 2, 5);
  const Record ignorant({30, 2}, 10, 3, 5);
  Record held = base;
  CHECK_FALSE(held.merge(knows).conflict);
  const Merged merged = held.merge(ignorant);
  CHECK(merged.conflict);
  CHECK(merged.lost == 2);
  CHECK(merged.lost_writer == 1);
  Record other = ignorant;
  const Merged discarded = other.merge(knows);
  CHECK_FALSE(discarded.changed);
  CHECK(discarded.lost == 2);
}

// ---- hash trees ---------------------------------------------------------------------------------

std::set<std::uint32_t> differing_leaves(MerkleTree& one, MerkleTree& other) {
  std::set<std::uint32_t> leaves;
  if (one.root() == other.root()) return leaves;
  const std::uint32_t inner = differences(one.inner(), other.inner());
  for (std::uint32_t node = 0; node < MerkleTree::branches; ++node) {
    if ((inner >> node & 1U) == 0) continue;
    const std::uint32_t under = differences(one.leaves_under(node), other.leaves_under(node));
    for (std::uint32_t branch = 0; branch < MerkleTree::branches; ++branch) {
      if ((under >> branch & 1U) != 0) leaves.insert(MerkleTree::leaf_under(node, branch));
    }
  }
  return leaves;
}

TEST_CASE("walking two trees finds exactly the leaves that hold differing keys") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random(seed, "trees");
    std::map<Key, Digest> tables[2];
    MerkleTree trees[2];
    const std::uint64_t keys = 1 + random.below(500);
    const auto set = [&](int side, Key key, Digest digest) {
      const auto place = tables[side].find(key);
      const Digest before = place == tables[side].end() ? 0 : place->second;
      trees[side].update(key, before, digest);
      if (digest == 0) {
        tables[side].erase(key);
      } else {
        tables[side][key] = digest;
      }
    };
    for (Key key = 0; key < keys; ++key) {
      const Digest digest = 1 + random.below(1000);
      set(0, key, digest);
      set(1, key, digest);
    }
    CHECK(differing_leaves(trees[0], trees[1]).empty());
    for (std::uint64_t change = random.below(20); change > 0; --change) {
      const int side = static_cast<int>(random.below(2));
      set(side, random.below(keys + 10), random.chance(0.2) ? 0 : 1 + random.below(1000));
    }
    std::set<std::uint32_t> expected;
    for (Key key = 0; key < keys + 10; ++key) {
      const auto digest = [&](int side) {
        const auto place = tables[side].find(key);
        return place == tables[side].end() ? 0 : place->second;
      };
      if (digest(0) != digest(1)) expected.insert(MerkleTree::leaf_of(key));
    }
    CHECK(differing_leaves(trees[0], trees[1]) == expected);
    for (const int side : {0, 1}) {
      std::size_t listed = 0;
      for (std::uint32_t leaf = 0; leaf < MerkleTree::leaves; ++leaf) {
        const auto in_leaf = trees[side].keys(leaf);
        CHECK(std::is_sorted(in_leaf.begin(), in_leaf.end()));
        for (const Key key : in_leaf) {
          CHECK(MerkleTree::leaf_of(key) == leaf);
          CHECK(tables[side].contains(key));
        }
        listed += in_leaf.size();
      }
      CHECK(listed == tables[side].size());
    }
  }
}

TEST_CASE("an empty tree equals a tree whose keys have gone") {
  MerkleTree one;
  MerkleTree other;
  other.update(5, 0, 17);
  CHECK(one.root() != other.root());
  other.update(5, 17, 0);
  CHECK(one.root() == other.root());
  CHECK(other.keys(MerkleTree::leaf_of(5)).empty());
}

// ---- hints --------------------------------------------------------------------------------------

TEST_CASE("hints are kept once a key, for all who miss it, up to a bound") {
  struct State : DurableState {
    Hints hints{*this};
  } state;
  Hints& hints = state.hints;
  const Record first({1, 1}, 0, 11, 1);
  const Record second({2, 1}, 1, 12, 1);
  CHECK(hints.keep(7, first, {2}, 2));
  CHECK(hints.keep(7, second, {1}, 2));
  CHECK(hints.keep(8, first, {2}, 2));
  CHECK_FALSE(hints.keep(9, first, {2}, 2));
  CHECK(hints.keep(8, second, {2}, 2));  // known keys are taken even when full
  CHECK(hints.size() == 2);
  CHECK(hints.targets() == std::vector<NodeNumber>{1, 2});
  CHECK(hints.keys_for(2) == std::vector<Key>{7, 8});
  CHECK(hints.keys_for(1) == std::vector<Key>{7});
  CHECK(hints.find(7)->value() == 12);

  hints.delivered(2, 7, first);  // something newer is there by now
  CHECK(hints.keys_for(2) == std::vector<Key>{7, 8});
  hints.delivered(2, 7, second);
  CHECK(hints.keys_for(2) == std::vector<Key>{8});
  CHECK(hints.keys_for(1) == std::vector<Key>{7});
  hints.delivered(1, 7, second);
  CHECK(hints.size() == 1);
  hints.clear();
  CHECK(hints.empty());
}

}  // namespace
}  // namespace faultline::quorum
