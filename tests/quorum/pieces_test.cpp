// The separable algorithms: placement, records, hash trees, hints; against brute force.
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
